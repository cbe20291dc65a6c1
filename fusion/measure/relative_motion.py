"""How labelled objects, standing ones too, move as the ego vehicle sees them: what an error of time displaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import BoolArray, FloatArray
from calibration.clock import SECOND_NS
from fusion.measure.scene_boxes import boxes_in_ego, frame_poses
from fusion.measure.track_motion import track_motion, velocities_in_ego
from fusion.scene.scene import Scene

# Slower objects are taken to stand: labels jitter by as much.
STANDS_BELOW_MPS = 0.7
# Poses of frames further apart than this tell nothing about the speed in between.
MAX_STEP_NS = 3 * SECOND_NS // 2


@dataclass(frozen=True, eq=False)
class EgoMotion:
    """By frame: velocities_mps (F, 3) and rates_radps (F, 3) of ego in its own axes, NaN where unknown."""

    velocities_mps: FloatArray
    rates_radps: FloatArray

    @property
    def known(self) -> BoolArray:
        """(F,) bool."""
        return np.asarray(np.isfinite(self.velocities_mps).all(axis=1))

    def of_places(self, places_m: FloatArray, frames: np.ndarray) -> FloatArray:
        """(M, 3) velocity at which standing places (M, 3), in ego of `frames` (M,), are seen to move."""
        seen: FloatArray = -self.velocities_mps[frames] - np.cross(self.rates_radps[frames], places_m)
        return seen


def ego_motion(scene: Scene) -> EgoMotion:
    """From the poses of the frames before and after each; of one of them at the ends."""
    return scene.measurements.get("ego motion", lambda: _ego_motion(scene))


def _ego_motion(scene: Scene) -> EgoMotion:
    poses, stamps = frame_poses(scene), scene.frame_table.timestamps_ns
    frames = len(stamps)
    velocities, rates = np.full((frames, 3), np.nan), np.full((frames, 3), np.nan)
    if frames < 2 or not scene.has_real_times:
        return EgoMotion(velocities, rates)
    here = np.arange(frames)
    usable = np.zeros(frames, dtype=bool)
    step_ns = np.diff(stamps)
    usable[1:] = (step_ns > 0) & (step_ns <= MAX_STEP_NS) & poses.known[1:] & poses.known[:-1]
    before = np.where(usable, here - 1, here)
    after = np.where(np.append(usable[1:], False), here + 1, here)
    elapsed_s = (stamps[after] - stamps[before]) / SECOND_NS
    moving = elapsed_s > 0
    before, after, now = before[moving], after[moving], here[moving]
    places, turns = poses.columns.translations_m, poses.columns.rotations
    moved = np.einsum("fji,fj->fi", turns[now], places[after] - places[before])
    turned = Rotation.from_matrix(np.einsum("fji,fjk->fik", turns[before], turns[after])).as_rotvec()
    velocities[now] = moved / elapsed_s[moving, None]
    rates[now] = turned / elapsed_s[moving, None]
    return EgoMotion(velocities, rates)


def relative_velocities_in_ego(scene: Scene) -> FloatArray:
    """(M, 3) by row of the labels, in ego of its frame: how fast the object's place there changes; NaN where unknown.

    Over ground where poses exist: an object's own speed, if it is known and more than jitter, less ego's. Without
    poses as the track has it.
    """
    return scene.measurements.get("relative velocities", lambda: _relative_velocities(scene))


def _relative_velocities(scene: Scene) -> FloatArray:
    boxes, frames = boxes_in_ego(scene), np.maximum(scene.labels.frame_index, 0)
    motion = ego_motion(scene)
    if motion.known.any():
        own = np.nan_to_num(velocities_in_ego(scene))
        own[np.linalg.norm(own, axis=1) < STANDS_BELOW_MPS] = 0.0
        return own + motion.of_places(boxes.centres_m, frames)
    unknown = np.full((len(boxes), 3), np.nan)
    if not len(scene.labels.tracks) or not scene.has_real_times:
        return unknown
    tracks = track_motion(scene)
    return tracks.velocities_mps if tracks.relative else unknown
