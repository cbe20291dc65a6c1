"""What the README tells a newcomer to type does what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"


def fenced(language: str) -> list[str]:
    """Bodies of the README's blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    return [line[2:] for block in fenced("console") for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A folder as a newcomer sees it: the sample data, and the files the README shows under their names."""
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "sample_data").symlink_to(repository / "sample_data")
    for block in fenced("toml"):
        (folder / block.splitlines()[0].removeprefix("# ")).write_text(block, encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_tour_runs_and_says_something(command: str, checkout: Path) -> None:
    program, *arguments = shlex.split(command)
    assert program == "boresight"
    done = subprocess.run(
        [sys.executable, "-m", "viewers.cli.main", *arguments],
        cwd=checkout,
        env={"PYTHONPATH": str(README.parent), "PATH": "", "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() or (checkout / "findings.json").exists()


def test_the_tour_covers_every_verb_and_leaves_what_it_promises(checkout: Path) -> None:
    verbs = {command.split()[1] for command in commands()}
    assert {"info", "check", "explain", "snapshot"} <= verbs


def test_the_python_example_runs(checkout: Path) -> None:
    (example,) = fenced("python")
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=checkout,
        env={"PYTHONPATH": str(README.parent), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "BOX" in done.stdout


def test_every_picture_of_the_readme_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert pictures
    assert all((README.parent / picture).is_file() for picture in pictures)


def test_the_make_targets_of_the_readme_exist(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^make (\w+)", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
