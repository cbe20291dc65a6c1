"""Frames a track misses, where its box would be there, and what the sweeps hold at that place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import BoresightError, FileProblemError
from calibration.transform import quaternions_from_yaws, wrap_angle_rad
from fusion.measure.points_in_boxes import count_points_in_boxes
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.track_motion import MAX_NEIGHBOUR_GAP_NS, track_motion
from fusion.scene.problems import problem_of
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class TrackGaps:
    """G gaps: annotated frames between two boxes of a track that have none of it.

    before_rows: (G,) row of the last box before; missing: (G,) frames; gap_s: (G,) from box to box;
    frames: per gap, their indices; centres_m, yaws_rad: per gap, the box put between its neighbours, in the world (in
    ego where `relative`); points_inside: (G,) median over the frames, -1 where there is no sweep to look in;
    points_expected: (G,) mean of the two neighbours; too_long: (G,) nobody can say where the object was.
    """

    before_rows: IntArray
    missing: IntArray
    gap_s: FloatArray
    frames: tuple[IntArray, ...]
    centres_m: tuple[FloatArray, ...]
    yaws_rad: tuple[FloatArray, ...]
    points_inside: FloatArray
    points_expected: FloatArray
    too_long: BoolArray
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
    place = np.searchsorted(annotated, scene.labels.frame_index)
    missing = place[motion.second_rows] - place[motion.first_rows] - 1
    found = np.flatnonzero(missing > 0)
    before, after = motion.first_rows[found], motion.second_rows[found]
    stamps, boxes = scene.frame_table.timestamps_ns, motion.boxes
    frames = tuple(annotated[place[a] + 1 : place[b]] for a, b in zip(before, after, strict=True))
    shares = [
        (stamps[gap] - boxes.timestamps_ns[a]) / max(1, boxes.timestamps_ns[b] - boxes.timestamps_ns[a])
        for gap, a, b in zip(frames, before, after, strict=True)
    ]
    turns = wrap_angle_rad(boxes.yaws_rad[after] - boxes.yaws_rad[before])
    centres = tuple(
        boxes.centres_m[a] + share[:, None] * (boxes.centres_m[b] - boxes.centres_m[a])
        for a, b, share in zip(before, after, shares, strict=True)
    )
    yaws = tuple(boxes.yaws_rad[a] + share * turn for a, share, turn in zip(before, shares, turns, strict=True))
    gap_ns = boxes.timestamps_ns[after] - boxes.timestamps_ns[before]
    too_long = gap_ns > MAX_NEIGHBOUR_GAP_NS
    sizes_m = (boxes.sizes_m[before] + boxes.sizes_m[after]) / 2
    inside = [
        -1.0 if long else _points_inside(scene, gap, centre, size, yaw, motion.relative)
        for gap, centre, size, yaw, long in zip(frames, centres, sizes_m, yaws, too_long, strict=True)
    ]
    expected = [(_points_of(scene, int(a)) + _points_of(scene, int(b))) / 2 for a, b in zip(before, after, strict=True)]
    return TrackGaps(
        before_rows=before,
        missing=missing[found],
        gap_s=gap_ns / SECOND_NS,
        frames=frames,
        centres_m=centres,
        yaws_rad=yaws,
        points_inside=np.asarray(inside, dtype=np.float64),
        points_expected=np.asarray(expected, dtype=np.float64),
        too_long=too_long,
        relative=motion.relative,
    )


def _points_inside(
    scene: Scene, frames: IntArray, centres_m: FloatArray, size_m: FloatArray, yaws_rad: FloatArray, relative: bool
) -> float:
    """Median over the frames of the points in the interpolated box; -1 where no sweep could be looked into."""
    counts = []
    for frame, centre, yaw in zip(frames, centres_m, yaws_rad, strict=True):
        ego_from_boxes = None if relative else scene.world_from_ego_at_frame(int(frame))
        if ego_from_boxes is not None:
            ego_from_boxes = ego_from_boxes.inverse()
            centre = ego_from_boxes.apply(centre[None])[0]
            yaw = yaw + ego_from_boxes.yaw_rad
        points = _points(scene, int(frame))
        if points is not None:
            rotation = quaternions_from_yaws(np.asarray([yaw]))
            counts.append(int(count_points_in_boxes(points, centre[None], size_m[None], rotation)[0]))
    return float(np.median(counts)) if counts else -1.0


def _points_of(scene: Scene, row: int) -> float:
    points = _points(scene, int(scene.labels.frame_index[row]))
    if points is None:
        return np.nan
    box = boxes_in_ego(scene).take([row])
    return float(count_points_in_boxes(points, box.centres_m, box.sizes_m, box.rotations)[0])


def _points(scene: Scene, frame: int) -> FloatArray | None:
    """The points of a frame, None where it has none or they can't be read; then the problem is kept."""
    handle = scene.frames[frame]
    try:
        points: FloatArray = handle.points_in_ego
    except FileProblemError as error:
        scene.problems.add(problem_of(error, scene=scene.name, frame=handle.key))
        return None
    except BoresightError:
        return None
    return points
