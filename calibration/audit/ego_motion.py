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
# What is left once wheels are understood changes as the road's slope does.
SLIP_HALF_WINDOW_S = 1.0


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
    """(P, 3) metres a second, forward over a short stretch about each pose, aside and up over a longer one.

    Each step is seen from the vehicle before they are averaged: a chord through a turn that tightens points aside.
    Wheels hardly slip: how fast a vehicle moves aside follows from how fast it drives and turns. What the poses say of
    it is taken for the whole drive, or a centimetre of noise of a pose is a hundredth of a radian of direction.
    """
    in_world = np.diff(places_m, axis=0)
    rotvecs = Rotation.from_matrix(np.einsum("nji,njk->nik", rotations[:-1], rotations[1:])).as_rotvec()
    at_start = np.einsum("nji,nj->ni", rotations[:-1], in_world)
    steps_m = Rotation.from_rotvec(-rotvecs / 2).apply(at_start)
    driven_m = np.concatenate([np.zeros((1, 3)), np.cumsum(steps_m, axis=0)])
    turned_rad = np.concatenate([[0.0], np.cumsum(rotvecs[:, 2])])
    short = _slopes(times_s, np.column_stack([driven_m, turned_rad]), VELOCITY_HALF_WINDOW_S)
    forward, turning = short[:, 0], short[:, 3]
    # mounted askew, ahead of or behind the axle that follows, slipping as it is pressed outwards
    usual = np.column_stack([forward, turning, forward**2 * turning])
    rest_m = driven_m[:, 1:].copy()
    for axis in range(2):
        told = usual @ np.linalg.lstsq(usual, short[:, 1 + axis], rcond=None)[0]
        integral = np.concatenate([[0.0], np.cumsum((told[1:] + told[:-1]) / 2 * np.diff(times_s))])
        rest_m[:, axis] -= integral
        short[:, 1 + axis] = told
    short[:, 1:3] += _slopes(times_s, rest_m, SLIP_HALF_WINDOW_S)
    return short[:, :3]


def _slopes(times_s: FloatArray, values: FloatArray, half_window_s: float) -> FloatArray:
    """(P, C) slope of the straight line through all values (P, C) at most so long before or after each time."""
    first = np.searchsorted(times_s, times_s - half_window_s - 1e-6)
    last = np.searchsorted(times_s, times_s + half_window_s + 1e-6)
    first = np.minimum(first, np.maximum(np.arange(len(times_s)) - 1, 0))
    last = np.maximum(last, np.minimum(np.arange(len(times_s)) + 2, len(times_s)))
    count = (last - first)[:, None]

    def summed(columns: FloatArray) -> FloatArray:
        total = np.concatenate([np.zeros((1, columns.shape[1])), np.cumsum(columns, axis=0)])
        sums: FloatArray = total[last] - total[first]
        return sums

    since = (times_s - times_s.mean())[:, None]
    centred = values - values.mean(axis=0)
    of_time, of_values = summed(since), summed(centred)
    slopes: FloatArray = (summed(since * centred) - of_time * of_values / count) / (
        summed(since**2) - of_time**2 / count
    )
    return slopes
