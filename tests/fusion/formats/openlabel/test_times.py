from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from fusion.formats.openlabel.report import FileReport
from fusion.formats.openlabel.times import frame_times, stamp_of

NOON_NS = 1_631_448_000 * 10**9  # 2021-09-12 12:00:00 UTC


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("stamp", "expected_ns"),
    [
        pytest.param("1631448000.123456789", NOON_NS + 123_456_789, id="decimal text keeps nine digits"),
        pytest.param(1631448000.5, NOON_NS + 500_000_000, id="a number"),
        pytest.param(1631448000, NOON_NS, id="a whole number"),
        pytest.param("2021-09-12T12:00:00Z", NOON_NS, id="a date"),
        pytest.param("2021-09-12 12:00:00.25", NOON_NS + 250_000_000, id="a date without a zone"),
        pytest.param("2021-09-12T14:00:00+02:00", NOON_NS, id="ahead of UTC"),
        pytest.param("2021-09-12T06:30:00-0530", NOON_NS, id="behind UTC"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="null"),
    ],
)
def test_stamps_are_read_in_every_spelling(stamp: Any, expected_ns: int | None) -> None:
    assert stamp_of(raw(stamp)) == expected_ns


def test_a_number_keeps_the_digits_it_is_written_with() -> None:
    assert stamp_of(msgspec.Raw(b"1631448000.123456789")) == NOON_NS + 123_456_789


@pytest.mark.parametrize(
    ("stamps", "time_base"),
    [
        pytest.param(["1631448000", "1631448001"], "utc", id="since 1970"),
        pytest.param(["0.0", "0.1"], "sensor", id="since an unknown start"),
        pytest.param(["2021-09-12T12:00:00Z", "2021-09-12T12:00:01Z"], "utc", id="dates"),
        pytest.param([None, None], "synthetic", id="none"),
        pytest.param(["1631448000", None], "synthetic", id="one missing"),
        pytest.param(["1631448000", "x"], "synthetic", id="one unreadable"),
    ],
)
def test_the_time_base_follows_from_the_stamps(stamps: list[str | None], time_base: str) -> None:
    report = FileReport("labels.json", "labels")
    assert frame_times(["3", "4"], [raw(stamp) for stamp in stamps], report).time_base == time_base


def test_synthetic_times_keep_the_gaps_between_frame_numbers() -> None:
    report = FileReport("labels.json", "labels")
    times = frame_times(["12", "13", "20"], [None, None, None], report)
    assert times.timestamps_ns.tolist() == [0, 100_000_000, 800_000_000]
