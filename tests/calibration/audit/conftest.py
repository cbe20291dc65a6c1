"""A camera that turns inside a painted sphere, and the drive that turns it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest

from calibration.arrays import ByteImage, FloatArray
from calibration.audit.image_rotation import CameraDrive, FollowedCorners
from calibration.cameras import CameraModel, camera_from_parameters
from calibration.clock import SECOND_NS
from calibration.image import CameraImage
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_yaws

FORWARD = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])  # columns: the camera's axes in ego
PAINT_PER_RADIAN = 40

Yaw = Callable[[FloatArray], FloatArray]


def winding(seed: int, amplitude: float = 1.0) -> Yaw:
    """Yaw in radians over seconds: turns of several lengths, about 0.15 rad/s."""
    random = np.random.default_rng(seed)
    frequencies = 2 * np.pi * random.uniform(0.08, 0.6, 6)
    phases, sizes = random.uniform(0, 2 * np.pi, 6), amplitude * random.uniform(0.5, 1.0, 6) * 0.11

    def yaw(seconds: FloatArray) -> FloatArray:
        arguments = np.multiply.outer(seconds, frequencies) + phases
        turned: FloatArray = (sizes / frequencies * np.sin(arguments)).sum(axis=-1)
        return turned

    return yaw


def poses_of(yaw: Yaw, seconds: float, rate_hz: float = 50.0, noise_rad: float = 0.0) -> Trajectory:
    times = np.arange(0, seconds + 1e-9, 1 / rate_hz)
    yaws = yaw(times) + np.random.default_rng(5).normal(0, noise_rad, len(times))
    stamps = np.rint(times * SECOND_NS).astype(np.int64)
    return Trajectory.from_poses(stamps, np.zeros((len(times), 3)), quaternions_from_yaws(yaws))


def followed(
    yaw: Yaw,
    seed: int,
    poses: Trajectory | None,
    *,
    seconds: float = 20.0,
    delay_s: float = 0.0,
    drift_ppm: float = 0.0,
    noise_rad: float = 0.003,
    count: int = 40,
) -> CameraDrive:
    """Corners far away as a camera of 20 Hz would see them, its stamps late by the delay; no images."""
    random = np.random.default_rng(seed)
    true_s = np.arange(0, seconds, 0.05)
    stamps = np.rint((true_s * (1 + drift_ppm * 1e-6) + delay_s) * SECOND_NS).astype(np.int64)
    pairs = len(true_s) - 1
    before = np.concatenate(
        [random.uniform((-0.7, -0.4), (0.7, 0.4), (pairs * count, 2)), np.ones((pairs * count, 1))], 1
    )
    turned = np.repeat(np.diff(yaw(true_s)), count)  # about the camera's down axis, the other way round
    cosine, sine = np.cos(turned), np.sin(turned)
    after = np.column_stack(
        [cosine * before[:, 0] + sine * before[:, 2], before[:, 1], cosine * before[:, 2] - sine * before[:, 0]]
    )
    after += random.normal(0, noise_rad, after.shape)
    rays = [(each / np.linalg.norm(each, axis=1, keepdims=True)).astype(np.float32) for each in (before, after)]
    offsets = np.arange(pairs + 1, dtype=np.int64) * count
    on_time = np.zeros(pairs * count, dtype=np.float32)
    corners = FollowedCorners(stamps[:-1], stamps[1:], offsets, *rays, on_time, noise_rad, True, len(true_s))
    return CameraDrive(corners, RigidTransform.from_rotation("ego", "camera", FORWARD, [0.0, 0.0, 0.0]), poses)


@pytest.fixture(name="followed", scope="session")
def followed_fixture() -> Callable[..., CameraDrive]:
    return followed


@pytest.fixture(name="winding", scope="session")
def winding_fixture() -> Callable[..., Yaw]:
    return winding


@pytest.fixture(name="poses_of", scope="session")
def poses_of_fixture() -> Callable[..., Trajectory]:
    return poses_of


@pytest.fixture(scope="session")
def lens() -> CameraModel:
    return camera_from_parameters("brown-conrady", 160, 100, 110.0, 110.0, 80.0, 50.0, 0.0, (-0.1, 0.02, 0, 0, 0))


@pytest.fixture(scope="session")
def ego_from_camera() -> RigidTransform:
    return RigidTransform.from_rotation("ego", "camera", FORWARD, [0.0, 0.0, 0.0])


@pytest.fixture(scope="session")
def film(lens: CameraModel) -> Callable[..., Iterator[CameraImage]]:
    """`film(yaw, seconds, delay_s=0.01)`: images of the painted sphere whose stamps are late by the delay."""
    random = np.random.default_rng(1)
    shape = (int(np.pi * PAINT_PER_RADIAN), int(2 * np.pi * PAINT_PER_RADIAN))
    paint = random.uniform(0, 255, shape)
    v, u = np.mgrid[: lens.height, : lens.width]
    rays = lens.unproject(np.column_stack([u.ravel(), v.ravel()])) @ FORWARD.T  # in ego
    azimuth, elevation = np.arctan2(rays[:, 1], rays[:, 0]), np.arcsin(rays[:, 2])

    def picture(turned_rad: float) -> ByteImage:
        column = ((azimuth + turned_rad) % (2 * np.pi)) * PAINT_PER_RADIAN
        row = (elevation + np.pi / 2) * PAINT_PER_RADIAN
        left, top = np.floor(column).astype(int), np.floor(row).astype(int)
        across, down = column - left, row - top
        left, right = left % shape[1], (left + 1) % shape[1]
        bottom = np.minimum(top + 1, shape[0] - 1)
        upper = paint[top, left] * (1 - across) + paint[top, right] * across
        lower = paint[bottom, left] * (1 - across) + paint[bottom, right] * across
        grey = (upper * (1 - down) + lower * down).astype(np.uint8).reshape(lens.height, lens.width)
        return np.repeat(grey[:, :, None], 3, axis=2)

    def filmed(
        yaw: Yaw, seconds: float, delay_s: float = 0.0, rate_hz: float = 20.0, drift_ppm: float = 0.0
    ) -> Iterator[CameraImage]:
        for true_s in np.arange(0, seconds, 1 / rate_hz):
            stamp_s = true_s + delay_s + drift_ppm * 1e-6 * true_s
            turned_rad = float(yaw(np.array([true_s]))[0])
            yield CameraImage("camera", round(stamp_s * SECOND_NS), load=partial(picture, turned_rad))

    return filmed
