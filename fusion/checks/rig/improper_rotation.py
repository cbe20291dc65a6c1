"""RIG101 improper-rotation: a calibration's rotation is none.

What it looks for: rotation matrices that are not orthonormal, and quaternions that are not of unit length.
Why it matters: points come out sheared or scaled, a little more with every metre, and every overlay is off.
Evidence: distance of the stored matrix from the nearest rotation; how far that moves a point at 50 m.
Blind spots: a perfect rotation that is the wrong one.
Example: a lidar in the tests with one row of its matrix scaled by 1.02.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows
from fusion.scene.scene import Scene

REFERENCE_RANGE_M = 50.0


class ImproperRotationLimits(Limits):
    max_residual: float = Field(
        1e-3, gt=0, description="Three decimals of a text file leave this much; at 50 m it moves a point 5 cm."
    )
    impossible_residual: float = Field(2e-2, gt=0, description="A metre at 50 m: no rounding explains it.")


@scene_check("RIG101", Severity.WARNING, ImproperRotationLimits)
def improper_rotation(scene: Scene, limits: ImproperRotationLimits) -> Assessment:
    """Distance of each sensor's stored rotation from the nearest one; the worst over all rigs of the scene."""
    worst: dict[str, float] = {}
    for rig in scene.rigs.rigs:
        for name, sensor in rig.sensors.items():
            worst[name] = max(worst.get(name, 0.0), sensor.ego_from_sensor.residual)
    residuals = np.asarray(list(worst.values()), dtype=np.float64)
    return Assessment(
        about=SensorRows(scene, tuple(worst), kind="rig"),
        violated=residuals > limits.max_residual,
        errors=residuals > limits.impossible_residual,
        measured=residuals,
        limit=limits.max_residual,
        unit="",
        message="rotation is off by {measured:.4f}, which moves a point at 50 m by {shift_m:.2f} m",
        evidence={"shift_m": residuals * REFERENCE_RANGE_M},
    )
