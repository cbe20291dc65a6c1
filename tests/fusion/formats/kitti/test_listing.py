from __future__ import annotations

from pathlib import Path

import pytest

from calibration.errors import FileProblemError
from fusion.formats.kitti.listing import IMAGE_SUFFIXES, absent_files, list_folder, runs


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([7], "0007"),
        ([7, 8], "0007 to 0008"),
        ([9, 3, 2, 1, 3], "0001 to 0003, 0009"),
        ([1, 3, 5], "0001, 0003, 0005"),
        ([1, 3, 5, 7, 8], "0001, 0003, 0005, ..."),
    ],
    ids=["none", "one", "two", "in any order", "three runs", "more"],
)
def test_numbers_are_told_as_the_runs_they_form(numbers: list[int], text: str) -> None:
    assert runs(numbers, 4) == text


@pytest.mark.parametrize(
    ("absent", "reason"),
    [([4], "no such file: 1 of 9 frames has none (04)"), ([4, 5], "no such file: 2 of 9 frames have none (04 to 05)")],
    ids=["one", "several"],
)
def test_absent_files_are_one_problem(absent: list[int], reason: str) -> None:
    problem = absent_files("velodyne/0001", absent, 9, 2, scene="0001", sensor="velodyne")
    assert (problem.path, problem.reason, problem.count) == ("velodyne/0001", reason, len(absent))


def test_the_usual_spelling_is_listed_and_the_others_are_told(tmp_path: Path) -> None:
    (tmp_path / "image_02").mkdir()
    for name in ("000000.JPG", "000000.png", "000001.jpeg", "notes.txt", ".hidden.png"):
        (tmp_path / "image_02" / name).write_bytes(b"")
    listing = list_folder(tmp_path, "image_02", IMAGE_SUFFIXES)
    assert listing.paths == {"000000": "image_02/000000.png", "000001": "image_02/000001.jpeg"}
    assert [double.path for double in listing.doubles] == ["image_02/000000.JPG"]
    assert listing.others == ["notes.txt"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="image_02: no such folder"):
        list_folder(tmp_path, "image_02", IMAGE_SUFFIXES)
