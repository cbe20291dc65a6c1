from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.crispness import AHEAD, OFFSET, SMEAR, YAW, Drive
from calibration.audit.lidar_clock_fit import MIN_PATCHES, fit_clock
from calibration.audit.surface_patches import Patches
from calibration.clock import SECOND_NS
from calibration.trajectory import Trajectory
from calibration.transform import quaternions_from_yaws

SWEEPS = 10


def braking(seconds: FloatArray) -> FloatArray:
    """Metres along the road, the speed waving between 4 and 10 m/s."""
    return np.asarray(7 * seconds + 3 * np.sin(seconds))


def drive(offset_s: float = 0.0, ahead_m: float = 0.0, spread_m: float = 0.005, walls: int = 80) -> Drive:
    """A straight road past walls of all directions; stamps are too early, and the lidar is further ahead than said."""
    times = np.arange(-1, 12, 0.01)
    along = np.column_stack([braking(times), np.zeros((len(times), 2))])
    stamps = np.rint((times + 10) * SECOND_NS).astype(np.int64)
    trajectory = Trajectory.from_poses(stamps, along, quaternions_from_yaws(np.zeros(len(times))))
    random = np.random.default_rng(6)
    angle = random.uniform(0, 2 * np.pi, walls)
    normals = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(walls)])
    places_m = np.column_stack([random.uniform(-20, 90, walls), random.uniform(-15, 15, walls), np.zeros(walls)])
    sweeps = []
    for end_s in np.linspace(0.5, 9.5, SWEEPS):
        ego_m = np.column_stack([np.full(walls, braking(end_s)), np.zeros((walls, 2))])
        noise_m = random.normal(0, spread_m, (walls, 1)) * normals
        stand_ns = round((end_s + 10 - offset_s) * SECOND_NS)
        fired_s = random.uniform(-0.1, 0, walls)
        centres_m = places_m - ego_m - [ahead_m, 0.0, 0.0] + noise_m
        sweeps.append(Patches(centres_m, normals, np.full(walls, stand_ns), fired_s))
    return Drive(tuple(sweeps), trajectory, np.array([[i, i + 1] for i in range(SWEEPS - 1)]))


@pytest.mark.parametrize("offset_s", [0.0, 0.02, -0.13, 0.22])
def test_finds_the_offset_and_covers_it(offset_s: float) -> None:
    fit = fit_clock([drive(offset_s)], np.arange(SWEEPS - 1), (0.0, 1.0))
    assert fit is not None
    assert fit.numbers[OFFSET] == pytest.approx(offset_s, abs=0.002)
    assert fit.numbers[SMEAR] == pytest.approx(0, abs=0.05)
    assert abs(fit.numbers[OFFSET] - offset_s) <= 3 * fit.sigmas[OFFSET] + 0.0005
    assert fit.gap_m < 0.012
    assert fit.excitation[OFFSET] > 0.3


def test_a_lidar_mounted_elsewhere_is_not_taken_for_a_clock() -> None:
    fit = fit_clock([drive(0.0, ahead_m=0.3)], np.arange(SWEEPS - 1), (0.0,))
    assert fit is not None
    assert fit.numbers[OFFSET] == pytest.approx(0, abs=0.002)
    assert fit.excitation[AHEAD] == pytest.approx(0, abs=1e-6)  # on a straight road nobody can tell
    assert fit.excitation[YAW] > 1


def test_without_firing_times_the_smear_stays() -> None:
    fit = fit_clock([drive(0.05)], np.arange(SWEEPS - 1), (0.0,))
    assert fit is not None
    assert fit.numbers[SMEAR] == 0
    assert fit.sigmas[SMEAR] == 0
    assert fit.excitation[SMEAR] == 0


def test_the_same_drive_gives_the_same_numbers() -> None:
    one, other = (fit_clock([drive(0.02)], np.arange(SWEEPS - 1), (0.0, 1.0)) for _ in range(2))
    assert one is not None
    assert other is not None
    assert np.array_equal(one.numbers, other.numbers)
    assert np.array_equal(one.sigmas, other.sigmas)


def test_too_few_surfaces_give_no_fit() -> None:
    assert fit_clock([drive(walls=MIN_PATCHES // SWEEPS - 1)], np.arange(SWEEPS - 1), (0.0, 1.0)) is None
