from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from calibration.arrays import FloatArray, IntArray
from calibration.audit.crispness import Drive
from calibration.audit.lidar_clock import LidarDrive, audit_lidar_clock, informative_pairs, why_not_measurable
from calibration.audit.result import AuditResult
from calibration.audit.surface_patches import Patches
from calibration.clock import SECOND_NS
from calibration.estimate import Verdict
from calibration.sweep import Motion
from calibration.trajectory import PoseColumns, Trajectory
from calibration.transform import matrices_from_quaternions, quaternions_from_yaws

PERIOD_S = 0.1
EPOCH_S = 100.0
SECONDS = 14.0


def course(seconds: FloatArray, how: str) -> tuple[FloatArray, FloatArray]:
    """Places (N, 3) and yaws (N,) of a drive that is `winding`, `straight` and steady, a `circle`, or `standing`."""
    if how == "straight":
        return np.column_stack([10 * seconds, 0 * seconds, 0 * seconds]), 0 * seconds
    if how == "standing":
        return np.zeros((len(seconds), 3)), 0 * seconds
    fine = np.arange(-1, SECONDS + 1, 0.001)
    rate = np.full(len(fine), 0.2) if how == "circle" else 0.25 * np.sin(0.9 * fine)
    speed = np.full(len(fine), 8.0) if how == "circle" else 8 + 2 * np.sin(0.5 * fine)
    yaw = np.cumsum(rate) * 0.001
    x, y = (np.cumsum(speed * part(yaw)) * 0.001 for part in (np.cos, np.sin))
    places = np.column_stack([np.interp(seconds, fine, part) for part in (x, y)])
    return np.column_stack([places, np.zeros(len(seconds))]), np.interp(seconds, fine, yaw)


def poses_at(seconds: FloatArray, how: str) -> PoseColumns:
    places, yaws = course(seconds, how)
    return PoseColumns(places, matrices_from_quaternions(quaternions_from_yaws(yaws)))


def stamps_of(seconds: FloatArray) -> IntArray:
    return np.asarray(np.rint((seconds + EPOCH_S) * SECOND_NS).astype(np.int64))


@cache
def driven(
    how: str = "winding",
    offset_s: float = 0.0,
    truly: Motion = Motion.COMPENSATED,
    declared: Motion | None = None,
    movers: float = 0.0,
    timed: bool = True,
) -> LidarDrive:
    """Sweeps past random walls, a share of them moving. Their stamps are too early by the offset."""
    random = np.random.default_rng(8)
    track = np.arange(-0.9, SECONDS + 0.9, 0.01)
    places, yaws = course(track, how)
    trajectory = Trajectory.from_poses(stamps_of(track), places, quaternions_from_yaws(yaws))
    walls = 500
    world_m = places[random.integers(0, len(places), walls)] + random.uniform([-25, -25, 0], [25, 25, 2], (walls, 3))
    angle = random.uniform(0, 2 * np.pi, walls)
    normals = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(walls)])
    velocities = random.uniform([-4, -4, 0], [4, 4, 0], (walls, 3)) * (random.random((walls, 1)) < movers)
    ends_s = np.arange(PERIOD_S, SECONDS, PERIOD_S)
    declared = truly if declared is None else declared
    stamps = stamps_of(ends_s - offset_s)
    pairs = informative_pairs(stamps, trajectory, 8)
    rows = np.unique(pairs)
    sweeps = []
    for end_s in ends_s[rows]:
        now = poses_at(np.array([end_s]), how)
        bearing = np.arctan2(*((world_m - now.translations_m) @ now.rotations[0]).T[1::-1])
        fired_s = -PERIOD_S * (bearing / (2 * np.pi) % 1)
        seam = np.abs(bearing) < 0.4  # seen when a turn begins and once more when it ends
        fired_s = np.concatenate([fired_s, fired_s[seam] + np.where(fired_s[seam] < -PERIOD_S / 2, 1, -1) * PERIOD_S])
        twice = np.concatenate([np.arange(walls), np.flatnonzero(seam)])
        near = np.linalg.norm(world_m[twice] - now.translations_m, axis=1) < 30
        twice, fired_s = twice[near], fired_s[near]
        seen_m = world_m[twice] + velocities[twice] * (end_s + fired_s)[:, None]
        seen_m += random.normal(0, 0.005, (len(seen_m), 1)) * normals[twice]
        poses = poses_at(end_s + (fired_s if truly is Motion.RAW else 0 * fired_s), how)
        facing = np.einsum("kji,kj->ki", poses.rotations, normals[twice])
        stands_s = end_s - offset_s + (fired_s if declared is Motion.RAW and timed else 0 * fired_s)
        fired_s = fired_s if timed else np.full(len(fired_s), np.nan)
        sweeps.append(Patches(poses.apply_inverse(seen_m), facing, stamps_of(stands_s), fired_s))
    held = np.searchsorted(rows, pairs)
    with_itself = np.repeat(np.arange(len(rows))[:, None], 2, axis=1) if timed else np.empty((0, 2), dtype=np.int64)
    return LidarDrive(
        Drive(tuple(sweeps), trajectory, np.concatenate([held, with_itself])),
        stamps[rows],
        declared,
        timed,
        PERIOD_S,
        False,
    )


def audited(drive: LidarDrive) -> tuple[AuditResult, AuditResult]:
    offset, share = audit_lidar_clock("lidar", [drive])
    assert (offset.quantity, offset.unit, offset.relative_to) == ("clock.offset", "ms", "poses")
    assert (share.quantity, share.unit) == ("clock.compensation", "")
    return offset, share


def test_a_clock_that_is_right_is_good() -> None:
    offset, share = audited(driven())
    assert offset.verdict is Verdict.GOOD
    assert "assuming that poses were not made from this lidar" in offset.estimate.reason
    assert share.verdict is Verdict.GOOD
    assert share.in_file == 1.0


def test_the_curve_of_what_was_tried_is_crispest_at_the_offset() -> None:
    offset, _ = audit_lidar_clock("lidar", [driven(offset_s=0.13)], scans=True)
    assert offset.scan is not None
    assert offset.scan.values[np.argmax(offset.scan.agreement)] == pytest.approx(130.0, abs=6.0)
    assert audited(driven())[0].scan is None


@pytest.mark.parametrize("offset_ms", [20.0, -20.0, 130.0], ids=["20 ms early", "20 ms late", "130 ms early"])
@pytest.mark.parametrize("motion", [Motion.RAW, Motion.COMPENSATED], ids=str)
def test_stamps_that_are_off_are_found_and_covered(offset_ms: float, motion: Motion) -> None:
    offset, share = audited(driven(offset_s=offset_ms / 1000, truly=motion))
    assert offset.verdict is Verdict.OFF
    assert offset.correction == pytest.approx(offset_ms, abs=1.5)
    assert offset.estimate.interval is not None
    assert offset.estimate.interval[0] < offset_ms < offset.estimate.interval[1]
    assert share.verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("offset_s", "told"),
    [
        (0.05, "half a sweep of 100 ms: stamps look like the sweep's start rather than its middle"),
        (-0.05, "half a sweep of 100 ms: stamps look like the sweep's end rather than its middle"),
        (0.1, "a whole sweep of 100 ms: stamps look like the sweep's start rather than its end"),
        (-0.1, "a whole sweep of 100 ms: stamps look like the sweep's end rather than its start"),
    ],
)
def test_half_a_sweep_and_a_whole_one_are_named(offset_s: float, told: str) -> None:
    offset, _ = audited(driven(offset_s=offset_s))
    assert offset.verdict is Verdict.OFF
    assert told in offset.estimate.reason


@pytest.mark.parametrize(
    ("truly", "declared"),
    [(Motion.RAW, Motion.COMPENSATED), (Motion.COMPENSATED, Motion.RAW)],
    ids=["raw, said to be compensated", "compensated, said to be raw"],
)
@pytest.mark.parametrize("how", ["winding", "straight"])
def test_a_motion_declared_wrongly_is_found_and_the_clock_left_alone(truly: Motion, declared: Motion, how: str) -> None:
    offset, share = audited(driven(how, truly=truly, declared=declared))
    assert share.verdict is Verdict.OFF
    assert share.estimated == pytest.approx(float(truly is Motion.COMPENSATED), abs=0.05)
    assert f"sweeps are {truly}, but declared {declared}" in share.estimate.reason
    assert offset.verdict is (Verdict.GOOD if how == "winding" else Verdict.CANNOT_TELL)


def test_an_undeclared_motion_is_told_but_not_judged() -> None:
    _, share = audited(driven(truly=Motion.RAW, declared=Motion.UNKNOWN))
    assert share.verdict is Verdict.CANNOT_TELL
    assert share.in_file is None
    assert share.estimated == pytest.approx(0.0, abs=0.05)
    assert "sweeps are raw, which the files don't say" in share.estimate.reason


def test_a_third_of_everything_moving_changes_nothing() -> None:
    offset, share = audited(driven(offset_s=0.02, movers=0.33))
    assert offset.verdict is Verdict.OFF
    assert offset.correction == pytest.approx(20.0, abs=1.5)
    assert share.verdict is Verdict.GOOD


@pytest.mark.parametrize("how", ["straight", "circle", "standing"])
def test_a_steady_drive_cannot_tell(how: str) -> None:
    offset, share = audited(driven(how, offset_s=0.05))
    assert offset.verdict is Verdict.CANNOT_TELL
    assert offset.estimated is None
    assert "speed and turning hardly change" in offset.estimate.reason
    assert share.verdict is (Verdict.CANNOT_TELL if how == "standing" else Verdict.GOOD)
    assert ("too slow" in share.estimate.reason) is (how == "standing")


def test_poses_that_may_come_from_the_lidar_never_make_it_good() -> None:
    offset, _ = audited(replace(driven(), poses_are_its_own=True))
    assert offset.verdict is Verdict.CANNOT_TELL
    assert "made from it" in offset.estimate.reason
    offset, _ = audited(replace(driven(offset_s=0.05), poses_are_its_own=True))
    assert offset.verdict is Verdict.OFF


def test_without_firing_times_the_offset_is_judged_and_the_motion_is_not() -> None:
    offset, share = audited(driven(offset_s=-0.05, timed=False))
    assert offset.verdict is Verdict.OFF
    assert share.verdict is Verdict.CANNOT_TELL
    assert share.estimate.reason == "sweeps are declared compensated, but nothing says when each point was fired"


def test_a_raw_sweep_without_firing_times_is_known_to_a_part_of_its_duration() -> None:
    raw = replace(driven(timed=False), motion=Motion.RAW)
    offset, _ = audited(raw)
    assert offset.estimate.interval is not None
    assert np.ptp(offset.estimate.interval) > 25  # a quarter of a hundred milliseconds
    assert offset.verdict is Verdict.CANNOT_TELL


def test_a_short_drive_and_nothing_at_all_are_admitted() -> None:
    whole = driven()
    few = whole.drive.pairs[:2]
    short = replace(whole, drive=Drive(whole.drive.patches, whole.drive.trajectory, few))
    offset, share = audited(short)
    assert offset.verdict is share.verdict is Verdict.CANNOT_TELL
    assert "stretches of 1 s can be compared, 5 needed" in offset.estimate.reason
    offset, share = audit_lidar_clock("lidar", [], "the data set has no poses")
    assert offset.estimate.reason == share.estimate.reason == "the data set has no poses"


def test_scattered_surfaces_are_no_evidence() -> None:
    whole = driven()
    random = np.random.default_rng(0)
    loose = tuple(
        replace(one, centres_m=one.centres_m + random.normal(0, 0.4, one.centres_m.shape))
        for one in whole.drive.patches
    )
    offset, _ = audited(replace(whole, drive=Drive(loose, whole.drive.trajectory, whole.drive.pairs)))
    assert offset.verdict is Verdict.CANNOT_TELL
    assert "apart whatever the offset" in offset.estimate.reason


def test_pairs_lie_where_the_motion_changes_and_all_along() -> None:
    track = np.arange(0, 20, 0.01)
    speed = np.where(track % 5 < 1, 5 + 4 * (track % 5), np.where(track % 5 < 2, 9 - 4 * (track % 5 - 1), 5.0))
    places = np.column_stack([np.cumsum(speed) * 0.01, 0 * track, 0 * track])
    trajectory = Trajectory.from_poses(stamps_of(track), places, quaternions_from_yaws(0 * track))
    stamps = stamps_of(np.arange(0, 20, 0.1))
    pairs = informative_pairs(stamps[::-1], trajectory, 4)  # in any order
    start_s = (stamps[::-1][pairs[:, 0]] / SECOND_NS - EPOCH_S) % 5
    assert len(pairs) == 4
    assert np.all(start_s < 2)
    assert np.all(stamps[::-1][pairs[:, 1]] - stamps[::-1][pairs[:, 0]] == SECOND_NS // 2)
    assert len(informative_pairs(stamps[:1], trajectory, 4)) == 0


def test_what_is_missing_is_known_before_a_sweep_is_read() -> None:
    track = np.arange(0, 5, 0.1)
    poses = Trajectory.from_poses(
        stamps_of(track), np.zeros((len(track), 3)), quaternions_from_yaws(np.zeros(len(track)))
    )
    seldom = Trajectory.from_poses(
        stamps_of(track * 5), np.zeros((len(track), 3)), quaternions_from_yaws(np.zeros(len(track)))
    )
    assert why_not_measurable(stamps_of(track), None) == "the data set has no poses"
    assert why_not_measurable(stamps_of(track[:1]), poses) == "1 sweep: surfaces are compared between two"
    assert "0.2 s apart" in why_not_measurable(stamps_of(track), seldom)
    assert "no two sweeps up to 1.2 s apart" in why_not_measurable(stamps_of(track[::25]), poses)
    assert why_not_measurable(stamps_of(track), poses) == ""
