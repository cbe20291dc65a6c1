"""How a vehicle turned and drove between two instants, from its poses, at any time between them."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray
from calibration.clock import SECOND_NS
from calibration.trajectory import Trajectory
from calibration.transform import matrices_from_quaternions

# For a cubic through them.
MIN_POSES = 4
# Poses are noisy to a centimetre; a fifth of a second of driving is much longer than that.
VELOCITY_HALF_WINDOW_S = 0.1


class EgoMotion:
    """A drive as functions of time in seconds since its first pose.

    A turn is the integral of the yaw rate about the vehicle's own up axis, so it is exact over any interval.
    Poses are never extrapolated by `Trajectory`; here they are, so ask only where it `covers`.
    """

    def __init__(self, poses: Trajectory) -> None:
        self.origin_ns = int(poses.timestamps_ns[0])
        times_s = self.seconds(poses.timestamps_ns)
        rotations = matrices_from_quaternions(poses.quaternions)
        steps = Rotation.from_matrix(np.einsum("nji,njk->nik", rotations[:-1], rotations[1:])).as_rotvec()
        self._turned_rad = CubicSpline(times_s, np.concatenate([[0.0], np.cumsum(steps[:, 2])]))
        self._velocity_mps = CubicSpline(times_s, _velocities_in_ego(times_s, poses.translations_m, rotations))

    def seconds(self, timestamps_ns: FloatArray | np.ndarray) -> FloatArray:
        """Since the first pose."""
        since: FloatArray = (np.asarray(timestamps_ns) - self.origin_ns) / SECOND_NS
        return since

    def turned_rad(self, start_s: FloatArray, end_s: FloatArray) -> FloatArray:
        """About the vehicle's up axis between two instants, counter-clockwise positive, of any shape."""
        turned: FloatArray = self._turned_rad(end_s) - self._turned_rad(start_s)
        return turned

    def speed_mps(self, times_s: FloatArray) -> FloatArray:
        """Along the vehicle's forward axis, of any shape."""
        speeds: FloatArray = self._velocity_mps(times_s)[..., 0]
        return speeds

    def driven_m(self, start_s: FloatArray, end_s: FloatArray) -> FloatArray:
        """How far the vehicle's origin moved, (N, 3) in its own frame at the middle of each interval."""
        driven: FloatArray = self._velocity_mps((start_s + end_s) / 2) * (end_s - start_s)[:, None]
        return driven


def _velocities_in_ego(times_s: FloatArray, places_m: FloatArray, rotations: FloatArray) -> FloatArray:
    """(P, 3) metres a second, the mean over a short stretch about each pose.

    Each step is seen from the vehicle before they are averaged: a chord through a turn that tightens points aside.
    """
    in_world = np.diff(places_m, axis=0)
    rotvecs = Rotation.from_matrix(np.einsum("nji,njk->nik", rotations[:-1], rotations[1:])).as_rotvec()
    at_start = np.einsum("nji,nj->ni", rotations[:-1], in_world)
    steps_m = Rotation.from_rotvec(-rotvecs / 2).apply(at_start)
    driven_m = np.concatenate([np.zeros((1, 3)), np.cumsum(steps_m, axis=0)])
    before = np.maximum(times_s - VELOCITY_HALF_WINDOW_S, times_s[0])
    after = np.minimum(times_s + VELOCITY_HALF_WINDOW_S, times_s[-1])
    ends = [np.column_stack([np.interp(at, times_s, axis) for axis in driven_m.T]) for at in (before, after)]
    velocities: FloatArray = (ends[1] - ends[0]) / (after - before)[:, None]
    return velocities
