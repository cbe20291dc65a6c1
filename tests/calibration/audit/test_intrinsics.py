from __future__ import annotations

from typing import Any

import pytest

from calibration.audit.intrinsics import audit_intrinsics, scaled_lens
from calibration.audit.result import AuditResult
from calibration.cameras import CameraModel, camera_from_parameters
from calibration.estimate import Verdict

GOOD = camera_from_parameters("pinhole", 1600, 900, 1266.4, 1266.4, 816.3, 491.5, 0.0, ())
FULL_SIZE = [(1600, 900)] * 3


def audited(lens: CameraModel | None, sizes: list[tuple[int, int]] | None = None) -> dict[str, AuditResult]:
    results = audit_intrinsics("camera", lens, FULL_SIZE if sizes is None else sizes)
    return {result.quantity.removeprefix("intrinsic."): result for result in results}


def changed(**numbers: float) -> CameraModel:
    parameters: dict[str, Any] = {"fx": GOOD.fx, "fy": GOOD.fy, "cx": GOOD.cx, "cy": GOOD.cy, **numbers}
    return camera_from_parameters("pinhole", 1600, 900, **parameters, skew=0.0, distortion=())


def off(results: dict[str, AuditResult]) -> set[str]:
    return {name for name, result in results.items() if result.verdict is Verdict.OFF}


def test_a_real_lens_is_good_and_only_the_image_size_has_a_number() -> None:
    results = audited(GOOD)
    assert {result.verdict for result in results.values()} == {Verdict.GOOD}
    assert results["width"].estimated == 1600
    assert results["fx"].estimated is None
    assert results["fx"].in_file == 1266.4


def test_images_of_half_the_size_scale_every_number() -> None:
    results = audited(GOOD, [(800, 450)] * 2)
    assert off(results) == {"width", "height", "fx", "fy", "cx", "cy"}
    assert results["fx"].estimated == pytest.approx(633.2)
    assert results["cx"].estimated == pytest.approx((816.3 + 0.5) / 2 - 0.5)
    assert results["height"].correction == -450


def test_a_scaled_lens_sees_along_the_same_rays() -> None:
    half = scaled_lens(GOOD, (800, 450))
    (ray,) = half.unproject([[-0.5, -0.5]])
    assert ray == pytest.approx(GOOD.unproject([[-0.5, -0.5]])[0])


def test_cut_images_are_off_in_size_and_leave_the_focal_length_alone() -> None:
    results = audited(GOOD, [(1600, 600)])
    assert off(results) == {"height"}
    assert results["fx"].estimated is None


@pytest.mark.parametrize(
    ("change", "accused"),
    [
        ({"fx": 1500.0}, {"fx", "fy"}),
        ({"cx": 1300.0}, {"cx"}),
        ({"cy": 100.0}, {"cy"}),
        ({"fx": 30.0, "fy": 30.0}, {"fx", "fy"}),
    ],
    ids=["pixels not square", "centre right", "centre up", "too wide"],
)
def test_a_lens_nobody_builds_is_off(change: dict[str, float], accused: set[str]) -> None:
    assert off(audited(changed(**change))) == accused


def test_a_distortion_that_folds_back_before_the_corner_is_off() -> None:
    folding = camera_from_parameters("brown-conrady", 1600, 900, 1000, 1000, 800, 450, 0, (-0.6, 0.1, 0, 0, 0))
    result = audited(folding)["distortion"]
    assert result.verdict is Verdict.OFF
    assert result.estimated is not None
    assert 0.3 < result.estimated < 0.9


def test_a_fisheye_that_leaves_its_corners_black_is_not_judged() -> None:
    fisheye = camera_from_parameters("fisheye", 1600, 1600, 400, 400, 800, 800, 0, (-0.05, 0.0, 0.0, 0.0))
    assert audited(fisheye, [(1600, 1600)])["distortion"].verdict in (Verdict.CANNOT_TELL, Verdict.GOOD)


def test_without_intrinsics_or_images_there_is_no_number() -> None:
    assert {result.verdict for result in audited(None).values()} == {Verdict.CANNOT_TELL}
    unread = audited(GOOD, [])
    assert (unread["width"].verdict, unread["width"].estimated) == (Verdict.CANNOT_TELL, None)
    assert unread["cx"].verdict is Verdict.GOOD


def test_images_of_several_sizes_are_not_judged() -> None:
    result = audited(GOOD, [(1600, 900), (800, 450)])["width"]
    assert result.verdict is Verdict.CANNOT_TELL
    assert "1600x900" in result.estimate.reason
