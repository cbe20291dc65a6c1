"""The car's sensors: one spinning lidar and up to six cameras, mounted as on a nuScenes car."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.cameras import CameraModel, camera_from_parameters
from sample_data.street.mesh import FloatArray
from sample_data.street.options import StreetOptions

LIDAR_CHANNEL = "LIDAR_TOP"
LIDAR_PLACE_M = (0.94, 0.0, 1.84)
LIDAR_TILT_RAD = (0.006, -0.004)
REFERENCE_WIDTH = 704.0
MILLISECOND_NS = 1_000_000
CAMERA_FROM_BODY = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])


@dataclass(frozen=True, eq=False)
class Mounted:
    """Where one sensor sits: (3, 3) and (3,), ego from sensor."""

    channel: str
    rotation: FloatArray
    translation: FloatArray


@dataclass(frozen=True, eq=False)
class MountedCamera(Mounted):
    """A camera: its lens, exposure, how long it reads out (0: global shutter) and its direction in the ego frame."""

    lens: CameraModel
    yaw_rad: float
    exposure_ns: int
    readout_ns: int


@dataclass(frozen=True)
class CameraPlan:
    """One camera as on the drawing board; pixels for an image 704 wide."""

    channel: str
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    place_m: tuple[float, float, float]
    kind: str
    focal_px: float
    distortion: tuple[float, ...]
    readout_ms: int
    exposure_ms: int


PLANS = (
    CameraPlan(
        "CAM_FRONT",
        0.6,
        1.2,
        0.2,
        (1.70, 0.02, 1.51),
        "brown-conrady",
        455.0,
        (-0.262, 0.083, 0.0004, -0.0003, -0.0105),
        0,
        4,
    ),
    CameraPlan("CAM_FRONT_LEFT", 56.0, 1.6, -0.3, (1.52, 0.49, 1.52), "pinhole", 430.0, (), 18, 4),
    CameraPlan(
        "CAM_FRONT_RIGHT",
        -61.0,
        4.0,
        0.4,
        (1.50, -0.50, 1.51),
        "fisheye",
        318.0,
        (-0.021, 0.0034, -0.0011, 0.0002),
        0,
        5,
    ),
    CameraPlan(
        "CAM_BACK",
        179.4,
        2.5,
        0.1,
        (0.03, 0.01, 1.57),
        "rational",
        380.0,
        (0.21, 0.032, 0.0002, 0.0003, 0.0011, 0.53, 0.071, 0.004),
        0,
        5,
    ),
    CameraPlan(
        "CAM_BACK_LEFT",
        112.0,
        1.8,
        -0.2,
        (1.04, 0.48, 1.56),
        "brown-conrady",
        440.0,
        (-0.24, 0.07, -0.0002, 0.0003, -0.008),
        16,
        4,
    ),
    CameraPlan("CAM_BACK_RIGHT", -110.0, 1.7, 0.3, (1.02, -0.48, 1.56), "pinhole", 430.0, (), 0, 4),
)


def rotation_from_angles(roll_rad: float, pitch_rad: float, yaw_rad: float) -> FloatArray:
    """(3, 3), about z by yaw, then y by pitch (nose down positive), then x by roll, each about the turned axis."""
    (cr, sr), (cp, sp), (cy, sy) = ((np.cos(a), np.sin(a)) for a in (roll_rad, pitch_rad, yaw_rad))
    about_x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    about_y = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    about_z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    turned: FloatArray = about_z @ about_y @ about_x
    return turned


def lidar_mount() -> Mounted:
    """The lidar on the roof: its x to the right, its y forward, tilted by a fraction of a degree."""
    rotation = rotation_from_angles(*LIDAR_TILT_RAD, 0.0) @ rotation_from_angles(0, 0, -np.pi / 2)
    return Mounted(LIDAR_CHANNEL, rotation, np.array(LIDAR_PLACE_M))


def cameras_for(options: StreetOptions) -> list[MountedCamera]:
    """The first cameras of the plan, scaled to the wanted image size."""
    return [_mounted(plan, options) for plan in PLANS[: options.cameras]]


def _mounted(plan: CameraPlan, options: StreetOptions) -> MountedCamera:
    scale = options.image_width / REFERENCE_WIDTH
    lens = camera_from_parameters(
        kind=plan.kind,
        width=options.image_width,
        height=options.image_height,
        fx=round(plan.focal_px * scale, 3),
        fy=round(plan.focal_px * 1.002 * scale, 3),
        cx=round((options.image_width - 1) / 2 + 3.3 * scale, 3),
        cy=round((options.image_height - 1) / 2 - 2.6 * scale, 3),
        skew=0.0,
        distortion=plan.distortion,
    )
    body = rotation_from_angles(*np.deg2rad([plan.roll_deg, plan.pitch_deg, plan.yaw_deg]))
    return MountedCamera(
        channel=plan.channel,
        rotation=body @ CAMERA_FROM_BODY.T,
        translation=np.array(plan.place_m),
        lens=lens,
        yaw_rad=float(np.deg2rad(plan.yaw_deg)),
        exposure_ns=plan.exposure_ms * MILLISECOND_NS,
        readout_ns=plan.readout_ms * MILLISECOND_NS,
    )
