"""TIM208 clock-drift: a camera clock runs faster or slower than that of the poses.

What it looks for: how the offset between turns in the pictures and turns of the vehicle grows along the drive.
Why it matters: what fits at the start of a drive does not at its end, and nobody finds it by looking at one frame.
Evidence: the drift in parts per million with its interval, how many pictures told it.
Blind spots: drives of less than half a minute; drives that hardly turn.
Example: a drive in the tests whose camera clock runs 400 ppm fast.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.audited import AuditLimits, assess_audit
from fusion.checks.check import scene_check
from fusion.checks.severity import Severity
from fusion.measure.scene_audit import camera_clock_audit
from fusion.scene.scene import Scene

# Nothing else grows with time like a clock.
SURE = frozenset({"drift"})


class ClockDriftLimits(AuditLimits):
    """None of its own, see `AuditLimits`."""


@scene_check("TIM208", Severity.WARNING, ClockDriftLimits, tier="pixels")
def clock_drift(scene: Scene, limits: ClockDriftLimits) -> Assessment:
    """Each camera's drift."""
    results = [result for result in camera_clock_audit(scene) if result.quantity == "clock.drift"]
    return assess_audit(scene, results, "sensor", "clock drifts", SURE)
