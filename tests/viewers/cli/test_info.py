from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fusion.run.dataset_info import DatasetInfo

Run = Callable[..., Any]


def test_a_data_set_is_described_on_one_page(run: Run, bad: Path) -> None:
    answer = run("info", bad)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[0] == f"{bad} (kitti-object): 1 scene, 2 frames, 3 boxes"
    assert "training/label_2/ holds 2 label files" in answer.out
    assert "velodyne  lidar" in answer.out
    assert "Poses: none" in answer.out
    assert "seen by image_2 (format)" in answer.out


def test_what_can_not_be_known_takes_no_room(run: Run, bad: Path) -> None:
    head = next(line for line in run("info", bad).out.splitlines() if "kind" in line)
    assert "rate" not in head
    assert "drops" not in head


def test_json_is_the_record(run: Run, bad: Path) -> None:
    answer = run("info", bad, "--json")
    content = json.loads(answer.out)
    assert content["schema"] == "boresight.info/1"
    info = DatasetInfo.model_validate(content)
    (car,) = info.total.labels.classes
    assert (car.name, car.boxes, car.median_size_m) == ("Car", 3, (4.0, 1.6, 1.5))
    assert info.total.labels.points_from == "counted"


def test_what_was_unreadable_is_told_and_makes_code_3(run: Run, torn: Path) -> None:
    answer = run("info", torn)
    assert answer.code == 3
    assert "Problems while reading (1)" in answer.out
    assert "000000.bin: truncated: 17 bytes" in answer.out


@pytest.mark.parametrize(
    "words", [["--format", "kity"], ["--scene", "dusk"], ["--rig", "nowhere.json"]], ids=lambda words: words[0]
)
def test_what_was_typed_wrong_is_code_2(run: Run, good: Path, words: list[str]) -> None:
    answer = run("info", good, *words)
    assert (answer.code, answer.out) == (2, "")


def test_hostile_names_do_nothing(run: Run, kitti: Callable[..., Path]) -> None:
    root = kitti(["[red]\x1b[2Jcar 0 0 0 560 170 640 250 1.5 1.6 4 0 1.7 20 -1.57"])
    out = run("info", root).out
    assert "\x1b" not in out
    assert "[red]\\x1b[2Jcar" in out
