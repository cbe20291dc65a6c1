"""Boxes that share a place for a reason: one rides on the other, or one pulls the other.

Both are told from the boxes alone, for pairs whose footprints overlap. A load stands on another box, not on the ground
beside it; what pulls and what is pulled meet where the middle lines of both end.
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.overlap import OverlapPairs
from fusion.scene.box_geometry import footprints_of_boxes
from fusion.scene.boxes3d import Boxes3D

# The lowest loading beds: a low loader's, or a rack on a tow bar. Kerbs and label noise lift nothing as high.
LOADING_BED_M = 0.4
# Half of a load may stick out, not more: it would tip.
MIN_ON_BED = 0.5
# Label noise between a bed's top and what stands on it.
BED_TOUCHES_M = 0.5
# How far from the middle of one vehicle the end of the other may be at their coupling: a fifth wheel under a trailer
# that stands across, a bus bent round a corner. Vehicles side by side have their middles 1.7 m apart or more.
HITCH_REACH_M = 1.5
# A trailer reaches over what pulls it by a fifth wheel's place, never so far that they stand in each other.
MIN_CENTRE_GAP = 0.2


def carried_boxes(pairs: OverlapPairs, boxes: Boxes3D) -> IntArray:
    """(P,) row of the box that rides on the other one of its pair, -1 where neither does.

    Args:
        pairs: pairs of rows of `boxes` whose footprints overlap, whatever their heights.
        boxes: M boxes in a frame whose z points up.
    """
    higher_first = boxes.bottoms_m[pairs.first] > boxes.bottoms_m[pairs.second]
    upper = np.where(higher_first, pairs.first, pairs.second)
    lower = np.where(higher_first, pairs.second, pairs.first)
    raised_m = boxes.bottoms_m[upper] - boxes.bottoms_m[lower]
    over_top_m = raised_m - boxes.sizes_m[lower, 2]
    upper_m2, lower_m2 = boxes.sizes_m[upper, :2].prod(axis=1), boxes.sizes_m[lower, :2].prod(axis=1)
    shared_m2 = pairs.bev_iou / (1 + pairs.bev_iou) * (upper_m2 + lower_m2)
    rides = (raised_m > LOADING_BED_M) & (over_top_m < BED_TOUCHES_M) & (shared_m2 > MIN_ON_BED * upper_m2)
    return np.where(rides, upper, -1).astype(np.int64)


def coupled_end_to_end(pairs: OverlapPairs, boxes: Boxes3D) -> BoolArray:
    """(P,) bool: the pair meets as a trailer and what pulls it do, or the sections of a bendy bus.

    Args:
        pairs: pairs of rows of `boxes` whose footprints overlap.
        boxes: M boxes in a frame whose z points up.
    """
    first, second = pairs.first, pairs.second
    line, other_line = _middle_lines(boxes, first), _middle_lines(boxes, second)
    apart_m = np.minimum.reduce(
        [_distances_to_segments_m(end, *other_line) for end in line]
        + [_distances_to_segments_m(end, *line) for end in other_line]
    )
    centre_gap_m = np.linalg.norm((boxes.centres_m[first] - boxes.centres_m[second])[:, :2], axis=1)
    lengths_m = boxes.sizes_m[first, 0] + boxes.sizes_m[second, 0]
    coupled: BoolArray = (apart_m < HITCH_REACH_M) & (centre_gap_m > MIN_CENTRE_GAP * lengths_m)
    return coupled


def _middle_lines(boxes: Boxes3D, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """(P, 2), (P, 2) middles of the front and rear side of boxes, seen from above."""
    corners = footprints_of_boxes(boxes.centres_m[rows], boxes.sizes_m[rows], boxes.rotations[rows])
    return corners[:, [0, 3]].mean(axis=1), corners[:, [1, 2]].mean(axis=1)


def _distances_to_segments_m(points: FloatArray, starts: FloatArray, ends: FloatArray) -> FloatArray:
    """(P,) distance of each point (P, 2) from the segment of its row."""
    along, away = ends - starts, points - starts
    squared = np.maximum((along**2).sum(axis=1), np.finfo(np.float64).tiny)
    share = np.clip((away * along).sum(axis=1) / squared, 0, 1)
    distances: FloatArray = np.linalg.norm(away - share[:, None] * along, axis=1)
    return distances
