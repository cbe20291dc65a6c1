"""Whether a camera's numbers can describe the lens and the images that were delivered.

Only the image size has an answer of its own: the files. Intrinsics made for the same image at another size are
scaled, and that is a usable estimate. For the rest a lens is only plausible or not, so there is no number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from calibration.audit.result import AuditResult
from calibration.cameras import CameraModel, Fisheye, camera_from_parameters
from calibration.estimate import Estimate, Verdict

QUANTITIES = {
    **dict.fromkeys(
        ("intrinsic.width", "intrinsic.height", "intrinsic.fx", "intrinsic.fy", "intrinsic.cx", "intrinsic.cy"), "px"
    ),
    "intrinsic.distortion": "share",
}
# Sensors have square pixels; binning and sloppy targets leave less than this.
MAX_ASPECT = 1.1
# Share of the image the principal point may be off its middle; crops included.
MAX_CENTRE_OFFSET = 0.2
MIN_VIEW_DEG, MAX_VIEW_DEG, MAX_FISHEYE_VIEW_DEG = 5.0, 150.0, 260.0
# A lens that folds back before this share of the way to the corner was fitted without looking at the edges.
MIN_IMAGED_SHARE = 0.9
# Sizes rounded to whole pixels still count as one scale.
SCALE_ROUNDING_PX = 1.0
RADIAL_SAMPLES = 201


def audit_intrinsics(
    camera: str, lens: CameraModel | None, image_sizes: Sequence[tuple[int, int]]
) -> list[AuditResult]:
    """Image size, focal lengths, principal point and distortion of one lens.

    Args:
        lens: as the rig has it, None where it has none.
        image_sizes: width and height of image files, one entry an image; may be empty.
    """
    frames = len(image_sizes)
    if lens is None:
        reason = "the rig has no intrinsics for this camera"
        return [
            AuditResult(camera, "", quantity, unit, None, Estimate.cannot_tell(unit, reason, frames))
            for quantity, unit in QUANTITIES.items()
        ]
    size = max(set(image_sizes), key=list(image_sizes).count) if image_sizes else None
    scale = None if size is None else image_scale(lens, size)
    results = _size(camera, lens, image_sizes, size)
    if scale is not None and scale != 1.0 and size is not None:
        return [*results, *_scaled(camera, lens, size, frames), _distortion(camera, lens, frames)]
    return [*results, *_focal(camera, lens, frames), *_centre(camera, lens, frames), _distortion(camera, lens, frames)]


def image_scale(lens: CameraModel, size: tuple[int, int]) -> float | None:
    """By how much the whole image was enlarged since it was calibrated; None where it was cut or squeezed."""
    scale = size[0] / lens.width
    return scale if abs(size[1] - scale * lens.height) <= SCALE_ROUNDING_PX else None


def scaled_lens(lens: CameraModel, size: tuple[int, int]) -> CameraModel:
    """The same lens over an image of another size; (0, 0) is the centre of the first pixel in both."""
    across, down = size[0] / lens.width, size[1] / lens.height
    return camera_from_parameters(
        lens.kind,
        size[0],
        size[1],
        lens.fx * across,
        lens.fy * down,
        (lens.cx + 0.5) * across - 0.5,
        (lens.cy + 0.5) * down - 0.5,
        lens.skew * across,
        lens.distortion,
    )


def _size(
    camera: str, lens: CameraModel, sizes: Sequence[tuple[int, int]], size: tuple[int, int] | None
) -> list[AuditResult]:
    results = []
    for axis, name in enumerate(("width", "height")):
        in_file = float((lens.width, lens.height)[axis])
        if size is None:
            estimate = Estimate.cannot_tell("px", "no image could be read")
        elif len(set(sizes)) > 1:
            estimate = Estimate.cannot_tell("px", f"images differ in size: {_named(sizes)}", len(sizes))
        else:
            actual = float(size[axis])
            verdict = Verdict.GOOD if actual == in_file else Verdict.OFF
            reason = f"images are {size[0]}x{size[1]}" + (
                "" if size == (lens.width, lens.height) else f", calibrated as {lens.width}x{lens.height}"
            )
            estimate = Estimate(actual, (actual, actual), "px", verdict, reason, len(sizes))
        results.append(AuditResult(camera, "", f"intrinsic.{name}", "px", in_file, estimate))
    return results


def _scaled(camera: str, lens: CameraModel, size: tuple[int, int], frames: int) -> list[AuditResult]:
    fitting = scaled_lens(lens, size)
    reason = f"the images are {size[0] / lens.width:.4g} times the size these intrinsics were made for"
    results = []
    for name in ("fx", "fy", "cx", "cy"):
        value = float(getattr(fitting, name))
        estimate = Estimate(value, (value, value), "px", Verdict.OFF, reason, frames)
        results.append(AuditResult(camera, "", f"intrinsic.{name}", "px", float(getattr(lens, name)), estimate))
    return results


def _focal(camera: str, lens: CameraModel, frames: int) -> list[AuditResult]:
    aspect = max(lens.fx, lens.fy) / min(lens.fx, lens.fy)
    widest_deg = MAX_FISHEYE_VIEW_DEG if isinstance(lens, Fisheye) else MAX_VIEW_DEG
    results = []
    for name, focal, length in (("fx", lens.fx, lens.width), ("fy", lens.fy, lens.height)):
        view_deg = _view_deg(lens, focal, length)
        faults = []
        if aspect > MAX_ASPECT:
            faults.append(f"fx and fy differ by {aspect - 1:.0%}, pixels are square within {MAX_ASPECT - 1:.0%}")
        if not MIN_VIEW_DEG <= view_deg <= widest_deg:
            faults.append(f"a view of {view_deg:.3g} degrees, lenses have {MIN_VIEW_DEG:g} to {widest_deg:g}")
        fine = f"plausible: a view of {view_deg:.3g} degrees, fx and fy within {aspect - 1:.1%}"
        results.append(_plausible(camera, f"intrinsic.{name}", focal, faults, fine, frames))
    return results


def _centre(camera: str, lens: CameraModel, frames: int) -> list[AuditResult]:
    results = []
    for name, centre, length in (("cx", lens.cx, lens.width), ("cy", lens.cy, lens.height)):
        share = abs(centre - (length - 1) / 2) / length
        told = f"{share:.1%} of the image from its middle, limit {MAX_CENTRE_OFFSET:.0%}"
        faults = [told] if share > MAX_CENTRE_OFFSET else []
        results.append(_plausible(camera, f"intrinsic.{name}", centre, faults, f"plausible: {told}", frames))
    return results


def _distortion(camera: str, lens: CameraModel, frames: int) -> AuditResult:
    """Up to which share of the way to the worst corner every pixel has a ray."""
    shares = np.linspace(0.0, 1.0, RADIAL_SAMPLES)
    corners = np.array([[0, 0], [lens.width - 1, 0], [0, lens.height - 1], [lens.width - 1, lens.height - 1]])
    centre = np.array([lens.cx, lens.cy])
    pixels = centre + shares[:, None, None] * (corners - centre)
    has_ray = np.isfinite(lens.unproject(pixels.reshape(-1, 2))[:, 0]).reshape(RADIAL_SAMPLES, len(corners))
    unbroken = np.logical_and.accumulate(has_ray.all(axis=1))
    share = float(shares[unbroken][-1]) if unbroken.any() else 0.0
    if share == 1.0:
        verdict, reason = Verdict.GOOD, "monotone to every corner"
    elif isinstance(lens, Fisheye) or share >= MIN_IMAGED_SHARE:
        verdict = Verdict.CANNOT_TELL
        reason = f"no ray beyond {share:.0%} of the way to a corner: right only if the image is black there"
    else:
        verdict, reason = Verdict.OFF, f"folds back {share:.0%} of the way to a corner: the corners can't be projected"
    estimate = Estimate(share, None, "share", verdict, reason, frames)
    return AuditResult(camera, "", "intrinsic.distortion", "share", None, estimate)


def _plausible(camera: str, quantity: str, in_file: float, faults: list[str], fine: str, frames: int) -> AuditResult:
    verdict = Verdict.OFF if faults else Verdict.GOOD
    estimate = Estimate(math.nan, None, "px", verdict, "; ".join(faults) or fine, frames)
    return AuditResult(camera, "", quantity, "px", in_file, estimate)


def _view_deg(lens: CameraModel, focal: float, length: int) -> float:
    if isinstance(lens, Fisheye):
        return math.degrees(length / focal)
    return math.degrees(2 * math.atan(length / 2 / focal))


def _named(sizes: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{width}x{height}" for width, height in sorted(set(sizes)))
