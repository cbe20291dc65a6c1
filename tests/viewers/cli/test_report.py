from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def checked(run: Run, crossing: Path, tmp_path: Path) -> Path:
    """The folder of a run over a copy of the sample's tables and files."""
    shutil.copytree(crossing, tmp_path / "data", ignore=shutil.ignore_patterns("v1.0-clean", "v1.0-truth"))
    only = ("--select", "ONT601,TRK503", "--fail-on", "never")
    run("check", tmp_path / "data" / "v1.0-planted", *only, "--run", tmp_path / "run")
    return tmp_path / "run"


def test_the_page_has_numbers_and_pictures_of_the_first(run: Run, checked: Path, tmp_path: Path) -> None:
    answer = run("report", checked, "-o", tmp_path / "page.html", "--pictures", "1")
    assert (answer.code, answer.out) == (0, f"{tmp_path / 'page.html'}\n")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('class="finding pictured"') == 1
    assert page.count("data:image/webp;base64,") >= 4
    assert "20 of 20" in " ".join(page.replace('<span class="muted">', "").split()) or "vehicle.cra" in page


def test_left_to_itself_the_page_goes_into_the_run_folder(run: Run, checked: Path) -> None:
    assert run("report", checked, "--pictures", "0").code == 0
    assert (checked / "report.html").stat().st_size > 20_000


def test_where_the_data_are_gone_the_numbers_remain(run: Run, checked: Path, tmp_path: Path) -> None:
    (tmp_path / "data").rename(tmp_path / "moved")
    assert run("report", checked).code == 0
    page = (checked / "report.html").read_text(encoding="utf-8")
    assert "the data are not at hand" in page
    assert "data:image" not in page
    assert "vehicle.cra" in page
    assert run("report", checked, "--root", tmp_path / "moved" / "v1.0-planted", "--pictures", "1").code == 0
    assert "data:image/webp" in (checked / "report.html").read_text(encoding="utf-8")


def test_what_does_not_fit_is_told_before_anything_is_drawn(run: Run, checked: Path, tmp_path: Path) -> None:
    assert run("report", tmp_path).code == 3
    assert run("report", checked, "-o", tmp_path).code == 2
    assert run("report", checked, "--root", tmp_path / "nowhere").code in (2, 3)
    assert run("report", checked, "--calib", checked / "run.json").code == 3
