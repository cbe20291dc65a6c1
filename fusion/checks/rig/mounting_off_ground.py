"""RIG106 mounting-off-ground: the road leans in the vehicle frame, or lies at another height from drive to drive.

What it looks for: the plane of the road around the vehicle, and the direction the lidar moves in against that of the
poses.
Why it matters: a tilted lidar lifts far boxes by metres, and heights of labels mean nothing.
Evidence: tilt, height and turns with their intervals, how many frames told them.
Blind spots: cambered roads and slopes that change; data sets whose ego frame is the lidar itself; straight drives.
Example: a street in the tests that leans by three degrees.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.audited import AuditLimits, assess_audit
from fusion.checks.check import scene_check
from fusion.checks.severity import Severity
from fusion.measure.scene_audit import mounting_audit
from fusion.scene.scene import Scene

# Roads are not level, so it only ever warns.
SURE: frozenset[str] = frozenset()


class MountingOffGroundLimits(AuditLimits):
    """None of its own, see `AuditLimits`."""


@scene_check("RIG106", Severity.WARNING, MountingOffGroundLimits, tier="points")
def mounting_off_ground(scene: Scene, limits: MountingOffGroundLimits) -> Assessment:
    """Each lidar against ground and poses."""
    results = [result for result in mounting_audit(scene) if result.quantity.startswith("mounting.")]
    return assess_audit(scene, results, "rig", "mounting is off", SURE)
