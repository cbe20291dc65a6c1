"""A lidar's clock against that of the poses, and whether its sweeps are raw or compensated as declared.

Poses carry what stands still to the same place from every sweep, if the clocks agree. How far surfaces of sweeps half
a second apart fall beside each other is fitted by an offset of the clock, together with a share of the vehicle's motion
that is left within the sweeps and with a lidar mounted elsewhere, so that neither is taken for the other. Speed or
turning must change. Poses made from the same lidar agree with it whatever the clock says.

Offsets have the one sign of Boresight: `t_poses = t_lidar + offset`; stamps that are 10 ms late have -10 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as students_t

from calibration.arrays import FloatArray, IntArray
from calibration.audit.crispness import HALF_STEP_NS, OFFSET, SMEAR, Drive
from calibration.audit.lidar_clock_fit import SEARCHED_S, ClockFit, blurs_about, fit_clock
from calibration.audit.result import AuditResult, ScanCurve
from calibration.clock import SECOND_NS
from calibration.estimate import Estimate, Verdict
from calibration.sweep import Motion
from calibration.trajectory import Trajectory

POSES = "poses"
# Sweeps this far apart see the same walls from a vehicle that has changed its motion.
APART_NS = SECOND_NS // 2
NEAREST_APART_NS = SECOND_NS // 20
FARTHEST_APART_NS = 6 * SECOND_NS // 5
# Poses must reach over the searched offsets, a sweep, and half the stretch that a speed is taken over.
REACH_NS = int(SEARCHED_S * SECOND_NS) + SECOND_NS // 10 + HALF_STEP_NS
MAX_POSE_STEP_S = 0.2
# A turn moves what stands this far away.
TYPICAL_RANGE_M = 10.0
BLOCK_NS = SECOND_NS
MIN_BLOCKS = 5
# A vehicle that turns by half a radian a second moves what is 40 m away by 10 cm.
MAX_OFFSET_MS = 5.0
# Which share of the motion was taken out of the points.
SHARES = {Motion.RAW: 0.0, Motion.COMPENSATED: 1.0}
# What is nearer to the one than to the other, with room for points timed a bit wrong.
MAX_SHARE = 0.3
# Surfaces must move against each other by 5 mm for 100 ms, and by 3 mm for the whole motion within a sweep.
MIN_OFFSET_EXCITATION_MPS = 0.05
MIN_SMEAR_EXCITATION_M = 0.003
# Noisy poses leave 4 cm, surfaces that are not the same 20 cm.
MAX_GAP_M = 0.08
# What walls that are not flat and poses that lean leave, beside a millisecond of the poses' own filter.
SYSTEMATIC_MS = 1.0
SYSTEMATIC_OFFSET_M = 0.0002
SYSTEMATIC_SMEAR_M = 0.0005
SYSTEMATIC_SHARE = 0.03
# Raw sweeps without firing times are carried as a whole: how far their points' mean time is from the middle.
UNTIMED_SHARE = 0.125


@dataclass(frozen=True, eq=False)
class LidarDrive:
    """Sweeps of one drive and what is told of them.

    drive: sweeps as patches with the pairs to compare; stamps_ns: (S,) of the sweeps; motion: as declared; timed:
    firing times are known; sweep_s: how long one takes, None unknown; poses_are_its_own: poses stand at the stamps of
    this lidar and nowhere else.
    """

    drive: Drive
    stamps_ns: IntArray
    motion: Motion
    timed: bool
    sweep_s: float | None
    poses_are_its_own: bool


def informative_pairs(stamps_ns: IntArray, trajectory: Trajectory, most: int) -> IntArray:
    """(P, 2) rows of sweeps half a second apart, earlier first: where the vehicle changes its motion most, all along.

    Args:
        stamps_ns: (S,) in any order.
        most: pairs.
    """
    order = np.argsort(stamps_ns, kind="stable")
    stamps = stamps_ns[order]
    reached = trajectory.covers(stamps - REACH_NS) & trajectory.covers(stamps) & trajectory.covers(stamps + REACH_NS)
    order, stamps = order[reached], stamps[reached]
    if len(stamps) < 2:
        return np.empty((0, 2), dtype=np.int64)
    after = np.minimum(np.searchsorted(stamps, stamps + APART_NS), len(stamps) - 1)
    sooner = np.maximum(after - 1, 0)
    nearer = np.abs(stamps[sooner] - stamps - APART_NS) <= np.abs(stamps[after] - stamps - APART_NS)
    after = np.where(nearer, sooner, after)
    apart_ns = stamps[after] - stamps
    first = np.flatnonzero((apart_ns >= NEAREST_APART_NS) & (apart_ns <= FARTHEST_APART_NS))
    after = after[first]
    change = _change_of_motion(trajectory, stamps, first, after)
    parts = [part for part in np.array_split(np.arange(len(first)), most) if len(part)]
    best = np.array([part[np.argmax(change[part])] for part in parts], dtype=np.int64)
    return np.stack([order[first[best]], order[after[best]]], axis=1)


def _change_of_motion(trajectory: Trajectory, stamps_ns: IntArray, first: IntArray, after: IntArray) -> FloatArray:
    """(P,) metres a second by which a pair's sweeps move differently, what stands at a typical range.

    Taken over poses around the sweeps and not over those that carry them: pairs chosen for the noise of their own poses
    would all err the same way, by milliseconds.
    """
    sooner, later = (trajectory.at(stamps_ns + step_ns) for step_ns in (-HALF_STEP_NS, HALF_STEP_NS))
    seconds = 2 * HALF_STEP_NS / SECOND_NS
    speeds = np.linalg.norm(later.translations_m - sooner.translations_m, axis=1) / seconds
    turned = np.einsum("nji,njk->nik", sooner.rotations, later.rotations)
    rates = np.arctan2(turned[:, 1, 0], turned[:, 0, 0]) / seconds
    change: FloatArray = np.abs(speeds[after] - speeds[first]) + TYPICAL_RANGE_M * np.abs(rates[after] - rates[first])
    return change


def why_not_measurable(stamps_ns: IntArray, trajectory: Trajectory | None) -> str:
    """Why sweeps and poses can't tell anything of the lidar's clock, known before any is read; empty where they may.

    Args:
        stamps_ns: (S,) of the sweeps.
    """
    if trajectory is None:
        return "the data set has no poses"
    if len(stamps_ns) < 2:
        return f"{len(stamps_ns)} sweep{'s' * (len(stamps_ns) != 1)}: surfaces are compared between two"
    steps_ns = np.diff(trajectory.timestamps_ns)
    if not len(steps_ns) or np.median(steps_ns) > MAX_POSE_STEP_S * SECOND_NS:
        return f"poses are more than {MAX_POSE_STEP_S:g} s apart: they don't say how the vehicle moves in between"
    if not len(informative_pairs(stamps_ns, trajectory, 1)):
        return (
            f"no two sweeps up to {FARTHEST_APART_NS / SECOND_NS:g} s apart with poses "
            f"{REACH_NS / SECOND_NS:g} s before and after them"
        )
    return ""


def audit_lidar_clock(
    lidar: str, drives: Sequence[LidarDrive], missing: str = "", scans: bool = False
) -> list[AuditResult]:
    """Offset of the lidar's clock in milliseconds, and the share of the motion that was taken out of its sweeps.

    The share is 1 for compensated and 0 for raw sweeps.

    Args:
        drives: of one lidar, all sweeps declared alike; those that are not like the first are left out.
        missing: what to say where there is none, see `why_not_measurable`.
        scans: keep a curve of the offset.
    """
    alike = [one for one in drives if (one.motion, one.timed) == (drives[0].motion, drives[0].timed)]
    sweeps = sum(len(one.stamps_ns) for one in alike)
    in_file = SHARES.get(alike[0].motion) if alike else None
    if not alike:
        return _unknown(lidar, in_file, missing or "no drive", 0)
    told = alike[0]
    smears = ((0.0, -1.0) if told.motion is Motion.RAW else (0.0, 1.0)) if told.timed else (0.0,)
    blocks = _blocks(alike)
    if len(np.unique(blocks)) < MIN_BLOCKS:
        seconds = BLOCK_NS / SECOND_NS
        reason = f"sweeps of {len(np.unique(blocks))} stretches of {seconds:g} s can be compared, {MIN_BLOCKS} needed"
        return _unknown(lidar, in_file, reason, sweeps)
    fit = fit_clock([one.drive for one in alike], blocks, smears)
    if fit is None:
        return _unknown(lidar, in_file, "too few upright surfaces are seen by two sweeps", sweeps)
    if fit.gap_m > MAX_GAP_M:
        reason = f"surfaces lie {fit.gap_m:.2f} m apart whatever the offset; {MAX_GAP_M:g} m is the most to be believed"
        return _unknown(lidar, in_file, reason, sweeps)
    share = _share(told, fit, sweeps) if told.timed else Estimate.cannot_tell("", _untimed(told), sweeps)
    scan = _scan([one.drive for one in alike], fit) if scans else None
    return [
        AuditResult(lidar, POSES, "clock.offset", "ms", 0.0, _offset(alike, fit, sweeps), scan),
        AuditResult(lidar, POSES, "clock.compensation", "", in_file, share),
    ]


def _scan(drives: Sequence[Drive], fit: ClockFit) -> ScanCurve:
    offsets_s, blurs = blurs_about(drives, fit.numbers)
    return ScanCurve(1000 * offsets_s, -100 * blurs, "crispness (surfaces apart, -cm)")


def _unknown(lidar: str, in_file: float | None, reason: str, sweeps: int) -> list[AuditResult]:
    return [
        AuditResult(lidar, POSES, "clock.offset", "ms", 0.0, Estimate.cannot_tell("ms", reason, sweeps)),
        AuditResult(lidar, POSES, "clock.compensation", "", in_file, Estimate.cannot_tell("", reason, sweeps)),
    ]


def _untimed(told: LidarDrive) -> str:
    return f"sweeps are declared {told.motion}, but nothing says when each point was fired"


def _blocks(drives: Sequence[LidarDrive]) -> IntArray:
    """(P,) stretch of driving of each pair of all drives."""
    blocks, first = [], 0
    for one in drives:
        pairs_ns = one.stamps_ns[one.drive.pairs[:, 0]]
        block = (pairs_ns - int(one.stamps_ns.min())) // BLOCK_NS if len(pairs_ns) else np.empty(0, dtype=np.int64)
        blocks.append(first + block)
        first += int(block.max(initial=-1)) + 1
    return np.concatenate(blocks)


def _offset(drives: Sequence[LidarDrive], fit: ClockFit, sweeps: int) -> Estimate:
    told, excitation = drives[0], float(fit.excitation[OFFSET])
    if excitation < MIN_OFFSET_EXCITATION_MPS:
        reason = (
            f"speed and turning hardly change: surfaces would part by {excitation * 100:.1f} mm for 100 ms, "
            f"{MIN_OFFSET_EXCITATION_MPS * 100:g} mm needed; a steady drive only shifts the whole world"
        )
        return Estimate.cannot_tell("ms", reason, sweeps)
    value_ms = 1000 * float(fit.numbers[OFFSET])
    systematic_ms = np.hypot(SYSTEMATIC_MS, 1000 * SYSTEMATIC_OFFSET_M / excitation)
    if told.motion is Motion.RAW and not told.timed:
        systematic_ms = np.hypot(systematic_ms, 1000 * UNTIMED_SHARE * (told.sweep_s or SEARCHED_S))
    interval = _interval(value_ms, 1000 * float(fit.sigmas[OFFSET]), fit.blocks, float(systematic_ms))
    if abs(value_ms) >= 1000 * SEARCHED_S:
        reason = f"the world gets crisper up to {value_ms:+.0f} ms, and farther was not searched"
        return Estimate.cannot_tell("ms", reason, sweeps)
    judged = Estimate.of_correction(value_ms, interval, "ms", MAX_OFFSET_MS, sweeps)
    verdict = judged.verdict
    reason = (
        f"surfaces fall together best {abs(value_ms):.1f} ms {'after' if value_ms >= 0 else 'before'} the stamps "
        f"(between {interval[0]:+.1f} and {interval[1]:+.1f}, limit {MAX_OFFSET_MS:g}), "
        f"{fit.gap_m * 100:.1f} cm apart in {sweeps} sweeps"
    )
    reason += _place_of_stamp(interval, told) if verdict is Verdict.OFF else ""
    if any(one.poses_are_its_own for one in drives):
        reason += "; poses stand at this lidar's stamps alone: made from it, they agree whatever its clock says"
        verdict = Verdict.CANNOT_TELL if verdict is Verdict.GOOD else verdict
    else:
        reason += "; assuming that poses were not made from this lidar"
    return Estimate(value_ms, interval, "ms", verdict, reason, sweeps)


def _place_of_stamp(interval_ms: tuple[float, float], told: LidarDrive) -> str:
    """What a stamp seems to name, where the offset is half a sweep or a whole one."""
    if told.sweep_s is None:
        return ""
    names = {
        0.5: "the sweep's start rather than its middle, or its middle rather than its end",
        -0.5: "the sweep's end rather than its middle, or its middle rather than its start",
        1.0: "the sweep's start rather than its end",
        -1.0: "the sweep's end rather than its start",
    }
    for share, name in names.items():
        if interval_ms[0] <= 1000 * share * told.sweep_s <= interval_ms[1]:
            sweep = "half a sweep" if abs(share) == 0.5 else "a whole sweep"
            return f"; that is {sweep} of {1000 * told.sweep_s:.0f} ms: stamps look like {name}"
    return ""


def _share(told: LidarDrive, fit: ClockFit, sweeps: int) -> Estimate:
    """Which share of the motion was taken out of the points."""
    excitation = float(fit.excitation[SMEAR])
    if excitation < MIN_SMEAR_EXCITATION_M:
        reason = (
            f"the drive is too slow: motion within a sweep parts surfaces by {excitation * 1000:.1f} mm, "
            f"{MIN_SMEAR_EXCITATION_M * 1000:g} mm needed"
        )
        return Estimate.cannot_tell("", reason, sweeps)
    whole = SHARES.get(told.motion, 1.0)  # undeclared sweeps are taken as they are, like compensated ones
    value = whole - float(fit.numbers[SMEAR])
    systematic = float(np.hypot(SYSTEMATIC_SHARE, SYSTEMATIC_SMEAR_M / excitation))
    low, high = _interval(value, float(fit.sigmas[SMEAR]), fit.blocks, systematic)
    seen = f"{value:.2f} of the motion within a sweep was taken out (between {low:.2f} and {high:.2f})"
    shown = next(
        (motion for motion, whole in SHARES.items() if max(abs(low - whole), abs(high - whole)) <= MAX_SHARE), None
    )
    if shown is None:
        reason = f"{seen}: neither raw nor compensated, or too uncertain"
        return Estimate(value, (low, high), "", Verdict.CANNOT_TELL, reason, sweeps)
    if told.motion is Motion.UNKNOWN:
        reason = f"{seen}: sweeps are {shown}, which the files don't say"
        return Estimate(value, (low, high), "", Verdict.CANNOT_TELL, reason, sweeps)
    if shown is told.motion:
        return Estimate(value, (low, high), "", Verdict.GOOD, f"{seen}: sweeps are {shown}, as declared", sweeps)
    reason = f"{seen}: sweeps are {shown}, but declared {told.motion}"
    return Estimate(value, (low, high), "", Verdict.OFF, reason, sweeps)


def _interval(value: float, sigma: float, blocks: int, systematic: float) -> tuple[float, float]:
    """95 %, wider where few blocks told it, with something systematic that no amount of driving takes away."""
    half = float(np.hypot(students_t.ppf(0.975, blocks - 1) * sigma, systematic))
    return value - half, value + half
