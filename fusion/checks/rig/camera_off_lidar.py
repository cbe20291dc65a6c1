"""RIG104 camera-off-lidar: a camera does not sit or look where the files say, as seen from the lidar.

What it looks for: outlines that the lidar sees and that must fall on edges of the pictures, over six frames of the
scene.
Why it matters: every point, box and colour lands beside its object; fusion trains on the wrong pixels.
Evidence: the six corrections with their intervals, how many pictures told them.
Blind spots: few frames of one place: a small pitch may be told as a height, and the sizes of both are then unsure;
scenes without structure; `boresight calib` over the delivery says more.
Example: the sample scene in the tests with one camera turned by a degree.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.audited import AuditLimits, assess_audit
from fusion.checks.check import scene_check
from fusion.checks.severity import Severity
from fusion.measure.scene_audit import camera_audit
from fusion.scene.scene import Scene

# A height looks like a pitch, and a shift like a turn, so they only ever warn.
SURE = frozenset({"yaw", "roll"})


class CameraOffLidarLimits(AuditLimits):
    """None of its own, see `AuditLimits`."""


@scene_check("RIG104", Severity.WARNING, CameraOffLidarLimits, tier="pixels")
def camera_off_lidar(scene: Scene, limits: CameraOffLidarLimits) -> Assessment:
    """Each camera's six numbers."""
    results = [result for result in camera_audit(scene) if result.quantity.startswith("extrinsic.")]
    return assess_audit(scene, results, "rig", "camera is off the lidar", SURE)
