"""TIM207 camera-clock-off: the stamps of a camera are late or early against those of the poses.

What it looks for: turns that the pictures show against turns of the vehicle, over the pictures of one drive.
Why it matters: while turning every box lands beside its object, and in the other direction when turning back.
Evidence: the offset with its interval, how many pictures told it.
Blind spots: drives that hardly turn; pictures or poses that come too seldom; fewer than ten seconds.
Example: a turning drive in the tests whose camera is 25 ms late.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.audited import AuditLimits, assess_audit
from fusion.checks.check import scene_check
from fusion.checks.severity import Severity
from fusion.measure.scene_audit import camera_clock_audit
from fusion.scene.scene import Scene

# Nothing else turns like a clock, so it is an error where twice the harmless is excluded.
SURE = frozenset({"offset"})


class CameraClockOffLimits(AuditLimits):
    """None of its own, see `AuditLimits`."""


@scene_check("TIM207", Severity.WARNING, CameraClockOffLimits, tier="pixels")
def camera_clock_off(scene: Scene, limits: CameraClockOffLimits) -> Assessment:
    """Each camera's offset."""
    results = [result for result in camera_clock_audit(scene) if result.quantity == "clock.offset"]
    return assess_audit(scene, results, "sensor", "clock is off the poses", SURE)
