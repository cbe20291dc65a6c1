from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.arrays import ByteImage
from calibration.audit.straight_lines import Bows, audit_straight_lines, bows_of, with_first_coefficient
from calibration.cameras import CameraModel, camera_from_parameters
from calibration.estimate import Verdict
from calibration.image_features import long_edges
from calibration.image_file import read_image

TRUE = camera_from_parameters("brown-conrady", 480, 300, 300.0, 300.0, 240.0, 150.0, 0.0, (-0.20, 0.03, 0.0, 0.0, 0.0))
IMAGES = 10


def facade(lens: CameraModel, seed: int) -> ByteImage:
    """A wall of straight stripes in two directions, seen through the lens."""
    random = np.random.default_rng(seed)
    v, u = np.mgrid[: 2 * lens.height, : 2 * lens.width] / 2 - 0.25
    rays = lens.unproject(np.column_stack([u.ravel(), v.ravel()]))
    flat = rays[:, :2] / rays[:, 2:]
    angle = random.uniform(-0.3, 0.3)
    turned = flat @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    bands = [np.searchsorted(np.sort(random.uniform(-1.2, 1.2, 9)), axis) for axis in turned.T]
    grey = (
        random.uniform(20, 235, (10, 10))[bands[0], bands[1]].reshape(lens.height, 2, lens.width, 2).mean(axis=(1, 3))
    )
    return np.repeat((grey + random.normal(0, 2, grey.shape)).clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def facades() -> list[ByteImage]:
    return [facade(TRUE, seed) for seed in range(IMAGES)]


def changed(k1: float) -> CameraModel:
    return with_first_coefficient(TRUE, TRUE.distortion[0] + k1)


def test_edges_that_bend_a_little_are_followed_in_one_piece(facades: list[ByteImage]) -> None:
    edges = long_edges(facades[0])
    assert len(edges) >= 5
    assert max(np.ptp(edge, axis=0).max() for edge in edges) > 0.5 * TRUE.height


def test_a_true_lens_is_not_called_off(facades: list[ByteImage]) -> None:
    result = audit_straight_lines("camera", TRUE, bows_of(facades, TRUE), IMAGES)
    assert result.verdict is not Verdict.OFF
    assert result.correction == pytest.approx(0.0, abs=0.005)


@pytest.mark.parametrize("k1", [0.06, -0.02], ids=["too little barrel", "too much barrel"])
def test_a_wrong_distortion_is_off_and_found(k1: float, facades: list[ByteImage]) -> None:
    wrong = changed(k1)
    result = audit_straight_lines("camera", wrong, bows_of(facades, wrong), IMAGES)
    assert result.verdict is Verdict.OFF
    assert result.correction == pytest.approx(-k1, rel=0.5)
    assert result.in_file == pytest.approx(TRUE.distortion[0] + k1)
    assert "px at the corner" in result.estimate.reason
    assert "only roughly how far" in result.estimate.reason


def test_images_that_were_never_undistorted_are_off_as_a_pinhole(facades: list[ByteImage]) -> None:
    pinhole = camera_from_parameters("pinhole", 480, 300, 300.0, 300.0, 240.0, 150.0, 0.0, ())
    result = audit_straight_lines("camera", pinhole, bows_of(facades, pinhole), IMAGES)
    assert result.verdict is Verdict.OFF
    assert result.in_file == 0.0
    assert result.estimated is not None
    assert result.estimated < -0.1


def test_what_stays_at_its_place_is_the_own_vehicle_or_a_vehicle_that_stands(facades: list[ByteImage]) -> None:
    result = audit_straight_lines("camera", TRUE, bows_of([facades[0]] * IMAGES, TRUE), IMAGES)
    assert (result.verdict, result.estimated) == (Verdict.CANNOT_TELL, None)


@pytest.mark.parametrize("value", [0, 128], ids=["black", "grey"])
def test_images_of_one_colour_give_no_number(value: int) -> None:
    blank = np.full((TRUE.height, TRUE.width, 3), value, dtype=np.uint8)
    result = audit_straight_lines("camera", TRUE, bows_of([blank] * IMAGES, TRUE), IMAGES)
    assert (result.verdict, result.estimated) == (Verdict.CANNOT_TELL, None)
    assert "0 long edges" in result.estimate.reason


def test_few_images_fisheyes_and_missing_lenses_give_no_number(facades: list[ByteImage]) -> None:
    fisheye = camera_from_parameters("fisheye", 480, 300, 200, 200, 240, 150, 0, (-0.05, 0.0, 0.0, 0.0))
    told = {
        "images needed": audit_straight_lines("camera", TRUE, bows_of(facades[:2], TRUE), 2),
        "fisheye": audit_straight_lines("camera", fisheye, bows_of(facades[:2], fisheye), 2),
        "no intrinsics": audit_straight_lines("camera", None, None, 0),
        "no image": audit_straight_lines("camera", TRUE, None, 0),
    }
    for reason, result in told.items():
        assert (result.verdict, result.estimated) == (Verdict.CANNOT_TELL, None)
        assert reason in result.estimate.reason


def test_images_of_another_size_say_nothing(facades: list[ByteImage]) -> None:
    assert len(bows_of([facades[0][:200]], TRUE)) == 0


def test_a_third_of_kerbs_is_outvoted() -> None:
    random = np.random.default_rng(3)
    k1 = random.normal(0.0, 0.01, 90)
    k1[:30] += random.uniform(0.1, 0.5, 30)
    places = random.uniform(0, 400, (90, 4))
    bows = Bows(k1, np.full(90, 0.01), np.repeat(np.arange(IMAGES), 9), places)
    result = audit_straight_lines("camera", replace(TRUE), bows, IMAGES)
    assert result.correction == pytest.approx(0.0, abs=0.01)


def test_real_keyframes_are_not_called_off(shared_data: Path) -> None:
    folder = shared_data / "kitti-object/training/image_2"
    images = [read_image(path) for path in sorted(folder.iterdir())]
    height, width = images[0].shape[:2]
    lens = camera_from_parameters("pinhole", width, height, 721.5, 721.5, 609.6, 172.9, 0.0, ())
    assert audit_straight_lines("image_2", lens, bows_of(images, lens), len(images)).verdict is not Verdict.OFF
