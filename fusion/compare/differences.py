"""What isn't the same in two label sets, box by box: missing, spurious, swapped, badly placed, turned round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from fusion.compare.delivery import ComparedSet, Delivery
from fusion.compare.document import Difference
from fusion.compare.pair import PairedSets, pair_residuals
from fusion.compare.pair_summary import median_and_spread, number
from fusion.scene.taxonomy import ELONGATED, Kinds

# Two careful people differ by 5 to 10 cm; a third of a metre leaves the class of accidents of the hand.
LEAST_OFFSET_M = 0.35
# And what these people always differ by isn't badly placed among them, if enough was drawn to say so.
USUAL_SPREADS = 4.0
LEAST_PAIRS = 20
LISTED = 50
ORDER = ("missing", "spurious", "swapped", "turned round", "badly placed")


@dataclass(frozen=True, eq=False)
class Differences:
    """D boxes that differ.

    kind: (D,) position in ORDER; first, second: (D,) rows of the sets, -1 where one has none; measured: (D,) frames of
    the track concerned, or metres; limit: of metres.
    """

    kind: IntArray
    first: IntArray
    second: IntArray
    measured: FloatArray
    limit: float

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind, in the order of ORDER."""
        return {name: int((self.kind == position).sum()) for position, name in enumerate(ORDER)}


def differences_of(found: PairedSets) -> Differences:
    """All boxes that differ; a box whose class was swapped can be badly placed as well."""
    apart, pairs = pair_residuals(found), found.pairs
    elongated = Kinds(found.first.boxes.category).is_any(ELONGATED)[pairs.first]
    swapped, turned = ~pairs.same_class, apart.flipped & elongated
    middle, spread = median_and_spread(pairs.centre_gap_m)
    limit = max(LEAST_OFFSET_M, middle + USUAL_SPREADS * spread) if len(pairs) >= LEAST_PAIRS else LEAST_OFFSET_M
    placed = pairs.centre_gap_m > limit
    none_first, none_second = np.full(len(found.only_first), -1), np.full(len(found.only_second), -1)
    first = [found.only_first, none_second, *(pairs.first[chosen] for chosen in (swapped, turned, placed))]
    second = [none_first, found.only_second, *(pairs.second[chosen] for chosen in (swapped, turned, placed))]
    frames = [
        _frames_of_track(found.first, found.only_first),
        _frames_of_track(found.second, found.only_second),
        _frames_of_track(found.first, pairs.first[swapped]),
        _frames_of_track(found.first, pairs.first[turned]),
        pairs.centre_gap_m[placed],
    ]
    return Differences(
        kind=np.repeat(np.arange(len(ORDER)), [len(rows) for rows in first]),
        first=np.concatenate(first).astype(np.int64),
        second=np.concatenate(second).astype(np.int64),
        measured=np.concatenate(frames),
        limit=limit,
    )


def _frames_of_track(one: ComparedSet, rows: IntArray) -> FloatArray:
    """(D,) how many of these rows each row's track has; 1 without a track."""
    tracks = one.tracks[rows]
    counts = np.bincount(tracks[tracks >= 0], minlength=1)
    return np.where(tracks >= 0, counts[np.maximum(tracks, 0)], 1).astype(np.float64)


def listed(
    delivery: Delivery, found: PairedSets, all_of_them: Differences, most: int | None = LISTED
) -> list[Difference]:
    """The worst of each kind, one box a track; all of them where `most` is None."""
    rows = np.arange(len(all_of_them)) if most is None else _worst(found, all_of_them, most)
    return [_row(delivery, found, all_of_them, int(row)) for row in rows]


def _worst(found: PairedSets, differences: Differences, most: int) -> IntArray:
    """Longest and farthest first; confident predictions before others."""
    confidence = _confidences(found.second, differences.second)
    weight = differences.measured * np.where(np.isfinite(confidence), confidence, 1.0)
    order = np.lexsort((np.arange(len(differences)), -weight, differences.kind))
    ours = _taken(found.first.tracks, differences.first)
    track = np.where(differences.first >= 0, ours, _taken(found.second.tracks, differences.second))
    own = np.where(track >= 0, track, -1 - np.arange(len(differences)))
    key = np.stack([differences.kind[order], own[order]], axis=1)
    once = order[np.sort(np.unique(key, axis=0, return_index=True)[1])]
    kept = [once[differences.kind[once] == position][:most] for position in range(len(ORDER))]
    return np.concatenate(kept)


def _taken(tracks: IntArray, rows: IntArray) -> IntArray:
    """(D,) tracks of rows, -1 where there is no row."""
    return np.append(tracks, -1)[rows]


def _confidences(one: ComparedSet, rows: IntArray) -> FloatArray:
    if one.boxes.confidences is None or not len(one):
        return np.full(len(rows), np.nan)
    return np.where(rows >= 0, one.boxes.confidences[rows], np.nan)


def _row(delivery: Delivery, found: PairedSets, differences: Differences, row: int) -> Difference:
    first, second = int(differences.first[row]), int(differences.second[row])
    shown, own = (found.first, first) if first >= 0 else (found.second, second)
    frame = int(shown.frames[own])
    kind = ORDER[differences.kind[row]]
    x, y, z = shown.boxes.centres_m[own]
    return Difference(
        kind=kind,
        scene=delivery.scenes[delivery.scene[frame]],
        frame=delivery.keys[frame],
        timestamp_ns=int(delivery.timestamps_ns[frame]),
        first_label=_named(found.first, first, "label_ids"),
        second_label=_named(found.second, second, "label_ids"),
        first_track=_named(found.first, first, "track"),
        second_track=_named(found.second, second, "track"),
        first_class=_named(found.first, first, "category"),
        second_class=_named(found.second, second, "category"),
        x_m=round(float(x), 3),
        y_m=round(float(y), 3),
        z_m=round(float(z), 3),
        measured=round(float(differences.measured[row]), 4),
        limit=round(differences.limit, 4) if kind == "badly placed" else None,
        unit="m" if kind == "badly placed" else "frames",
        confidence=number(float(_confidences(found.second, differences.second[row : row + 1])[0])),
    )


def _named(one: ComparedSet, row: int, column: str) -> str | None:
    return str(getattr(one.boxes, column)[row]) or None if row >= 0 else None


def csv_rows(delivery: Delivery, pairs: Sequence[PairedSets]) -> list[dict[str, object]]:
    """Every box that differs, of all pairs of sets, as rows of a table."""
    return [
        {"first": found.first.name, "second": found.second.name, **difference.model_dump()}
        for found in pairs
        for difference in listed(delivery, found, differences_of(found), None)
    ]
