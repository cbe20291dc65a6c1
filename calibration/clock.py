"""Time as integer nanoseconds, and what a column of time stamps says about the clock behind it.

float64 seconds of today's date resolve only a quarter of a microsecond, so time is int64 nanoseconds everywhere inside
and the functions here are the only way in. A clock's error is a `ClockOffset`, with one sign for all of Boresight:
`t_reference = t_sensor + offset`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.arrays import IntArray
from calibration.errors import BoresightError, ShapeError

SECOND_NS = 1_000_000_000
MILLISECOND_NS = SECOND_NS // 1_000
MICROSECOND_NS = SECOND_NS // 1_000_000
# Half a period late can still be jitter; beyond it a measurement is missing.
DROPPED_AFTER_PERIODS = 1.5
# Turns a median absolute deviation into a standard deviation, for a normal distribution.
SIGMA_PER_MAD = 1.4826
INT64_LIMITS = np.iinfo(np.int64)

Scalar = str | int | float | Decimal
NumberArray = NDArray[np.integer[Any]] | NDArray[np.floating[Any]]


class TimestampError(BoresightError):
    """A time stamp that is no time: unreadable, not finite, outside 1677 to 2262, or a negative duration."""


@overload
def nanoseconds_from_seconds(seconds: Scalar) -> int: ...
@overload
def nanoseconds_from_seconds(seconds: NumberArray) -> IntArray: ...
def nanoseconds_from_seconds(seconds: Scalar | NumberArray) -> int | IntArray:
    """Seconds as integer nanoseconds: one as text, Decimal or number, or an array of numbers.

    Text and Decimal are exact: "1532402927.647951000" keeps all its digits, which no float does. Below a nanosecond
    it rounds to the nearest, halves to even.

    Raises:
        TimestampError: unreadable text, NaN, infinite, or beyond what int64 holds.
    """
    return _nanoseconds(seconds, SECOND_NS)


@overload
def nanoseconds_from_microseconds(microseconds: Scalar) -> int: ...
@overload
def nanoseconds_from_microseconds(microseconds: NumberArray) -> IntArray: ...
def nanoseconds_from_microseconds(microseconds: Scalar | NumberArray) -> int | IntArray:
    """Microseconds as integer nanoseconds, see `nanoseconds_from_seconds`.

    A float stamp such as 1556675185903083.2 loses nothing that float64 had not lost already: whole microseconds are
    carried over as integers.
    """
    return _nanoseconds(microseconds, MICROSECOND_NS)


def nanoseconds_from_date(text: str) -> int:
    """A date such as "2011-09-26 13:02:25.964389445", taken as UTC, as integer nanoseconds since 1970, exactly.

    Raises:
        TimestampError: no date, or one with a time zone that is not "Z".
    """
    bare = text.strip().removesuffix("Z")
    try:
        date, _, time_of_day = bare.replace("T", " ").partition(" ")
        whole, _, fraction = time_of_day.partition(".")
        digits = fraction.ljust(9, "0")
        if not (date and digits.isdecimal() and len(digits) == 9) or not _is_time_of_day(whole):
            raise ValueError(text)
        moment = np.datetime64(f"{date}T{whole}", "s").astype(np.int64)
    except ValueError:
        raise TimestampError(f"'{text}' is no date like '2011-09-26 13:02:25.964389445' in UTC") from None
    return _in_range(int(moment) * SECOND_NS + int(digits), text)


def as_timestamps_ns(values: ArrayLike, name: str = "timestamps_ns") -> IntArray:
    """`values` as one column (N,) of int64 nanoseconds.

    Raises:
        ShapeError: another shape, or not integers. Seconds as floats would all be cut to a handful of nanoseconds.
    """
    column = np.asarray(values)
    if column.ndim != 1:
        raise ShapeError(f"{name} must be (N,), got {column.shape}")
    if len(column) and not np.issubdtype(column.dtype, np.integer):
        raise ShapeError(
            f"{name} must be integer nanoseconds, got {column.dtype}; nanoseconds_from_seconds() and "
            "nanoseconds_from_microseconds() convert"
        )
    if column.dtype == np.uint64 and (column > INT64_LIMITS.max).any():
        raise ShapeError(f"{name} must fit into int64, got {column.max()}")
    return column.astype(np.int64, copy=False)


def nearest_index(sorted_ns: ArrayLike, query_ns: ArrayLike) -> tuple[IntArray, IntArray]:
    """Which of the sorted times is closest to each asked one.

    Args:
        sorted_ns: (S,) ascending, at least one.
        query_ns: (N,) in any order.

    Returns:
        (N,) rows of `sorted_ns`, the earlier of two equally close ones, and (N,) how far off they are, never negative.

    Raises:
        ShapeError: nothing to choose from, not sorted, or not integer columns.
    """
    times_ns, asked_ns = as_timestamps_ns(sorted_ns, "sorted_ns"), as_timestamps_ns(query_ns, "query_ns")
    if len(times_ns) == 0:
        raise ShapeError("sorted_ns must hold at least one time, got none")
    if (times_ns[1:] < times_ns[:-1]).any():
        raise ShapeError("sorted_ns must ascend")
    after = np.minimum(np.searchsorted(times_ns, asked_ns), len(times_ns) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(asked_ns - times_ns[before]) <= np.abs(times_ns[after] - asked_ns), before, after)
    return nearest, np.abs(times_ns[nearest] - asked_ns)


@dataclass(frozen=True, eq=False)
class StreamTiming:
    """How evenly a sensor delivered.

    Attributes:
        period_ns: median time between measurements, NaN with fewer than two different stamps.
        jitter_ns: standard deviation of the period, estimated so that dropped measurements don't count (1.4826 times
            the median absolute deviation); NaN like the period.
        dropped_after: (K,) rows after which at least one measurement is missing.
        missing: (K,) how many are missing there.
        duplicated: (D,) rows with the same stamp as the row before.
        decreasing: (B,) rows with an earlier stamp than the row before.
    """

    period_ns: float
    jitter_ns: float
    dropped_after: IntArray
    missing: IntArray
    duplicated: IntArray
    decreasing: IntArray


def stream_timing(timestamps_ns: ArrayLike) -> StreamTiming:
    """The timing of one sensor's stamps (N,), in the order they were delivered in.

    Raises:
        ShapeError: not an integer column.
    """
    times_ns = as_timestamps_ns(timestamps_ns)
    steps_ns = np.diff(times_ns)
    forward_ns = steps_ns[steps_ns > 0]
    if len(forward_ns) == 0:
        period_ns, jitter_ns = float("nan"), float("nan")
    else:
        period_ns = float(np.median(forward_ns))
        jitter_ns = SIGMA_PER_MAD * float(np.median(np.abs(forward_ns - period_ns)))
    # A step is measured from the latest stamp so far: after a jump back, catching up is no gap.
    ahead_ns = times_ns[1:] - np.maximum.accumulate(times_ns)[:-1]
    dropped_after = np.flatnonzero(ahead_ns > DROPPED_AFTER_PERIODS * period_ns)
    return StreamTiming(
        period_ns=period_ns,
        jitter_ns=jitter_ns,
        dropped_after=dropped_after,
        missing=(np.rint(ahead_ns[dropped_after] / period_ns) - 1).astype(np.int64),
        duplicated=np.flatnonzero(steps_ns == 0) + 1,
        decreasing=np.flatnonzero(steps_ns < 0) + 1,
    )


@dataclass(frozen=True)
class ClockOffset:
    """What to add to a sensor's clock: `t_reference = t_sensor + offset`.

    Attributes:
        offset_ns: added at the anchor; positive when the sensor's stamps are too early.
        drift_ppm: how much the offset grows, in microseconds per second after the anchor.
        anchor_ns: the sensor time at which the offset is `offset_ns`; it matters only with a drift.
    """

    offset_ns: int = 0
    drift_ppm: float = 0.0
    anchor_ns: int = 0

    @overload
    def to_reference(self, sensor_ns: int) -> int: ...
    @overload
    def to_reference(self, sensor_ns: IntArray) -> IntArray: ...
    def to_reference(self, sensor_ns: int | IntArray) -> int | IntArray:
        """Sensor time as reference time, one or (N,)."""
        grown_ns = np.rint((np.asarray(sensor_ns, dtype=np.int64) - self.anchor_ns) * (self.drift_ppm * 1e-6))
        return _like(sensor_ns, np.asarray(sensor_ns, dtype=np.int64) + self.offset_ns + grown_ns.astype(np.int64))

    @overload
    def to_sensor(self, reference_ns: int) -> int: ...
    @overload
    def to_sensor(self, reference_ns: IntArray) -> IntArray: ...
    def to_sensor(self, reference_ns: int | IntArray) -> int | IntArray:
        """Reference time as sensor time, `to_reference` undone to the nanosecond."""
        since_anchor_ns = np.asarray(reference_ns, dtype=np.int64) - self.offset_ns - self.anchor_ns
        share = self.drift_ppm * 1e-6 / (1 + self.drift_ppm * 1e-6)
        grown_ns = np.rint(since_anchor_ns * share).astype(np.int64)
        return _like(reference_ns, np.asarray(reference_ns, dtype=np.int64) - self.offset_ns - grown_ns)


UNCORRECTED = ClockOffset()


def seconds_text(time_ns: int) -> str:
    """A time for a message, to the millisecond: "40.2 s"."""
    return f"{_trimmed(Decimal(time_ns) / SECOND_NS, '0.001')} s"


def milliseconds_text(duration_ns: int) -> str:
    """A duration for a message, to the microsecond: "112 ms"; what is shorter still in nanoseconds."""
    if 0 < abs(duration_ns) < MICROSECOND_NS:
        return f"{duration_ns} ns"
    return f"{_trimmed(Decimal(duration_ns) / MILLISECOND_NS, '0.001')} ms"


def _nanoseconds(values: Scalar | NumberArray, unit_ns: int) -> int | IntArray:
    if isinstance(values, str | int | float | Decimal):
        return _nanoseconds_of_one(values, unit_ns)
    numbers = np.asarray(values)
    if np.issubdtype(numbers.dtype, np.integer):
        whole, part = numbers.astype(np.int64), np.zeros(numbers.shape)
    elif np.issubdtype(numbers.dtype, np.floating) and np.isfinite(numbers).all():
        floor = np.floor(numbers.astype(np.float64))
        whole, part = floor.astype(np.int64), numbers.astype(np.float64) - floor
    else:
        raise TimestampError(f"time stamps must be finite numbers, got {numbers.dtype} with NaN or worse")
    if numbers.size and np.abs(numbers.astype(np.float64)).max() >= INT64_LIMITS.max // unit_ns:
        raise TimestampError(f"time stamps must fit into int64 nanoseconds, got {np.abs(numbers).max()}; wrong unit?")
    nanoseconds: IntArray = whole * unit_ns + np.rint(part * unit_ns).astype(np.int64)
    return nanoseconds if nanoseconds.ndim else int(nanoseconds)


def _nanoseconds_of_one(value: Scalar, unit_ns: int) -> int:
    try:
        exact = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
        return _in_range(round(exact * unit_ns), value)
    except (InvalidOperation, ValueError, OverflowError):
        raise TimestampError(f"'{value}' is no time stamp; expected a decimal number") from None


def _in_range(time_ns: int, given: object) -> int:
    if not INT64_LIMITS.min <= time_ns <= INT64_LIMITS.max:
        raise TimestampError(f"'{given}' does not fit into int64 nanoseconds (the years 1677 to 2262); wrong unit?")
    return time_ns


def _is_time_of_day(text: str) -> bool:
    parts = text.split(":")
    return len(parts) == 3 and all(len(part) == 2 and part.isdecimal() for part in parts)


def _like(given: int | IntArray, times_ns: IntArray) -> int | IntArray:
    return times_ns if isinstance(given, np.ndarray) else int(times_ns)


def _trimmed(number: Decimal, step: str) -> str:
    text = f"{number.quantize(Decimal(step)):f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
