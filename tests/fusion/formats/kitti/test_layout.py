from __future__ import annotations

from pathlib import Path

import pytest

from fusion.formats.kitti.layout import find_splits


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return root


def test_a_split_may_have_any_name_and_training_comes_first(tmp_path: Path) -> None:
    make(tmp_path, *(f"{split}/label_2/000000.txt" for split in ("holdout", "testing", "training", ".backup")))
    assert [split.name for split in find_splits(tmp_path)] == ["training", "holdout", "testing"]


def test_frames_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    make(tmp_path, "label_2/10.txt", "label_2/9.txt", "calib/b.txt", "label_2/b.txt", "velodyne/000011.bin")
    (split,) = find_splits(tmp_path)
    assert split.keys == ("9", "10", "000011", "b")


def test_a_frame_is_whatever_any_folder_has(tmp_path: Path) -> None:
    make(tmp_path, "label_2/000000.txt", "velodyne/000001.bin", "image_2/000002.jpg", "calib/000003.txt")
    (split,) = find_splits(tmp_path)
    assert split.keys == ("000000", "000001", "000002", "000003")
    assert split.files["image_2"] == {"000002": "image_2/000002.jpg"}
    assert split.cameras == ("image_2",)


def test_the_usual_spelling_is_read_where_a_frame_has_several_files(tmp_path: Path) -> None:
    make(tmp_path, "label_2/000000.txt", *(f"image_2/000000.{suffix}" for suffix in ("jpeg", "JPG", "PNG", "png")))
    (split,) = find_splits(tmp_path)
    assert split.files["image_2"]["000000"] == "image_2/000000.png"
    assert sorted(problem.path for problem in split.problems) == [
        "image_2/000000.JPG",
        "image_2/000000.PNG",
        "image_2/000000.jpeg",
    ]


@pytest.mark.parametrize(
    "names",
    [
        ["samples/LIDAR_TOP/a.pcd.bin", "v1.0-mini/scene.json"],
        ["training/velodyne/0001/000000.bin", "training/calib/0001.txt", "training/label_02/0001.txt"],
        ["label/000950.json", "calib/camera/front.json", "lidar/000950.pcd"],
        ["velodyne/000000.bin"],
        [],
    ],
    ids=["nuscenes", "kitti tracking", "sustechpoints", "sweeps alone", "nothing"],
)
def test_other_layouts_have_no_splits(names: list[str], tmp_path: Path) -> None:
    assert find_splits(make(tmp_path, *names)) == ()


def test_a_loop_of_links_is_no_split(tmp_path: Path) -> None:
    (tmp_path / "label_2").symlink_to(tmp_path / "label_2")
    (tmp_path / "again").symlink_to(tmp_path)
    assert find_splits(tmp_path) == ()
