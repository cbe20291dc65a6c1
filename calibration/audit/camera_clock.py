"""A camera's clock against that of the poses: when the images turn, and when the poses say the vehicle turned.

Both yaw rates are freed of their slow part, where a wrong lens or slow driving would hide, and correlated over
half a second to either side. The vehicle has to turn, and to turn unevenly. The interval comes from a bootstrap over
stretches of two seconds. A drift is the offset's change along the drive.

Offsets have the one sign of Boresight: `t_poses = t_camera + offset`; stamps that are 10 ms late have -10 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import uniform_filter1d

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.audit.image_rotation import MAX_PAUSE_NS, ImageTurns
from calibration.audit.result import AuditResult
from calibration.clock import SECOND_NS
from calibration.estimate import Estimate
from calibration.trajectory import Trajectory
from calibration.transform import yaws_from_quaternions

POSES = "poses"
SEARCHED_S = 0.5
STEP_S = 0.005
# Slower than this is driving, not turning, or a lens.
SLOW_S = 4.0
# Quicker than a vehicle turns is noise, mostly that of poses.
QUICK_S = 0.3
MIN_TURNING_RADPS = 0.03
MIN_SECONDS = 10.0
# For a cubic through them.
MIN_POSES = 4
MIN_AGREEMENT = 0.6
# Between images, and between poses: an uneven turn is lost in longer steps.
MAX_STEP_S = 0.2
BLOCK_S = 2.0
MIN_BLOCKS = 4
BOOTSTRAPS = 400
OUTLIER_SIGMAS = 5.0
# Read-out, exposure, the poses' own filter, and driving that is not told from turning leave about this much.
SYSTEMATIC_MS = 2.0
# Half a radian a second, seen by a lens of 1266 px: 2.5 px.
MAX_OFFSET_MS = 4.0
MAX_DRIFT_PPM = 50.0
MIN_DRIFT_SECONDS = 30.0
PEAK_HALF_WIDTH = 3
TOO_FAR_APART = f"images are more than {MAX_PAUSE_NS / SECOND_NS:g} s apart: corners can't be followed"
POSES_TOO_FAR_APART = f"poses are more than {MAX_STEP_S:g} s apart: they don't say when the vehicle turned"


@dataclass(frozen=True, eq=False)
class Turning:
    """Yaw rates of images and of poses, all drives below each other.

    images: (N,) radians a second, the slow part taken out; poses: (T, N) the same for each trial offset;
    block: (N,) for the bootstrap; since_s: (N,) seconds since the middle of its drive; seconds: driven in all.
    """

    images: FloatArray
    poses: FloatArray
    block: IntArray
    since_s: FloatArray
    seconds: float
    longest_s: float

    def take(self, rows: BoolArray) -> Turning:
        """Only these rows."""
        return Turning(
            self.images[rows], self.poses[:, rows], self.block[rows], self.since_s[rows], self.seconds, self.longest_s
        )


def why_not_measurable(stamps_ns: IntArray, poses: Trajectory | None) -> str:
    """Why a drive says nothing of a camera's clock, known before any image is read; empty where it may.

    Args:
        stamps_ns: (S,) of the images, in any order.
    """
    if len(stamps_ns) < 2:
        return f"{len(stamps_ns)} image{'s' * (len(stamps_ns) != 1)}: a turn is seen between two"
    if poses is None:
        return "the data set has no poses"
    stamps = np.sort(stamps_ns)
    if np.median(np.diff(stamps)) > MAX_PAUSE_NS:
        return TOO_FAR_APART
    if len(poses) < MIN_POSES:
        return f"{len(poses)} pose{'s' * (len(poses) != 1)}: they don't say when the vehicle turned"
    if np.median(np.diff(poses.timestamps_ns)) > MAX_STEP_S * SECOND_NS:
        return POSES_TOO_FAR_APART
    stamps = stamps[poses.covers(stamps)]
    seconds = float(np.ptp(stamps)) / SECOND_NS if len(stamps) else 0.0
    if seconds < MIN_SECONDS:
        return f"{seconds:.1f} s of images within the time of the poses, {MIN_SECONDS:g} s needed"
    spread = float(poses.yaw_rates_radps(stamps).std())
    return _hardly_turns(spread) if spread < MIN_TURNING_RADPS else ""


def audit_camera_clock(
    camera: str, drives: Sequence[tuple[ImageTurns, Trajectory | None]], missing: str = ""
) -> list[AuditResult]:
    """Offset in milliseconds and drift in ppm of a camera's clock against that of the poses.

    Args:
        drives: what each scene's images turned, and its poses, None where it has none.
        missing: what to say where there is no drive, see `why_not_measurable`.
    """
    frames = sum(turns.images for turns, _ in drives)
    reason = _unusable(drives, frames) if drives else missing or "no drive"
    if reason:
        return _unknown(camera, reason, frames)
    turning = _turning([(turns, poses) for turns, poses in drives if poses is not None])
    if turning is None or turning.seconds < MIN_SECONDS:
        seconds = 0.0 if turning is None else turning.seconds
        reason = f"{seconds:.1f} s of images can be followed within the time of the poses, {MIN_SECONDS:g} s needed"
        return _unknown(camera, reason, frames)
    middle = len(turning.poses) // 2
    spread = float(turning.poses[middle].std())
    if spread < MIN_TURNING_RADPS:
        return _unknown(camera, _hardly_turns(spread), frames)
    return _found(camera, turning, frames)


def _unusable(drives: Sequence[tuple[ImageTurns, Trajectory | None]], frames: int) -> str:
    """Why nothing can be correlated at all; empty where something may be."""
    if frames < 2:
        return f"{frames} image{'s' * (frames != 1)}: a turn is seen between two"
    if all(poses is None for _, poses in drives):
        return "the data set has no poses"
    if not any(len(turns.start_ns) for turns, _ in drives):
        return TOO_FAR_APART
    if not any(np.isfinite(turns.yaw_rates_radps).any() for turns, _ in drives):
        return "the images show nothing that can be followed from one to the next"
    steps_s = np.concatenate([np.diff(poses.timestamps_ns) for _, poses in drives if poses is not None]) / SECOND_NS
    if not len(steps_s) or np.median(steps_s) > MAX_STEP_S:
        return POSES_TOO_FAR_APART
    return ""


def _hardly_turns(spread_radps: float) -> str:
    return f"the vehicle hardly turns: yaw rate varies by {spread_radps:.3f} rad/s, {MIN_TURNING_RADPS} needed"


def _unknown(camera: str, reason: str, frames: int) -> list[AuditResult]:
    return [
        AuditResult(camera, POSES, quantity, unit, 0.0, Estimate.cannot_tell(unit, reason, frames))
        for quantity, unit in (("clock.offset", "ms"), ("clock.drift", "ppm"))
    ]


def _turning(drives: Sequence[tuple[ImageTurns, Trajectory]]) -> Turning | None:
    """Both yaw rates, where images can be followed and poses reach half a second to either side."""
    parts: list[tuple[FloatArray, FloatArray, IntArray, FloatArray]] = []
    seconds, longest_s, blocks = 0.0, 0.0, 0
    for turns, poses in drives:
        part = _turning_of(turns, poses, blocks)
        if part is None:
            continue
        parts.append(part)
        blocks = int(part[2].max()) + 1
        seconds += float(np.median(np.diff(np.sort(part[3])))) * len(part[3])
        longest_s = max(longest_s, float(np.ptp(part[3])))
    if not parts:
        return None
    images, matrix, block, since_s = zip(*parts, strict=True)
    return Turning(
        np.concatenate(images),
        np.concatenate(matrix, axis=1),
        np.concatenate(block),
        np.concatenate(since_s),
        seconds,
        longest_s,
    )


def _turning_of(
    turns: ImageTurns, poses: Trajectory, first_block: int
) -> tuple[FloatArray, FloatArray, IntArray, FloatArray] | None:
    margin_ns = int(SEARCHED_S * SECOND_NS) + 1
    usable = np.isfinite(turns.yaw_rates_radps)
    usable &= poses.covers(turns.start_ns - margin_ns) & poses.covers(turns.end_ns + margin_ns)
    if usable.sum() < 2 or len(poses) < MIN_POSES:
        return None
    origin = int(poses.timestamps_ns[0])
    start_s, end_s = ((column[usable] - origin) / SECOND_NS for column in (turns.start_ns, turns.end_ns))
    yaw = CubicSpline((poses.timestamps_ns - origin) / SECOND_NS, np.unwrap(yaws_from_quaternions(poses.quaternions)))
    trials_s = np.arange(-round(SEARCHED_S / STEP_S), round(SEARCHED_S / STEP_S) + 1)[:, None] * STEP_S
    rates = (yaw(end_s + trials_s) - yaw(start_s + trials_s)) / (end_s - start_s)
    step_s = float(np.median(end_s - start_s))
    middle_s = (start_s + end_s) / 2
    block = first_block + ((middle_s - middle_s[0]) // BLOCK_S).astype(np.int64)
    images = turns.yaw_rates_radps[usable]
    return _band(images, step_s), _band(rates, step_s), block, middle_s - middle_s.mean()


def _band(rates: FloatArray, step_s: float) -> FloatArray:
    """Rates (..., N) without what is slower or quicker than a vehicle turns; windows are odd, so nothing is delayed."""
    slow, quick = (2 * round(seconds / step_s / 2) + 1 for seconds in (SLOW_S, QUICK_S))
    without_slow = rates - uniform_filter1d(rates, slow, axis=-1, mode="nearest")
    band: FloatArray = uniform_filter1d(without_slow, quick, axis=-1, mode="nearest")
    return band


def _found(camera: str, turning: Turning, frames: int) -> list[AuditResult]:
    """Both results of a drive that turns enough."""
    agreement = _correlations(_block_sums(turning))
    peak = int(np.argmax(agreement))
    residual = turning.images - _scale(turning, peak) * turning.poses[peak]
    sigma = 1.4826 * float(np.median(np.abs(residual - np.median(residual))))
    turning = turning.take(np.abs(residual - np.median(residual)) <= OUTLIER_SIGMAS * max(sigma, 1e-9))
    sums = _block_sums(turning)
    agreement = _correlations(sums)
    peak = int(np.argmax(agreement))
    best = float(agreement[peak])
    if best < MIN_AGREEMENT or not PEAK_HALF_WIDTH <= peak < len(agreement) - PEAK_HALF_WIDTH:
        reason = f"images and poses turn alike only to {best:.2f} (correlation), {MIN_AGREEMENT} needed"
        return _unknown(camera, reason, frames)
    if len(sums[0]) < MIN_BLOCKS:
        return _unknown(camera, f"only {len(sums[0])} stretches of {BLOCK_S:g} s can be used", frames)
    offset = _offset(turning, sums, agreement, frames)
    return [
        AuditResult(camera, POSES, "clock.offset", "ms", 0.0, offset),
        AuditResult(camera, POSES, "clock.drift", "ppm", 0.0, _drift(turning, peak, camera, frames)),
    ]


def _block_sums(turning: Turning) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sums of squares and products a block: images (B,), products and poses (B, T)."""
    starts = np.flatnonzero(np.diff(turning.block, prepend=-1))
    return (
        np.add.reduceat(turning.images**2, starts),
        np.add.reduceat(turning.images * turning.poses, starts, axis=1).T,
        np.add.reduceat(turning.poses**2, starts, axis=1).T,
    )


def _correlations(sums: tuple[FloatArray, FloatArray, FloatArray]) -> FloatArray:
    """Normalised correlation of each trial offset, (T,)."""
    images, products, poses = (part.sum(axis=0) for part in sums)
    correlation: FloatArray = products / np.sqrt(np.maximum(images * poses, 1e-300))
    return correlation


def _peak_ms(correlations: FloatArray) -> float:
    """Where a parabola through the best trials has its top."""
    peak = int(np.clip(np.argmax(correlations), PEAK_HALF_WIDTH, len(correlations) - 1 - PEAK_HALF_WIDTH))
    near = np.arange(-PEAK_HALF_WIDTH, PEAK_HALF_WIDTH + 1)
    bend, slope, _ = np.polyfit(near, correlations[peak + near], 2)
    shift = float(np.clip(-slope / (2 * bend), -PEAK_HALF_WIDTH, PEAK_HALF_WIDTH)) if bend < 0 else 0.0
    return (peak - len(correlations) // 2 + shift) * STEP_S * 1000.0


def _offset(
    turning: Turning, sums: tuple[FloatArray, FloatArray, FloatArray], agreement: FloatArray, frames: int
) -> Estimate:
    value_ms = _peak_ms(agreement)
    blocks = len(sums[0])
    random = np.random.default_rng(0)
    drawn = [random.integers(0, blocks, blocks) for _ in range(BOOTSTRAPS)]
    peaks_ms = np.array([_peak_ms(_correlations((sums[0][i], sums[1][i], sums[2][i]))) for i in drawn])
    interval = _interval(value_ms, peaks_ms, blocks, SYSTEMATIC_MS)
    judged = Estimate.of_correction(value_ms, interval, "ms", MAX_OFFSET_MS, frames)
    told = (
        f"images turn {abs(value_ms):.1f} ms {'before' if value_ms >= 0 else 'after'} the poses "
        f"(between {interval[0]:+.1f} and {interval[1]:+.1f}, limit {MAX_OFFSET_MS:g}), "
        f"correlation {agreement.max():.2f} over {turning.seconds:.0f} s"
    )
    return Estimate(value_ms, interval, "ms", judged.verdict, told, frames)


def _drift(turning: Turning, peak: int, camera: str, frames: int) -> Estimate:
    """How the offset changes along a drive, from the residual against the slope of the poses' rate at the peak."""
    if turning.longest_s < MIN_DRIFT_SECONDS:
        reason = f"the longest drive has {turning.longest_s:.0f} s, a drift needs {MIN_DRIFT_SECONDS:g} s"
        return Estimate.cannot_tell("ppm", reason, frames)
    slope = (turning.poses[peak + 1] - turning.poses[peak - 1]) / (2 * STEP_S)
    design = np.column_stack([turning.poses[peak], slope, slope * turning.since_s])

    def drift_ppm(rows: IntArray) -> float:
        gain, _, grown = np.linalg.lstsq(design[rows], turning.images[rows], rcond=None)[0]
        return float(1e6 * grown / gain)

    rows_of = [np.flatnonzero(turning.block == one) for one in np.unique(turning.block)]
    random = np.random.default_rng(0)
    draws = [random.integers(0, len(rows_of), len(rows_of)) for _ in range(BOOTSTRAPS)]
    drawn = np.array([drift_ppm(np.concatenate([rows_of[i] for i in draw])) for draw in draws])
    value = drift_ppm(np.arange(len(turning.images)))
    interval = _interval(value, drawn, len(rows_of), 0.0)
    judged = Estimate.of_correction(value, interval, "ppm", MAX_DRIFT_PPM, frames)
    told = (
        f"clock of {camera} against that of the poses: offset grows by {value:+.0f} us a second "
        f"(between {interval[0]:+.0f} and {interval[1]:+.0f}, limit {MAX_DRIFT_PPM:g})"
    )
    return Estimate(value, interval, "ppm", judged.verdict, told, frames)


def _scale(turning: Turning, trial: int) -> float:
    poses = turning.poses[trial]
    return float(turning.images @ poses / max(float(poses @ poses), 1e-300))


def _interval(value: float, drawn: FloatArray, blocks: int, systematic: float) -> tuple[float, float]:
    """95 %, from bootstrapped values; few blocks make a bootstrap too narrow, and something systematic remains."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    widen = np.sqrt(blocks / (blocks - 1))
    below, above = max(value - float(low), 0.0) * widen, max(float(high) - value, 0.0) * widen
    return value - float(np.hypot(below, systematic)), value + float(np.hypot(above, systematic))
