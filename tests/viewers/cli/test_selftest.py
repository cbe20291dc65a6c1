from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

Run = Callable[..., Any]
QUICK = ("--select", "TRK503,TRK504", "--seeds", "1")


def test_a_table_a_document_and_a_picture(run: Run, crossing: Path, tmp_path: Path) -> None:
    places = ("--json", tmp_path / "out.json", "--svg", tmp_path / "out.svg")
    answer = run("selftest", crossing / "v1.0-clean", "--faults", "yaw:180:frame,drop:1:3", *QUICK, *places)
    assert (answer.code, answer.err) == (0, "")
    row = next(line.split() for line in answer.out.splitlines() if line.split()[:1] == ["yaw"])
    assert row[:7] == ["yaw", "1", "frame", "180°", "6", "100", "%"]
    assert "TRK503 6" in answer.out
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["schema"] == "boresight.selftest/1"
    assert ElementTree.parse(tmp_path / "out.svg").getroot().tag.endswith("svg")


def test_a_misspelt_fault_is_code_2_before_anything_is_planted(run: Run, crossing: Path) -> None:
    answer = run("selftest", crossing / "v1.0-clean", "--faults", "yav", *QUICK)
    assert (answer.code, answer.out) == (2, "")
    assert "did you mean yaw?" in answer.err


def test_a_document_needs_a_place_before_the_work(run: Run, crossing: Path, tmp_path: Path) -> None:
    answer = run("selftest", crossing / "v1.0-clean", *QUICK, "--json", tmp_path / "missing" / "out.json")
    assert answer.code == 2
    assert "no folder" in answer.err
