"""When each point of a sweep was fired: told, or read off the order of its rows where a lidar's turning shows in it."""

from __future__ import annotations

import numpy as np

from calibration.arrays import IntArray
from calibration.sweep import LidarSweep

# So many steps around the circle must all go one way; rows sorted by laser go round once a laser.
STEPS = 180
MIN_ROWS = 10 * STEPS
# Of a full turn: the first and last returns are not quite at the seam, and some lidars overlap.
LEAST_TURN, MOST_TURN = 0.9, 1.1


def firing_times_ns(sweep: LidarSweep) -> IntArray | None:
    """(N,) firing times: those of the file, or by angle where start and end are known and rows go round once.

    None where neither is the case.
    """
    if sweep.times_ns is not None:
        return sweep.times_ns
    seen = np.flatnonzero(sweep.finite)
    if sweep.start_ns is None or sweep.end_ns is None or len(seen) < MIN_ROWS:
        return None
    from_lidar = (sweep.points[seen, :2] - sweep.ray_origin[:2]).astype(np.float64)
    directions = from_lidar / np.maximum(np.linalg.norm(from_lidar, axis=1, keepdims=True), 1e-9)
    parts = np.array_split(np.arange(len(seen)), STEPS)
    middles = np.array([directions[part].mean(axis=0) for part in parts])
    turned_rad = np.unwrap(np.arctan2(middles[:, 1], middles[:, 0]))
    steps_rad = np.diff(turned_rad)
    whole = abs(turned_rad[-1] - turned_rad[0]) / (2 * np.pi) * STEPS / (STEPS - 1)
    if not (np.all(steps_rad > 0) or np.all(steps_rad < 0)) or not LEAST_TURN <= whole <= MOST_TURN:
        return None
    rows = np.array([part.mean() for part in parts])
    share = np.interp(np.arange(len(seen)), rows, np.abs(turned_rad - turned_rad[0]) / (2 * np.pi) + 0.5 / STEPS)
    times_ns = np.full(len(sweep), sweep.start_ns, dtype=np.int64)
    times_ns[seen] += np.rint(np.clip(share, 0, 1) * (sweep.end_ns - sweep.start_ns)).astype(np.int64)
    return times_ns
