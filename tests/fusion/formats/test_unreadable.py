from __future__ import annotations

from pathlib import Path

import pytest

from fusion.errors import DatasetError, UnreadableDatasetError
from fusion.formats.registry import open_dataset, open_or_report
from fusion.run.check import check_dataset

TABLES = [
    "attribute",
    "calibrated_sensor",
    "category",
    "ego_pose",
    "instance",
    "log",
    "map",
    "sample",
    "sample_annotation",
    "sample_data",
    "scene",
    "sensor",
    "visibility",
]


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    """A nuScenes delivery whose largest table was cut off on its way."""
    tables = tmp_path / "v1.0-mini"
    tables.mkdir()
    for name in TABLES:
        (tables / f"{name}.json").write_text("[]", encoding="utf-8")
    (tables / "sample_data.json").write_text('[{"token": "a",\n "sample_tok', encoding="utf-8")
    return tmp_path


def test_the_library_refuses_it(torn: Path) -> None:
    with pytest.raises(UnreadableDatasetError, match=r"sample_data\.json line 2"):
        open_dataset(torn)


def test_a_run_reports_it_by_file_and_line_and_is_incomplete(torn: Path) -> None:
    dataset = open_or_report(torn)
    assert (dataset.format, dataset.scene_names) == ("nuscenes", ())
    run = check_dataset(dataset)
    assert [finding.code for finding in run.findings] == ["DAT002"]
    assert [entry.path for entry in run.incomplete] == ["v1.0-mini/sample_data.json:2"]


def test_a_scene_asked_for_does_not_hide_it(torn: Path) -> None:
    assert check_dataset(open_or_report(torn), scenes=("scene-0061",)).findings[0].code == "DAT002"


def test_it_has_no_scene(torn: Path) -> None:
    with pytest.raises(DatasetError, match="has no scene"):
        open_or_report(torn).scene("scene-0061")


def test_what_was_typed_wrong_is_still_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no file or folder"):
        open_or_report(tmp_path / "nowhere")
