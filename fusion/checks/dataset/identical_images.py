"""DAT012 identical-images: a camera delivers the same picture again.

What it looks for: image files of one camera that are byte for byte the file before.
Why it matters: labels of a moving scene are drawn on a frozen picture, and the model learns objects that are not there.
Evidence: how many images, of how many, the first of them.
Blind spots: a repeated picture that was encoded anew; pictures in archives or memory.
Example: a scene in the tests whose camera stalls for two frames.
"""

from __future__ import annotations

from calibration.sensors import SensorKind
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.dataset.repeats import RepeatLimits, assess_repeats
from fusion.checks.severity import Severity
from fusion.scene.scene import Scene


class IdenticalImagesLimits(RepeatLimits):
    """One number, see `RepeatLimits`."""


@scene_check("DAT012", Severity.WARNING, IdenticalImagesLimits)
def identical_images(scene: Scene, limits: IdenticalImagesLimits) -> Assessment:
    """Image files that repeat, by camera."""
    return assess_repeats(scene, limits, SensorKind.CAMERA, "image")
