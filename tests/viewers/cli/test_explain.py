from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fusion.checks.catalogue import CATALOGUE
from fusion.checks.check import Check

Run = Callable[..., Any]


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.code)
def test_every_check_is_explained_with_its_limits(run: Run, check: Check[Any]) -> None:
    answer = run("explain", check.code)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"{check.code} {check.name}: {check.manual.summary}\n")
    assert all(f"{heading}: {words}" in answer.out for heading, words in check.manual.sections.items())
    for name, field in check.limits_type.model_fields.items():
        assert f"{name} = {field.default!r}" in answer.out
        assert (field.description or "") in answer.out


@pytest.mark.parametrize("word", ["box304", "floating-box", "Floating-Box"])
def test_a_check_answers_to_its_name_too(run: Run, word: str) -> None:
    assert run("explain", word).out == run("explain", "BOX304").out


def test_without_a_name_all_checks_are_listed(run: Run) -> None:
    answer = run("explain")
    assert answer.code == 0
    listed = answer.out.splitlines()[: len(CATALOGUE)]
    assert [line.split()[:3] for line in listed] == [[c.code, c.name, c.severity.value] for c in CATALOGUE]


def test_an_unknown_check_is_told_what_is_like_it(run: Run) -> None:
    answer = run("explain", "floting-box")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "boresight: no check 'floting-box'; did you mean floating-box?\n"


def test_a_label_specification_is_printed_as_a_handbook(run: Run, tmp_path: Path) -> None:
    (tmp_path / "labels.toml").write_text(SPECIFICATION, encoding="utf-8")
    text, page = run("explain", tmp_path / "labels.toml"), run("explain", tmp_path / "labels.toml", "--as", "html")
    assert (text.code, page.code) == (0, 0)
    assert "| `car` | 3 to 6.5 m | any | any | Passenger cars &c. |" in text.out
    assert "<td>Passenger cars &amp;c.</td>" in page.out


def test_a_label_specification_that_contradicts_itself_is_code_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "labels.toml").write_text(SPECIFICATION + 'classes = ["cat"]', encoding="utf-8")
    answer = run("explain", tmp_path / "labels.toml")
    assert (answer.code, answer.out) == (2, "")
    assert "'cat' is not defined; did you mean 'car'?" in answer.err


SPECIFICATION = """
schema = "boresight.specification/1"
[classes.car]
about = "Passenger cars &c."
length_m = [3.0, 6.5]
[attributes.activity]
"""
