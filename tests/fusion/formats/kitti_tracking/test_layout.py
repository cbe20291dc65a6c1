from __future__ import annotations

from pathlib import Path

import pytest

from fusion.formats.kitti_tracking.layout import find_sequences


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return root


def test_a_sequence_keeps_its_number_for_a_name_wherever_one_stands(tmp_path: Path) -> None:
    make(tmp_path, *(f"{split}/velodyne/0003/000000.bin" for split in ("training", "testing")))
    make(tmp_path, *(f"{split}/calib/0003.txt" for split in ("training", "testing")), "training/label_02/0003.txt")
    names = {
        root: [sequence.name for sequence in find_sequences(tmp_path / root)]
        for root in ("", "training", "training/label_02/0003.txt", "testing")
    }
    assert names == {
        "": ["0003", "testing-0003"],
        "training": ["0003"],
        "training/label_02/0003.txt": ["0003"],
        "testing": ["0003"],
    }


def test_a_folder_of_labels_alone_has_the_recording_of_training(tmp_path: Path) -> None:
    make(tmp_path, "vendor/label_02/0001.txt", "training/calib/0001.txt", "training/image_02/0001/000000.png")
    make(tmp_path, "training/label_02/0001.txt")
    for root in ("vendor", "vendor/label_02/0001.txt"):
        (sequence,) = find_sequences(tmp_path / root)
        assert sequence.root == tmp_path
        assert sequence.texts == {"label_02": "vendor/label_02/0001.txt", "calib": "training/calib/0001.txt"}
        assert sequence.files == {"image_02": {0: "training/image_02/0001/000000.png"}}
        assert sequence.borrowed == ("calib", "image_02")


def test_a_split_with_a_recording_of_its_own_borrows_nothing(tmp_path: Path) -> None:
    make(tmp_path, "vendor/label_02/0001.txt", "vendor/image_02/0001/000000.png", "training/calib/0001.txt")
    (sequence,) = find_sequences(tmp_path / "vendor")
    assert (sequence.root, sequence.borrowed) == (tmp_path / "vendor", ())
    assert "calib" not in sequence.texts


def test_frames_are_the_numbers_of_their_files(tmp_path: Path) -> None:
    folder = "image_02/0001"
    make(tmp_path, "label_02/0001.txt", *(f"{folder}/{name}" for name in ("000010.png", "000009.jpg", "10.png")))
    make(tmp_path, *(f"{folder}/{name}" for name in ("cover.png", "1000000.png", "notes.txt")))
    (sequence,) = find_sequences(tmp_path)
    assert sequence.files["image_02"] == {9: f"{folder}/000009.jpg", 10: f"{folder}/000010.png"}
    assert [(one.path, one.reason) for one in sequence.problems] == [
        (f"{folder}/10.png", "not read: '000010.png' is taken for frame 10")
    ]
    (remark,) = sequence.remarks
    assert remark == f"{folder}/ holds 3 files of no frame, not read: notes.txt, 1000000.png, cover.png"


def test_names_need_a_number_or_a_second_place(tmp_path: Path) -> None:
    make(tmp_path, "label_02/0002.txt", "label_02/classes.txt", "label_02/yard.txt", "calib/yard.txt")
    assert [sequence.number for sequence in find_sequences(tmp_path)] == ["0002", "yard"]


@pytest.mark.parametrize(
    "names",
    [
        ["training/label_2/000000.txt", "training/calib/000000.txt", "training/velodyne/000000.bin"],
        ["samples/LIDAR_TOP/a.pcd.bin", "v1.0-mini/scene.json"],
        ["2011_09_26/2011_09_26_drive_0001_sync/image_02/timestamps.txt"],
        ["sequences/00/velodyne/000000.bin", "sequences/00/calib.txt"],
        ["velodyne/0001/000000.bin"],
        [],
    ],
    ids=["kitti object", "nuscenes", "kitti raw", "kitti odometry", "sweeps alone", "nothing"],
)
def test_other_layouts_have_no_sequences(names: list[str], tmp_path: Path) -> None:
    assert find_sequences(make(tmp_path, *names)) == ()
