"""The catalogue against the folders: nothing written and not listed, nothing listed and not tested."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from fusion.checks.catalogue import CATALOGUE, find_check
from fusion.checks.check import Check
from fusion.errors import UnknownCheckError

CHECKS = Path(__file__).resolve().parents[3] / "fusion" / "checks"
FOLDER_OF_FAMILY = {
    "DAT": "dataset",
    "RIG": "rig",
    "TIM": "timing",
    "BOX": "box",
    "IMG": "image",
    "TRK": "track",
    "ONT": "ontology",
    "MIS": "missing",
}
each_check = pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.code)


def checks_in_the_folders() -> dict[str, Check[Any]]:
    """Every check that some module of a family's folder defines, by the module's path below `fusion/checks`."""
    found = {}
    for folder in FOLDER_OF_FAMILY.values():
        for path in sorted((CHECKS / folder).glob("[!_]*.py")):
            module = import_module(f"fusion.checks.{folder}.{path.stem}")
            own = [value for value in vars(module).values() if isinstance(value, Check)]
            found.update({f"{folder}/{path.stem}": check for check in own})
    return found


def module_of(check: Check[Any]) -> str:
    return check.function.__module__.removeprefix("fusion.checks.").replace(".", "/")


def test_every_check_of_the_folders_is_listed_once() -> None:
    written = checks_in_the_folders()
    assert sorted(check.code for check in CATALOGUE) == sorted(check.code for check in written.values())
    assert {id(check) for check in CATALOGUE} == {id(check) for check in written.values()}


def test_the_list_is_in_code_order_family_by_family() -> None:
    order = list(FOLDER_OF_FAMILY)
    assert [check.code for check in CATALOGUE] == sorted(
        (check.code for check in CATALOGUE), key=lambda code: (order.index(code[:3]), code)
    )


def test_the_comment_beside_each_line_is_its_code() -> None:
    lines = (CHECKS / "catalogue.py").read_text(encoding="utf-8").splitlines()
    listed = [line.strip() for line in lines if re.fullmatch(r"    \w+,\s+# [A-Z]{3}\d{3}", line)]
    expected = [f"{check.function.__name__},  # {check.code}" for check in CATALOGUE]
    assert listed == expected


def test_codes_and_names_are_unique() -> None:
    assert len({check.code for check in CATALOGUE}) == len(CATALOGUE)
    assert len({check.name for check in CATALOGUE}) == len(CATALOGUE)


@each_check
def test_a_check_has_one_spelling(check: Check[Any]) -> None:
    function = check.function.__name__
    assert module_of(check) == f"{FOLDER_OF_FAMILY[check.family]}/{function}"
    assert check.name.replace("-", "_") == function
    own = "".join(word[:1].upper() + word[1:] for word in function.split("_")) + "Limits"
    assert check.limits_type.__name__ in (own, "NoLimits")


@each_check
def test_a_check_has_its_test_file(check: Check[Any]) -> None:
    folder, _, name = module_of(check).partition("/")
    assert (Path(__file__).parent / folder / f"test_{name}.py").is_file()


@each_check
def test_the_manual_has_an_example_to_look_at(check: Check[Any]) -> None:
    example = check.manual.sections["Example"]
    assert example.endswith(".")
    assert len(example.split()) >= 5


@each_check
def test_every_limit_says_why_it_is_what_it_is_and_has_a_default(check: Check[Any]) -> None:
    limits = check.limits_type()
    for name, field in check.limits_type.model_fields.items():
        assert field.description, name
        assert getattr(limits, name) == field.default


@each_check
def test_a_check_is_found_by_code_and_by_name(check: Check[Any]) -> None:
    assert find_check(check.code) is find_check(check.name) is find_check(f" {check.code.lower()} ") is check


def test_an_unknown_check_is_told_the_closest() -> None:
    with pytest.raises(UnknownCheckError, match=r"no check 'floatingbox'; did you mean floating-box\?"):
        find_check("floatingbox")
    with pytest.raises(UnknownCheckError, match="`boresight explain` lists them all"):
        find_check("weather")
