"""Every camera model by the name files call it."""

from __future__ import annotations

from collections.abc import Iterable

from calibration.cameras.brown_conrady import BrownConrady
from calibration.cameras.fisheye import Fisheye
from calibration.cameras.model import CameraModel
from calibration.cameras.pinhole import Pinhole
from calibration.cameras.rational import Rational
from calibration.errors import LensError

CAMERA_MODELS: dict[str, type[CameraModel]] = {
    model.kind: model for model in (Pinhole, BrownConrady, Rational, Fisheye)
}


def camera_from_parameters(
    kind: str,
    width: int,
    height: int,
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    skew: float = 0.0,
    distortion: Iterable[float] = (),
) -> CameraModel:
    """The camera of that kind: "pinhole", "brown-conrady", "rational" or "fisheye".

    Args:
        width, height: of the image the parameters belong to, pixels.
        fx, fy, cx, cy, skew: pixels, (0, 0) being the centre of the top-left pixel.
        distortion: in OpenCV's order. A "brown-conrady" of four (k1 k2 p1 p2) has k3 = 0, as in OpenCV.

    Raises:
        LensError: an unknown kind, or parameters that describe no lens.
    """
    if kind not in CAMERA_MODELS:
        raise LensError(f"unknown camera model {kind!r}; there are {', '.join(CAMERA_MODELS)}")
    coefficients = tuple(distortion)
    if kind == BrownConrady.kind and len(coefficients) == len(BrownConrady.coefficient_names) - 1:
        coefficients = (*coefficients, 0.0)
    return CAMERA_MODELS[kind](
        width=width, height=height, fx=fx, fy=fy, cx=cx, cy=cy, skew=skew, distortion=coefficients
    )
