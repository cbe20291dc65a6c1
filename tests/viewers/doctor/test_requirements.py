from __future__ import annotations

import pytest

from viewers.doctor.requirements import Requirement, release


@pytest.mark.parametrize(
    ("text", "name", "bounds", "marker"),
    [
        pytest.param("numpy<3,>=2", "numpy", "<3,>=2", "", id="as metadata writes it"),
        pytest.param("numpy (>=2)", "numpy", ">=2", "", id="as old metadata writes it"),
        pytest.param('ruff<1,>=0.9; extra == "dev"', "ruff", "<1,>=0.9", 'extra == "dev"', id="of an extra"),
        pytest.param("universal-pathlib", "universal-pathlib", "", "", id="any release"),
    ],
)
def test_a_line_is_a_name_bounds_and_a_marker(text: str, name: str, bounds: str, marker: str) -> None:
    assert Requirement.parse(text) == Requirement(name, bounds, marker)


def test_a_line_that_names_nothing_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no requirement"):
        Requirement.parse(">=2")


@pytest.mark.parametrize(
    ("text", "python", "applies"),
    [
        pytest.param("numpy>=2", "3.12", True, id="always"),
        pytest.param('ruff; extra == "dev"', "3.12", False, id="an extra"),
        pytest.param('tomli>=2; python_version < "3.11"', "3.10.4", True, id="an old Python"),
        pytest.param('tomli>=2; python_version < "3.11"', "3.11.0", False, id="a new Python"),
    ],
)
def test_a_requirement_applies_or_not(text: str, python: str, applies: bool) -> None:
    assert Requirement.parse(text).applies(python) is applies


@pytest.mark.parametrize(
    ("found", "admitted"),
    [
        ("1.26.4", False),
        ("2", True),
        ("2.0", True),
        ("2.4.6", True),
        ("3.0.0", False),
        ("3.0rc1", False),
        ("10.1", False),
    ],
)
def test_floor_and_cap_hold_exactly(found: str, admitted: bool) -> None:
    fault = Requirement.parse("numpy<3,>=2").fault_of(found)
    assert fault == ("" if admitted else "needs <3,>=2")


def test_releases_compare_as_numbers() -> None:
    assert release("5.0.0.93") > release("5")
    assert release("0.19") > release("0.9")
    assert release("2.0.0") == release("2")
