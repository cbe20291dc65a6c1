"""How well outlines fall on edges as one of the six numbers is moved through its neighbourhood: a curve to look at.

The other five stay where the joint fit has them, so a sharp peak is not yet a sharp estimate: a shift to the left and a
turn to the right move along each other's curves. The interval of the estimate knows that, the curve does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.arrays import FloatArray
from calibration.audit.extrinsic_fit import agreement
from calibration.audit.extrinsic_outlines import MOVES, FrameEdges, Outlines, thinned
from calibration.audit.result import AuditResult, ScanCurve
from calibration.cameras.model import CameraModel

REACH = {"m": 0.4, "deg": 1.0}
TRIALS = 21
# As many show the shape of a curve as well as all of them.
MOST_OUTLINES = 2000
SAYS = "outlines on edges"


def with_scans(
    results: Sequence[AuditResult],
    frames: Sequence[FrameEdges],
    outlines: Outlines,
    camera: CameraModel,
    correction: FloatArray,
) -> list[AuditResult]:
    """The six results with their curves.

    Args:
        results: `extrinsic.x` to `extrinsic.yaw`, in this order.
        correction: (6,) of the joint fit, metres and radians.
    """
    few = thinned(outlines, MOST_OUTLINES)
    moves = range(6)[MOVES]
    scanned = []
    for row, result in enumerate(results):
        offsets = np.linspace(-REACH[result.unit], REACH[result.unit], TRIALS)
        steps = offsets if row in moves else np.radians(offsets)
        scores = []
        for step in steps:
            tried = correction.copy()
            tried[row] = step  # from where the files have it
            scores.append(agreement(frames, few, camera, tried))
        in_file = result.in_file or 0.0
        scanned.append(replace(result, scan=ScanCurve(in_file + offsets, np.asarray(scores), SAYS)))
    return scanned
