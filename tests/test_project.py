"""The project's own papers agree with each other: pyproject.toml, constraints.txt, Makefile, .ci/run, .gitignore."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")

REQUIREMENTS = [
    Requirement(line)
    for line in PROJECT["dependencies"]
    + [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
    if not line.startswith("boresight[")
]
CONSTRAINTS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]

INSTALLATION_FILES = ("pyproject.toml", "constraints.txt", "Makefile", ".ci/run", ".gitignore")
WEB_ADDRESS = re.compile(r"://|\b[\w-]+\.(com|org|io|net|dev)\b")
ONE_MACHINES_PATH = re.compile(r"(^|[^\w.])/(home|root|tmp|mnt|opt)/[A-Za-z]|--(extra-)?index[-]url|--regist[r]y")


def applies(requirement: Requirement, python: str) -> bool:
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    return requirement.marker is None or requirement.marker.evaluate(environment)


def pins_of(requirement: Requirement, python: str) -> list[str]:
    """The releases that constraints.txt names for it; one is right."""
    name = canonicalize_name(requirement.name)
    return [
        str(pin.specifier).removeprefix("==")
        for pin in CONSTRAINTS
        if canonicalize_name(pin.name) == name and applies(pin, python)
    ]


def written_files() -> Iterator[Path]:
    """Every text of the project, generated data left out."""
    for name in INSTALLATION_FILES:
        yield ROOT / name
    yield from ROOT.glob("*.md")
    for folder in ("calibration", "fusion", "viewers", "tests", "sample_data"):
        for suffix in ("py", "md", "toml"):
            yield from (ROOT / folder).rglob(f"*.{suffix}")


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_a_requirement_has_a_floor_and_a_cap(requirement: Requirement) -> None:
    operators = sorted(specifier.operator for specifier in requirement.specifier)
    assert operators == ["<", ">="]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_a_cap_is_a_major_release(requirement: Requirement) -> None:
    (cap,) = [specifier.version for specifier in requirement.specifier if specifier.operator == "<"]
    assert re.fullmatch(r"\d+", cap)


@pytest.mark.parametrize("python", PYTHONS)
def test_constraints_name_one_admitted_release_of_every_requirement(python: str) -> None:
    pins = {str(wanted): pins_of(wanted, python) for wanted in REQUIREMENTS if applies(wanted, python)}
    assert {name: found for name, found in pins.items() if len(found) != 1} == {}
    refused = {name: pin for name, (pin,) in pins.items() if not Requirement(name).specifier.contains(pin)}
    assert refused == {}


def test_constraints_are_exact_releases_and_nothing_else() -> None:
    assert [str(pin) for pin in CONSTRAINTS if not re.fullmatch(r"==[\w.]+", str(pin.specifier)) or pin.url] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_a_supported_python_is_classified_and_admitted(python: str) -> None:
    assert f"Programming Language :: Python :: {python}" in PROJECT["classifiers"]
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)


@pytest.mark.parametrize("package", ["calibration", "fusion", "viewers"])
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_the_console_script_leads_to_a_function() -> None:
    module, _, function = PROJECT["scripts"]["boresight"].partition(":")
    code = f"import {module} as module; assert callable(module.{function})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("name", INSTALLATION_FILES)
def test_installing_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if WEB_ADDRESS.search(line)] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)} line {number}: {line.strip()}"
        for path in written_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if ONE_MACHINES_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("path", [".venv/bin/python", "calibration/__pycache__/clock.pyc", "demo_out/finding.png"])
def test_what_is_made_on_the_way_is_ignored_by_git(path: str) -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    run = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", path], check=False, cwd=ROOT)
    assert run.returncode == 0


@pytest.mark.parametrize("target", ["demo", "test", "lint", "clean"])
def test_the_makefile_has_the_target(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_ci_is_a_script_that_bash_can_parse() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
