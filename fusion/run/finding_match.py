"""Which findings of two runs are the same, also where a delivery came back with other ids.

First by id. What is left is held against each other where rule, scene, sensor and class agree: by the overlap of the
labels' boxes in the same frame, or, where frames have other names too, at the same time; and findings without a box
by what they say of the same frame and file. One to one, the best choice over all that compete.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.clock import MILLISECOND_NS
from fusion.checks.finding import Finding
from fusion.measure.overlap import overlaps_of_pairs
from fusion.measure.pairing import best_assignment, pairs_within_groups

# A pedestrian's box moved by half its width has a third in common with what it was.
MIN_BEV_IOU = 0.2
# Stamps that went through another unit and back; labels of two frames are at least 25 ms apart.
SAME_TIME_NS = MILLISECOND_NS
SAME_WORDS, OTHER_NUMBERS, OTHER_WORDS = 1.0, 0.5, 0.1

Pair = tuple[int, int]


class _Box(NamedTuple):
    """A label with a place: the row of its finding, and where and when it is."""

    row: int
    frame: str
    stamp_ns: int | None
    numbers: tuple[float, ...]


def matched_findings(before: Sequence[Finding], after: Sequence[Finding]) -> list[Pair]:
    """Positions in both, one to one; the same pairs whichever side comes first."""
    if _names(before) > _names(after):
        return sorted((one, other) for other, one in matched_findings(after, before))
    pairs: list[Pair] = []
    for match in (_by_id, _by_overlap_in_frames, _by_overlap_at_times, _by_words_in_frames, _by_words_at_times):
        ours, theirs = _left(before, (one for one, _ in pairs)), _left(after, (other for _, other in pairs))
        found = match([before[row] for row in ours], [after[row] for row in theirs])
        pairs += [(ours[one], theirs[other]) for one, other in found]
    return sorted(pairs)


def _names(findings: Sequence[Finding]) -> tuple[int, list[str]]:
    """Puts two sides into an order of their own, so that a tie falls the same way from either."""
    return len(findings), sorted(finding.id for finding in findings)


def _left(findings: Sequence[Finding], taken: Iterable[int]) -> list[int]:
    """Rows that are still alone, in the order of their ids."""
    return sorted(set(range(len(findings))) - set(taken), key=lambda row: (findings[row].id, row))


def _by_id(before: Sequence[Finding], after: Sequence[Finding]) -> list[Pair]:
    """Ids come twice only in runs of several data sets; then in the order of the runs."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, finding in enumerate(after):
        rows[finding.id].append(row)
    return [(row, rows[one.id].pop(0)) for row, one in enumerate(before) if rows[one.id]]


def _by_overlap_in_frames(before: Sequence[Finding], after: Sequence[Finding]) -> list[Pair]:
    return _by_overlap(_boxes(before), _boxes(after), before, after, lambda box: box.frame or None)


def _by_overlap_at_times(before: Sequence[Finding], after: Sequence[Finding]) -> list[Pair]:
    ours, theirs = _boxes(before), _boxes(after)
    moment = _moments(box.stamp_ns for box in (*ours, *theirs))
    return _by_overlap(ours, theirs, before, after, lambda box: moment.get(box.stamp_ns))


def _by_words_in_frames(before: Sequence[Finding], after: Sequence[Finding]) -> list[Pair]:
    return _by_words(before, after, lambda finding: finding.frame or "")


def _by_words_at_times(before: Sequence[Finding], after: Sequence[Finding]) -> list[Pair]:
    moment = _moments(finding.timestamp_ns for finding in (*before, *after))
    return _by_words(before, after, lambda finding: moment.get(finding.timestamp_ns))


def _kind(finding: Finding) -> tuple[Hashable, ...]:
    """What the same finding has in common in every delivery."""
    return (finding.code, finding.subject, finding.scene, finding.sensor, finding.category)


def _boxes(findings: Sequence[Finding]) -> list[_Box]:
    return [
        _Box(row, label.frame, label.timestamp_ns, (*label.box.centre_m, *label.box.size_m, label.box.yaw_rad))
        for row, finding in enumerate(findings)
        for label in finding.labels
        if label.box is not None
    ]


def _moments(stamps_ns: Iterable[int | None]) -> dict[int | None, int]:
    """A number for each stamp, the same for stamps that mean the same time."""
    known = np.unique(np.array([stamp for stamp in stamps_ns if stamp is not None], dtype=np.int64))
    number = np.cumsum(np.diff(known, prepend=known[:1]) > SAME_TIME_NS)
    return dict(zip(known.tolist(), number.tolist(), strict=True))


def _by_overlap(
    ours: Sequence[_Box],
    theirs: Sequence[_Box],
    before: Sequence[Finding],
    after: Sequence[Finding],
    moment: Callable[[_Box], Hashable],
) -> list[Pair]:
    """Findings whose labels overlap, summed over the moments that both have."""
    codes: dict[Hashable, int] = {}

    def groups(boxes: Sequence[_Box], findings: Sequence[Finding]) -> IntArray:
        keys = [(moment(box), _kind(findings[box.row])) for box in boxes]
        return np.array([-1 if key[0] is None else codes.setdefault(key, len(codes)) for key in keys], dtype=np.int64)

    first, second = _pairs(groups(ours, before), groups(theirs, after))
    if not len(first):
        return []
    overlap, _ = overlaps_of_pairs(_columns(ours), _columns(theirs), first, second)
    weights: dict[Pair, float] = defaultdict(float)
    for one, other, iou in zip(first.tolist(), second.tolist(), overlap.tolist(), strict=True):
        if iou >= MIN_BEV_IOU:
            weights[ours[one].row, theirs[other].row] += iou
    return _best(weights)


def _pairs(ours: IntArray, theirs: IntArray) -> tuple[IntArray, IntArray]:
    """Rows of the same group; -1 is none."""
    rows, their_rows = np.flatnonzero(ours >= 0), np.flatnonzero(theirs >= 0)
    blocks = [(rows[one], their_rows[other]) for one, other in pairs_within_groups(ours[rows], theirs[their_rows])]
    none = np.zeros(0, dtype=np.int64)
    return np.concatenate([none, *(a for a, _ in blocks)]), np.concatenate([none, *(b for _, b in blocks)])


def _columns(boxes: Sequence[_Box]) -> tuple[FloatArray, FloatArray, FloatArray]:
    numbers = np.array([box.numbers for box in boxes], dtype=np.float64).reshape(-1, 7)
    half_yaw = numbers[:, 6] / 2
    none = np.zeros(len(boxes))
    return numbers[:, :3], numbers[:, 3:6], np.stack([np.cos(half_yaw), none, none, np.sin(half_yaw)], axis=1)


def _by_words(before: Sequence[Finding], after: Sequence[Finding], moment: Callable[[Finding], Hashable]) -> list[Pair]:
    """Findings about no box that say the same, or nearly, of the same moment and file."""
    codes: dict[Hashable, int] = {}

    def groups(findings: Sequence[Finding]) -> IntArray:
        keys = [(_kind(one), moment(one), _file(one), any(label.box for label in one.labels)) for one in findings]
        numbers = [-1 if key[-1] or key[1] is None else codes.setdefault(key, len(codes)) for key in keys]
        return np.array(numbers, dtype=np.int64)

    first, second = _pairs(groups(before), groups(after))
    return _best({(a, b): _likeness(before[a], after[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True)})


def _file(finding: Finding) -> str:
    """The file of a finding without its line: one more line above moves all below."""
    return re.sub(r":\d+$", "", finding.source or "")


def _likeness(one: Finding, other: Finding) -> float:
    if one.message == other.message:
        return SAME_WORDS
    without_numbers = (re.sub(r"\d+", "", finding.message) for finding in (one, other))
    return OTHER_NUMBERS if len(set(without_numbers)) == 1 else OTHER_WORDS


def _best(weights: dict[Pair, float]) -> list[Pair]:
    pairs = np.array(sorted(weights), dtype=np.int64).reshape(-1, 2)
    chosen = best_assignment(pairs[:, 0], pairs[:, 1], np.array([weights[a, b] for a, b in pairs.tolist()]))
    return [(int(a), int(b)) for a, b in pairs[chosen]]
