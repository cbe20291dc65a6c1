from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calibration.errors import FileProblemError
from fusion.formats.argoverse2.layout import (
    LogFolder,
    empty_logs,
    evidence_of_root,
    find_logs,
    list_stamped,
    scene_names,
)

Write = Callable[..., Path]
LOG_ID = "7fab2350-7eaf-3b7e-a39d-6937a4c1bede"
OTHER_ID = "00a6ffc1-6ce9-3bc3-a060-6006e9893a1a"


@pytest.fixture
def log_folder(tmp_path: Path) -> LogFolder:
    (tmp_path / "sensors/lidar").mkdir(parents=True)
    return LogFolder(tmp_path, "", "some-log")


def logs_at(root: Path) -> list[tuple[str, str, str]]:
    return [(log.log_id, log.prefix, log.split) for log in find_logs(root)]


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_a_root_of_splits_means_all_their_logs(tmp_path: Path) -> None:
    for name in (f"val/{LOG_ID}", f"train/{OTHER_ID}", "test/third"):
        touch(tmp_path / name / "city_SE3_egovehicle.feather")
    touch(tmp_path / "maps/log/annotations.feather")  # no split of the data set
    assert logs_at(tmp_path) == [
        (OTHER_ID, f"train/{OTHER_ID}/", "train"),
        (LOG_ID, f"val/{LOG_ID}/", "val"),
        ("third", "test/third/", "test"),
    ]
    assert evidence_of_root(tmp_path) == (
        "train/ holds 1 Argoverse 2 log; val/ holds 1 Argoverse 2 log; test/ holds 1 Argoverse 2 log"
    )


def test_a_split_means_its_logs(tmp_path: Path) -> None:
    touch(tmp_path / "val/b/annotations.feather")
    touch(tmp_path / "val/a/annotations.feather")
    (tmp_path / "val/notes").mkdir()
    assert logs_at(tmp_path / "val") == [("a", "a/", "val"), ("b", "b/", "val")]
    assert evidence_of_root(tmp_path / "val") == "holds 2 Argoverse 2 logs"


def test_logs_in_a_folder_of_any_name_are_found(tmp_path: Path) -> None:
    touch(tmp_path / "mine/a/annotations.feather")
    assert logs_at(tmp_path / "mine") == [("a", "a/", "")]


def test_a_log_means_itself_and_so_does_its_annotation_file(tmp_path: Path) -> None:
    annotations = touch(tmp_path / f"val/{LOG_ID}/annotations.feather")
    for root in (annotations.parent, annotations):
        assert logs_at(root) == [(LOG_ID, "", "val")]
        assert evidence_of_root(root) == "holds annotations.feather"
    assert find_logs(annotations)[0].root == annotations.parent


def test_a_log_is_found_from_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    annotations = touch(tmp_path / "val/some-log/annotations.feather")
    monkeypatch.chdir(annotations.parent)
    assert logs_at(Path()) == [("some-log", "", "val")]
    assert logs_at(Path("annotations.feather")) == [("some-log", "", "val")]


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("annotations.feather", "holds annotations.feather"),
        ("city_SE3_egovehicle.feather", "holds city_SE3_egovehicle.feather"),
        ("calibration/egovehicle_SE3_sensor.feather", "holds calibration/egovehicle_SE3_sensor.feather"),
        ("sensors/lidar/315966265259836000.feather", "sensors/lidar/ holds sweeps"),
        ("sensors/lidar/points.feather", None),
        ("sensors/cameras/ring_front_center/1.jpg", None),
        ("annotations.csv", None),
    ],
)
def test_one_file_of_a_log_is_evidence(name: str, evidence: str | None, tmp_path: Path) -> None:
    touch(tmp_path / name)
    assert evidence_of_root(tmp_path) == evidence


def test_what_is_no_folder_or_empty_is_no_data_set(tmp_path: Path) -> None:
    assert evidence_of_root(tmp_path) is None
    assert evidence_of_root(tmp_path / "nowhere") is None
    assert evidence_of_root(touch(tmp_path / "annotations.txt")) is None


def test_a_log_may_be_a_link_to_another_disk(tmp_path: Path) -> None:
    touch(tmp_path / "disk/0815/annotations.feather")
    (tmp_path / "val").mkdir()
    (tmp_path / f"val/{LOG_ID}").symlink_to(tmp_path / "disk/0815")
    assert logs_at(tmp_path) == [(LOG_ID, f"val/{LOG_ID}/", "val")]
    assert logs_at(tmp_path / f"val/{LOG_ID}") == [(LOG_ID, "", "val")]


def test_a_log_that_two_splits_have_is_told_apart(tmp_path: Path) -> None:
    for name in ("train/a", "val/a", "val/b"):
        touch(tmp_path / name / "annotations.feather")
    assert scene_names(find_logs(tmp_path)) == ("train/a", "val/a", "b")


def test_a_folder_named_like_a_log_with_nothing_in_it_is_told(tmp_path: Path) -> None:
    touch(tmp_path / f"val/{LOG_ID}/annotations.feather")
    (tmp_path / f"val/{OTHER_ID}").mkdir()
    (tmp_path / "val/notes").mkdir()
    assert empty_logs(tmp_path) == (f"val/{OTHER_ID}",)
    assert empty_logs(tmp_path / "val") == (OTHER_ID,)
    assert empty_logs(tmp_path / f"val/{LOG_ID}") == ()


def test_measurements_are_ordered_by_stamp_and_others_are_named(log_folder: LogFolder) -> None:
    for name in ("1000.feather", "99.feather", "99.csv", "x.feather", "-5.feather", ".5.feather", f"{2**63}.feather"):
        touch(log_folder.path(f"sensors/lidar/{name}"))
    files = list_stamped(log_folder, "sensors/lidar", (".feather",))
    assert files.stamps_ns == (99, 1000)
    assert files.paths == ("sensors/lidar/99.feather", "sensors/lidar/1000.feather")
    assert files.others == ("-5.feather", f"{2**63}.feather", "99.csv", "x.feather")


def test_the_largest_stamp_that_fits_is_a_stamp(log_folder: LogFolder) -> None:
    touch(log_folder.path(f"sensors/lidar/{2**63 - 1}.feather"))
    assert list_stamped(log_folder, "sensors/lidar", (".feather",)).stamps_ns == (2**63 - 1,)


def test_a_missing_folder_is_told(log_folder: LogFolder) -> None:
    with pytest.raises(FileProblemError, match="sensors/cameras/left: no such folder"):
        list_stamped(log_folder, "sensors/cameras/left", (".jpg",))


def test_the_city_is_read_from_the_map(log_folder: LogFolder) -> None:
    assert log_folder.city == ""
    touch(log_folder.path("map/some.json"))
    assert log_folder.city == ""
    touch(log_folder.path("map/log_map_archive_some-log____PIT_city_47896.json"))
    assert log_folder.city == "PIT"
