from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_a_copy_with_a_fault_is_found_wanting(run: Run, crossing: Path, tmp_path: Path) -> None:
    answer = run("plant", crossing / "v1.0-clean", "--out", tmp_path / "bad", "--fault", "yaw:180", "--seed", "4")
    assert (answer.code, answer.err) == (0, "")
    (record,) = json.loads((tmp_path / "bad" / "planted.json").read_text(encoding="utf-8"))
    assert record["tracks"][0] in answer.out
    found = json.loads(run("check", tmp_path / "bad", "--select", "TRK503", "--json").out)["findings"]
    assert [finding["track"] for finding in found] == record["tracks"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("--fault", ","), "name a fault", id="none"),
        pytest.param(("--fault", "shft"), "did you mean shift", id="misspelt"),
        pytest.param(("--fault", "shift:far"), "is a number", id="no magnitude"),
        pytest.param(("--fault", "lost-frame"), "lost a frame", id="no place in the format"),
        pytest.param(("--fault", "scale:1.2:400"), "offers nothing", id="nothing to plant in"),
    ],
)
def test_what_cannot_be_planted_is_code_2_and_leaves_nothing(
    words: tuple[str, ...], says: str, run: Run, crossing: Path, tmp_path: Path
) -> None:
    answer = run("plant", crossing / "v1.0-clean", "--out", tmp_path / "bad", *words)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert not (tmp_path / "bad").exists()


def test_nothing_is_written_over(run: Run, crossing: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "keep.txt").write_text("mine", encoding="utf-8")
    answer = run("plant", crossing / "v1.0-clean", "--out", tmp_path / "mine", "--fault", "shift")
    assert answer.code == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["keep.txt"]
