from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.clock import (
    MILLISECOND_NS,
    SECOND_NS,
    ClockOffset,
    TimestampError,
    as_timestamps_ns,
    milliseconds_text,
    nanoseconds_from_date,
    nanoseconds_from_microseconds,
    nanoseconds_from_seconds,
    nearest_index,
    seconds_text,
    stream_timing,
)
from calibration.errors import BoresightError, ShapeError

EPOCH_NS = 1_532_402_927_647_951_000
PERIOD_NS = SECOND_NS // 10
int64_ns = st.integers(-(2**62), 2**62)


class TestReadingTime:
    @pytest.mark.parametrize(
        ("seconds", "nanoseconds"),
        [
            ("1532402927.647951000", 1_532_402_927_647_951_000),
            ("1532402927.647951001", 1_532_402_927_647_951_001),
            (" 0.1 ", 100_000_000),
            ("-0.000000001", -1),
            ("1.5e-9", 2),
            ("2.5e-9", 2),
            (Decimal("1532402927.000000001"), 1_532_402_927_000_000_001),
            (1_532_402_927, 1_532_402_927_000_000_000),
            (0.1, 100_000_000),
            (-1.25, -1_250_000_000),
        ],
        ids=["text", "last-digit", "spaces", "negative", "half-up", "half-down", "decimal", "int", "float", "minus"],
    )
    def test_seconds(self, seconds: str | Decimal | float, nanoseconds: int) -> None:
        assert nanoseconds_from_seconds(seconds) == nanoseconds

    @given(int64_ns)
    def test_text_keeps_every_nanosecond(self, time_ns: int) -> None:
        sign, whole, part = "-" * (time_ns < 0), *divmod(abs(time_ns), SECOND_NS)
        assert nanoseconds_from_seconds(f"{sign}{whole}.{part:09d}") == time_ns

    def test_a_float_microsecond_stamp_loses_nothing_more(self) -> None:
        stamp_us = 1556675185903083.2
        exact_ns = Decimal(stamp_us) * 1000  # what float64 made of it: .25
        assert nanoseconds_from_microseconds(stamp_us) == exact_ns
        assert nanoseconds_from_microseconds(np.array([stamp_us])).tolist() == [exact_ns]
        assert nanoseconds_from_microseconds("1556675185903083.2") == 1_556_675_185_903_083_200

    @given(st.floats(-9e15, 9e15))
    def test_float_microseconds_are_right_to_half_a_nanosecond(self, stamp_us: float) -> None:
        exact_ns = Decimal(stamp_us) * 1000
        converted = nanoseconds_from_microseconds(np.array([stamp_us]))
        assert abs(int(converted[0]) - exact_ns) <= Decimal("0.5000001")
        assert abs(int(converted[0]) - nanoseconds_from_microseconds(stamp_us)) <= 1

    def test_integer_microseconds_are_exact(self) -> None:
        stamps_us = np.array([1_532_402_927_647_951, 1_532_402_927_647_952])
        assert nanoseconds_from_microseconds(stamps_us).tolist() == [EPOCH_NS, EPOCH_NS + 1000]
        assert nanoseconds_from_microseconds(int(stamps_us[0])) == EPOCH_NS
        assert nanoseconds_from_microseconds(stamps_us).dtype == np.int64

    def test_one_number_out_of_an_array_is_one_number(self) -> None:
        stamp_us = np.array([1_532_402_927_647_951])[0]
        assert nanoseconds_from_microseconds(stamp_us) == EPOCH_NS
        assert nanoseconds_from_seconds(np.float64(0.5)) == SECOND_NS // 2

    def test_columns_of_seconds(self) -> None:
        assert nanoseconds_from_seconds(np.array([0.0, 0.1, -0.5])).tolist() == [0, 100_000_000, -500_000_000]
        assert nanoseconds_from_seconds(np.array([1, 2], dtype=np.uint32)).tolist() == [SECOND_NS, 2 * SECOND_NS]
        assert nanoseconds_from_seconds(np.empty(0)).shape == (0,)

    @pytest.mark.parametrize("nonsense", ["", "soon", "1,5", "nan", "inf", float("nan"), float("inf")], ids=repr)
    def test_refuses_what_is_no_time(self, nonsense: str | float) -> None:
        with pytest.raises(TimestampError, match="is no time stamp"):
            nanoseconds_from_seconds(nonsense)

    def test_refuses_columns_with_a_stamp_that_is_none(self) -> None:
        with pytest.raises(TimestampError, match="finite"):
            nanoseconds_from_seconds(np.array([1.0, np.nan]))

    @pytest.mark.parametrize(
        "too_far",
        [1_532_402_927_647_951, "1e300", 1e300, np.array([1_532_402_927_647_951]), np.array([1.5e18])],
        ids=["microseconds-as-seconds", "text", "float", "column", "float-column"],
    )
    def test_a_wrong_unit_is_noticed_where_it_overflows(self, too_far: object) -> None:
        with pytest.raises(TimestampError, match="wrong unit"):
            nanoseconds_from_seconds(too_far)  # type: ignore[call-overload]

    def test_the_error_is_one_of_the_family(self) -> None:
        assert issubclass(TimestampError, BoresightError)

    @pytest.mark.parametrize(
        ("text", "nanoseconds"),
        [
            ("2011-09-26 13:02:25.964389445", 1_317_042_145_964_389_445),
            ("2011-09-26T13:02:25.964Z", 1_317_042_145_964_000_000),
            ("1970-01-01 00:00:00", 0),
            ("1969-12-31 23:59:59.999999999", -1),
        ],
        ids=["nanoseconds", "iso", "whole", "before-1970"],
    )
    def test_dates(self, text: str, nanoseconds: int) -> None:
        assert nanoseconds_from_date(text) == nanoseconds

    @pytest.mark.parametrize(
        "text",
        ["", "2011-09-26", "2011-13-26 13:02:25", "26.09.2011 13:02:25", "2011-09-26 13:02:25+02:00", "NaT 10:00:00",
         "2011-09-26 13:02:25.9643894451", "2011-09-26 13:02:25.x"],
        ids=repr,
    )  # fmt: skip
    def test_refuses_what_is_no_date(self, text: str) -> None:
        with pytest.raises(TimestampError, match="is no date like"):
            nanoseconds_from_date(text)


class TestColumnsOfTime:
    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ([0.0, 0.1], "integer nanoseconds, got float64"),
            (["1", "2"], "integer nanoseconds"),
            ([[1, 2]], r"must be \(N,\), got \(1, 2\)"),
            (5, r"must be \(N,\), got \(\)"),
            (np.array([2**63], dtype=np.uint64), "must fit into int64"),
        ],
        ids=["float", "text", "matrix", "scalar", "too-large"],
    )
    def test_refuses_what_is_no_column_of_nanoseconds(self, values: object, message: str) -> None:
        with pytest.raises(ShapeError, match=message):
            as_timestamps_ns(values, "stamps")

    def test_takes_any_integers(self) -> None:
        assert as_timestamps_ns(np.array([1, 2], dtype=np.uint32)).dtype == np.int64
        assert as_timestamps_ns([]).shape == (0,)


class TestNearest:
    def test_finds_the_closest_and_how_far_it_is(self) -> None:
        index, gap_ns = nearest_index([100, 200, 400], [0, 149, 150, 151, 200, 301, 900])
        assert index.tolist() == [0, 0, 0, 1, 1, 2, 2]
        assert gap_ns.tolist() == [100, 49, 50, 49, 0, 99, 500]

    @given(st.lists(int64_ns, min_size=1, max_size=20).map(sorted), st.lists(int64_ns, max_size=20))
    def test_nothing_is_closer(self, sorted_ns: list[int], query_ns: list[int]) -> None:
        index, gap_ns = nearest_index(sorted_ns, query_ns)
        for asked, row, gap in zip(query_ns, index, gap_ns, strict=True):
            assert gap == min(abs(time - asked) for time in sorted_ns) == abs(sorted_ns[row] - asked)

    @pytest.mark.parametrize(
        ("sorted_ns", "message"), [([], "at least one"), ([2, 1], "must ascend")], ids=["empty", "unsorted"]
    )
    def test_refuses_what_it_cannot_search(self, sorted_ns: list[int], message: str) -> None:
        with pytest.raises(ShapeError, match=message):
            nearest_index(sorted_ns, [1])


class TestStreamTiming:
    def test_an_even_stream_has_its_period_and_nothing_to_tell(self) -> None:
        timing = stream_timing(EPOCH_NS + np.arange(20) * PERIOD_NS)
        assert timing.period_ns == PERIOD_NS
        assert timing.jitter_ns == 0
        for column in (timing.dropped_after, timing.missing, timing.duplicated, timing.decreasing):
            assert column.tolist() == []

    def test_jitter_is_the_spread_of_the_period_and_drops_do_not_count(self, rng: np.random.Generator) -> None:
        steps_ns = rng.normal(PERIOD_NS, MILLISECOND_NS, 2000).astype(np.int64)
        steps_ns[::100] += 5 * PERIOD_NS
        timing = stream_timing(EPOCH_NS + np.cumsum(steps_ns))
        assert timing.period_ns == pytest.approx(PERIOD_NS, rel=1e-3)
        assert timing.jitter_ns == pytest.approx(MILLISECOND_NS, rel=0.1)
        assert (timing.missing == 5).all()

    def test_dropped_measurements_are_counted_where_they_are(self) -> None:
        kept = np.delete(np.arange(20), [5, 11, 12])
        timing = stream_timing(EPOCH_NS + kept * PERIOD_NS)
        assert timing.dropped_after.tolist() == [4, 9]
        assert timing.missing.tolist() == [1, 2]

    def test_half_a_period_late_is_not_yet_dropped(self) -> None:
        late_ns = np.array([0, 100, 200, 350, 400, 500, 600])
        assert stream_timing(late_ns).dropped_after.tolist() == []
        assert stream_timing(late_ns + np.array([0, 0, 0, 1, 0, 0, 0])).dropped_after.tolist() == [2]

    def test_duplicates_and_steps_back_are_told_by_row(self) -> None:
        timing = stream_timing([0, 100, 100, 200, 300, 250, 400, 500])
        assert timing.duplicated.tolist() == [2]
        assert timing.decreasing.tolist() == [5]
        assert timing.dropped_after.tolist() == []
        assert timing.period_ns == 100

    @pytest.mark.parametrize("times_ns", [[], [5], [5, 5], [5, 4]], ids=["none", "one", "equal", "backwards"])
    def test_without_two_stamps_the_period_is_unknown(self, times_ns: list[int]) -> None:
        timing = stream_timing(times_ns)
        assert np.isnan(timing.period_ns)
        assert np.isnan(timing.jitter_ns)
        assert timing.dropped_after.tolist() == []


class TestClockOffset:
    def test_the_reference_is_the_sensor_plus_the_offset(self) -> None:
        late = ClockOffset(offset_ns=-40 * MILLISECOND_NS)
        assert late.to_reference(EPOCH_NS) == EPOCH_NS - 40 * MILLISECOND_NS
        assert late.to_reference(np.array([EPOCH_NS])).tolist() == [EPOCH_NS - 40 * MILLISECOND_NS]

    def test_a_drift_of_ten_ppm_adds_ten_microseconds_a_second(self) -> None:
        drifting = ClockOffset(offset_ns=5, drift_ppm=10.0, anchor_ns=EPOCH_NS)
        assert drifting.to_reference(EPOCH_NS) == EPOCH_NS + 5
        assert drifting.to_reference(EPOCH_NS + 100 * SECOND_NS) == EPOCH_NS + 100 * SECOND_NS + 5 + MILLISECOND_NS

    @given(
        st.integers(-(10**10), 10**10), st.floats(-500, 500), st.integers(-(10**13), 10**13), st.integers(0, 2 * 10**18)
    )
    def test_going_there_and_back_costs_at_most_a_nanosecond(
        self, offset_ns: int, drift_ppm: float, since_ns: int, anchor_ns: int
    ) -> None:
        clock = ClockOffset(offset_ns, drift_ppm, anchor_ns)
        sensor_ns = anchor_ns + since_ns
        assert abs(clock.to_sensor(clock.to_reference(sensor_ns)) - sensor_ns) <= 1

    def test_without_a_drift_the_way_back_is_exact(self) -> None:
        clock = ClockOffset(offset_ns=123_456_789)
        stamps = np.array([EPOCH_NS, EPOCH_NS + 1])
        np.testing.assert_array_equal(clock.to_sensor(clock.to_reference(stamps)), stamps)


class TestWords:
    @pytest.mark.parametrize(
        ("time_ns", "text"),
        [(40_200_000_000, "40.2 s"), (EPOCH_NS, "1532402927.648 s"), (100 * SECOND_NS, "100 s"), (-5, "0 s")],
        ids=["short", "epoch", "round", "minus-nothing"],
    )
    def test_times(self, time_ns: int, text: str) -> None:
        assert seconds_text(time_ns) == text

    @pytest.mark.parametrize(
        ("duration_ns", "text"),
        [(112_000_000, "112 ms"), (0, "0 ms"), (7, "7 ns"), (1_500, "0.002 ms"), (250_000, "0.25 ms")],
        ids=["whole", "zero", "nanoseconds", "rounded", "fraction"],
    )
    def test_durations(self, duration_ns: int, text: str) -> None:
        assert milliseconds_text(duration_ns) == text
