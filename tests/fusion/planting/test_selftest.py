from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fusion.checks.settings import Settings
from fusion.errors import PlantingError
from fusion.formats.registry import open_dataset
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.planting.recheck import CleanScene
from fusion.planting.selftest import self_test
from fusion.run.check import check_scene
from fusion.scene.scene import Scene

BOXES_AND_TRACKS = ("BOX301", "BOX304", "BOX305", "BOX306", "TRK501", "TRK502", "TRK503", "TRK504")
TRACKS = Settings(select=("TRK503", "TRK504", "BOX306"))


@pytest.fixture(scope="module")
def clean(crossing: Path) -> CleanScene:
    (scene,) = open_dataset(crossing / "v1.0-clean").scenes()
    return CleanScene.of(
        scene, Settings(select=("BOX301", "BOX304", "BOX305", "BOX306", "TRK501", "TRK502", "TRK503", "TRK504"))
    )


@pytest.mark.parametrize("text", ["shift:0.5:frame", "drop:1:3", "duplicate", "id-swap", "ghost", "lift:0.4:track"])
def test_checking_only_what_changed_finds_what_checking_all_finds(clean: CleanScene, text: str) -> None:
    planted = plant(clean.scene, [parse_fault(text)], seed=1, most=2)
    assert planted.truths
    whole = check_scene(planted.scene, clean.settings).findings
    found = clean.recheck(planted).findings
    assert {(finding.id, finding.evidence_hash) for finding in found} == {(f.id, f.evidence_hash) for f in whole}


def test_faults_of_sensors_are_checked_everywhere(clean: CleanScene) -> None:
    planted = plant(clean.scene, [parse_fault("pose-jump:1:frame")], seed=1)
    whole = check_scene(planted.scene, clean.settings).findings
    assert {finding.id for finding in clean.recheck(planted).findings} == {finding.id for finding in whole}


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


def test_what_a_scene_offers_nothing_for_is_told(make_street: Callable[..., Scene], crossing: Path) -> None:
    document = self_test(open_dataset(crossing / "v1.0-clean"), ["scale:1.2:400"], 1, TRACKS)
    assert document.not_planted == ("scale:1.2:400",)
    assert document.faults == ()


def test_no_seed_is_no_self_test(crossing: Path) -> None:
    with pytest.raises(PlantingError, match="needs a seed"):
        self_test(open_dataset(crossing / "v1.0-clean"), ["shift"], 0)


def test_sensor_measurements_are_shared_and_label_measurements_are_not(clean: CleanScene) -> None:
    shared = clean.scene.measurements.copy_of(lambda key: clean._holds(key, {10}))
    kept = {
        frame: {key[1] for key in shared._values if isinstance(key, tuple) and key[0] == frame} for frame in (8, 10)
    }
    assert {"points in ego", "sweep LIDAR_TOP", "ground"} <= kept[10]
    assert not kept[10] & {"boxes", "overlaps"}
    assert {"boxes", "overlaps"} <= kept[8]
    assert "boxes in ego" not in shared._values
