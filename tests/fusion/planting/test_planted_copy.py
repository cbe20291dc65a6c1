from __future__ import annotations

import json
from pathlib import Path

import pytest

from fusion.errors import LabelEditError, PlantingError
from fusion.formats.registry import open_dataset
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.planting.planted_copy import TRUTHS, plant_copy
from fusion.run.check import check_dataset


def test_the_copy_holds_the_fault_and_the_truth_names_it(crossing: Path, tmp_path: Path) -> None:
    planted = plant_copy(open_dataset(crossing / "v1.0-clean"), [parse_fault("yaw:180:frame")], tmp_path / "out", 4, 2)
    records = json.loads((tmp_path / "out" / TRUTHS).read_text(encoding="utf-8"))
    assert [record["fault"] for record in records] == ["yaw", "yaw"]
    run = check_dataset(open_dataset(planted.copy.root))
    found = {finding.track for finding in run.findings if finding.code == "TRK503"}
    assert found == {record["tracks"][0] for record in records}


def test_it_is_the_scene_that_was_planted_in_memory(crossing: Path, tmp_path: Path) -> None:
    dataset = open_dataset(crossing / "v1.0-clean")
    faults = [parse_fault(text) for text in ("shift:0.5:3", "duplicate", "drop:1:3", "slip:1:scene")]
    in_memory = plant(dataset.scene("crossing-0001"), faults, seed=2)
    copied = plant_copy(dataset, faults, tmp_path / "out", seed=2)
    labels = open_dataset(copied.copy.root).scene("crossing-0001").labels
    assert copied.truths == in_memory.truths
    expected = {label: row for row, label in enumerate(in_memory.scene.labels.boxes.label_ids)}
    assert set(labels.boxes.label_ids) == set(expected)
    order = [expected[label] for label in labels.boxes.label_ids]
    difference_m = labels.boxes.centres_m - in_memory.scene.labels.boxes.centres_m[order]
    assert abs(difference_m).max() < 1e-5


def test_points_in_a_box_that_moved_are_counted_again(crossing: Path, tmp_path: Path) -> None:
    planted = plant_copy(
        open_dataset(crossing / "v1.0-clean"), [parse_fault("shift:1:frame")], tmp_path / "out", most=3
    )
    run = check_dataset(open_dataset(planted.copy.root))
    assert [finding for finding in run.findings if finding.code == "DAT006"] == []


@pytest.mark.parametrize("text", ["pose-jump", "camera-delay", "camera-drift", "extrinsic-turn", "extrinsic-shift"])
def test_stamps_poses_and_mountings_are_written_too(text: str, crossing: Path, tmp_path: Path) -> None:
    dataset = open_dataset(crossing / "v1.0-clean")
    expected = plant(dataset.scene("crossing-0001"), [parse_fault(text)], seed=1).scene
    copied = plant_copy(dataset, [parse_fault(text)], tmp_path / "out", seed=1)
    scene = open_dataset(copied.copy.root).scene("crossing-0001")
    for name, stream in expected.streams.items():
        found = scene.streams[name]
        assert abs(found.timestamps_ns - stream.timestamps_ns).max() < 1000
        assert abs(found.translations_m - stream.translations_m).max() < 2e-6
        placed = [one.rig_at(0).sensor(name).ego_from_sensor.matrix for one in (scene, expected)]
        assert abs(placed[0] - placed[1]).max() < 2e-6
    assert set(copied.copy.changed) <= {
        f"v1.0-clean/{name}.json" for name in ("sample_data", "ego_pose", "calibrated_sensor")
    }
    assert copied.copy.changed


def test_a_repeated_frame_is_written_as_the_file_of_the_frame_before(crossing: Path, tmp_path: Path) -> None:
    copied = plant_copy(
        open_dataset(crossing / "v1.0-clean"), [parse_fault("repeated-frame")], tmp_path / "out", seed=1
    )
    (truth,) = copied.truths
    scene = open_dataset(copied.copy.root).scene("crossing-0001")
    paths = scene.streams[str(truth.sensor)].paths
    assert paths[truth.frames[0]] == paths[truth.frames[0] - 1]


def test_a_lost_frame_has_no_place_in_the_tables(crossing: Path, tmp_path: Path) -> None:
    with pytest.raises(LabelEditError, match="lost a frame"):
        plant_copy(open_dataset(crossing / "v1.0-clean"), [parse_fault("lost-frame")], tmp_path / "out")


def test_nothing_to_plant_in_is_told(crossing: Path, tmp_path: Path) -> None:
    with pytest.raises(PlantingError, match="offers nothing"):
        plant_copy(open_dataset(crossing / "v1.0-clean"), [parse_fault("scale:1.2:400")], tmp_path / "out")


def test_what_the_format_has_no_place_for_is_refused(crossing: Path, tmp_path: Path) -> None:
    with pytest.raises(LabelEditError, match="one class for a whole track"):
        plant_copy(open_dataset(crossing / "v1.0-clean"), [parse_fault("class:1:frame")], tmp_path / "out")
    assert not (tmp_path / "out").exists()
