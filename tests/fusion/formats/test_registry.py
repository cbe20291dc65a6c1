from __future__ import annotations

from pathlib import Path

import pytest

from calibration.errors import FileProblemError
from calibration.rig import SensorRig
from calibration.rig_file import write_rig_file
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.errors import DatasetError, UnknownFormatError
from fusion.formats import registry
from fusion.formats.kitti.reader import KittiReader
from fusion.formats.registry import READERS, open_dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene

OTHER_RIG = SensorRig.of(Sensor("roof", SensorKind.LIDAR, RigidTransform.identity("ego", "roof")))


class LabelReader:
    """A second reader that accepts whatever has a folder of labels."""

    format = "labels"
    looks_for = "label_2/"

    def __init__(self, root: Path) -> None:
        self.problems = ProblemLog()

    @classmethod
    def recognises(cls, root: Path) -> str | None:
        return "label_2/ is there" if (root / "label_2").is_dir() else None

    def scene_names(self) -> tuple[str, ...]:
        return ()

    def read_scene(self, name: str) -> Scene:
        raise DatasetError(f"no scene {name}")


@pytest.fixture
def split(tmp_path: Path) -> Path:
    root = tmp_path / "training"
    (root / "label_2").mkdir(parents=True)
    (root / "label_2" / "000000.txt").write_text("", encoding="utf-8")
    return root


@pytest.fixture
def two_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "READERS", (KittiReader, LabelReader))


def test_a_data_set_says_which_format_it_is_in_and_why(split: Path) -> None:
    dataset = open_dataset(split)
    assert (dataset.format, dataset.why) == ("kitti-object", "label_2/ holds 1 label file")
    assert dataset.scene_names == ("training",)
    assert dataset.scene("training").frame_table.keys == ("000000",)


def test_a_path_may_be_text(split: Path) -> None:
    assert open_dataset(str(split)).root == split


def test_one_label_file_is_opened_too(split: Path) -> None:
    assert open_dataset(split / "label_2/000000.txt").why == "000000.txt lies in label_2/"


def test_every_reader_has_a_name_of_its_own_and_says_what_it_looks_for() -> None:
    assert len({reader.format for reader in READERS}) == len(READERS)
    assert all(reader.looks_for for reader in READERS)


def test_a_folder_of_something_else_is_told_with_what_each_reader_looked_for(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match="is in no format we read") as caught:
        open_dataset(tmp_path)
    for reader in READERS:
        assert f"{reader.format}: {reader.looks_for}" in str(caught.value)


@pytest.mark.usefixtures("two_that_fit")
def test_two_formats_that_fit_are_told_and_none_is_guessed(split: Path) -> None:
    with pytest.raises(UnknownFormatError, match="fits several formats, choose one with format=") as caught:
        open_dataset(split)
    assert "kitti-object: label_2/ holds 1 label file" in str(caught.value)
    assert "labels: label_2/ is there" in str(caught.value)


@pytest.mark.usefixtures("two_that_fit")
@pytest.mark.parametrize("name", ["kitti-object", "labels"])
def test_the_format_can_be_chosen(name: str, split: Path) -> None:
    assert open_dataset(split, format=name).format == name


def test_a_chosen_format_must_fit(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match=r"is in no format we read\. Looked for kitti-object"):
        open_dataset(tmp_path, format="kitti-object")


def test_an_unknown_format_is_answered_with_those_there_are(split: Path) -> None:
    with pytest.raises(UnknownFormatError, match="no format is called 'kiti'; there are kitti-object, "):
        open_dataset(split, format="kiti")


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"there is no file or folder '.*nowhere'"):
        open_dataset(tmp_path / "nowhere")


def test_a_url_is_told_apart_from_a_missing_folder() -> None:
    with pytest.raises(DatasetError, match="'s3://bucket/kitti' is a URL"):
        open_dataset("s3://bucket/kitti")


@pytest.mark.parametrize("option", ["labels", "predictions"])
def test_separate_labels_are_refused_and_not_ignored(option: str, split: Path) -> None:
    with pytest.raises(DatasetError, match=rf"separate {option} \('new'\) are not supported yet for kitti-object"):
        open_dataset(split, **{option: "new"})


def test_a_rig_replaces_the_sensors_of_every_frame(split: Path, tmp_path: Path) -> None:
    write_rig_file(OTHER_RIG, tmp_path / "rig.json")
    for rig in (OTHER_RIG, tmp_path / "rig.json", str(tmp_path / "rig.json")):
        assert open_dataset(split, rig=rig).scene("training").rig_at(0).lidars == ("roof",)


def test_a_rig_file_that_is_missing_is_told(split: Path, tmp_path: Path) -> None:
    with pytest.raises(FileProblemError):
        open_dataset(split, rig=tmp_path / "rig.json")
