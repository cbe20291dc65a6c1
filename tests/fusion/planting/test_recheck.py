from __future__ import annotations

from pathlib import Path

import pytest

from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.planting.recheck import CleanScene
from fusion.run.check import check_scene

BOXES_AND_TRACKS = ("BOX301", "BOX304", "BOX305", "BOX306", "TRK501", "TRK502", "TRK503", "TRK504")


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


def test_sensor_measurements_are_shared_and_label_measurements_are_not(clean: CleanScene) -> None:
    shared = clean.scene.measurements.copy_of(lambda key: clean._holds(key, {10}))
    kept = {
        frame: {key[1] for key in shared._values if isinstance(key, tuple) and key[0] == frame} for frame in (8, 10)
    }
    assert {"points in ego", "sweep LIDAR_TOP", "ground"} <= kept[10]
    assert not kept[10] & {"boxes", "overlaps"}
    assert {"boxes", "overlaps"} <= kept[8]
    assert "boxes in ego" not in shared._values
