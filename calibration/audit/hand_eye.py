"""Is a lidar mounted as the files say, as seen from how it moves? Its own motion against the vehicle's, from poses.

From one sweep to a later one the lidar moves as the static world shows (`registration`); the poses say how the vehicle
moved. With X = ego_from_lidar both agree when X^-1 P X is the lidar's own motion T. For a wrong X the lidar seems to
slip: sideways while driving ahead for a wrong yaw, up or down for a wrong pitch; what turns of the vehicle move
tells where the lidar sits, and roll. To first order what is left over after the file's X is (Ad_T - 1) times the
correction of X, so one linear fit over all steps gives it, with the delay of the poses' clock beside it.

A road vehicle hardly rolls or pitches, so the lidar's height is never seen this way. Where a drive doesn't show a
number, the number stays untold. If poses were made from this lidar through this very calibration, they agree with it
whatever it is: then nothing is contradicted, and "good" means no more than that.

Source: Tsai and Lenz 1989, "A new technique for fully autonomous and efficient 3D robotics hand/eye calibration".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.stats import t as students_t

from calibration.arrays import BoolArray, Float32Array, FloatArray
from calibration.audit.placement import NINETY_FIVE, QUANTITIES, PlacementLimits, judged, undecided
from calibration.audit.redraw import redrawn, wider
from calibration.audit.registration import MOVES, TURNS, CloudPair, register
from calibration.audit.result import AuditResult
from calibration.clock import SIGMA_PER_MAD
from calibration.sensors import Sensor
from calibration.transform import RigidTransform

MILLISECONDS = 1000.0
ROUNDS = 6
# Registration is never truer, and no pose is.
POSE_FLOOR = np.array([0.004, 0.004, 0.004, 2e-4, 2e-4, 2e-4])
OUTLIER_SIGMAS = 4.0
FITTED_PER_RESIDUAL = 7 / 6
LOOSE_DELAY_S = 0.05
LOOSE = np.array([1.0, 1.0, 1.0, 0.2, 0.2, 0.2, LOOSE_DELAY_S])
# Of standing things that must lie on each other: 90 % do where sweeps match, 20 % where they don't.
LEAST_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class LidarStep:
    """Two sweeps of one lidar, a few metres of driving apart, their motion taken out.

    Attributes:
        reference, points: (N, 3), (M, 3) metres, the earlier and the later sweep, each in ego at its own time, as the
            files have it.
        earlier_from_later: ego at the time of the reference from ego at the time of the points, by the poses.
        per_second: (6,) how that motion (shift, turn; of the earlier ego) changes if both poses are taken a second
            later, None unknown.
    """

    reference: FloatArray | Float32Array
    points: FloatArray | Float32Array
    earlier_from_later: RigidTransform
    per_second: FloatArray | None = None


@dataclass(frozen=True)
class HandEyeLimits:
    """When to speak.

    Attributes:
        placement: turns and places come out less sharply than between two lidars: poses have errors of their own.
        min_steps: fewer don't show how poses scatter.
        min_driven_m: all steps together; who stands sees nothing.
    """

    placement: PlacementLimits = field(
        default_factory=lambda: PlacementLimits(
            least_move_m=0.05, least_turn_deg=0.2, harmless_move_m=0.15, harmless_turn_deg=0.5
        )
    )
    min_steps: int = 8
    min_driven_m: float = 15.0
    move_floor_m: float = 0.01
    turn_floor_deg: float = 0.05


def audit_hand_eye(
    steps: Iterable[LidarStep], sensor: Sensor, limits: HandEyeLimits | None = None
) -> list[AuditResult]:
    """Six results, `mounting.x` to `mounting.yaw` against the poses, in metres and degrees.

    Steps are taken one at a time and not kept, so a generator may load them as they are asked for.

    Args:
        sensor: the lidar, as the files have it.

    Raises:
        ShapeError: clouds that are not (N, 3).
    """
    limits = limits or HandEyeLimits()
    moved, slips = [], []
    for step in steps:
        moved.append(_motion_of(step, sensor))
        slip = _slip(step, sensor)
        slips += [] if slip is None else [slip]
    driven_m = float(sum(np.linalg.norm(translation) for _, translation in moved))
    turned_deg = float(np.degrees(sum(Rotation.from_matrix(rotation).magnitude() for rotation, _ in moved)))
    lacking = ""
    if not moved:
        lacking = "no two sweeps with poses and driving between them"
    elif driven_m < limits.min_driven_m:
        lacking = f"the vehicle moves by {driven_m:.1f} m in all, {limits.min_driven_m:g} m are needed"
    elif len(slips) < limits.min_steps:
        lacking = f"only {len(slips)} pairs of sweeps show the lidar's own motion, {limits.min_steps} are needed"
    if lacking:
        return undecided(sensor, "poses", "mounting", lacking, len(moved))
    correction, covariance, used = _solved(slips)
    floor = np.repeat([limits.move_floor_m, np.radians(limits.turn_floor_deg)], 3)
    told = f"{used} steps, {driven_m:.0f} m and {turned_deg:.0f} degrees of turning in all"
    basis = [f"{told}; {_excited_by(name)}" for name in QUANTITIES]
    return judged(
        sensor,
        "poses",
        "mounting",
        correction[:6],
        covariance[:6, :6] + np.diag(floor**2),
        limits.placement,
        used,
        basis,
    )


def adjoint(rotation: FloatArray, translation: FloatArray) -> FloatArray:
    """(6, 6) what carries a small motion (shift, turn) through a transform."""
    x, y, z = translation
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.block([[rotation, cross @ rotation], [np.zeros((3, 3)), rotation]])


@dataclass(frozen=True, eq=False)
class _Slip:
    """What one step leaves over (6,), its covariance, and how it grows with correction and delay (6, 7)."""

    left_over: FloatArray
    covariance: FloatArray
    slopes: FloatArray


def _motion_of(step: LidarStep, sensor: Sensor) -> tuple[FloatArray, FloatArray]:
    """Rotation and translation of the lidar, seen along the vehicle's axes from where it was."""
    place = sensor.ego_from_sensor.translation
    by_poses = step.earlier_from_later
    return by_poses.rotation, by_poses.apply(place[None])[0] - place


def _slip(step: LidarStep, sensor: Sensor) -> _Slip | None:
    """None where the two sweeps don't hold together in all directions."""
    place = sensor.ego_from_sensor.translation
    rotation, translation = _motion_of(step, sensor)
    carried = (np.asarray(step.points, dtype=np.float64) - place) @ rotation.T + translation
    reference = np.asarray(step.reference, dtype=np.float64) - place
    fit = register([CloudPair(reference, carried, np.zeros(3))])
    if fit is None or fit.share < LEAST_SHARE:
        return None
    delay = np.zeros(6)
    if step.per_second is not None:
        delay = np.concatenate(
            [step.per_second[MOVES] + np.cross(step.per_second[TURNS], place), step.per_second[TURNS]]
        )
    # A correction of the mounting shows as (Ad_T - 1) of itself; poses of a later time as their own change.
    slopes = np.column_stack([adjoint(rotation, translation) - np.eye(6), delay])
    return _Slip(fit.correction, fit.covariance, slopes)


def _solved(slips: Sequence[_Slip]) -> tuple[FloatArray, FloatArray, int]:
    """(7,) correction and delay, (7, 7) covariance, and how many steps were believed."""
    left_over = np.stack([slip.left_over for slip in slips])
    slopes = np.stack([slip.slopes for slip in slips])
    own = np.stack([slip.covariance for slip in slips])
    own_sigmas = np.sqrt(np.diagonal(own, axis1=1, axis2=2))
    noise = POSE_FLOOR
    kept: BoolArray = np.ones(len(slips), dtype=bool)
    solution = np.zeros(7)
    information, gradient = np.zeros((len(slips), 7, 7)), np.zeros((len(slips), 7))
    # what seven numbers take up of six residuals a step no longer scatters
    lost = float(np.sqrt(len(slips) / (len(slips) - FITTED_PER_RESIDUAL)))
    for _ in range(ROUNDS):
        weights = np.linalg.inv(own + np.diag(noise**2)) * kept[:, None, None]
        information = np.einsum("nij,nik,nkl->njl", slopes, weights, slopes)
        pulled = np.einsum("nij,nik,nk->nj", slopes, weights, left_over)
        solution = np.linalg.solve(information.sum(axis=0) + np.diag(LOOSE**-2.0), pulled.sum(axis=0))
        gradient = pulled - information @ solution
        rest = left_over - slopes @ solution
        noise = np.maximum(POSE_FLOOR, lost * SIGMA_PER_MAD * np.median(np.abs(rest), axis=0))
        kept = (np.abs(rest) < OUTLIER_SIGMAS * np.hypot(own_sigmas, noise)).all(axis=1)
    used = int(kept.sum())
    # Drawn again, steps that happen to agree look too sure; how far poses scatter is known better from all numbers.
    few = float(students_t.ppf(0.975, max(used - 2, 1))) / NINETY_FIVE
    expected = few**2 * np.linalg.inv(information.sum(axis=0) + np.diag(LOOSE**-2.0))
    covariance = wider(redrawn(information, gradient, LOOSE), expected)
    return np.asarray(solution, dtype=np.float64), covariance, used


def _excited_by(name: str) -> str:
    """What a drive needs to show the number."""
    if name == "z":
        return "height shows only where the vehicle rolls or pitches"
    if name in ("x", "y"):
        return "the place shows where the vehicle turns"
    if name == "yaw":
        return "yaw shows as a slip of the motion against the heading"
    return "a turn about the direction of travel shows where the vehicle turns, any other as a slip of the motion"
