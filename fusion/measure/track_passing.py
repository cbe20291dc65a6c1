"""How far a track's box moves between two moments, by where the track passes in frames that are beyond doubt."""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.transform import wrap_angle_rad
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world, label_poses
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene


def moves_in_ego(
    scene: Scene, rows: IntArray, late_s: FloatArray, over_ground: bool, doubtful: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """From each label's time to so much later: (K, 3) metres in ego of its frame, and (K,) radians of yaw.

    NaN where the track doesn't reach that far or has fewer than two boxes beyond doubt.

    Args:
        rows: (K,) of the labels; late_s: (K,); over_ground: as seen from the world, else from ego, whose own way then
            counts; doubtful: (L,) rows that don't tell where the track passes.

    Raises:
        NotMeasurableError: over ground, and the scene has no ego poses.
    """
    boxes = boxes_in_world(scene) if over_ground else boxes_in_ego(scene)
    tracks, owner = scene.labels.tracks, scene.labels.tracks.of_rows(len(scene.labels))[rows]
    moved, turned = np.full((len(rows), 3), np.nan), np.full(len(rows), np.nan)
    placed = np.asarray(np.isfinite(boxes.centres_m).all(axis=1))
    for track in np.unique(owner[owner >= 0]):
        own = tracks.rows(int(track))
        own = own[~doubtful[own] & placed[own]]
        own = own[np.unique(boxes.timestamps_ns[own], return_index=True)[1]]
        mine = np.flatnonzero(owner == track)
        if len(own) >= 2:
            now = boxes.timestamps_ns[rows[mine]] / SECOND_NS
            here, there = (_at(boxes.take(own), when) for when in (now, now + late_s[mine]))
            moved[mine], turned[mine] = there[0] - here[0], wrap_angle_rad(there[1] - here[1])
    if over_ground:
        moved = np.einsum("nji,nj->ni", label_poses(scene).columns.rotations[rows], moved)
    return moved, turned


def _at(path: Boxes3D, when_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(K, 3) places and (K,) yaws on a path at some times; NaN beyond its ends."""
    at_s = path.timestamps_ns / SECOND_NS
    after = np.clip(np.searchsorted(at_s, when_s), 1, len(at_s) - 1)
    share = (when_s - at_s[after - 1]) / (at_s[after] - at_s[after - 1])
    share = np.where((share >= -1e-6) & (share <= 1 + 1e-6), share, np.nan)
    way = path.centres_m[after] - path.centres_m[after - 1]
    turn = wrap_angle_rad(path.yaws_rad[after] - path.yaws_rad[after - 1])
    return path.centres_m[after - 1] + share[:, None] * way, path.yaws_rad[after - 1] + share * turn
