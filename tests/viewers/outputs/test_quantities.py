from __future__ import annotations

import math

import pytest

from viewers.outputs.quantities import counted, quantity, value_text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        pytest.param(0.5, "m", "0.5 m", id="metres"),
        pytest.param(0.327412, "m", "0.3274 m", id="no more digits than anybody needs"),
        pytest.param(0.929, "share", "92.9 %", id="a share is per cent"),
        pytest.param(12345.6, "m", "12346 m", id="digits before the point are kept"),
        pytest.param(9999.7, "m", "10000 m", id="also where rounding adds one"),
        pytest.param(1.0, "ratio", "1", id="a ratio has no unit"),
        pytest.param(178.25, "deg", "178.2°", id="degrees"),
        pytest.param(3.0, "mps2", "3 m/s²", id="acceleration"),
        pytest.param(1234567, "", "1,234,567", id="a count"),
        pytest.param(None, "m", "-", id="nothing"),
        pytest.param(math.nan, "m", "-", id="not a number"),
        pytest.param(math.inf, "m", "inf m", id="infinite"),
        pytest.param(-0.0001, "m", "-0.0001 m", id="small"),
        pytest.param(7.5, "furlong", "7.5 furlong", id="an unknown unit is kept"),
    ],
)
def test_a_number_is_read_with_its_unit(value: float | None, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 boxes"), (1, "1 box"), (2, "2 boxes"), (1_000, "1,000 boxes")], ids=str
)
def test_things_are_counted_in_words(number: int, text: str) -> None:
    assert counted(number, "box", "boxes") == text


def test_values_of_a_proposal_are_read_in_one_line() -> None:
    values = {"size_m": [4.1234567, 1.8, None], "category": "car", "moved": {"x": 1}}
    assert value_text(values) == "size_m [4.1235, 1.8, None], category car, moved x 1"
