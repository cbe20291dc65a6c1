"""RIG102 implausible-intrinsics: a camera's numbers describe a lens that nobody builds.

What it looks for: pixels that are not square, a principal point far from the middle, a field of view too narrow or
too wide, a distortion that folds back before the corner of the image, calibrated for another image size.
Why it matters: everything projected through it lands beside its object, most of all near the edges.
Evidence: the quantity that is furthest off, its value and limit.
Blind spots: wrong numbers that would be right for some other lens; cropped images, which rightly shift the centre.
Example: intrinsics in the tests whose rows are swapped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from calibration.cameras import CameraModel, Fisheye
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene


class ImplausibleIntrinsicsLimits(Limits):
    max_aspect: float = Field(1.1, gt=1, description="Focal length over the other; sensors have square pixels.")
    max_centre_offset: float = Field(
        0.2, gt=0, lt=0.5, description="Share of the image the principal point may be off its middle; crops included."
    )
    min_view_deg: float = Field(5.0, gt=0, description="Narrower than the longest tele lens on a vehicle.")
    max_view_deg: float = Field(150.0, gt=0, lt=180, description="Wider, a lens without fisheye model can't image.")
    min_imaged_share: float = Field(
        0.9, gt=0, le=1, description="Share of the way to the corner within which the distortion must not fold back."
    )


@dataclass(frozen=True)
class Oddity:
    """One quantity of a lens against its limit; `ratio` above 1 is implausible."""

    quantity: str
    value: float
    limit: float

    @property
    def ratio(self) -> float:
        """How far the value is beyond the limit."""
        high, low = max(self.value, self.limit), max(min(self.value, self.limit), 1e-9)
        beyond = self.value < self.limit if self.quantity in LOWER_BOUNDED else self.value > self.limit
        return high / low if beyond else low / high


LOWER_BOUNDED = ("field of view is at least", "share of the way to the corner that is imaged")


@scene_check("RIG102", Severity.WARNING, ImplausibleIntrinsicsLimits)
def implausible_intrinsics(scene: Scene, limits: ImplausibleIntrinsicsLimits) -> Assessment:
    """The quantity of each lens that is furthest from what lenses have; the worst over all rigs of the scene."""
    worst: dict[str, Oddity] = {}
    for name, camera in _distinct_cameras(scene):
        odd = max(oddities(camera, limits), key=lambda oddity: oddity.ratio)
        worst[name] = max(worst.get(name, odd), odd, key=lambda oddity: oddity.ratio)
    if not worst:
        raise NotMeasurableError("no camera intrinsics")
    found = list(worst.values())
    return Assessment(
        about=SensorRows(scene, tuple(worst), kind="rig"),
        violated=np.asarray([oddity.ratio > 1 for oddity in found], dtype=bool),
        measured=np.asarray([oddity.value for oddity in found]),
        limit=np.asarray([oddity.limit for oddity in found]),
        unit="",
        message="{quantity}: {measured:.3g} where {limit:.3g} is the limit",
        evidence={"quantity": np.asarray([oddity.quantity for oddity in found], dtype=object)},
    )


def _distinct_cameras(scene: Scene) -> Iterator[tuple[str, CameraModel]]:
    """Each lens of each camera once, however often the rig changes around it."""
    seen = set()
    for rig in scene.rigs.rigs:
        for name in rig.cameras:
            camera = rig.sensor(name).camera
            if camera is None:
                continue
            numbers = (camera.fx, camera.fy, camera.cx, camera.cy, camera.skew, *camera.distortion)
            key = (name, camera.kind, camera.width, camera.height, *numbers)
            if key not in seen:
                seen.add(key)
                yield name, camera


def oddities(camera: CameraModel, limits: ImplausibleIntrinsicsLimits) -> list[Oddity]:
    """Everything about a lens that can be told from its numbers alone."""
    middle = ((camera.width - 1) / 2, (camera.height - 1) / 2)
    offset = max(abs(camera.cx - middle[0]) / camera.width, abs(camera.cy - middle[1]) / camera.height)
    found = [
        Oddity(
            "focal lengths differ by a factor", max(camera.fx / camera.fy, camera.fy / camera.fx), limits.max_aspect
        ),
        Oddity("principal point off the middle, share of the image", offset, limits.max_centre_offset),
    ]
    if isinstance(camera, Fisheye):
        return found
    view_deg = 2 * float(np.degrees(np.arctan(camera.width / 2 / camera.fx)))
    return [
        *found,
        Oddity("field of view is at least", view_deg, limits.min_view_deg),
        Oddity("field of view in degrees", view_deg, limits.max_view_deg),
        Oddity("share of the way to the corner that is imaged", _imaged_share(camera), limits.min_imaged_share),
    ]


def _imaged_share(camera: CameraModel) -> float:
    """How far from the principal point towards the corners every pixel has a ray."""
    corners = np.asarray([[0, 0], [camera.width - 1, 0], [0, camera.height - 1], [camera.width - 1, camera.height - 1]])
    shares = np.linspace(0.05, 1.0, 20)
    centre = np.asarray([camera.cx, camera.cy])
    pixels = centre + shares[:, None, None] * (corners - centre)
    rays = camera.unproject(pixels.reshape(-1, 2)).reshape(len(shares), 4, 3)
    imaged = np.isfinite(rays).all(axis=(1, 2))
    return float(shares[imaged].max(initial=0.0))
