"""Where a sensor sits, as six numbers of the files, and what a measured correction makes of them.

The numbers are those of `ego_from_sensor`: x, y, z of its place in metres along the vehicle's axes; roll, pitch and
yaw in degrees with R = Rz(yaw) Ry(pitch) Rx(roll). So yaw is always about the vehicle's vertical, and roll about the
sensor's own x axis: a lidar whose x points to the right has its "roll" about the vehicle's sideways axis.

Corrections are measured about the vehicle's axes, as a shift and a turn of the sensor where it sits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray
from calibration.audit.registration import MOVES, TURNS, rotation_of
from calibration.audit.result import AuditResult
from calibration.estimate import Estimate, Verdict
from calibration.sensors import Sensor
from calibration.transform import RigidTransform

QUANTITIES = ("x", "y", "z", "roll", "pitch", "yaw")
UNITS = ("m", "m", "m", "deg", "deg", "deg")
NINETY_FIVE = 1.96
SMALL_STEP = 1e-5


@dataclass(frozen=True)
class PlacementLimits:
    """When to speak of a sensor's place.

    Attributes:
        least_move_m, least_turn_deg: off when the whole interval is beyond; lidars are mounted and calibrated about
            that well, and a point 40 m away moves by a hand's breadth.
        harmless_move_m, harmless_turn_deg: good when the whole interval is within.
    """

    least_move_m: float = 0.03
    least_turn_deg: float = 0.10
    harmless_move_m: float = 0.10
    harmless_turn_deg: float = 0.40

    def of(self, row: int) -> tuple[float, float]:
        """The two limits of one of the six numbers."""
        if row >= TURNS.start:
            return self.least_turn_deg, self.harmless_turn_deg
        return self.least_move_m, self.harmless_move_m


def place_in_file(ego_from_sensor: RigidTransform) -> FloatArray:
    """(6,) x, y, z in metres; roll, pitch, yaw in degrees."""
    yaw, pitch, roll = Rotation.from_matrix(ego_from_sensor.rotation).as_euler("ZYX", degrees=True)
    return np.concatenate([ego_from_sensor.translation, [roll, pitch, yaw]])


def moved_place(ego_from_sensor: RigidTransform, correction: FloatArray) -> RigidTransform:
    """The place after a correction (6,): a shift in metres and a rotation vector in radians, along ego's axes."""
    return RigidTransform.from_rotation(
        ego_from_sensor.target,
        ego_from_sensor.source,
        rotation_of(correction[TURNS]) @ ego_from_sensor.rotation,
        ego_from_sensor.translation + correction[MOVES],
    )


def corrected_place(sensor: Sensor, results: Sequence[AuditResult]) -> RigidTransform:
    """`ego_from_sensor` with those numbers replaced that were called off; the others are left alone."""
    numbers = place_in_file(sensor.ego_from_sensor)
    for result in results:
        family, _, name = result.quantity.partition(".")
        if family == "extrinsic" and result.verdict is Verdict.OFF and result.estimated is not None:
            numbers[QUANTITIES.index(name)] = result.estimated
    roll, pitch, yaw = numbers[TURNS]
    rotation = Rotation.from_euler("ZYX", [yaw, pitch, roll], degrees=True).as_matrix()
    in_file = sensor.ego_from_sensor
    return RigidTransform.from_rotation(in_file.target, in_file.source, rotation, numbers[MOVES])


def undecided(sensor: Sensor, relative_to: str, family: str, reason: str, frames: int) -> list[AuditResult]:
    """Six results that say why there is no number."""
    in_file = place_in_file(sensor.ego_from_sensor)
    return [
        AuditResult(
            sensor.name,
            relative_to,
            f"{family}.{name}",
            UNITS[row],
            float(in_file[row]),
            Estimate.cannot_tell(UNITS[row], reason, frames),
        )
        for row, name in enumerate(QUANTITIES)
    ]


def judged(
    sensor: Sensor,
    relative_to: str,
    family: str,
    correction: FloatArray,
    covariance: FloatArray,
    limits: PlacementLimits,
    frames: int,
    basis: Sequence[str],
) -> list[AuditResult]:
    """Six results from a correction about the vehicle's axes.

    Args:
        correction, covariance: (6,), (6, 6) metres and radians, as `moved_place` takes them.
        basis: (6,) what each number rests on, told after it.
    """
    in_file = place_in_file(sensor.ego_from_sensor)
    changes = _changes(sensor.ego_from_sensor, correction)
    slopes = _slopes(sensor.ego_from_sensor, correction)
    sigmas = np.sqrt(np.diag(slopes @ covariance @ slopes.T))
    results = []
    for row, name in enumerate(QUANTITIES):
        least, harmless = limits.of(row)
        estimate = weighed(
            float(changes[row]), float(sigmas[row]), UNITS[row], (least, harmless), frames, widest=harmless
        )
        estimate = replace(estimate, reason=f"{estimate.reason}; {basis[row]}")
        results.append(
            AuditResult.of_correction(sensor.name, relative_to, f"{family}.{name}", float(in_file[row]), estimate)
        )
    return results


def weighed(
    correction: float, sigma: float, unit: str, limits: tuple[float, float], frames: int, widest: float = math.inf
) -> Estimate:
    """Off when all of the 95 % interval is beyond the first limit, good when it is within the second.

    Without a number where it is known to less than the second limit and nothing is decided.

    Args:
        widest: nothing is decided where the interval reaches further than this to either side: such a number is mostly
            what was assumed before anything was seen.
    """
    least, harmless = limits
    half = NINETY_FIVE * sigma
    if half > widest:
        told = f"known to {half:.2g} {unit} only, {widest:g} {unit} are needed"
        return Estimate(math.nan, None, unit, Verdict.CANNOT_TELL, told, frames)
    low, high = correction - half, correction + half
    told = f"correction {correction:+.3f} {unit}, between {low:+.3f} and {high:+.3f}"
    if low > least or high < -least:
        return Estimate(correction, (low, high), unit, Verdict.OFF, f"{told}: beyond {least:g} {unit}", frames)
    if -harmless <= low and high <= harmless:
        return Estimate(correction, (low, high), unit, Verdict.GOOD, f"{told}: within {harmless:g} {unit}", frames)
    told = f"{told}: too wide to exclude {harmless:g} {unit}"
    if half > harmless:
        return Estimate(math.nan, None, unit, Verdict.CANNOT_TELL, told, frames)
    return Estimate(correction, (low, high), unit, Verdict.CANNOT_TELL, told, frames)


def _changes(ego_from_sensor: RigidTransform, correction: FloatArray) -> FloatArray:
    """(6,) how much each of the file's numbers changes."""
    change = place_in_file(moved_place(ego_from_sensor, correction)) - place_in_file(ego_from_sensor)
    change[TURNS] = (change[TURNS] + 180) % 360 - 180
    return change


def _slopes(ego_from_sensor: RigidTransform, correction: FloatArray) -> FloatArray:
    """(6, 6) how each of the file's numbers changes with each number of the correction."""
    steps = np.eye(6) * SMALL_STEP
    columns = [
        (_changes(ego_from_sensor, correction + step) - _changes(ego_from_sensor, correction - step)) / (2 * SMALL_STEP)
        for step in steps
    ]
    return np.stack(columns, axis=1)
