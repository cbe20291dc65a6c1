from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fusion.formats.registry import open_dataset

Run = Callable[..., Any]
CAR = "Car 0 0 0 560 170 640 250 1.5 1.6 4 0 1.7 20 -1.57"
MOVED = "Car 0 0 0 560 170 640 250 1.5 1.6 4 0 1.7 20.5 -1.57"
OTHER = "Pedestrian 0 0 0 560 170 640 250 1.8 0.6 0.8 4 1.7 12 -1.57"


def test_two_deliveries_are_held_against_each_other(run: Run, kitti: Callable[..., Path]) -> None:
    first, second = kitti([CAR, OTHER], name="ada"), kitti([MOVED], name="bob")
    answer = run("compare", first, second)
    assert (answer.code, answer.err) == (0, "")
    assert "ada against bob, 1 frame" in answer.out
    assert "Differences: 1 missing, 1 badly placed" in answer.out
    assert "missing Pedestrian" in answer.out


def test_json_and_csv_hold_what_differs(run: Run, kitti: Callable[..., Path], tmp_path: Path) -> None:
    first, second = kitti([CAR, OTHER], name="ada"), kitti([MOVED], name="bob")
    answer = run("compare", first, second, "--json", "--csv", tmp_path / "differences.csv")
    document = json.loads(answer.out)
    assert document["schema"] == "boresight.compare/1"
    assert document["pairs"][0]["differences"]["missing"] == 1
    rows = list(csv.DictReader((tmp_path / "differences.csv").open(encoding="utf-8")))
    assert [(row["kind"], row["first_class"], row["first"]) for row in rows] == [
        ("missing", "Pedestrian", "ada"),
        ("badly placed", "Car", "ada"),
    ]


def test_the_consensus_of_three_opens_as_a_data_set(run: Run, kitti: Callable[..., Path], tmp_path: Path) -> None:
    sets = [kitti([CAR, OTHER], name="ada"), kitti([CAR], name="bob"), kitti([MOVED], name="cyd")]
    assert run("compare", *sets, "--consensus", tmp_path / "agreed").code == 0
    labels = next(open_dataset(tmp_path / "agreed").scenes()).labels
    assert labels.boxes.category.values.tolist() == ["Car"]
    assert labels.boxes.centres_m[0, 0] == pytest.approx(20.0, abs=0.02)
    assert run("compare", *sets, "--consensus", tmp_path / "agreed.json").code == 0
    boxes = json.loads((tmp_path / "agreed.json").read_text(encoding="utf-8"))["boxes"]
    assert [(box["category"], box["drawn_by"]) for box in boxes] == [("Car", ["ada", "bob", "cyd"])]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--match", "hand"), "there is no measure 'hand'"),
        (("--weights", "1,b"), "expected numbers such as"),
        (("--weights", "1"), "need as many weights"),
    ],
)
def test_what_was_typed_wrong_is_said(run: Run, good: Path, bad: Path, words: tuple[str, ...], said: str) -> None:
    answer = run("compare", good, bad, *words)
    assert answer.code == 2
    assert said in answer.err


def test_one_data_set_alone_is_refused(run: Run, good: Path) -> None:
    answer = run("compare", good)
    assert (answer.code, "nothing to be compared with" in answer.err) == (2, True)


def test_all_planted_faults_of_the_sample_are_told(run: Run, crossing: Path) -> None:
    answer = run("compare", crossing / "v1.0-clean", crossing / "v1.0-planted", "--json")
    pair = json.loads(answer.out)["pairs"][0]
    assert pair["differences"]["missing"] == 3
    assert {one["second_class"] for one in pair["listed"] if one["kind"] == "swapped"} == {"vehicle.cra"}
