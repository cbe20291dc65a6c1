"""How labelled objects move: velocity by row, from the rows of the same track before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.transform import RigidTransform
from fusion.errors import NotMeasurableError
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world, frame_poses, label_poses, with_vertical_speed
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

# Neighbours further apart than this say nothing about the speed in between (nuscenes-devkit uses the same bound).
MAX_NEIGHBOUR_GAP_NS = 3 * SECOND_NS // 2


@dataclass(frozen=True, eq=False)
class TrackMotion:
    """Boxes where their motion can be seen, and how fast they go.

    boxes: all rows, in the world where labels are or poses bring them (rows without a pose have NaN centres), else in
    ego (`relative`: speeds are then relative to the ego vehicle); placed: (M,) bool, the row has a place there;
    away_m: (M, 2) from ego to the box, horizontally, in the same axes, 0 where ego is unknown; velocities_mps: (M, 3),
    NaN without a neighbour in time; first_rows, second_rows: (S,) consecutive rows of a track.
    """

    boxes: Boxes3D
    relative: bool
    placed: BoolArray
    away_m: FloatArray
    velocities_mps: FloatArray
    first_rows: IntArray
    second_rows: IntArray

    @property
    def speeds_mps(self) -> FloatArray:
        """(M,) horizontal speed, NaN where unknown."""
        return np.hypot(self.velocities_mps[:, 0], self.velocities_mps[:, 1])

    @property
    def ranges_m(self) -> FloatArray:
        """(M,) horizontal distance from ego."""
        return np.hypot(self.away_m[:, 0], self.away_m[:, 1])

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
    poses = frame_poses(scene).known
    relative = scene.labels.reference != "world" and bool(2 * np.count_nonzero(poses) < len(poses))
    boxes = boxes_in_ego(scene) if relative else boxes_in_world(scene)
    first, second = (tracks.order[positions] for positions in tracks.steps)
    placed: BoolArray = np.isfinite(np.concatenate([boxes.centres_m, boxes.rotations], axis=1)).all(axis=1)
    return TrackMotion(
        boxes, relative, placed, _away(scene, boxes, relative), _velocities(boxes, placed, first, second), first, second
    )


def _away(scene: Scene, boxes: Boxes3D, relative: bool) -> FloatArray:
    centres_m = boxes.centres_m[:, :2]
    if relative:
        return np.nan_to_num(centres_m, posinf=0.0, neginf=0.0)
    poses = label_poses(scene)
    known = poses.known[:, None] & np.isfinite(centres_m)
    return np.subtract(centres_m, poses.columns.translations_m[:, :2], out=np.zeros_like(centres_m), where=known)


def _velocities(boxes: Boxes3D, placed: BoolArray, first: IntArray, second: IntArray) -> FloatArray:
    """Mean of the speeds towards and away from each row, weighed by time: the slope over both neighbours."""
    steps_ns = boxes.timestamps_ns[second] - boxes.timestamps_ns[first]
    usable: BoolArray = (steps_ns > 0) & (steps_ns <= MAX_NEIGHBOUR_GAP_NS) & placed[first] & placed[second]
    first, second, steps_s = first[usable], second[usable], steps_ns[usable] / SECOND_NS
    moved_m = np.zeros((len(boxes), 3))
    elapsed_s = np.zeros(len(boxes))
    for rows in (first, second):
        np.add.at(moved_m, rows, boxes.centres_m[second] - boxes.centres_m[first])
        np.add.at(elapsed_s, rows, steps_s)
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
            poses = label_poses(scene)
            measured = np.einsum("nji,nj->ni", poses.columns.rotations, measured)
            measured = np.where(poses.known[:, None], measured, np.nan)
    if boxes.velocities_mps is None:
        return measured
    recorded = with_vertical_speed(boxes.velocities_mps)
    told = np.asarray(np.isfinite(recorded).all(axis=1))
    return np.where(told[:, None], recorded, measured)


def reference_from_motion(scene: Scene, frame: int, relative: bool) -> RigidTransform:
    """From where motion is seen, the world or (`relative`) ego, to the native reference of the labels at a frame.

    Raises:
        NotMeasurableError: it leads through an ego pose that this frame lacks.
    """
    reference, here = scene.labels.reference, "ego" if relative else "world"
    if reference == here:
        return RigidTransform.identity(reference, here)
    world_from_ego = None if relative else scene.world_from_ego_at_frame(frame)
    if not relative and world_from_ego is None:
        raise NotMeasurableError("no ego pose at this frame")
    ego_from_here = RigidTransform.identity("ego", "ego") if world_from_ego is None else world_from_ego.inverse()
    if reference == "ego":
        return ego_from_here
    rig = scene.rig_at(int(scene.frame_table.timestamps_ns[frame]))
    return rig.transform(reference, "ego") @ ego_from_here
