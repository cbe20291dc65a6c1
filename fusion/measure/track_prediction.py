"""What the boxes around a moment say about it: how far a box strays from their path, or the path shifts between two.

A short stretch of a track is fitted by a polynomial in time and one more column: 1 at the box in question and 0 beside
it (a stray), or 0 before a moment and 1 from there on (a shift). The coefficient of that column is the estimate. It is
a weighted sum of the places, so it can say how far it is to be trusted before it is made:

    gain      by how much it amplifies the jitter of the boxes: the length of its weights
    lever_s2  the most that an acceleration of 1 m/s2, from any moment to any other, adds to it: a polynomial is not
              how things move, and braking may begin and end between any two boxes

Of several stretches and degrees, each row takes the one that leaves the least doubt; at 10 Hz that is a wide and stiff
one, at 2 Hz a cubic through four neighbours, at the end of a track a line from one side.

Source: the weights are those of partial regression (Frisch and Waugh 1933, "Partial Time Regressions as Compared with
Individual Trends"); strays and shifts are the additive outliers and level shifts of Chen and Liu 1993, "Joint
Estimation of Model Parameters and Outlier Effects in Time Series".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray

# Boxes further away than this in time predict nothing: too much can happen meanwhile.
MAX_REACH_S = 1.5
# Closer stamps are the same moment told twice: no speed follows from them.
MIN_STEP_S = 1e-3
# Boxes on either side that judge between explanations, and how many it takes to fit a parabola or a cubic to them.
WITNESSES = 4
POINTS_FOR_DEGREE = (5, 7)
TINY = 1e-9


class Stretch(NamedTuple):
    """Boxes before and after the moment that are fitted, and the degree of the polynomial."""

    before: int
    after: int
    degree: int


@dataclass(frozen=True, eq=False)
class Sequence:
    """K boxes in order of segment and time.

    times_s: (K,) strictly increasing within a segment; places_m: (K, 3); segment: (K,) no stretch reaches from one
    into another; rays: (K, 2) horizontal unit vectors from the ego vehicle to the boxes; slack_m: (K, 2) the most that
    jitter does to a box along its ray and across; acceleration: (K,) m/s2 by which it may change its motion.
    """

    times_s: FloatArray
    places_m: FloatArray
    segment: IntArray
    rays: FloatArray
    slack_m: FloatArray
    acceleration: FloatArray

    def __len__(self) -> int:
        return len(self.times_s)

    def take(self, rows: IntArray | BoolArray) -> Sequence:
        """The rows of an index or mask, in its order."""
        return Sequence(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class Estimates:
    """By row of a sequence (K,), NaN where nothing tells.

    offset_m: (K, 3) how far the box strays, or the path shifts just before it; polar_m: (K, 2) the same along the ray
    and across, horizontally; gain: (K,); lever_m: (K,) what the object's acceleration may add.
    """

    offset_m: FloatArray
    polar_m: FloatArray
    gain: FloatArray
    lever_m: FloatArray

    @property
    def distance_m(self) -> FloatArray:
        """(K,) horizontal."""
        return np.hypot(self.polar_m[:, 0], self.polar_m[:, 1])

    def excess(self, slack_m: FloatArray) -> FloatArray:
        """(K,) distance as a multiple of what is in doubt in its direction.

        Jitter (K, 2) and acceleration have nothing to do with each other, so their shares of doubt add as squares.
        """
        doubt_m = np.hypot(slack_m * self.gain[:, None], self.lever_m[:, None])
        ratio = self.polar_m / doubt_m
        return np.hypot(ratio[:, 0], ratio[:, 1])


def _stretches(shapes: Iterable[tuple[int, int, int]]) -> tuple[Stretch, ...]:
    """The shapes and their mirror images."""
    both = [(before, after, degree) for one, other, degree in shapes for before, after in ((one, other), (other, one))]
    return tuple(Stretch(*shape) for shape in dict.fromkeys(both))


STRAY_STRETCHES = _stretches([(1, 1, 1), (2, 2, 1), (2, 2, 3), (3, 3, 3), (4, 4, 3), (1, 2, 2), (1, 3, 2), (1, 4, 2)])
END_STRETCHES = _stretches([(0, 2, 1), (0, 3, 1), (0, 4, 1), (0, 5, 1), (0, 3, 2), (0, 5, 2)])
SHIFT_STRETCHES = _stretches([(2, 2, 1), (3, 3, 1), (4, 4, 1), (2, 3, 1), (2, 3, 2), (3, 4, 2), (3, 3, 3)])


def strays(sequence: Sequence) -> Estimates:
    """How far each box is from where the boxes around it put it."""
    return _least_doubtful(sequence, (*STRAY_STRETCHES, *END_STRETCHES), stray=True)


def shifts(sequence: Sequence) -> Estimates:
    """How far the path shifts between each box and the one before."""
    return _least_doubtful(sequence, SHIFT_STRETCHES, stray=False)


def _least_doubtful(sequence: Sequence, stretches: tuple[Stretch, ...], stray: bool) -> Estimates:
    """For each row the estimate of the stretch with the smallest doubt; the places have no say in the choice."""
    offset_m = np.full((len(sequence), 3), np.nan)
    gain, lever_m = np.full(len(sequence), np.nan), np.full(len(sequence), np.nan)
    doubt_m = np.full(len(sequence), np.inf)
    slack_m = sequence.slack_m.max(axis=1, initial=0.0)
    for stretch in stretches:
        centres, columns = _positions(sequence, stretch, stray)
        if stretch in END_STRETCHES:
            lonely = np.isinf(doubt_m[centres])
            centres, columns = centres[lonely], columns[lonely]
        if not len(centres):
            continue
        times_s = sequence.times_s[columns] - sequence.times_s[centres][:, None]
        weights = _weights(times_s, _extra_column(stretch, stray), stretch.degree)
        gains = np.linalg.norm(weights, axis=1)
        levers_m = sequence.acceleration[centres] * _levers(times_s, weights)
        doubts_m = np.hypot(slack_m[centres] * gains, levers_m)
        better = doubts_m < doubt_m[centres]
        rows = centres[better]
        doubt_m[rows], gain[rows], lever_m[rows] = doubts_m[better], gains[better], levers_m[better]
        offset_m[rows] = np.einsum("nk,nkd->nd", weights[better], sequence.places_m[columns[better]])
    along_m = (offset_m[:, :2] * sequence.rays).sum(axis=1)
    across_m = offset_m[:, 1] * sequence.rays[:, 0] - offset_m[:, 0] * sequence.rays[:, 1]
    return Estimates(offset_m, np.stack([along_m, across_m], axis=1), gain, lever_m)


def _positions(sequence: Sequence, stretch: Stretch, stray: bool) -> tuple[IntArray, IntArray]:
    """(n,) rows that have the whole stretch within reach, and (n, k) the rows of it."""
    around = np.arange(-stretch.before, stretch.after + (1 if stray else 0))
    centres = np.arange(stretch.before, len(sequence) - around[-1])
    columns = centres[:, None] + around
    first, last = columns[:, 0], columns[:, -1]
    times_s = sequence.times_s
    usable = (sequence.segment[first] == sequence.segment[last]) & (times_s[last] - times_s[centres] <= MAX_REACH_S)
    usable &= times_s[centres] - times_s[first] <= MAX_REACH_S
    return centres[usable], columns[usable]


def _extra_column(stretch: Stretch, stray: bool) -> FloatArray:
    column = np.zeros(stretch.before + stretch.after + (1 if stray else 0))
    column[stretch.before : stretch.before + 1 if stray else None] = 1
    return column


def _weights(times_s: FloatArray, extra: FloatArray, degree: int) -> FloatArray:
    """(n, k) weights of the places whose sum is the coefficient of the extra column."""
    columns = np.broadcast_to(extra[:, None], (*times_s.shape, 1))
    apart = _left(times_s, columns, np.ones(times_s.shape, dtype=bool), degree)[..., 0]
    weights: FloatArray = apart / (apart**2).sum(axis=1, keepdims=True)
    return weights


def _left(times_s: FloatArray, columns: FloatArray, present: BoolArray, degree: int) -> FloatArray:
    """(n, k, c) what a polynomial in time (n, k) leaves of each column (n, k, c), by least squares where present."""
    inside = present[..., None].astype(np.float64)
    scaled = times_s[..., None] / np.abs(times_s).max(axis=1)[:, None, None]
    basis: list[FloatArray] = []
    left = columns * inside
    for power in range(degree + 1):
        vector = scaled**power * inside
        for earlier in basis * 2:  # Gram-Schmidt, twice is enough
            vector = vector - (vector * earlier).sum(axis=1, keepdims=True) * earlier
        length = np.linalg.norm(vector, axis=1, keepdims=True)
        vector = np.where(length > TINY, vector, 0.0) / np.maximum(length, TINY)
        basis.append(vector)
        left = left - (left * vector).sum(axis=1, keepdims=True) * vector
    return left


def _levers(times_s: FloatArray, weights: FloatArray) -> FloatArray:
    """(n,) s2, the most that an acceleration of 1 m/s2 adds to the sum, from any moment to any other.

    Moments are the times of the boxes and half way between them, and long before and after.
    """
    always = (weights * times_s**2 / 2).sum(axis=1)
    highest: FloatArray = np.maximum(always, 0)
    lowest: FloatArray = np.minimum(always, 0)
    moments_s = np.concatenate([times_s, (times_s[:, 1:] + times_s[:, :-1]) / 2], axis=1)
    for moment_s in moments_s.T:
        from_then = (weights * np.maximum(times_s - moment_s[:, None], 0) ** 2 / 2).sum(axis=1)
        highest, lowest = np.maximum(highest, from_then), np.minimum(lowest, from_then)
    return highest - lowest


def unexplained(sequence: Sequence, around: IntArray, at: IntArray, shift: BoolArray) -> FloatArray:
    """(P,) squared metres that a smooth path and one departure leave of the boxes around.

    Args:
        around: (P,) rows whose surroundings are looked at.
        at: (P,) row that strays, or before which the path shifts; infinity is left where that can't be told apart.
        shift: (P,) bool, which of the two.
    """
    columns = around[:, None] + np.arange(-WITNESSES, WITNESSES + 1)
    inside = (columns >= 0) & (columns < len(sequence))
    columns = np.clip(columns, 0, len(sequence) - 1)
    times_s = sequence.times_s[columns] - sequence.times_s[around][:, None]
    present = inside & (sequence.segment[columns] == sequence.segment[around][:, None])
    present &= np.abs(times_s) <= MAX_REACH_S
    later = columns >= at[:, None]
    extra = np.where(shift[:, None], later, columns == at[:, None]) & present
    # A shift of a single box, at either end, is a stray.
    tellable = ~shift | ((extra.sum(axis=1) >= 2) & ((present & ~later).sum(axis=1) >= 2))
    tellable &= extra.any(axis=1)
    data = np.concatenate([sequence.places_m[columns][..., :2], extra[..., None]], axis=2)
    degree = np.searchsorted(POINTS_FOR_DEGREE, present.sum(axis=1), side="right") + 1
    left = np.select(
        [(degree == power)[:, None, None] for power in (1, 2, 3)],
        [_left(times_s, data, present, power) for power in (1, 2, 3)],
    )
    places, apart = left[..., :2], left[..., 2:]
    shares = (places * apart).sum(axis=1) / np.maximum((apart**2).sum(axis=1), TINY**2)
    squares: FloatArray = ((places - shares[:, None] * apart) ** 2).sum(axis=(1, 2))
    return np.where(tellable, squares, np.inf)
