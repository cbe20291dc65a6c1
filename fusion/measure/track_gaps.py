"""Frames a track misses, where its box would be there, and what the sweeps hold at that place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import FileProblemError
from calibration.transform import wrap_angle_rad
from fusion.errors import NotMeasurableError
from fusion.measure.points_in_boxes import count_points_in_boxes
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.track_motion import MAX_NEIGHBOUR_GAP_NS, track_motion
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.problems import problem_of
from fusion.scene.scene import Scene

# Full braking puts a box between its neighbours off by a fourth of this squared times 8 m/s2 over two: still a place to
# look at for what drives evenly, or stands.
MAX_LOOKED_GAP_NS = 3 * SECOND_NS


@dataclass(frozen=True, eq=False)
class TrackGaps:
    """G gaps: annotated frames between two boxes of a track that have none of it.

    before_rows: (G,) row of the last box before; missing: (G,) frames; gap_s: (G,) from box to box; frames: per gap,
    their indices; boxes: per gap, the box put between its neighbours in each of them, in the world (in ego where
    `relative`), NaN where they have no place.
    points_inside: (G,) median over the frames, NaN where no sweep could be looked into; points_expected: (G,) mean of
    the two neighbours, NaN likewise; long: (G,) where the object was is a guess that only points can bear out;
    too_long: (G,) nobody can say where it was; unplaced: (G,) nor could
    anybody without an ego pose.
    """

    before_rows: IntArray
    missing: IntArray
    gap_s: FloatArray
    frames: tuple[IntArray, ...]
    boxes: tuple[Boxes3D, ...]
    points_inside: FloatArray
    points_expected: FloatArray
    long: BoolArray
    too_long: BoolArray
    unplaced: BoolArray
    relative: bool


def track_gaps(scene: Scene) -> TrackGaps:
    """All gaps of a scene's tracks; sweeps are read only for the frames concerned.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get("track gaps", lambda: _track_gaps(scene))


def _track_gaps(scene: Scene) -> TrackGaps:
    motion = track_motion(scene)
    annotated = np.flatnonzero(scene.frame_table.annotated)
    frames = scene.labels.frame_index
    # Annotated frames after the first box's and before the second's, whether or not those two are annotated.
    begin = np.searchsorted(annotated, frames[motion.first_rows], side="right")
    end = np.searchsorted(annotated, frames[motion.second_rows], side="left")
    found = np.flatnonzero((end > begin) & (frames[motion.first_rows] >= 0) & (frames[motion.second_rows] >= 0))
    before, after = motion.first_rows[found], motion.second_rows[found]
    gap_frames = tuple(annotated[one:other] for one, other in zip(begin[found], end[found], strict=True))
    gap_ns = motion.boxes.timestamps_ns[after] - motion.boxes.timestamps_ns[before]
    too_long = gap_ns > MAX_LOOKED_GAP_NS
    unplaced = ~(motion.placed[before] & motion.placed[after])
    between = tuple(
        _between(motion.boxes, int(one), int(other), scene.frame_table.timestamps_ns[missing])
        for one, other, missing in zip(before, after, gap_frames, strict=True)
    )
    looked = ~(too_long | unplaced)
    inside = [
        _points_inside(scene, missing, boxes, motion.relative) if look else np.nan
        for missing, boxes, look in zip(gap_frames, between, looked, strict=True)
    ]
    expected = [
        (_points_of(scene, int(one)) + _points_of(scene, int(other))) / 2 if look else np.nan
        for one, other, look in zip(before, after, looked, strict=True)
    ]
    return TrackGaps(
        before_rows=before,
        missing=(end - begin)[found],
        gap_s=gap_ns / SECOND_NS,
        frames=gap_frames,
        boxes=between,
        points_inside=np.asarray(inside, dtype=np.float64),
        points_expected=np.asarray(expected, dtype=np.float64),
        long=gap_ns > MAX_NEIGHBOUR_GAP_NS,
        too_long=too_long,
        unplaced=unplaced,
        relative=motion.relative,
    )


def _between(boxes: Boxes3D, before: int, after: int, stamps_ns: IntArray) -> Boxes3D:
    """Boxes at given times on the straight way from one row to another, turning evenly, of their mean size."""
    start_ns, end_ns = boxes.timestamps_ns[[before, after]]
    share = (stamps_ns - start_ns) / max(1, end_ns - start_ns)
    turn_rad = wrap_angle_rad(boxes.yaws_rad[[after]] - boxes.yaws_rad[[before]])
    size_m = boxes.sizes_m[[before, after]].mean(axis=0)
    return Boxes3D.upright(
        boxes.centres_m[before] + share[:, None] * (boxes.centres_m[after] - boxes.centres_m[before]),
        np.tile(size_m, (len(stamps_ns), 1)),
        boxes.yaws_rad[before] + share * turn_rad,
        timestamps_ns=stamps_ns,
    )


def _points_inside(scene: Scene, frames: IntArray, boxes: Boxes3D, relative: bool) -> float:
    """Median over the frames of the points in the box; NaN where no sweep could be looked into."""
    counts = []
    for index, frame in enumerate(frames):
        box = boxes.take([index])
        if not relative:
            world_from_ego = scene.world_from_ego_at_frame(int(frame))
            if world_from_ego is None:
                continue
            box = box.moved(world_from_ego.inverse())
        count = _count(scene, int(frame), box)
        if not np.isnan(count):
            counts.append(count)
    return float(np.median(counts)) if counts else np.nan


def _points_of(scene: Scene, row: int) -> float:
    return _count(scene, int(scene.labels.frame_index[row]), boxes_in_ego(scene).take([row]))


def _count(scene: Scene, frame: int, box: Boxes3D) -> float:
    """Points of a frame in one box in ego; NaN where it has none, or can't be read: then the problem is kept."""
    handle = scene.frames[frame]
    try:
        points = handle.points_in_ego
    except FileProblemError as error:
        scene.problems.add_unless_told(problem_of(error, scene=scene.name, frame=handle.key))
        return np.nan
    except NotMeasurableError:
        return np.nan
    return float(count_points_in_boxes(points, box.centres_m, box.sizes_m, box.rotations)[0])
