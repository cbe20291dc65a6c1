from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.checks.rounding import DECIMALS, digest, rounded, unit_of


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        pytest.param(0.123456, "m", 0.1235, id="a tenth of a millimetre"),
        pytest.param(12.34567, "px", 12.346, id="a thousandth of a pixel"),
        pytest.param(1.23456789, "rad", 1.23457, id="radians"),
        pytest.param(0.1234567891, "", 0.123457, id="no unit"),
        pytest.param(0.1234567891, "furlong", 0.123457, id="an unknown unit"),
        pytest.param(-1e-9, "m", 0.0, id="no negative zero"),
        pytest.param(math.nan, "m", None, id="NaN"),
        pytest.param(-math.inf, "m", None, id="infinity"),
        pytest.param(np.float32(0.1), "m", 0.1, id="float32 noise"),
        pytest.param(np.int64(7), "m", 7, id="an integer stays one"),
        pytest.param(np.bool_(True), "", True, id="numpy bool"),
        pytest.param(None, "m", None, id="nothing"),
        pytest.param("17", "m", "17", id="text"),
        pytest.param(np.array([1.00004, np.nan]), "m", [1.0, None], id="an array"),
        pytest.param({"gap_m": 0.123456, "note": 0.1234567891}, "", {"gap_m": 0.1235, "note": 0.123457}, id="by name"),
        pytest.param({"x": 0.123456}, "m", {"x": 0.1235}, id="the outer unit where the name has none"),
    ],
)
def test_a_number_is_as_fine_as_anybody_can_use(value: Any, unit: str, expected: Any) -> None:
    found = rounded(value, unit)
    assert found == expected
    assert type(found) is type(expected)


@given(st.floats(), st.sampled_from(sorted(DECIMALS)))
def test_what_was_rounded_is_json_and_stays_as_it_is(value: float, unit: str) -> None:
    once = rounded(value, unit)
    assert json.loads(json.dumps(once, allow_nan=False)) == once
    assert rounded(once, unit) == once


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        pytest.param("gap_m", "m", id="metres"),
        pytest.param("max_speed_mps", "mps", id="the last part decides"),
        pytest.param("m", "", id="a bare unit is a name"),
        pytest.param("points", "", id="none"),
        pytest.param("frames_affected", "", id="no unit behind the underscore"),
    ],
)
def test_a_name_tells_its_unit(name: str, unit: str) -> None:
    assert unit_of(name) == unit


def test_a_digest_depends_on_what_and_on_its_order() -> None:
    assert digest("BOX304", "scene", "17") == digest("BOX304", "scene", "17")
    assert digest("BOX304", "scene", "17") != digest("BOX304", "17", "scene")
    assert digest("ab", "c") != digest("a", "bc")
    assert len(digest()) == 16


def test_a_digest_takes_names_that_no_encoding_holds() -> None:
    assert digest("\udcff") != digest("\udcfe")


def test_a_digest_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert digest("BOX304", "kitti-object", "training", "box", "000003", "7") == "ff5a0e110196d3f6"
