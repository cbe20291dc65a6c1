"""A missing part of the machine skips a test, and fails it where it was required."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

Finished = subprocess.CompletedProcess[str]

CONFTEST = Path(__file__).parent / "conftest.py"

BY_MARKER = """
import pytest

@pytest.mark.needs("browser")
def test_a_page():
    pass
"""
BY_FIXTURE = """
def test_a_page(require_part):
    require_part("browser")
"""
BY_UNKNOWN_NAME = """
import pytest

@pytest.mark.needs("flux_capacitor")
def test_a_page():
    pass
"""


def run_pytest(folder: Path, test: str, required: str, programs: Path | None = None) -> Finished:
    """Run one test file in a folder of its own, on a machine that has only the given programs."""
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_page.py").write_text(test, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = needs(part)\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:dash", "-p", "no:cacheprovider", str(folder)]
    environment = os.environ | {"PATH": str(programs or folder), "BORESIGHT_REQUIRE": required}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)


@pytest.mark.parametrize("test", [BY_MARKER, BY_FIXTURE], ids=["marker", "fixture"])
def test_a_missing_part_skips_and_says_why(test: str, tmp_path: Path) -> None:
    run = run_pytest(tmp_path, test, required="")
    assert run.returncode == 0, run.stdout
    assert "1 skipped" in run.stdout
    assert "needs browser: no program 'chromium' on the path" in run.stdout


@pytest.mark.parametrize("test", [BY_MARKER, BY_FIXTURE], ids=["marker", "fixture"])
def test_a_missing_part_that_is_required_fails(test: str, tmp_path: Path) -> None:
    run = run_pytest(tmp_path, test, required="open3d, browser")
    assert run.returncode == 1, run.stdout
    assert "BORESIGHT_REQUIRE names it" in run.stdout


def test_a_part_that_is_there_lets_the_test_run(tmp_path: Path) -> None:
    chromium = tmp_path / "programs" / "chromium"
    chromium.parent.mkdir()
    chromium.write_text("#!/bin/sh\n", encoding="utf-8")
    chromium.chmod(0o755)
    run = run_pytest(tmp_path, BY_MARKER, required="browser", programs=chromium.parent)
    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout


def test_a_misspelt_requirement_stops_the_run(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, BY_MARKER, required="open4d")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "names open4d; there are open3d, gui" in run.stderr


def test_a_misspelt_part_does_not_pass(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, BY_UNKNOWN_NAME, required="")
    assert run.returncode != 0
    assert "no part is called 'flux_capacitor'" in run.stdout + run.stderr
