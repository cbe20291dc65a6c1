"""How labelled objects move: velocity by row, from the rows of the same track before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from fusion.errors import NotMeasurableError
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world, frame_poses, label_poses
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

# Neighbours further apart than this say nothing about the speed in between (nuscenes-devkit uses the same bound).
MAX_NEIGHBOUR_GAP_NS = 3 * SECOND_NS // 2


@dataclass(frozen=True, eq=False)
class TrackMotion:
    """Boxes where their motion can be seen, and how fast they go.

    boxes: all rows, in the world where there are poses, else in ego (`relative`: speeds are then relative to the ego
    vehicle); velocities_mps: (M, 3), NaN without a neighbour in time; order, first, second: rows sorted by track and
    time, and the positions of consecutive rows of a track in that order.
    """

    boxes: Boxes3D
    relative: bool
    velocities_mps: FloatArray
    first_rows: IntArray
    second_rows: IntArray

    @property
    def speeds_mps(self) -> FloatArray:
        """(M,) horizontal speed, NaN where unknown."""
        return np.hypot(self.velocities_mps[:, 0], self.velocities_mps[:, 1])

    @property
    def step_seconds(self) -> FloatArray:
        """(S,) time between consecutive rows of a track."""
        stamps = self.boxes.timestamps_ns
        return (stamps[self.second_rows] - stamps[self.first_rows]) / SECOND_NS


def track_motion(scene: Scene) -> TrackMotion:
    """Motion of all labelled tracks of a scene.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get("track motion", lambda: _track_motion(scene))


def _track_motion(scene: Scene) -> TrackMotion:
    tracks = scene.labels.tracks
    if not len(tracks):
        raise NotMeasurableError("labels have no track ids")
    if not scene.has_real_times:
        raise NotMeasurableError("frames have no real times")
    relative = not frame_poses(scene).known.all()
    boxes = boxes_in_ego(scene) if relative else boxes_in_world(scene)
    first, second = (tracks.order[positions] for positions in tracks.steps)
    return TrackMotion(boxes, relative, _velocities(boxes, first, second), first, second)


def _velocities(boxes: Boxes3D, first: IntArray, second: IntArray) -> FloatArray:
    """Mean of the speeds towards and away from each row, weighed by time: the slope over both neighbours."""
    steps_ns = boxes.timestamps_ns[second] - boxes.timestamps_ns[first]
    usable: BoolArray = (steps_ns > 0) & (steps_ns <= MAX_NEIGHBOUR_GAP_NS)
    moved_m = np.zeros((len(boxes), 3))
    elapsed_s = np.zeros(len(boxes))
    for rows in (first, second):
        np.add.at(moved_m, rows[usable], (boxes.centres_m[second] - boxes.centres_m[first])[usable])
        np.add.at(elapsed_s, rows[usable], steps_ns[usable] / SECOND_NS)
    with np.errstate(invalid="ignore", divide="ignore"):
        velocities: FloatArray = np.where(elapsed_s[:, None] > 0, moved_m / elapsed_s[:, None], np.nan)
    return velocities


def velocities_in_ego(scene: Scene) -> FloatArray:
    """(M, 3) velocity of every label in the axes of its frame's ego, NaN where nothing tells.

    The data set's own velocities win; then the track's motion. Where poses exist these are speeds over ground, else
    relative to ego.
    """
    return scene.measurements.get("velocities in ego", lambda: _velocities_in_ego(scene))


def _velocities_in_ego(scene: Scene) -> FloatArray:
    boxes = boxes_in_ego(scene)
    measured = np.full((len(boxes), 3), np.nan)
    if len(scene.labels.tracks) and scene.has_real_times:
        motion = track_motion(scene)
        measured = motion.velocities_mps
        if not motion.relative:
            measured = np.einsum("nji,nj->ni", label_poses(scene).columns.rotations, measured)
    if boxes.velocities_mps is None:
        return measured
    told = np.asarray(np.isfinite(boxes.velocities_mps[:, :2]).all(axis=1))
    return np.where(told[:, None], boxes.velocities_mps, measured)
