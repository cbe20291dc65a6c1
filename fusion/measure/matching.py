"""Which boxes of two label sets are the same object: one to one in every frame, the best choice over the whole frame.

The matcher of the project: agreement of annotators, labels against predictions and deliveries against each other all
ask here. `track_matching` goes on from boxes to tracks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import BoolArray, FloatArray, IntArray, as_column
from fusion.measure.match_rule import MatchMeasure, MatchRule
from fusion.measure.overlap import overlaps_of_pairs
from fusion.measure.pairing import best_assignment, pairs_within_groups
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import ABSENT

# More than the clearance of a bridge lies between boxes that are not of the same storey.
MAX_RISE_M = 3.0
# An overlap of exactly the limit comes out this much smaller at worst.
OVERLAP_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class BoxPairs:
    """P pairs of boxes, ordered by `first`, then by `second`.

    first, second: (P,) rows; similarity: (P,) 0 to 1, the IoU, or 1 - distance / limit; same_class: (P,) bool;
    centre_gap_m: (P,) horizontal distance of the centres; bev_iou, iou_3d: (P,).
    """

    first: IntArray
    second: IntArray
    similarity: FloatArray
    same_class: BoolArray
    centre_gap_m: FloatArray
    bev_iou: FloatArray
    iou_3d: FloatArray

    def __len__(self) -> int:
        return len(self.first)

    def take(self, rows: IntArray | BoolArray) -> BoxPairs:
        """The pairs of an index or mask."""
        return BoxPairs(**{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True, eq=False)
class BoxMatches:
    """What `match_boxes` found: `pairs` one to one, and (U,) rows that stayed alone on either side."""

    pairs: BoxPairs
    only_first: IntArray
    only_second: IntArray

    def partner_of_first(self, row_count: int) -> IntArray:
        """(M,) row of the second set by row of the first, -1 where it has none."""
        partner = np.full(row_count, -1, dtype=np.int64)
        partner[self.pairs.first] = self.pairs.second
        return partner


def match_boxes(
    first: Boxes3D,
    second: Boxes3D,
    first_frames: ArrayLike,
    second_frames: ArrayLike,
    rule: MatchRule | None = None,
) -> BoxMatches:
    """Match two sets of boxes frame by frame, one to one, so that the similarities add up to the most.

    Args:
        first, second: M and N boxes in the same frame of reference; those that aren't finite match nothing.
        first_frames, second_frames: (M,), (N,) frame of each box, numbered alike; -1 is no frame and matches nothing.
        rule: what is measured and how far off it may be; centres, with the limits of the classes, if left out.

    Raises:
        ShapeError: not as many frames as boxes.
    """
    rule = rule or MatchRule()
    pairs = candidate_pairs(first, second, first_frames, second_frames, rule)
    worth = pairs.similarity + np.where(pairs.same_class, rule.same_class_worth, 0.0)
    kept = pairs.take(best_assignment(pairs.first, pairs.second, worth))
    return BoxMatches(
        pairs=kept,
        only_first=np.setdiff1d(np.arange(len(first)), kept.first),
        only_second=np.setdiff1d(np.arange(len(second)), kept.second),
    )


def candidate_pairs(
    first: Boxes3D,
    second: Boxes3D,
    first_frames: ArrayLike,
    second_frames: ArrayLike,
    rule: MatchRule,
) -> BoxPairs:
    """All pairs of a frame that the rule lets be the same object, as `match_boxes` chooses among them.

    Raises:
        ShapeError: not as many frames as boxes.
    """
    frames = as_column(first_frames, "first_frames", np.int64, len(first))
    their_frames = as_column(second_frames, "second_frames", np.int64, len(second))
    rows, their_rows = _placed(first, frames), _placed(second, their_frames)
    limits, their_limits = rule.limits_of(first.category), rule.limits_of(second.category)
    same_code = _codes_in(second, first)
    found = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))]
    for a, b in pairs_within_groups(frames[rows], their_frames[their_rows]):
        a, b = rows[a], their_rows[b]
        if rule.class_aware:
            alike = _same_class(first, same_code, a, b)
            a, b = a[alike], b[alike]
        near = _near(first, second, a, b, rule, rule.stricter(limits[a], their_limits[b]))
        found.append((a[near], b[near]))
    a, b = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    bev_iou, iou_3d = overlaps_of_pairs(_columns(first), _columns(second), a, b)
    gap_m, limit = _gap_m(first, second, a, b), rule.stricter(limits[a], their_limits[b])
    similarity = {
        MatchMeasure.CENTRE: 1.0 - gap_m / limit,
        MatchMeasure.BEV_IOU: bev_iou,
        MatchMeasure.IOU_3D: iou_3d,
    }[rule.measure]
    pairs = BoxPairs(a, b, similarity, _same_class(first, same_code, a, b), gap_m, bev_iou, iou_3d)
    return pairs if rule.measure is MatchMeasure.CENTRE else pairs.take(similarity >= limit - OVERLAP_ROUNDING)


def _placed(boxes: Boxes3D, frames: IntArray) -> IntArray:
    """Rows that have a frame, a place and a size."""
    finite = np.isfinite(boxes.centres_m).all(axis=1) & np.isfinite(boxes.sizes_m).all(axis=1)
    return np.flatnonzero(finite & np.isfinite(boxes.rotations).all(axis=1) & (frames >= 0))


def _columns(boxes: Boxes3D) -> tuple[FloatArray, FloatArray, FloatArray]:
    return boxes.centres_m, boxes.sizes_m, boxes.rotations


def _codes_in(theirs: Boxes3D, ours: Boxes3D) -> IntArray:
    """(N,) their classes by our codes; -2 for a name we don't have, which equals none of ours."""
    code_of = {name: code for code, name in enumerate(ours.category.names)}
    lookup = np.asarray([*(code_of.get(name, ABSENT - 1) for name in theirs.category.names), ABSENT], dtype=np.int64)
    return lookup[theirs.category.codes]


def _same_class(first: Boxes3D, second_codes: IntArray, a: IntArray, b: IntArray) -> BoolArray:
    same: BoolArray = first.category.codes[a] == second_codes[b]
    return same


def _gap_m(first: Boxes3D, second: Boxes3D, a: IntArray, b: IntArray) -> FloatArray:
    away = first.centres_m[a, :2] - second.centres_m[b, :2]
    gap_m: FloatArray = np.hypot(away[:, 0], away[:, 1])
    return gap_m


def _near(first: Boxes3D, second: Boxes3D, a: IntArray, b: IntArray, rule: MatchRule, limit: FloatArray) -> BoolArray:
    """Pairs whose centres are close enough, or whose footprints can overlap."""
    if rule.measure is not MatchMeasure.CENTRE:
        radii_m, their_radii_m = (np.hypot(*(boxes.sizes_m[:, :2] / 2).T) for boxes in (first, second))
        limit = radii_m[a] + their_radii_m[b]
    rise_m = np.abs(first.centres_m[a, 2] - second.centres_m[b, 2])
    near: BoolArray = (_gap_m(first, second, a, b) <= limit) & (rise_m <= MAX_RISE_M)
    return near
