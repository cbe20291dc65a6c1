from __future__ import annotations

import json
from pathlib import Path

import pytest

from fusion.checks.settings import Settings
from fusion.errors import PlantingError
from fusion.formats.registry import open_dataset
from fusion.planting.selftest import self_test

TRACKS = Settings(select=("TRK503", "TRK504", "BOX306"))


def test_the_document_counts_what_was_planted_and_found(crossing: Path) -> None:
    told: list[tuple[str, int, int]] = []
    dataset = open_dataset(crossing / "v1.0-clean")
    document = self_test(
        dataset, ["yaw:180:frame", "drop:1:3", "yaw:5:frame"], 1, TRACKS, progress=lambda *step: told.append(step)
    )
    found = {(result.fault, result.magnitude): result.found for result in document.faults}
    assert found["yaw", 180.0].value == found["drop", 1.0].value == 1.0
    assert found["yaw", 5.0].hits == 0
    assert found["yaw", 180.0].low < 1.0 == found["yaw", 180.0].high
    assert [step[1:] for step in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert document.faults[0].median_rank == 1
    assert document.faults[0].found_by_kind["vehicle"].cases == document.faults[0].found.cases
    assert document.faults[2].missed[0].scene == "crossing-0001"
    assert {one.family: one.alarms for one in document.false_alarms} == {"TRK": 0, "BOX": 0}
    assert all(0 < one.assessed <= document.dataset.labels for one in document.false_alarms)
    assert json.loads(document.to_json())["schema"] == "boresight.selftest/1"
    assert document.repairs.restored > 0
    assert (document.repairs.harmed, document.repairs.on_clean) == (0, 0)


def test_the_same_seeds_give_the_same_numbers(crossing: Path) -> None:
    dataset = open_dataset(crossing / "v1.0-clean")
    first, second = (self_test(dataset, ["yaw:180:frame"], 2, TRACKS) for _ in range(2))
    assert first.faults == second.faults


def test_workers_change_nothing(crossing: Path) -> None:
    dataset = open_dataset(crossing / "v1.0-clean")
    alone, together = (self_test(dataset, ["yaw:180:frame"], 1, TRACKS, workers=workers) for workers in (1, 2))
    assert alone.model_copy(update={"seconds": 0.0}) == together.model_copy(update={"seconds": 0.0})


def test_findings_on_unchanged_data_are_false_alarms(crossing: Path) -> None:
    document = self_test(open_dataset(crossing / "v1.0-planted"), ["yaw:5:frame"], 1, TRACKS)
    alarms = {one.family: one for one in document.false_alarms}
    assert alarms["TRK"].alarms == 2  # the planted flip and the planted gap
    assert alarms["TRK"].codes == {"TRK503": 1, "TRK504": 1}
    assert alarms["BOX"].per_thousand == pytest.approx(1000 * alarms["BOX"].alarms / alarms["BOX"].assessed, abs=0.01)


def test_what_a_scene_offers_nothing_for_is_told(crossing: Path) -> None:
    document = self_test(open_dataset(crossing / "v1.0-clean"), ["scale:1.2:400"], 1, TRACKS)
    assert document.not_planted == ("scale:1.2:400",)
    assert document.faults == ()


def test_no_seed_is_no_self_test(crossing: Path) -> None:
    with pytest.raises(PlantingError, match="needs a seed"):
        self_test(open_dataset(crossing / "v1.0-clean"), ["shift"], 0)
