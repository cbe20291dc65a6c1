"""RIG105 lidar-off-lidar: two lidars of the vehicle disagree about where things are.

What it looks for: surfaces that both see, laid onto each other, in four frames of the scene.
Why it matters: merged clouds show everything twice, and boxes are drawn round both.
Evidence: the six corrections of the further lidar with their intervals, how many frames told them.
Blind spots: which of the two moved; lidars whose views do not overlap; directions that no surface faces.
Example: two lidars in the tests, one of which is turned by half a degree.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.audited import AuditLimits, assess_audit
from fusion.checks.check import scene_check
from fusion.checks.severity import Severity
from fusion.measure.scene_audit import mounting_audit
from fusion.scene.scene import Scene

# Surfaces fix all six where the interval says so.
SURE = frozenset({"yaw", "roll", "pitch", "x", "y", "z"})


class LidarOffLidarLimits(AuditLimits):
    """None of its own, see `AuditLimits`."""


@scene_check("RIG105", Severity.WARNING, LidarOffLidarLimits, tier="points")
def lidar_off_lidar(scene: Scene, limits: LidarOffLidarLimits) -> Assessment:
    """Each further lidar against the first."""
    results = [result for result in mounting_audit(scene) if result.quantity.startswith("extrinsic.")]
    return assess_audit(scene, results, "rig", "lidar is off the first one", SURE)
