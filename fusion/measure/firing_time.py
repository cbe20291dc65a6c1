"""When the laser swept across what a camera sees, against when the camera exposed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.clock import SECOND_NS
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame


@dataclass(frozen=True)
class FiringTime:
    """gap_s: exposure minus the median firing time of the points in view, or how far it is outside the sweep.

    exact: told by the points' own times; otherwise only by the sweep's start and end. points: how many in view.
    """

    gap_s: float
    exact: bool
    points: int


def firing_time(view: CameraView) -> FiringTime:
    """Exposure of a camera against the sweep of its frame.

    Raises:
        NotMeasurableError: the sweep says nothing about its times, or the camera sees none of its points.
    """
    frame = view.frame
    sweeps = [frame.sweep(name) for name in frame.lidars]
    if sweeps and all(sweep.times_ns is not None for sweep in sweeps):
        times_ns = np.concatenate([sweep.times_ns for sweep in sweeps if sweep.times_ns is not None])
        in_view = view.project_points().in_view
        if not in_view.any():
            raise NotMeasurableError("the camera sees no point of the sweep")
        gap_ns = float(np.median(view.timestamp_ns - times_ns[in_view]))
        return FiringTime(gap_ns / SECOND_NS, True, int(in_view.sum()))
    return _outside_sweep(view, frame)


def _outside_sweep(view: CameraView, frame: SyncedFrame) -> FiringTime:
    spans = [(sweep.start_ns, sweep.end_ns) for sweep in (frame.sweep(name) for name in frame.lidars)]
    known = [(start, end) for start, end in spans if start is not None and end is not None]
    if not known:
        raise NotMeasurableError("sweeps say neither when points fired nor when they began and ended")
    start_ns, end_ns = min(start for start, _ in known), max(end for _, end in known)
    late_ns, early_ns = view.timestamp_ns - end_ns, view.timestamp_ns - start_ns
    gap_ns = late_ns if late_ns > 0 else min(early_ns, 0)
    return FiringTime(gap_ns / SECOND_NS, False, 0)
