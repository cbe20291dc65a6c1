"""Do two lidars of one vehicle see the same walls in the same places? From ordinary frames, without target or labels.

The surfaces both see are laid on each other (`registration`), all frames together: six numbers, with the first lidar
believed. What the two disagree about is told of the second; that the first is the one that moved, only a third sensor
or the poses can tell.

What it can't separate: one lidar's clock that is late moves all of its points along the drive, as a shift along x
does. Where the vehicle drives the reason says which delay would look like the shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from calibration.arrays import Float32Array, FloatArray
from calibration.audit.placement import QUANTITIES, PlacementLimits, judged, undecided
from calibration.audit.registration import MOVES, TURNS, CloudPair, Registration, register
from calibration.audit.result import AuditResult
from calibration.sensors import Sensor

MILLISECONDS = 1000.0


@dataclass(frozen=True, eq=False)
class LidarLidarFrame:
    """Sweeps of two lidars of about the same moment, their motion taken out.

    Attributes:
        reference: (N, 3) metres, the believed lidar's points, in ego at the time of `points`.
        points: (M, 3) metres, the other's, in ego as the files have it.
        origin: (3,) metres, where the other sits in ego.
        speed_mps: of the vehicle, None unknown.
    """

    reference: FloatArray | Float32Array
    points: FloatArray | Float32Array
    origin: FloatArray
    speed_mps: float | None = None


@dataclass(frozen=True)
class LidarLidarLimits:
    """When to speak.

    Attributes:
        min_contacts: fewer points on common surfaces fit a wrong place too.
        min_share: of standing things near a surface of the other cloud that must lie on it: 95 % do in the right place,
            20 % in a wrong one.
        move_floor_m, turn_floor_deg: what frames share and no scatter shows: wide beams at grazing surfaces, ranges
            that depend on what is hit; measured on generated streets and on a real pair.
        widening_of_one_frame: of the standard deviation, half of it for two frames and so on.
        largest_move_m, largest_turn_deg: further than surfaces are searched.
    """

    placement: PlacementLimits = field(default_factory=PlacementLimits)
    min_contacts: int = 200
    min_share: float = 0.5
    move_floor_m: float = 0.003
    turn_floor_deg: float = 0.025
    widening_of_one_frame: float = 0.5
    largest_move_m: float = 1.5
    largest_turn_deg: float = 8.0


def audit_lidar_lidar(
    frames: Sequence[LidarLidarFrame], sensor: Sensor, relative_to: str, limits: LidarLidarLimits | None = None
) -> list[AuditResult]:
    """Six results, `extrinsic.x` to `extrinsic.yaw`, in metres and degrees; `placement` says about which axes.

    Args:
        sensor: the second lidar, as the files have it.
        relative_to: the name of the first, which is believed.

    Raises:
        ShapeError: clouds that are not (N, 3).
    """
    limits = limits or LidarLidarLimits()
    if not frames:
        return undecided(sensor, relative_to, "extrinsic", "no frame with sweeps of both lidars", 0)
    fit = register([CloudPair(frame.reference, frame.points, frame.origin) for frame in frames])
    lacking = _lacking(fit, limits)
    if fit is None or lacking:
        return undecided(sensor, relative_to, "extrinsic", lacking, len(frames))
    return judged(
        sensor,
        relative_to,
        "extrinsic",
        fit.correction,
        _covariance(fit, limits, len(frames)),
        limits.placement,
        len(frames),
        _basis(fit, frames),
    )


def _lacking(fit: Registration | None, limits: LidarLidarLimits) -> str:
    """Why the fit says nothing; empty where it does."""
    if fit is None or fit.contacts < limits.min_contacts:
        count = 0 if fit is None else fit.contacts
        return f"only {count} points lie on surfaces that both lidars see, {limits.min_contacts} are needed"
    if fit.share < limits.min_share:
        return (
            f"only {fit.share:.0%} of the walls that one lidar sees lie on those of the other, wherever it is put: "
            "the two see different things, or the files are off by more than is searched"
        )
    turn_deg, move_m = np.degrees(np.abs(fit.correction[TURNS]).max()), np.abs(fit.correction[MOVES]).max()
    if turn_deg > limits.largest_turn_deg or move_m > limits.largest_move_m:
        return (
            f"no place within {limits.largest_turn_deg:g} degrees and {limits.largest_move_m:g} m of the files fits: "
            "the lidars see different things, or the files are off by more than is searched"
        )
    return ""


def _covariance(fit: Registration, limits: LidarLidarLimits, frames: int) -> FloatArray:
    floor = np.repeat([limits.move_floor_m, np.radians(limits.turn_floor_deg)], 3)
    widened: FloatArray = fit.covariance * (1 + limits.widening_of_one_frame / frames) ** 2 + np.diag(floor**2)
    return widened


def _basis(fit: Registration, frames: Sequence[LidarLidarFrame]) -> list[str]:
    told = (
        f"{fit.contacts} points on common surfaces, {fit.rms_m * 100:.1f} cm from them, condition {fit.condition:.0f}"
    )
    speeds_mps = [frame.speed_mps for frame in frames if frame.speed_mps is not None]
    speed_mps = float(np.median(speeds_mps)) if speeds_mps else 0.0
    basis = [told] * len(QUANTITIES)
    if speed_mps > 1.0:
        delay_ms = float(fit.correction[0]) / speed_mps * MILLISECONDS
        basis[0] = f"{told}; a clock {delay_ms:+.1f} ms off would look the same at {speed_mps:.0f} m/s"
    return basis
