"""Plates standing about in front of a wall, seen exactly by a lidar and a camera."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from calibration.arrays import FloatArray, IntArray
from calibration.audit.extrinsic_outlines import BODY_FROM_CAMERA, camera_from_camera_in_file
from calibration.audit.lidar_camera import (
    QUANTITIES,
    LidarCameraFrame,
    audit_edges,
    audit_lidar_camera,
    corrected_extrinsic,
    extrinsic_in_file,
    frame_edges,
)
from calibration.audit.result import AuditResult
from calibration.audit.shading import shading_of
from calibration.cameras import camera_from_parameters
from calibration.errors import ShapeError
from calibration.estimate import Verdict
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform

WALL_M = 45.0
LENS_OF_STREET = camera_from_parameters("pinhole", 480, 300, 420.0, 420.0, 239.5, 149.5, 0.0, ())
LIDAR_AT = np.array([0.0, 0.0, 1.8])
LENSES = {
    "pinhole": ("pinhole", 420.0, ()),
    "brown-conrady": ("brown-conrady", 420.0, (-0.2, 0.05, 0.0, 0.0, 0.0)),
    "fisheye": ("fisheye", 300.0, (0.02, -0.01, 0.0, 0.0)),
}


def cast(plates: FloatArray, origin: FloatArray, rays: FloatArray) -> tuple[FloatArray, IntArray]:
    """Distance along each ray, and the plate it meets; the wall is the last."""
    distances, which = (WALL_M - origin[0]) / rays[:, 0], np.full(len(rays), len(plates))
    for number, (x, left, right, low, high) in enumerate(plates):
        reach = (x - origin[0]) / rays[:, 0]
        y, z = origin[1] + reach * rays[:, 1], origin[2] + reach * rays[:, 2]
        met = (y > left) & (y < right) & (z > low) & (z < high) & (reach < distances)
        distances, which = np.where(met, reach, distances), np.where(met, number, which)
    return distances, which


def sweep(plates: FloatArray) -> tuple[FloatArray, IntArray]:
    elevations, azimuths = np.radians(np.linspace(-12, 12, 32)), np.radians(np.arange(-50, 50, 0.3))
    ring, column = (grid.ravel() for grid in np.meshgrid(np.arange(32), np.arange(len(azimuths)), indexing="ij"))
    up, around = elevations[ring], azimuths[column]
    rays = np.stack([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)], axis=1)
    return LIDAR_AT + rays * cast(plates, LIDAR_AT, rays)[0][:, None], ring


@cache
def street(lens: str, frames: int = 4, seed: int = 0) -> tuple[Sensor, tuple[LidarCameraFrame, ...]]:
    """A camera where it truly is, and what it and the lidar saw."""
    kind, focal, distortion = LENSES[lens]
    model = camera_from_parameters(kind, 480, 300, focal, focal, 239.5, 149.5, 0.0, distortion)
    place = RigidTransform.from_rotation("ego", "camera", BODY_FROM_CAMERA, np.array([0.4, 0.1, 1.5]))
    camera = Sensor(name="camera", kind=SensorKind.CAMERA, ego_from_sensor=place, camera=model)
    v, u = (grid.ravel() for grid in np.mgrid[0:300, 0:480])
    rays = model.unproject(np.stack([u, v], axis=1)) @ place.rotation.T
    random = np.random.default_rng(seed)
    seen = []
    for _ in range(frames):
        x, y = random.uniform(5, 30, 30), random.uniform(-0.45, 0.45, 30)
        size, z = random.uniform(0.3, 2.0, (30, 2)), 1.5 + random.uniform(-0.25, 0.25, 30) * x
        y = y * x
        plates = np.stack([x, y - size[:, 0], y + size[:, 0], z - size[:, 1], z + size[:, 1]], axis=1)
        points, ring = sweep(plates)
        greys = np.append(random.integers(30, 226, 30), 128)
        picture = greys[cast(plates, place.translation, rays)[1]] + random.normal(0, 2, len(rays))
        grey = np.clip(picture, 0, 255).astype(np.uint8).reshape(300, 480)
        seen.append(
            LidarCameraFrame(
                points, LIDAR_AT, place.inverse(), np.repeat(grey[:, :, None], 3, axis=2), ring.astype(np.int32)
            )
        )
    return camera, tuple(seen)


def misplaced(
    camera: Sensor, frames: tuple[LidarCameraFrame, ...], correction: FloatArray
) -> tuple[Sensor, list[LidarCameraFrame]]:
    """Files from which the truth is reached by this correction (x, y, z in metres, roll, pitch, yaw in degrees)."""
    radians = np.concatenate([correction[:3], np.radians(correction[3:])])
    turn = RigidTransform.from_rotation("camera", "camera", *camera_from_camera_in_file(radians))
    in_file = camera.ego_from_sensor @ turn
    wrong = [replace(frame, camera_from_points=in_file.inverse()) for frame in frames]
    return replace(camera, ego_from_sensor=in_file), wrong


def audited(lens: str, quantity: str, amount: float, frames: int = 4) -> tuple[dict[str, AuditResult], FloatArray]:
    correction = np.zeros(6)
    correction[QUANTITIES.index(quantity)] = amount
    camera, wrong = misplaced(*street(lens, frames), correction)
    return {result.quantity: result for result in audit_lidar_camera(wrong, camera, "lidar")}, correction


@pytest.mark.parametrize("lens", LENSES, ids=list(LENSES))
def test_a_true_extrinsic_is_not_called_off(lens: str) -> None:
    found, _ = audited(lens, "yaw", 0.0)
    assert [result.verdict for result in found.values() if result.verdict is Verdict.OFF] == []
    assert found["extrinsic.yaw"].verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("lens", "quantity"),
    [("pinhole", "pitch"), ("brown-conrady", "yaw"), ("fisheye", "yaw")],
    ids=["pinhole pitch", "brown-conrady yaw", "fisheye yaw"],
)
def test_half_a_degree_is_found_with_its_sign(lens: str, quantity: str) -> None:
    found, _ = audited(lens, quantity, 0.5)
    result = found[f"extrinsic.{quantity}"]
    assert result.verdict is Verdict.OFF
    assert result.correction == pytest.approx(0.5, abs=0.12)
    assert result.estimate.interval is not None
    assert result.in_file is not None
    low, high = result.estimate.interval
    assert low < result.in_file + 0.5 < high


def test_a_turn_about_the_optical_axis_is_found() -> None:
    found, _ = audited("pinhole", "roll", -1.0)
    assert found["extrinsic.roll"].verdict is Verdict.OFF
    assert found["extrinsic.roll"].correction == pytest.approx(-1.0, abs=0.25)


@pytest.mark.parametrize("quantity", ["y", "z"])
def test_a_camera_twenty_centimetres_aside_is_not_taken_for_a_turned_one(quantity: str) -> None:
    found, _ = audited("pinhole", quantity, 0.2)
    assert found[f"extrinsic.{quantity}"].verdict is Verdict.OFF
    assert found[f"extrinsic.{quantity}"].correction == pytest.approx(0.2, abs=0.06)


def test_what_cannot_be_told_has_its_reason() -> None:
    found, _ = audited("pinhole", "yaw", 0.0, frames=1)
    for result in found.values():
        assert result.verdict is not Verdict.OFF
        assert result.estimate.reason
        assert result.estimate.frames == 1


def test_one_view_is_judged_to_a_degree_and_says_nothing_of_moves() -> None:
    found, _ = audited("pinhole", "yaw", 0.0, frames=1)
    assert found["extrinsic.yaw"].verdict is Verdict.GOOD
    assert "within 1 deg" in found["extrinsic.yaw"].estimate.reason
    for quantity in ("extrinsic.x", "extrinsic.y", "extrinsic.z"):
        assert found[quantity].verdict is Verdict.CANNOT_TELL
        assert "one view does not tell a move from a turn" in found[quantity].estimate.reason


def test_a_turn_of_a_degree_and_a_half_shows_in_one_view() -> None:
    found, _ = audited("pinhole", "yaw", 1.5, frames=1)
    assert found["extrinsic.yaw"].verdict is Verdict.OFF
    assert found["extrinsic.yaw"].correction == pytest.approx(1.5, abs=0.3)


@pytest.mark.parametrize("value", [0, 255], ids=["black", "white"])
def test_pictures_of_one_colour_say_nothing(value: int) -> None:
    camera, frames = street("pinhole")
    blank = [replace(frame, image=np.full_like(frame.image, value)) for frame in frames]
    results = audit_lidar_camera(blank, camera, "lidar")
    assert {result.verdict for result in results} == {Verdict.CANNOT_TELL}
    assert {result.estimated for result in results} == {None}
    assert results[0].estimate.reason == "none of 4 pictures shows edges"


def test_without_frames_or_without_outlines_there_is_no_number() -> None:
    camera, frames = street("pinhole")
    assert audit_lidar_camera([], camera, "lidar")[0].estimate.reason == "no frame with a sweep and a picture"
    nothing, ring = sweep(np.empty((0, 5)))
    bare = replace(frames[0], points=nothing, ring=ring.astype(np.int32))
    result = audit_lidar_camera([bare], camera, "lidar")[0]
    assert result.verdict is Verdict.CANNOT_TELL
    assert "outlines" in result.estimate.reason


def test_pictures_of_other_drives_say_nothing() -> None:
    camera, frames = street("pinhole")
    _, others = street("pinhole", 4, seed=9)
    swapped = [replace(frame, image=other.image) for frame, other in zip(frames, others, strict=True)]
    assert {result.verdict for result in audit_lidar_camera(swapped, camera, "lidar")} == {Verdict.CANNOT_TELL}


def test_a_picture_of_another_size_is_refused() -> None:
    camera, frames = street("pinhole")
    with pytest.raises(ShapeError, match="480 x 200 pixels, but its intrinsics are for 480 x 300"):
        audit_lidar_camera([replace(frames[0], image=frames[0].image[:200])], camera, "lidar")


def test_the_corrected_extrinsic_is_the_true_one() -> None:
    correction = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.8])
    camera, wrong = misplaced(*street("pinhole"), correction)
    results = audit_lidar_camera(wrong, camera, "lidar")
    truth = street("pinhole")[0].ego_from_sensor
    left = corrected_extrinsic(camera, results).rotation.T @ truth.rotation
    assert np.degrees(np.arccos((np.trace(left) - 1) / 2)) < 0.15


def test_in_file_is_told_in_the_axes_of_a_vehicle() -> None:
    camera, _ = street("pinhole")
    assert extrinsic_in_file(camera) == pytest.approx([0.4, 0.1, 1.5, 0.0, 0.0, 0.0])
    to_the_left = RigidTransform.from_rotation("ego", "ego", [[0, -1, 0], [1, 0, 0], [0, 0, 1]], np.zeros(3))
    turned = replace(camera, ego_from_sensor=to_the_left @ camera.ego_from_sensor)
    assert extrinsic_in_file(turned) == pytest.approx([0.4, 0.1, 1.5, 0.0, 0.0, 90.0])


def test_the_same_frames_give_the_same_numbers() -> None:
    camera, frames = street("pinhole", 1)
    first, second = (audit_lidar_camera(frames, camera, "lidar") for _ in range(2))
    assert [result.as_dict() for result in first] == [result.as_dict() for result in second]


def test_one_view_seen_ten_times_is_no_surer_than_once() -> None:
    camera, frames = street("pinhole", 1)
    noise = np.random.default_rng(0).normal(0, 2, (10, 300, 480, 1))
    standing = [replace(frames[0], image=np.clip(frames[0].image + each, 0, 255).astype(np.uint8)) for each in noise]
    once, often = audit_lidar_camera(frames, camera, "lidar")[5], audit_lidar_camera(standing, camera, "lidar")[5]
    if once.estimate.interval is None or often.estimate.interval is None:
        assert often.verdict is Verdict.CANNOT_TELL
    else:
        assert np.diff(often.estimate.interval) > 0.6 * np.diff(once.estimate.interval)


def test_reflectivity_is_a_second_witness() -> None:
    correction = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.8])
    camera, wrong = misplaced(*street("pinhole", 5), correction)

    def witnessed(lit_at: RigidTransform) -> AuditResult:
        """The yaw, where the lidar sees each point as bright as the picture is where that pose puts the point."""
        edges = []
        for frame in wrong:
            pixels = np.rint(LENS_OF_STREET.image_plane(lit_at.inverse().apply(frame.points)))
            columns, rows = np.clip(np.nan_to_num(pixels), 0, [479, 299]).astype(int).T
            bright = frame.image[rows, columns, 0].astype(np.float32)
            shading = shading_of(frame.points, bright, frame.image)
            edges.append(replace(frame_edges(frame, camera), shading=shading))
        return audit_edges(edges, camera, "lidar")[5]

    backed = witnessed(street("pinhole", 5)[0].ego_from_sensor)
    assert backed.verdict is Verdict.OFF
    assert "agrees better so" in backed.estimate.reason
    contradicted = witnessed(camera.ego_from_sensor)
    assert contradicted.verdict is Verdict.CANNOT_TELL
    assert "agrees worse so" in contradicted.estimate.reason
