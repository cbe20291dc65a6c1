"""When the laser swept across what a camera sees, against when the camera exposed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import BoresightError, FileProblemError
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame

# A camera that looks across the seam of a rotation sees its first and its last points, a whole turn apart in time; it
# can only be in step with one of them. So the exposure is held against the nearest quarter of the points in view.
NEAREST_SHARE = 0.25


@dataclass(frozen=True, eq=False)
class FiringTimes:
    """By camera of a frame (C,).

    gap_s: exposure minus the firing time of the points in view, or by how much it is outside of the sweep; NaN where
    nothing tells, and `why_not` says why ("" where it is known). told_by_points: by the points' own times, otherwise
    only by the sweep's start and end. points: how many of those in view have a time.
    """

    gap_s: FloatArray
    told_by_points: BoolArray
    points: IntArray
    why_not: tuple[str, ...]


def firing_times(frame: SyncedFrame) -> FiringTimes:
    """Exposures of all cameras of a frame against its sweeps.

    Raises:
        FileProblemError: a sweep can't be read.
    """
    times_ns, timed = _times_of_points(frame)
    gaps_s, points, why_not = [], [], []
    for view in frame.cameras.values():
        try:
            gap_s, count = _gap(view, times_ns, timed)
        except FileProblemError:
            raise
        except BoresightError as problem:
            gap_s, count = np.nan, 0
            why_not.append(str(problem))
        else:
            why_not.append("")
        gaps_s.append(gap_s)
        points.append(count)
    told = np.asarray(points, dtype=np.int64)
    return FiringTimes(np.asarray(gaps_s, dtype=np.float64), told > 0, told, tuple(why_not))


def _times_of_points(frame: SyncedFrame) -> tuple[IntArray, BoolArray]:
    """(N,) firing times of the frame's points, and (N,) bool whether they are known."""
    times_ns, timed = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=bool)]
    for sweep in frame.lidars.values():
        times_ns.append(np.zeros(len(sweep), dtype=np.int64) if sweep.times_ns is None else sweep.times_ns)
        timed.append(np.full(len(sweep), sweep.times_ns is not None))
    return np.concatenate(times_ns), np.concatenate(timed)


def _gap(view: CameraView, times_ns: IntArray, timed: BoolArray) -> tuple[float, int]:
    """Seconds, and by how many points they were told."""
    if not timed.any():
        return _gap_to_sweep_s(view), 0
    in_view = view.project_points().in_view & timed
    if not in_view.any():
        raise NotMeasurableError("the camera sees no point of the sweep")
    gaps_ns = view.timestamp_ns - times_ns[in_view]
    nearest = np.argsort(np.abs(gaps_ns), kind="stable")[int(NEAREST_SHARE * (len(gaps_ns) - 1))]
    return float(gaps_ns[nearest]) / SECOND_NS, len(gaps_ns)


def _gap_to_sweep_s(view: CameraView) -> float:
    """Seconds from the sweep's end to the exposure, negative from its start, 0 within."""
    sweeps = view.frame.lidars.values()
    spans = [(sweep.start_ns, sweep.end_ns) for sweep in sweeps]
    known = [(start, end) for start, end in spans if start is not None and end is not None]
    if not known:
        raise NotMeasurableError("sweeps say neither when points fired nor when they began and ended")
    late_ns = view.timestamp_ns - max(end for _, end in known)
    early_ns = view.timestamp_ns - min(start for start, _ in known)
    return (late_ns if late_ns > 0 else min(early_ns, 0)) / SECOND_NS
