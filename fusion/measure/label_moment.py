"""When a label describes its object: at its stamp, or when the beam passed, where sweeps are not compensated."""

from __future__ import annotations

import numpy as np

from calibration.clock import SECOND_NS
from calibration.errors import FileProblemError
from calibration.sensors import SensorKind
from calibration.sweep import LidarSweep, Motion
from fusion.scene.scene import Scene


def label_time_doubt_s(scene: Scene) -> float:
    """By how many seconds the moment a box describes may differ from its stamp; 0 without sweeps.

    A box drawn on a sweep that is not compensated stands where its points are, so where its object was when the beam
    passed: up to a whole sweep from the stamp.
    """
    return scene.measurements.get("label time doubt", lambda: _doubt(scene))


def _doubt(scene: Scene) -> float:
    lidar = scene.frame_table.reference_lidar
    if lidar is None or lidar not in scene.streams or scene.streams[lidar].kind is not SensorKind.LIDAR:
        return 0.0
    stream = scene.streams[lidar]
    if not len(stream):
        return 0.0
    try:
        sweep: LidarSweep = stream.load(0)
    except FileProblemError:  # a sweep that can't be read is reported by the checks that need it
        return _period_s(stream.timestamps_ns)
    if sweep.motion is Motion.COMPENSATED:
        return 0.0
    if sweep.start_ns is not None and sweep.end_ns is not None:
        return (sweep.end_ns - sweep.start_ns) / SECOND_NS
    return _period_s(stream.timestamps_ns)


def _period_s(stamps_ns: np.ndarray) -> float:
    """A spinning lidar turns ten times a second or more often; kept sweeps may be further apart."""
    steps = np.diff(np.sort(stamps_ns))
    steps = steps[steps > 0]
    return min(float(np.median(steps)) / SECOND_NS, 0.1) if len(steps) else 0.1
