"""How a lens bends light: from a point in front of the camera to a pixel, and from a pixel back to its ray."""

from __future__ import annotations

from calibration.cameras.brown_conrady import BrownConrady
from calibration.cameras.catalogue import CAMERA_MODELS, camera_from_parameters
from calibration.cameras.fisheye import Fisheye
from calibration.cameras.model import CameraModel, Projection
from calibration.cameras.pinhole import Pinhole
from calibration.cameras.rational import Rational

__all__ = [
    "CAMERA_MODELS",
    "BrownConrady",
    "CameraModel",
    "Fisheye",
    "Pinhole",
    "Projection",
    "Rational",
    "camera_from_parameters",
]
