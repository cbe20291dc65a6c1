from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.camera_clock import audit_camera_clock, why_not_measurable
from calibration.audit.image_rotation import CameraDrive, follow_images
from calibration.audit.result import AuditResult
from calibration.cameras import CameraModel
from calibration.clock import SECOND_NS
from calibration.errors import ImageFileError
from calibration.estimate import Verdict
from calibration.image import CameraImage
from calibration.transform import RigidTransform

Film = Callable[..., Iterator[CameraImage]]
Make = Callable[..., Any]


def audited(drive: CameraDrive) -> tuple[AuditResult, AuditResult]:
    offset, drift = audit_camera_clock("camera", [drive])
    return offset, drift


def test_stamps_that_are_ten_milliseconds_late_are_found_in_images(
    film: Film, lens: CameraModel, ego_from_camera: RigidTransform, winding: Make, poses_of: Make
) -> None:
    yaw = winding(1)
    corners = follow_images(film(yaw, 16.0, delay_s=0.010, rate_hz=10.0), lens)
    offset, _ = audited(CameraDrive(corners, ego_from_camera, poses_of(yaw, 16.0, noise_rad=1e-4)))
    assert offset.estimated == pytest.approx(-10.0, abs=2.0)
    assert offset.verdict is Verdict.OFF
    assert "10" in offset.estimate.reason


def test_planted_delays_are_found_within_three_milliseconds_and_intervals_hold(
    winding: Make, poses_of: Make, followed: Make
) -> None:
    errors, covered, called_off = [], 0, 0
    for seed in range(12):
        yaw = winding(seed)
        offset, _ = audited(followed(yaw, seed, poses_of(yaw, 20.0, noise_rad=2e-4), delay_s=0.010))
        assert offset.estimated is not None
        assert offset.estimate.interval is not None
        errors.append(offset.estimated + 10.0)
        covered += offset.estimate.interval[0] <= -10.0 <= offset.estimate.interval[1]
        called_off += offset.verdict is Verdict.OFF
    assert np.std(errors) <= 3.0
    assert abs(np.mean(errors)) < 1.0
    assert covered >= 10
    assert called_off >= 8


@pytest.mark.parametrize("delay_s", [0.04, -0.025, 0.2], ids=["late", "early", "late by four images"])
def test_what_is_found_grows_as_the_delay_does(delay_s: float, winding: Make, poses_of: Make, followed: Make) -> None:
    yaw = winding(1)
    offset, _ = audited(followed(yaw, 1, poses_of(yaw, 20.0), delay_s=delay_s, noise_rad=3e-4))
    assert offset.estimated == pytest.approx(-1000 * delay_s, abs=0.5)


def test_true_stamps_are_never_called_off(winding: Make, poses_of: Make, followed: Make) -> None:
    for seed in range(6):
        yaw = winding(seed)
        offset, _ = audited(followed(yaw, seed, poses_of(yaw, 20.0, noise_rad=2e-4)))
        assert offset.verdict is not Verdict.OFF


def test_a_drift_of_a_hundred_ppm_over_a_minute_is_found_and_both_clocks_are_named(
    winding: Make, poses_of: Make, followed: Make
) -> None:
    yaw = winding(4)
    _, drift = audited(followed(yaw, 4, poses_of(yaw, 60.0), seconds=60.0, drift_ppm=100.0, noise_rad=3e-4))
    assert drift.estimated == pytest.approx(-100.0, abs=20.0)
    assert drift.verdict is Verdict.OFF
    assert "clock of camera against that of the poses: it runs" in drift.estimate.reason
    assert "too fast" in drift.estimate.reason


def test_the_curve_of_what_was_tried_peaks_at_the_offset(winding: Make, poses_of: Make, followed: Make) -> None:
    yaw = winding(1)
    offset, _ = audited(followed(yaw, 1, poses_of(yaw, 20.0), delay_s=0.1, noise_rad=3e-4))
    assert offset.scan is not None
    assert offset.scan.values[np.argmax(offset.scan.agreement)] == pytest.approx(-100.0, abs=10.0)
    assert np.abs(offset.scan.agreement).max() <= 1.0 + 1e-9


def test_left_and_right_turns_that_agree_are_a_clock(winding: Make, poses_of: Make, followed: Make) -> None:
    yaw = winding(1)
    offset, _ = audited(followed(yaw, 1, poses_of(yaw, 20.0), delay_s=0.010, noise_rad=3e-4))
    assert offset.verdict is Verdict.OFF
    assert "the same either way" in offset.estimate.reason


def test_an_offset_that_reverses_with_the_turn_is_no_clock(winding: Make, poses_of: Make, followed: Make) -> None:
    """A camera that leans to the left in every turn seems late in left turns and early in right ones."""
    yaw = winding(1)

    def leaning(seconds: FloatArray) -> FloatArray:
        rate = (yaw(seconds + 0.01) - yaw(seconds - 0.01)) / 0.02
        return np.asarray(yaw(seconds) + 0.030 * np.abs(rate))

    offset, _ = audited(followed(leaning, 1, poses_of(yaw, 20.0), noise_rad=3e-4))
    assert offset.verdict is Verdict.CANNOT_TELL
    assert "reverses with the turn" in offset.estimate.reason


def test_turns_to_one_side_are_not_confirmed_by_the_other(winding: Make, poses_of: Make, followed: Make) -> None:
    one_way = winding(1)

    def circling(seconds: FloatArray) -> FloatArray:
        return np.asarray(one_way(seconds) + 1.0 * seconds)

    offset, _ = audited(followed(circling, 1, poses_of(circling, 20.0), delay_s=0.010, noise_rad=3e-4))
    assert offset.verdict is Verdict.OFF
    assert "to one side only" in offset.estimate.reason


def test_a_read_out_nobody_told_widens_the_interval(winding: Make, poses_of: Make, followed: Make) -> None:
    yaw = winding(1)
    drive = followed(yaw, 1, poses_of(yaw, 20.0))
    untold = replace(drive, corners=replace(drive.corners, readout_known=False))
    told, wider = (audited(one)[0].estimate.interval for one in (drive, untold))
    assert told is not None
    assert wider is not None
    assert wider[1] - wider[0] > told[1] - told[0] + 1.0


def test_rows_that_are_read_later_are_later(winding: Make, poses_of: Make, followed: Make) -> None:
    yaw = winding(1)
    drive = followed(yaw, 1, poses_of(yaw, 20.0), noise_rad=3e-4)
    late = replace(drive, corners=replace(drive.corners, late_s=np.full_like(drive.corners.late_s, 0.005)))
    assert audited(late)[0].estimated == pytest.approx(-5.0, abs=0.5)


def test_standing_still_says_so(winding: Make, poses_of: Make, followed: Make) -> None:
    yaw = winding(1, amplitude=0.0)
    offset, drift = audited(followed(yaw, 1, poses_of(yaw, 20.0)))
    assert (offset.verdict, offset.estimated, drift.estimated) == (Verdict.CANNOT_TELL, None, None)
    assert "hardly turns" in offset.estimate.reason


def test_images_that_turn_otherwise_give_no_number(winding: Make, poses_of: Make, followed: Make) -> None:
    offset, _ = audited(followed(winding(1), 1, poses_of(winding(2), 20.0)))
    assert (offset.verdict, offset.estimated) == (Verdict.CANNOT_TELL, None)
    assert "correlation" in offset.estimate.reason


def test_without_poses_there_is_no_number(winding: Make, followed: Make) -> None:
    offset, _ = audited(followed(winding(1), 1, None))
    assert (offset.estimated, offset.estimate.reason) == (None, "the data set has no poses")


def test_short_drives_give_no_number(winding: Make, poses_of: Make, followed: Make) -> None:
    offset, _ = audited(followed(winding(1), 1, poses_of(winding(1), 8.0), seconds=8.0))
    assert (offset.verdict, offset.estimated) == (Verdict.CANNOT_TELL, None)


def test_poses_twice_a_second_do_not_say_when_the_vehicle_turned(winding: Make, poses_of: Make, followed: Make) -> None:
    offset, _ = audited(followed(winding(1), 1, poses_of(winding(1), 20.0, rate_hz=2.0)))
    assert offset.estimated is None
    assert "poses are more than" in offset.estimate.reason


@pytest.mark.parametrize("value", [0, 128], ids=["black", "grey"])
def test_images_of_one_colour_give_no_number(
    value: int, lens: CameraModel, ego_from_camera: RigidTransform, winding: Make, poses_of: Make
) -> None:
    blank = np.full((100, 160, 3), value, dtype=np.uint8)
    images = [CameraImage("camera", k * SECOND_NS // 10, load=lambda: blank) for k in range(30)]
    offset, _ = audited(CameraDrive(follow_images(images, lens), ego_from_camera, poses_of(winding(1), 5.0)))
    assert offset.estimated is None
    assert "nothing that can be followed" in offset.estimate.reason


@pytest.mark.parametrize(
    ("stamps", "reason"), [([0], "1 image"), ([0, SECOND_NS], "s apart")], ids=["one", "a second apart"]
)
def test_too_few_images_give_no_number(
    stamps: list[int],
    reason: str,
    lens: CameraModel,
    ego_from_camera: RigidTransform,
    winding: Make,
    poses_of: Make,
) -> None:
    picture = np.zeros((100, 160, 3), dtype=np.uint8)
    images = [CameraImage("camera", stamp, load=lambda: picture) for stamp in stamps]
    offset, _ = audited(CameraDrive(follow_images(images, lens), ego_from_camera, poses_of(winding(1), 5.0)))
    assert offset.estimated is None
    assert reason in offset.estimate.reason


def test_an_image_that_can_not_be_read_is_kept_as_a_problem(film: Film, lens: CameraModel, winding: Make) -> None:
    def torn() -> np.ndarray:
        raise ImageFileError("camera/000003.jpg", "the image is cut short")

    images = list(film(winding(1), 0.5, rate_hz=10.0))
    images[3] = CameraImage("camera", images[3].timestamp_ns, load=torn)
    corners = follow_images(images, lens)
    assert (corners.images, len(corners), len(corners.unreadable)) == (4, 2, 1)
    assert len(follow_images([], lens)) == 0


@pytest.mark.parametrize(
    ("seconds", "rate_hz", "amplitude", "reason"),
    [
        (20.0, 10.0, 1.0, ""),
        (20.0, 10.0, 0.0, "hardly turns"),
        (5.0, 10.0, 1.0, "10 s needed"),
        (20.0, 2.0, 1.0, "can't be followed"),
        (20.0, 0.04, 1.0, "1 image"),
    ],
    ids=["a drive", "straight on", "short", "slow camera", "one image"],
)
def test_what_can_not_work_is_known_before_an_image_is_read(
    seconds: float, rate_hz: float, amplitude: float, reason: str, winding: Make, poses_of: Make
) -> None:
    stamps = (np.arange(0, seconds, 1 / rate_hz) * SECOND_NS).astype(np.int64)
    told = why_not_measurable(stamps, poses_of(winding(1, amplitude=amplitude), 20.0))
    assert reason in told
    assert bool(told) == bool(reason)
