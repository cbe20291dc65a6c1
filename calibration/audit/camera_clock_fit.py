"""When images turned against when the poses did: offset, drift and gain of a camera's clock, fitted and bootstrapped.

All yaw rates are freed of their slow part, where a wrong lens or slow driving would hide, and of what is quicker than a
vehicle. Found first where they correlate best, then fitted with parts that move together left out of the clock:

    image rate = gain * pose rate(t + offset + drift * t) + parallax * speed + noise

The turns of the images depend a little on the offset, so they are taken again at each step until nothing moves.
Noise is correlated in time: what the fit rests on is drawn in blocks several correlation times long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.stats import t as students_t

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.audit.ego_motion import EgoMotion
from calibration.audit.image_rotation import CameraDrive, ImageTurns

SEARCHED_S = 0.5
STEP_S = 0.01
# Slower than this is driving, not turning, or a lens.
SLOW_S = 4.0
# Quicker than a vehicle turns is noise, mostly that of poses.
QUICK_S = 0.3
# Half the step of a central difference: a tenth of the quickest turn.
SLOPE_S = 0.02
OUTLIER_SIGMAS = 5.0
MAX_STEPS = 8
SETTLED_S = 2e-5
# Steps off the solution that show how much of an error one round of the fit takes back.
PROBE_S, PROBE_DRIFT, LEAST_ANSWER = 0.005, 1e-4, 0.5
BLOCK_S = 2.0
# A block is so many correlation times, so that blocks are nearly independent.
BLOCK_CORRELATIONS = 4.0
MIN_BLOCKS = 5
BOOTSTRAPS = 1000
# Of what the slope of the yaw rate says in all; with less a direction has no say of its own.
MIN_DIRECTION_SHARE = 0.15
RATE, SLOPE, SPEED, DRIFT = range(4)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A number with its standard error, of which blocks of time leave so many degrees of freedom."""

    value: float
    spread: float
    freedom: int

    def interval(self, systematic: float = 0.0) -> tuple[float, float]:
        """95 %, with something systematic that no amount of driving takes away."""
        half = float(np.hypot(students_t.ppf(0.975, self.freedom) * self.spread, systematic))
        return self.value - half, self.value + half


@dataclass(frozen=True, eq=False)
class ClockFit:
    """What all drives of one camera say together.

    offset_s: what to add to the camera's stamps in the middle of a drive; drift: its change in seconds a second, None
    where it was not asked for; gain: image rate over pose rate; agreement: correlation; left_s, right_s: the offset
    from turns to one side only, None where a side says too little; difference_s: of the two, None likewise.
    """

    offset_s: Fitted
    drift: Fitted | None
    gain: float
    agreement: float
    left_s: float | None
    right_s: float | None
    difference_s: Fitted | None


@dataclass(frozen=True, eq=False)
class Rates:
    """All drives below each other.

    images: (N,) how fast they turn; design: (N, 4) what that may come from; since_s: (N,) from the middle of a drive;
    drive: (N,) which one; left: (N,) whether the vehicle turns left.
    """

    images: FloatArray
    design: FloatArray
    since_s: FloatArray
    drive: IntArray
    left: BoolArray

    def take(self, rows: BoolArray) -> Rates:
        """Only these rows."""
        return Rates(self.images[rows], self.design[rows], self.since_s[rows], self.drive[rows], self.left[rows])


@dataclass(frozen=True, eq=False)
class Trials:
    """Offsets tried, (T,) seconds, and how images and poses correlate with each, (T,)."""

    offsets_s: FloatArray
    agreement: FloatArray

    @property
    def best(self) -> tuple[float, float]:
        """Where they correlate best, and how well: 0 at an end of what was searched, which is no maximum."""
        best = int(np.argmax(self.agreement))
        inside = 0 < best < len(self.agreement) - 1
        return float(self.offsets_s[best]), float(self.agreement[best]) if inside else 0.0


def searched(drives: Sequence[CameraDrive], pairs: Sequence[IntArray]) -> Trials:
    """Offsets of half a second either way.

    Args:
        pairs: of images that count, for each drive.
    """
    steps = round(SEARCHED_S / STEP_S)
    trials: FloatArray = STEP_S * np.arange(-steps, steps + 1, dtype=np.float64)
    products, squares, images = np.zeros(len(trials)), np.zeros(len(trials)), 0.0
    for drive, rows in zip(drives, pairs, strict=True):
        motion = drive.motion
        turns = drive.turns(rows, np.zeros(len(rows)))
        usable = np.isfinite(turns.yaw_rates_radps)
        if motion is None or usable.sum() < 2:
            continue
        start_s, end_s = turns.start_s[usable], turns.end_s[usable]
        step_s = float(np.median(end_s - start_s))
        seen = _band(turns.yaw_rates_radps[usable], step_s)
        told = _band(motion.turned_rad(start_s + trials[:, None], end_s + trials[:, None]) / (end_s - start_s), step_s)
        products += told @ seen
        squares += (told**2).sum(axis=1)
        images += float(seen @ seen)
    return Trials(trials, products / np.sqrt(np.maximum(squares * images, 1e-300)))


def fit_clock(
    drives: Sequence[CameraDrive], pairs: Sequence[IntArray], first_guess_s: float, with_drift: bool
) -> ClockFit | None:
    """Offset and drift about a first guess; None where it runs away or too few stretches are left.

    Args:
        pairs: of images that count, for each drive.
        with_drift: whether the drives are long enough for one.
    """
    offset_s, drift = first_guess_s, 0.0
    columns = [RATE, SLOPE, SPEED, DRIFT] if with_drift else [RATE, SLOPE, SPEED]
    settled: Rates | None = None
    for _ in range(MAX_STEPS):
        rates = _rates(drives, pairs, offset_s, drift)
        if rates is None:
            return None
        settled = rates = _without_outliers(rates, columns)
        parts = _solved(rates.design[:, columns], rates.images)
        change_s, change = parts[SLOPE] / parts[RATE], parts[DRIFT] / parts[RATE] if with_drift else 0.0
        offset_s, drift = offset_s + change_s, drift + change
        if not abs(offset_s - first_guess_s) <= SEARCHED_S / 2:
            return None
        if abs(change_s) < SETTLED_S and abs(change) * np.ptp(rates.since_s) < SETTLED_S:
            break
    if settled is None:
        return None
    probed = _rates(drives, pairs, offset_s + PROBE_S, drift + PROBE_DRIFT * with_drift)
    answers = _answers(settled, probed, columns)
    return _bootstrapped(settled, columns, float(offset_s), float(drift), answers)


def _answers(settled: Rates, probed: Rates | None, columns: list[int]) -> FloatArray:
    """(4,) which share of a wrong offset or drift one step takes back, by column: turns follow the offset a little.

    What noise pulls a step by, all steps together pull by that much more.
    """
    answers = np.ones(4)
    if probed is None:
        return answers
    kept = _without_outliers(probed, columns)
    before, after = (_solved(one.design[:, columns], one.images) for one in (settled, kept))
    for column, probe in ((SLOPE, PROBE_S), (DRIFT, PROBE_DRIFT)):
        if column in columns:
            taken = before[column] / before[RATE] - after[column] / after[RATE]
            answers[column] = np.clip(taken / probe, LEAST_ANSWER, 1.0)
    return answers


def _rates(drives: Sequence[CameraDrive], pairs: Sequence[IntArray], offset_s: float, drift: float) -> Rates | None:
    parts = []
    for number, (drive, rows) in enumerate(zip(drives, pairs, strict=True)):
        if drive.motion is None or len(rows) < 2:
            continue
        middle_s = drive.motion.seconds((drive.corners.start_ns[rows] + drive.corners.end_ns[rows]) // 2)
        since_s = middle_s - middle_s.mean()
        moved_s = offset_s + drift * since_s
        turns = drive.turns(rows, moved_s)
        usable = np.isfinite(turns.yaw_rates_radps)
        if usable.sum() >= 2:
            parts.append(_drive_rates(drive.motion, turns, usable, since_s, moved_s, number))
    if not parts:
        return None
    return Rates(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.design for part in parts]),
        np.concatenate([part.since_s for part in parts]),
        np.concatenate([part.drive for part in parts]),
        np.concatenate([part.left for part in parts]),
    )


def _drive_rates(
    motion: EgoMotion, turns: ImageTurns, usable: BoolArray, since_s: FloatArray, moved_s: FloatArray, number: int
) -> Rates:
    since_s = since_s[usable]
    start_s, end_s = (turns.start_s + moved_s)[usable], (turns.end_s + moved_s)[usable]
    length_s = end_s - start_s
    step_s = float(np.median(length_s))
    rate = motion.turned_rad(start_s, end_s) / length_s
    later, sooner = (motion.turned_rad(start_s + by, end_s + by) / length_s for by in (SLOPE_S, -SLOPE_S))
    slope = (later - sooner) / (2 * SLOPE_S)
    columns = np.stack([rate, slope, motion.speed_mps((start_s + end_s) / 2), slope * since_s])
    return Rates(
        _band(turns.yaw_rates_radps[usable], step_s),
        _band(columns, step_s).T,
        since_s,
        np.full(len(since_s), number),
        _mean(rate, QUICK_S, step_s) > 0,
    )


def _without_outliers(rates: Rates, columns: list[int]) -> Rates:
    residual = rates.images - rates.design[:, columns] @ _solved(rates.design[:, columns], rates.images)
    return rates.take(np.abs(residual - np.median(residual)) <= OUTLIER_SIGMAS * _sigma(residual))


def _bootstrapped(
    rates: Rates, columns: list[int], offset_s: float, drift: float, answers: FloatArray
) -> ClockFit | None:
    design = rates.design[:, columns]
    parts = _solved(design, rates.images)
    residual = rates.images - design @ parts
    block = _blocks(rates, residual * rates.design[:, SLOPE])
    freedom = int(block.max())
    if freedom + 1 < MIN_BLOCKS:
        return None
    drawn = _draws(design, rates.images, block)
    left_s, right_s, difference_s = _by_direction(rates, block, offset_s)
    return ClockFit(
        _fitted(offset_s, drawn[:, SLOPE] / drawn[:, RATE] / answers[SLOPE], freedom),
        _fitted(drift, drawn[:, DRIFT] / drawn[:, RATE] / answers[DRIFT], freedom) if DRIFT in columns else None,
        float(parts[RATE]),
        float(np.corrcoef(rates.images, rates.design[:, RATE])[0, 1]),
        left_s,
        right_s,
        difference_s,
    )


def _by_direction(rates: Rates, block: IntArray, offset_s: float) -> tuple[float | None, float | None, Fitted | None]:
    """The offset from left turns and from right turns alone, and their difference, if both are driven."""
    slope = rates.design[:, SLOPE]
    share = float((slope[rates.left] ** 2).sum() / max(float((slope**2).sum()), 1e-300))
    if not MIN_DIRECTION_SHARE <= share <= 1 - MIN_DIRECTION_SHARE:
        return None, None, None
    design = np.column_stack([rates.design[:, [RATE, SPEED]], slope * rates.left, slope * ~rates.left])
    parts, drawn = _solved(design, rates.images), _draws(design, rates.images, block)
    left_s, right_s = float(offset_s + parts[2] / parts[0]), float(offset_s + parts[3] / parts[0])
    return left_s, right_s, _fitted(left_s - right_s, (drawn[:, 2] - drawn[:, 3]) / drawn[:, 0], int(block.max()))


def _fitted(value: float, drawn: FloatArray, freedom: int) -> Fitted:
    """Few blocks make a bootstrap too narrow, by what a variance of few values is."""
    return Fitted(value, float(np.std(drawn)) * float(np.sqrt((freedom + 1) / freedom)), freedom)


def _blocks(rates: Rates, score: FloatArray) -> IntArray:
    """(N,) stretches of time that are long against how long the noise remembers, numbered from 0."""
    steps_s = np.diff(rates.since_s)
    step_s = float(np.median(steps_s[steps_s > 0]))
    remembered_s = _correlation_time(score) * step_s
    longest_s = max(BLOCK_S, len(score) * step_s / (2 * MIN_BLOCKS))
    block_s = float(np.clip(BLOCK_CORRELATIONS * remembered_s, BLOCK_S, longest_s))
    keys = np.column_stack([rates.drive, np.floor(rates.since_s / block_s).astype(np.int64)])
    return np.unique(keys, axis=0, return_inverse=True)[1].ravel().astype(np.int64)


def _correlation_time(score: FloatArray) -> float:
    """Integrated autocorrelation time in steps, summed up to where it first is not positive."""
    centred = score - score.mean()
    power = np.abs(np.fft.rfft(centred, 2 * len(centred))) ** 2
    products = np.fft.irfft(power)[: len(centred)]
    correlation = products / max(float(products[0]), 1e-300)
    past = int(np.argmax(correlation <= 0)) if (correlation <= 0).any() else len(correlation)
    return float(1 + 2 * correlation[1:past].sum())


def _draws(design: FloatArray, images: FloatArray, block: IntArray) -> FloatArray:
    """(D, P) fits to blocks drawn with replacement."""
    order = np.argsort(block, kind="stable")
    starts = np.flatnonzero(np.diff(block[order], prepend=-1))
    rows, seen = design[order], images[order]
    normals = np.add.reduceat(rows[:, :, None] * rows[:, None, :], starts, axis=0)
    sides = np.add.reduceat(rows * seen[:, None], starts, axis=0)
    random = np.random.default_rng(0)
    times = random.multinomial(len(starts), np.full(len(starts), 1 / len(starts)), BOOTSTRAPS).astype(np.float64)
    normal = np.einsum("db,bpq->dpq", times, normals)
    # drawings that leave a column nearly empty stay solvable
    normal += 1e-9 * np.diag(normals.sum(axis=0).diagonal()) + 1e-18 * np.eye(design.shape[1])
    return np.asarray(np.linalg.solve(normal, (times @ sides)[..., None])[..., 0], dtype=np.float64)


def _solved(design: FloatArray, images: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.lstsq(design, images, rcond=None)[0], dtype=np.float64)


def _sigma(values: FloatArray) -> float:
    return max(1.4826 * float(np.median(np.abs(values - np.median(values)))), 1e-9)


def _band(rates: FloatArray, step_s: float) -> FloatArray:
    """Rates (..., N) without what is slower or quicker than a vehicle turns; windows are odd, so nothing is delayed."""
    return _mean(rates - _mean(rates, SLOW_S, step_s), QUICK_S, step_s)


def _mean(rates: FloatArray, window_s: float, step_s: float) -> FloatArray:
    mean: FloatArray = uniform_filter1d(rates, 2 * round(window_s / step_s / 2) + 1, axis=-1, mode="nearest")
    return mean
