"""How far a track's box moves between two moments, by where the track passes in frames that are beyond doubt."""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.transform import wrap_angle_rad
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world, label_poses
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

# Times in seconds are rounded, so an end is met where it is missed by as much.
END_S = 1e-6


def passing_at(
    path: Boxes3D, stamps_ns: IntArray, later_s: FloatArray, beyond: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Where a track passes so much later than some stamps: (K, 3) places and (K,) yaws, in the frame of its boxes.

    Between two boxes it goes straight and turns evenly. NaN beyond its ends, unless it goes straight on there, and
    where it has fewer than two boxes at different times.

    Args:
        path: boxes of the track, all placed, in any order; stamps_ns, later_s: (K,).
        beyond: it goes straight on beyond its ends, without turning.
    """
    path = path.take(np.unique(path.timestamps_ns, return_index=True)[1])
    if len(path) < 2:
        return np.full((len(stamps_ns), 3), np.nan), np.full(len(stamps_ns), np.nan)
    start_ns = int(path.timestamps_ns[0])
    at_s, wanted_s = (path.timestamps_ns - start_ns) / SECOND_NS, (stamps_ns - start_ns) / SECOND_NS + later_s
    after = np.clip(np.searchsorted(at_s, wanted_s), 1, len(at_s) - 1)
    share = (wanted_s - at_s[after - 1]) / (at_s[after] - at_s[after - 1])
    way = path.centres_m[after] - path.centres_m[after - 1]
    turn = wrap_angle_rad(path.yaws_rad[after] - path.yaws_rad[after - 1])
    places = path.centres_m[after - 1] + share[:, None] * way
    yaws = path.yaws_rad[after - 1] + np.clip(share, 0, 1) * turn
    known = beyond | ((wanted_s >= -END_S) & (wanted_s <= at_s[-1] + END_S))
    return np.where(known[:, None], places, np.nan), np.where(known, yaws, np.nan)


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
        mine = np.flatnonzero(owner == track)
        path, stamps = boxes.take(own), boxes.timestamps_ns[rows[mine]]
        here, there = (passing_at(path, stamps, later_s) for later_s in (np.zeros(len(mine)), late_s[mine]))
        moved[mine], turned[mine] = there[0] - here[0], wrap_angle_rad(there[1] - here[1])
    if over_ground:
        moved = np.einsum("nji,nj->ni", label_poses(scene).columns.rotations[rows], moved)
    return moved, turned
