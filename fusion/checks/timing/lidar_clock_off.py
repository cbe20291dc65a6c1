"""TIM209 lidar-clock-off: the stamps of a lidar are late or early against those of the poses.

What it looks for: how crisp the standing world is when its sweeps are laid together with their stamps moved; whether
the sweeps are bent by motion although the format says they are not.
Why it matters: while turning or braking the world is smeared, and boxes fit one sweep and not the next.
Evidence: the offset and the motion left in the sweeps with their intervals, how many sweeps told them.
Blind spots: drives at constant speed straight on; poses that were made from the same lidar.
Example: a turning drive in the tests whose lidar is stamped 50 ms late.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.audited import AuditLimits, assess_audit
from fusion.checks.check import scene_check
from fusion.checks.severity import Severity
from fusion.measure.scene_audit import lidar_clock_audit
from fusion.scene.scene import Scene

# Sweeps that fall together at another time have no other reason.
SURE = frozenset({"offset"})


class LidarClockOffLimits(AuditLimits):
    """None of its own, see `AuditLimits`."""


@scene_check("TIM209", Severity.WARNING, LidarClockOffLimits, tier="points")
def lidar_clock_off(scene: Scene, limits: LidarClockOffLimits) -> Assessment:
    """Each lidar's offset."""
    results = [result for result in lidar_clock_audit(scene) if result.quantity.startswith("clock.")]
    return assess_audit(scene, results, "sensor", "clock or motion is off", SURE)
