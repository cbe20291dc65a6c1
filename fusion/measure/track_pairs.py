"""Pairs of tracks whose boxes share space frame after frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from fusion.errors import NotMeasurableError
from fusion.measure.contact import carried_boxes, coupled_end_to_end
from fusion.measure.frame import SyncedFrame
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class TrackPairs:
    """P pairs of tracks that overlap somewhere.

    first, second: (P,) tracks; frames: (P,) frames in which they overlap, both_frames: (P,) in which both have a box;
    iou: (P,) median over those overlaps of shared over joint footprint; centre_gap_m: (P,) likewise;
    worst_first, worst_second: (P,) rows of the labels where they overlap most; apart: (P,) frames in which one rides on
    the other or pulls it.
    """

    first: IntArray
    second: IntArray
    frames: IntArray
    both_frames: IntArray
    iou: FloatArray
    centre_gap_m: FloatArray
    worst_first: IntArray
    worst_second: IntArray
    apart: IntArray


def track_pairs(scene: Scene) -> TrackPairs:
    """All pairs of tracks of a scene that overlap.

    Raises:
        NotMeasurableError: labels without track ids.
    """
    return scene.measurements.get("track pairs", lambda: _track_pairs(scene))


def _track_pairs(scene: Scene) -> TrackPairs:
    tracks = scene.labels.tracks
    if not len(tracks):
        raise NotMeasurableError("labels have no track ids")
    track = tracks.of_rows(len(scene.labels)).astype(np.int64)
    parts = [_of_frame(frame) for frame in scene.frames]
    first, second = (np.concatenate([part[which] for part in parts]).astype(np.int64) for which in (0, 1))
    iou, gap_m, apart = (np.concatenate([part[which] for part in parts]) for which in (2, 3, 4))
    kept = (track[first] >= 0) & (track[second] >= 0) & (track[first] != track[second])
    first, second, iou, gap_m, apart = (column[kept] for column in (first, second, iou, gap_m, apart))
    turned = track[first] > track[second]
    first, second = np.where(turned, second, first), np.where(turned, first, second)
    code = track[first] * len(tracks) + track[second]
    pairs, groups = np.unique(code, return_inverse=True)
    order = np.lexsort((iou, groups))
    ends = np.searchsorted(groups[order], np.arange(len(pairs)), side="right") - 1
    middles = (np.searchsorted(groups[order], np.arange(len(pairs))) + ends) // 2
    by_gap = np.lexsort((gap_m, groups))
    one, other = pairs // len(tracks), pairs % len(tracks)
    frames = scene.labels.frame_index
    both = [
        len(np.intersect1d(frames[tracks.rows(int(a))], frames[tracks.rows(int(b))]))
        for a, b in zip(one, other, strict=True)
    ]
    return TrackPairs(
        first=one,
        second=other,
        frames=np.bincount(groups, minlength=len(pairs)),
        both_frames=np.asarray(both, dtype=np.int64),
        iou=iou[order][middles],
        centre_gap_m=gap_m[by_gap][middles],
        worst_first=first[order][ends],
        worst_second=second[order][ends],
        apart=np.bincount(groups, weights=apart, minlength=len(pairs)).astype(np.int64),
    )


def _of_frame(frame: SyncedFrame) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray]:
    """Rows of the labels of overlapping boxes, their shared footprint and centre gap, whether they belong together."""
    nothing = np.zeros(0)
    if len(frame.label_rows) < 2:
        return nothing.astype(np.int64), nothing.astype(np.int64), nothing, nothing, nothing
    try:
        pairs, boxes = frame.overlaps, frame.boxes
    except NotMeasurableError:  # no ego pose at this frame
        return nothing.astype(np.int64), nothing.astype(np.int64), nothing, nothing, nothing
    together = (carried_boxes(pairs, boxes) >= 0) | coupled_end_to_end(pairs, boxes)
    rows = frame.label_rows
    return rows[pairs.first], rows[pairs.second], pairs.bev_iou, pairs.centre_gap_m, together.astype(np.float64)
