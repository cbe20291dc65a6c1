from __future__ import annotations

from typing import Any

import pytest

from fusion.checks.catalogue import CATALOGUE
from fusion.checks.check import Check
from fusion.checks.manual import HEADINGS, read_manual

FAMILIES = ("DAT", "RIG", "TIM", "BOX", "IMG", "TRK", "ONT", "MIS")
TEXT = """BOX399 flat-box: a box is
flatter than a plate.

What it looks for: a height
of nothing.
Why it matters: nobody is that flat: neither car nor dog.
Evidence: the height.
Blind spots: plates.
Example: none.
"""


def test_a_docstring_is_read_section_by_section() -> None:
    manual = read_manual(TEXT, "module")
    assert (manual.code, manual.name) == ("BOX399", "flat-box")
    assert manual.summary == "a box is flatter than a plate."
    assert tuple(manual.sections) == HEADINGS
    assert manual.sections["What it looks for"] == "a height of nothing."
    assert manual.sections["Why it matters"] == "nobody is that flat: neither car nor dog."


def test_the_text_says_everything_again() -> None:
    manual = read_manual(TEXT, "module")
    assert read_manual(manual.text(), "module") == manual


@pytest.mark.parametrize(
    "docstring",
    [
        pytest.param(None, id="no docstring"),
        pytest.param("A box check.\n\nWhat it looks for: boxes", id="no code"),
        pytest.param(TEXT.replace("Blind spots: plates.\n", ""), id="a heading is missing"),
        pytest.param(TEXT.replace("Evidence", "Proof"), id="a heading is misspelled"),
        pytest.param(TEXT.replace("Example: none.", "Example: none.\nEvidence: twice."), id="a heading comes twice"),
    ],
)
def test_an_incomplete_manual_is_a_bug(docstring: str | None) -> None:
    with pytest.raises(ValueError, match="module: "):
        read_manual(docstring, "module")


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.code)
def test_every_check_has_a_complete_manual_and_reasons_for_its_limits(check: Check[Any]) -> None:
    assert all(check.manual.sections.values())
    assert all(field.description for field in check.limits_type.model_fields.values())


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [check.code for check in CATALOGUE]
    families = list(dict.fromkeys(code[:3] for code in codes))
    assert families == [family for family in FAMILIES if family in families]
    assert codes == sorted(codes, key=lambda code: (families.index(code[:3]), code))
    assert len({check.code for check in CATALOGUE}) == len({check.name for check in CATALOGUE}) == len(CATALOGUE)
