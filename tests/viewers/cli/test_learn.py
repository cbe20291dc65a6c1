from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fusion.measure.priors import Priors

Run = Callable[..., Any]


def test_what_is_learned_from_the_sample_scene_finds_nothing_odd_in_it(
    run: Run, crossing: Path, tmp_path: Path
) -> None:
    out = tmp_path / "priors.toml"
    answer = run("learn", crossing / "v1.0-truth", "-o", out, "--no-points")
    assert (answer.code, answer.err) == (0, "")
    assert "vehicle.car" in answer.out
    assert any(entry.feature == "speed" for entry in Priors.from_toml(out).entries)
    checked = run("check", crossing / "v1.0-truth", "--priors", out, "--select", "BOX318", "--fail-on", "info")
    assert checked.code == 0
    assert "no findings" in checked.out


def test_priors_that_can_not_be_read_are_code_2(run: Run, crossing: Path, tmp_path: Path) -> None:
    answer = run("check", crossing / "v1.0-truth", "--priors", tmp_path / "nowhere.toml")
    assert answer.code == 2
    assert "nowhere.toml" in answer.err


@pytest.mark.parametrize(("out", "says"), [(".", "is a folder"), ("nowhere/priors.toml", "there is no folder")])
def test_a_place_that_can_not_be_written_is_told_first(
    out: str, says: str, run: Run, crossing: Path, tmp_path: Path
) -> None:
    answer = run("learn", crossing / "v1.0-truth", "-o", tmp_path / out, "--no-points")
    assert (answer.code, answer.out) == (2, "")
    assert "--out: " in answer.err
    assert says in answer.err
