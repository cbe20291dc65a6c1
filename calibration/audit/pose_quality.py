"""Whether poses move as a vehicle does: even stamps, no jumps, no climbing off its own floor, no driving sideways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from calibration.arrays import FloatArray, IntArray
from calibration.audit.result import AuditResult
from calibration.clock import SECOND_NS
from calibration.estimate import Estimate, Verdict
from calibration.trajectory import Trajectory
from calibration.transform import matrices_from_quaternions, wrap_angle_rad, yaws_from_quaternions

POSES = "poses"
# A step is held against the middle one of these about it: three may be wrong and it still holds.
NEIGHBOUR_STEPS = 7
# Full braking for a tenth of a second moves a car 5 cm; a slipped localisation moves it by decimetres.
MAX_JUMP_M = 0.30
MAX_TURN_DEG = 2.0
# Longer steps are scaled down to this one.
USUAL_STEP_S = 0.1
# Beyond the scatter of the poses themselves.
JUMP_SIGMAS = 8.0
# Slower, the direction of driving drowns in the noise of the positions.
MIN_SPEED_MPS = 2.0
# About two degrees off the vehicle's own floor, more than springs and ramps leave in the mean.
MAX_CLIMB_M_PER_100_M = 3.5
MAX_SIDESLIP_DEG = 1.0
# Mean over so long steps: shorter ones magnify the noise of positions.
RATE_NS = SECOND_NS // 2
BLOCK_NS = 4 * SECOND_NS
MIN_BLOCKS = 3
BOOTSTRAPS = 400
QUANTITIES = {
    "pose.rate": "Hz",
    "pose.gaps": "",
    "pose.jump": "m",
    "pose.turn_jump": "deg",
    "pose.vertical_drift": "m/100m",
    "pose.sideslip": "deg",
}


@dataclass(frozen=True, eq=False)
class Driving:
    """Half-second steps of driving, seen in the vehicle's own frame in the middle of each.

    along_m, left_m, up_m: (N,); turned_rad: (N,) about up; block: (N,) stretches that the bootstrap draws from.
    """

    along_m: FloatArray
    left_m: FloatArray
    up_m: FloatArray
    turned_rad: FloatArray
    block: IntArray


def audit_poses(trajectories: Sequence[Trajectory], missing: str = "the data set has no poses") -> list[AuditResult]:
    """Stamps, jumps, vertical drift and yaw against the direction of driving.

    Args:
        trajectories: one a scene; poses of different scenes are never compared.
        missing: what to say where there are none.
    """
    if not trajectories:
        return [_unknown(quantity, missing, 0) for quantity in QUANTITIES]
    driving = _joined([_driving(one) for one in trajectories])
    poses = sum(len(one) for one in trajectories)
    planar = all(np.ptp(one.translations_m[:, 2]) == 0 for one in trajectories)
    return [
        *_stamps(trajectories, poses),
        *_jumps(trajectories, poses),
        _vertical_drift(driving, planar, poses),
        _sideslip(driving, poses),
    ]


def _unknown(quantity: str, reason: str, frames: int) -> AuditResult:
    unit = QUANTITIES[quantity]
    return AuditResult(POSES, "", quantity, unit, None, Estimate.cannot_tell(unit, reason, frames))


def _stamps(trajectories: Sequence[Trajectory], poses: int) -> list[AuditResult]:
    """How often there is a pose, and where none can be interpolated; jitter is no fault where sensors bring poses."""
    steps_s = np.concatenate([np.diff(one.timestamps_ns) for one in trajectories]) / SECOND_NS
    if not len(steps_s):
        reason = f"{poses} pose{'s' * (poses != 1)}, one a scene: too few for a rate"
        return [_unknown(quantity, reason, poses) for quantity in ("pose.rate", "pose.gaps")]
    usual_s, longest_s = float(np.median(steps_s)), float(steps_s.max())
    told = f"usually a pose every {usual_s * 1000:.4g} ms, at most {longest_s * 1000:.4g} ms"
    gaps = sum(len(one.gaps()) for one in trajectories)
    bridged = f"steps above {max(one.max_gap_ns for one in trajectories) / SECOND_NS:g} s are not interpolated"
    return [
        AuditResult(POSES, "", "pose.rate", "Hz", None, Estimate(1 / usual_s, None, "Hz", Verdict.GOOD, told, poses)),
        AuditResult(
            POSES,
            "",
            "pose.gaps",
            "",
            None,
            Estimate(gaps, None, "", Verdict.OFF if gaps else Verdict.GOOD, f"{gaps} gaps: {bridged}", poses),
        ),
    ]


def _jumps(trajectories: Sequence[Trajectory], poses: int) -> list[AuditResult]:
    parts = [(one, rows) for one in trajectories if len(rows := _stray_steps(one)[0])]
    if not parts:
        reason = f"{poses} poses; a jump is seen only among {NEIGHBOUR_STEPS + 1} or more"
        return [_unknown(quantity, reason, poses) for quantity in ("pose.jump", "pose.turn_jump")]
    strays = [_stray_steps(one) for one, _ in parts]
    contradicted = sum(len(one.contradicted_ns) for one in trajectories)
    results = []
    for place, (quantity, limit) in enumerate((("pose.jump", MAX_JUMP_M), ("pose.turn_jump", MAX_TURN_DEG))):
        columns = [stray[place] for stray in strays]
        every = np.concatenate(columns)
        bound = max(limit, JUMP_SIGMAS * 1.4826 * float(np.median(every)))
        number = int((every > bound).sum())
        unit = QUANTITIES[quantity]
        worst = int(np.argmax([column.max() for column in columns]))
        at_s = (parts[worst][0].timestamps_ns[int(np.argmax(columns[worst]))] - parts[worst][0].timestamps_ns[0]) / 1e9
        told = f"largest departure of a step from its neighbours {every.max():.3g} {unit}, at {at_s:.1f} s"
        told += f"; {number} beyond {bound:.3g}" if number else f", limit {bound:.3g}"
        if contradicted:
            told += f"; {contradicted} times with two different poses"
        verdict = Verdict.OFF if number or (contradicted and place == 0) else Verdict.GOOD
        estimate = Estimate(float(every.max()), None, unit, verdict, told, poses)
        results.append(AuditResult(POSES, "", quantity, unit, None, estimate))
    return results


def _stray_steps(one: Trajectory) -> tuple[FloatArray, FloatArray]:
    """How far each step is from what its neighbours' speed and turning predict, metres and degrees, (S,) each."""
    if len(one) < NEIGHBOUR_STEPS + 1:
        return np.empty(0), np.empty(0)
    seconds = np.diff(one.timestamps_ns) / SECOND_NS
    velocity_mps = np.diff(one.translations_m, axis=0) / seconds[:, None]
    turning = np.degrees(wrap_angle_rad(np.diff(yaws_from_quaternions(one.quaternions)))) / seconds
    usual_mps = median_filter(velocity_mps, size=(NEIGHBOUR_STEPS, 1), mode="nearest")
    usual_turning = median_filter(turning, size=NEIGHBOUR_STEPS, mode="nearest")
    judged = seconds <= one.max_gap_ns / SECOND_NS
    judged[: NEIGHBOUR_STEPS // 2] = judged[-(NEIGHBOUR_STEPS // 2) :] = False  # neighbours on one side only
    # over longer steps a vehicle may change its motion by more
    weight = np.minimum(seconds, USUAL_STEP_S) * judged
    return np.linalg.norm(velocity_mps - usual_mps, axis=1) * weight, np.abs(turning - usual_turning) * weight


def _driving(one: Trajectory) -> Driving:
    """Half-second steps between recorded poses, seen from the vehicle in the middle of each."""
    first = np.arange(len(one))
    last = np.searchsorted(one.timestamps_ns, one.timestamps_ns + RATE_NS)
    kept = last < len(one)
    first, last = first[kept], last[kept]
    duration_s = (one.timestamps_ns[last] - one.timestamps_ns[first]) / SECOND_NS
    kept = duration_s <= 2 * RATE_NS / SECOND_NS
    first, last, duration_s = first[kept], last[kept], duration_s[kept]
    step_m = one.translations_m[last] - one.translations_m[first]
    rotations = matrices_from_quaternions(one.quaternions)
    ahead = rotations[first] + rotations[last]
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    in_ego = np.einsum("nji,nj->ni", ahead, step_m)
    yaws = yaws_from_quaternions(one.quaternions)
    fast = np.linalg.norm(step_m, axis=1) > MIN_SPEED_MPS * duration_s
    block = (one.timestamps_ns[first] - one.timestamps_ns[0]) // BLOCK_NS
    along_m, left_m, up_m = in_ego[fast].T
    return Driving(along_m, left_m, up_m, wrap_angle_rad(yaws[last] - yaws[first])[fast], block[fast])


def _joined(parts: Sequence[Driving]) -> Driving:
    blocks, offset = [], 0
    for part in parts:
        blocks.append(part.block + offset)
        offset += int(part.block.max(initial=-1)) + 1
    return Driving(
        along_m=np.concatenate([part.along_m for part in parts]),
        left_m=np.concatenate([part.left_m for part in parts]),
        up_m=np.concatenate([part.up_m for part in parts]),
        turned_rad=np.concatenate([part.turned_rad for part in parts]),
        block=np.concatenate(blocks),
    )


def _too_little(driving: Driving) -> str:
    """Why the driving says nothing; empty where it does."""
    blocks = len(np.unique(driving.block))
    if not len(driving.block):
        return f"the vehicle never drives faster than {MIN_SPEED_MPS:g} m/s for half a second"
    if blocks < MIN_BLOCKS:
        return f"only {blocks} x {BLOCK_NS / SECOND_NS:g} s of driving above {MIN_SPEED_MPS:g} m/s, {MIN_BLOCKS} needed"
    return ""


def _vertical_drift(driving: Driving, planar: bool, poses: int) -> AuditResult:
    quantity = "pose.vertical_drift"
    if planar:
        return _unknown(quantity, "planar poses: all heights are equal", poses)
    if reason := _too_little(driving):
        return _unknown(quantity, reason, poses)

    def climb(rows: IntArray) -> float:
        return 100.0 * float(driving.up_m[rows].sum() / np.abs(driving.along_m[rows]).sum())

    value, interval = _bootstrapped(climb, driving.block)
    estimate = _judged(value, interval, "m/100m", MAX_CLIMB_M_PER_100_M, poses, "driving off its own floor")
    return AuditResult(POSES, "", quantity, "m/100m", 0.0, estimate)


def _sideslip(driving: Driving, poses: int) -> AuditResult:
    quantity = "pose.sideslip"
    if reason := _too_little(driving):
        return _unknown(quantity, reason, poses)

    def slip(rows: IntArray) -> float:
        # left = along * tan(slip) + lever * turned: an origin ahead of the rear axle swings out in turns
        design = np.column_stack([driving.along_m[rows], driving.turned_rad[rows]])
        return float(np.degrees(np.arctan(np.linalg.lstsq(design, driving.left_m[rows], rcond=None)[0][0])))

    value, interval = _bootstrapped(slip, driving.block)
    told = "direction of driving minus yaw of ego, the swing of its origin in turns taken out"
    estimate = _judged(value, interval, "deg", MAX_SIDESLIP_DEG, poses, told)
    return AuditResult(POSES, "", quantity, "deg", 0.0, estimate)


def _bootstrapped(statistic: Callable[[IntArray], float], block: IntArray) -> tuple[float, tuple[float, float]]:
    """The statistic of all rows, and its 95 % interval over blocks drawn with replacement."""
    rows_of = [np.flatnonzero(block == one) for one in np.unique(block)]
    random = np.random.default_rng(0)
    drawn = [
        statistic(np.concatenate([rows_of[i] for i in random.integers(0, len(rows_of), len(rows_of))]))
        for _ in range(BOOTSTRAPS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    value = float(statistic(np.arange(len(block))))
    # with few blocks the bootstrap is too narrow by this much
    widen = np.sqrt(len(rows_of) / (len(rows_of) - 1))
    return value, (value + float((low - value) * widen), value + float((high - value) * widen))


def _judged(value: float, interval: tuple[float, float], unit: str, limit: float, frames: int, about: str) -> Estimate:
    judged = Estimate.of_correction(value, interval, unit, limit, frames)
    told = f"{about}: {value:+.3g} {unit}, between {interval[0]:+.3g} and {interval[1]:+.3g}, limit {limit:g}"
    return Estimate(value, interval, unit, judged.verdict, told, frames)
