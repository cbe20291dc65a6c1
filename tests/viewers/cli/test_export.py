from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def checked(run: Run, crossing: Path, tmp_path: Path) -> Path:
    only = ("--select", "ONT601,TRK503", "--fail-on", "never")
    run("check", crossing / "v1.0-planted", *only, "--run", tmp_path / "run")
    return tmp_path / "run"


def test_every_tool_gets_its_files_and_the_text_says_how_much(run: Run, checked: Path, tmp_path: Path) -> None:
    for tool, file in (
        ("cvat", "point-cloud.zip"),
        ("sustechpoints", "label/crossing-0001__LIDAR_TOP__1715680800050000.json"),
        ("openlabel", "openlabel.json"),
        ("fiftyone", "fiftyone.json"),
    ):
        answer = run("export", checked, "--to", tool, "--out", tmp_path / tool)
        assert answer.code == 0, answer.err
        assert f"{tmp_path / tool / 'crossing-0001' / file}\n" in answer.out
        assert (tmp_path / tool / "crossing-0001" / file).stat().st_size > 0
        assert "boresight: 3 boxes with a comment or a correction" in answer.err


def test_what_was_typed_wrong_is_told(run: Run, checked: Path, tmp_path: Path) -> None:
    assert run("export", checked, "--to", "paper", "--out", tmp_path / "x").code == 2
    assert run("export", tmp_path, "--to", "cvat", "--out", tmp_path / "x").code == 3
    assert run("export", checked, "--to", "cvat", "--out", checked / "run.json").code == 2
