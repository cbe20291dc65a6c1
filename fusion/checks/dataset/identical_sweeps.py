"""DAT013 identical-sweeps: a lidar delivers the same sweep again.

What it looks for: point files of one lidar that are byte for byte the file before.
Why it matters: everything seems to stand still for a moment, so that labels and points of moving objects part.
Evidence: how many sweeps, of how many, the first of them.
Blind spots: a repeated sweep that was written anew, with other times say; sweeps in archives or memory.
Example: a scene in the tests whose lidar stalls for one sweep.
"""

from __future__ import annotations

from calibration.sensors import SensorKind
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.dataset.repeats import RepeatLimits, assess_repeats
from fusion.checks.severity import Severity
from fusion.scene.scene import Scene


class IdenticalSweepsLimits(RepeatLimits):
    """One number, see `RepeatLimits`."""


@scene_check("DAT013", Severity.WARNING, IdenticalSweepsLimits)
def identical_sweeps(scene: Scene, limits: IdenticalSweepsLimits) -> Assessment:
    """Point files that repeat, by lidar."""
    return assess_repeats(scene, limits, SensorKind.LIDAR, "sweep")
