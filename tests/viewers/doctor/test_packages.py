from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from viewers.doctor import packages
from viewers.doctor.packages import examine, examine_packages, examine_python, import_problem
from viewers.doctor.records import Health
from viewers.doctor.requirements import Requirement


def test_what_is_installed_and_admitted_is_ok() -> None:
    found = examine(Requirement("numpy", ">=2,<3"))
    assert (found.health, found.advice) == (Health.OK, "")
    assert found.found[0] == "2"


@pytest.mark.parametrize(
    ("needed", "found"),
    [
        pytest.param(Requirement("numpy", ">=99"), ", needs >=99", id="too old"),
        pytest.param(Requirement("no-such-distribution", ">=1"), "not installed", id="missing"),
    ],
)
def test_what_check_needs_and_lacks_is_broken_with_the_repair(needed: Requirement, found: str) -> None:
    examined = examine(needed)
    assert examined.health is Health.BROKEN
    assert found in examined.found
    assert examined.advice == f'pip install "{needed.name}{needed.bounds}"'


def test_installed_but_broken_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "import_problem", lambda module: f"can't be imported: {module}")
    assert examine(Requirement("numpy", ">=2")).health is Health.BROKEN


def test_whatever_an_import_raises_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(module: str) -> None:
        raise RuntimeError("ABI mismatch")

    monkeypatch.setattr(packages, "import_module", crash)
    assert import_problem("numpy") == "can't be imported: ABI mismatch"


def test_python_itself_is_held_to_its_bounds() -> None:
    assert examine_python(Requirement("python", ">=3.10")).health is Health.OK
    assert examine_python(Requirement("python", ">=99")).health is Health.BROKEN


def test_a_bare_checkout_is_told_that_nothing_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(packages, "metadata", missing)
    assert [one.health for one in examine_packages()] == [Health.OK, Health.LIMITED]


def test_every_dependency_is_looked_at_once() -> None:
    names = [one.name for one in examine_packages()]
    assert names[:2] == ["python", "boresight"]
    assert {"numpy", "pydantic", "typer"} <= set(names)
    assert not {"open3d", "opencv-python", "pytest", "ruff"} & set(names)
    assert len(names) == len(set(names))
