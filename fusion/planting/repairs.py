"""Whether proposals are worth applying: of what would be applied, how much restores the truth, and what does harm.

Applied are the proposals that `boresight fix` would apply: those of findings with a score of 0.8 or more. A label is
restored when its box is within 0.15 m, 3 degrees and 5 % of size of the truth, and its class, its track and its
existence are right; a label that was right before and is not after is harmed. On data as it is, every change is counted
and shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from calibration.arrays import BoolArray
from calibration.transform import wrap_angle_rad
from fusion.checks.finding import Finding
from fusion.run.corrections import corrections_of
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_edits import edited, joined
from fusion.scene.label_set import LabelSet
from fusion.scene.scene import Scene

MIN_SCORE = 0.8
OUTCOMES = ("restored", "still_wrong", "harmed", "untouched")
NEAR_M, NEAR_DEG, NEAR_SIZE = 0.15, 3.0, 0.05


@dataclass
class Repairs:
    """Counts of labels that proposals change.

    restored: true after and not before; still_wrong: neither; harmed: true before and not after; untouched: true
    before and after; on_clean: changes proposed to data as it is; codes: who proposed what restored, and who harmed.
    """

    restored: int = 0
    still_wrong: int = 0
    harmed: int = 0
    untouched: int = 0
    on_clean: int = 0
    proposals: int = 0
    good_proposals: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    harmful_codes: Counter[str] = field(default_factory=Counter)
    wrong_codes: Counter[str] = field(default_factory=Counter)
    clean_codes: Counter[str] = field(default_factory=Counter)

    def add(self, other: Repairs) -> None:
        """Add other trials."""
        for name in ("restored", "still_wrong", "harmed", "untouched", "on_clean", "proposals", "good_proposals"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("codes", "harmful_codes", "wrong_codes", "clean_codes"):
            getattr(self, name).update(getattr(other, name))

    def add_clean(self, scene: Scene, findings: Sequence[Finding]) -> None:
        """Count what would be changed in data as it is."""
        for correction in corrections_of(scene, _sure(findings)):
            self.on_clean += len(correction.edits)
            self.clean_codes[correction.finding.code] += len(correction.edits)

    def add_trial(self, clean: Scene, planted: Scene, findings: Sequence[Finding], known: Sequence[Finding]) -> None:
        """Count what happens to the labels of a planted scene; `known` are findings about the scene as it was."""
        told = {finding.id for finding in known}
        corrections = corrections_of(planted, _sure([one for one in findings if one.id not in told]))
        applied = [one for one in corrections if one.edits]
        if not applied:
            return
        after = edited(planted.labels, joined([edit for one in applied for edit in one.edits]))
        judge = _Judge.of(clean.labels, planted.labels, after)
        for correction in applied:
            counts = Counter(judge.outcome(edit.label) for edit in correction.edits)
            self.proposals += 1
            self.good_proposals += counts["restored"] > 0 and not counts["harmed"] and not counts["still_wrong"]
            for name in OUTCOMES:
                setattr(self, name, getattr(self, name) + counts[name])
            self.codes[correction.finding.code] += counts["restored"]
            self.harmful_codes[correction.finding.code] += counts["harmed"]
            self.wrong_codes[correction.finding.code] += counts["still_wrong"]


@dataclass(frozen=True, eq=False)
class _Judge:
    """Labels that were right before and that are right after, by id; the truth's own ids."""

    before: dict[str, bool]
    after: dict[str, bool]
    true: frozenset[str]

    @classmethod
    def of(cls, truth: LabelSet, before: LabelSet, after: LabelSet) -> _Judge:
        return cls(_right_by_id(truth, before), _right_by_id(truth, after), frozenset(_labels(truth)))

    def outcome(self, label: str) -> str:
        """What became of a label; one that is gone is right where the truth has none, a missing one was wrong."""
        was = self.before.get(label, False)
        now = self.after.get(label, label not in self.true)
        return {(False, True): "restored", (False, False): "still_wrong", (True, False): "harmed"}.get(
            (was, now), "untouched"
        )


def _right_by_id(truth: LabelSet, labels: LabelSet) -> dict[str, bool]:
    return dict(zip(_labels(labels), _right(truth, labels).tolist(), strict=True))


def _sure(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.score >= MIN_SCORE]


def _labels(labels: LabelSet) -> dict[str, int]:
    return {str(label): row for row, label in enumerate(labels.boxes.label_ids)}


def _right(truth: LabelSet, labels: LabelSet) -> BoolArray:
    """(M,) bool: each label is as the truth has it; added ones are held against the nearest of their frame."""
    rows = _true_rows(truth, labels)
    right = np.zeros(len(labels), dtype=bool)
    known = np.flatnonzero(rows >= 0)
    right[known] = _same(labels.boxes.take(known), truth.boxes.take(rows[known]))
    return right


def _true_rows(truth: LabelSet, labels: LabelSet) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(M,) the row of the truth that each label should be: of the same id, else the nearest in its frame; -1 none."""
    by_id = _labels(truth)
    rows = np.asarray([by_id.get(str(label), -1) for label in labels.boxes.label_ids], dtype=np.int64)
    for row in np.flatnonzero(rows < 0):
        there = np.flatnonzero(truth.frame_index == labels.frame_index[row])
        if len(there):
            apart_m = np.linalg.norm(truth.boxes.centres_m[there] - labels.boxes.centres_m[row], axis=1)
            rows[row] = there[np.argmin(apart_m)]
    return rows


def _same(boxes: Boxes3D, true: Boxes3D) -> BoolArray:
    near = np.linalg.norm(boxes.centres_m - true.centres_m, axis=1) <= NEAR_M
    with np.errstate(divide="ignore", invalid="ignore"):
        sized = (np.abs(boxes.sizes_m / true.sizes_m - 1) <= NEAR_SIZE).all(axis=1)
    turned = np.abs(wrap_angle_rad(boxes.yaws_rad - true.yaws_rad)) <= np.radians(NEAR_DEG)
    named = np.asarray([one == other for one, other in zip(boxes.category.values, true.category.values, strict=True)])
    tracked = np.asarray([one == other for one, other in zip(boxes.track.values, true.track.values, strict=True)])
    return np.asarray(near & sized & turned & named & tracked, dtype=bool)
