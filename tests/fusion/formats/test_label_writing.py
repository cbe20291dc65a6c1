"""A label is edited, written in its own format, read back, and is what it was edited to be. Nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fusion.errors import LabelEditError
from fusion.formats.label_writing import WrittenCopy, write_labels
from fusion.formats.registry import open_dataset
from fusion.scene.dataset import Dataset
from fusion.scene.label_edits import LabelEdit, edited
from fusion.scene.label_set import LabelSet
from fusion.scene.scene import Scene

KITTI_CALIBRATION = """\
P0: 100 0 60 0 0 100 20 0 0 0 1 0
P1: 100 0 60 0 0 100 20 0 0 0 1 0
P2: 100 0 60 6.3 0 100 20 0 0 0 1 0.005
P3: 100 0 60 0 0 100 20 0 0 0 1 0
R0_rect: 1 0 0 0 1 0 0 0 1
Tr_velo_to_cam: 0 -1 0 -0.1 0 0 -1 -0.2 1 0 0 -0.3
Tr_imu_to_velo: 1 0 0 0 0 1 0 0 0 0 1 0
"""
CAR = "Car 0.00 1 -1.67 60.00 18.00 85.00 32.00 1.50 1.60 4.00 2.00 1.70 20.00 -1.57"
WALKER = "Pedestrian  0.25 0 0.10 20.00 10.00 30.00 40.00 1.80 0.60 0.80 -4.00 1.70 10.00 0.30"
KITTI_OBJECT = f"{CAR}\n{WALKER}\nDontCare -1 -1 -10 100.00 15.00 110.00 20.00 -1 -1 -1 -1000 -1000 -1000 -10\n"
KITTI_TRACKING = "".join(f"{frame} {track} {label}\n" for frame in range(3) for track, label in ((0, CAR), (7, WALKER)))


def cuboid(centre: list[float], yaw_rad: float, size: list[float]) -> dict[str, Any]:
    return {"name": "shape", "val": [*centre, 0.0, 0.0, yaw_rad, *size], "coordinate_system": "vehicle-iso8855"}


def declared(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "frame_intervals": [{"frame_start": 0, "frame_end": 2}]}


def objects_of(frame: int) -> dict[str, Any]:
    car = cuboid([20.0 + frame, -2, 0.75], 0.1, [4, 1.6, 1.5])
    walker = cuboid([10.0, 4, 0.9], -1.2, [0.8, 0.6, 1.8])
    return {"car": {"object_data": {"cuboid": [car]}}, "walker": {"object_data": {"cuboid": [walker]}}}


OPENLABEL = {
    "openlabel": {
        "metadata": {"schema_version": "1.0.0"},
        "coordinate_systems": {"vehicle-iso8855": {"type": "local_cs", "parent": ""}},
        "objects": {"car": declared("car", "Car"), "walker": declared("walker", "Pedestrian")},
        "frames": {str(frame): {"objects": objects_of(frame)} for frame in range(3)},
    }
}


@dataclass
class Delivery:
    """A tiny data set: its root, and how exactly its format keeps a number."""

    root: Path
    tolerance_m: float = 1e-6

    @property
    def dataset(self) -> Dataset:
        return open_dataset(self.root)

    @property
    def scene(self) -> Scene:
        return self.dataset.scene(self.dataset.scene_names[0])


def written(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode())
    return root


def kitti_object(folder: Path) -> Delivery:
    files = {f"training/calib/00000{key}.txt": KITTI_CALIBRATION for key in (0, 1)}
    root = written(folder, files | {f"training/label_2/00000{key}.txt": KITTI_OBJECT for key in (0, 1)})
    return Delivery(root, 0.01)


def kitti_tracking(folder: Path) -> Delivery:
    files = {"training/calib/0001.txt": KITTI_CALIBRATION, "training/label_02/0001.txt": KITTI_TRACKING}
    return Delivery(written(folder, files), 0.01)


def openlabel(folder: Path) -> Delivery:
    return Delivery(written(folder, {"scene.json": json.dumps(OPENLABEL, indent=2)}))


def argoverse2(folder: Path) -> Delivery:
    import pyarrow as pa
    from pyarrow import feather

    log = folder / "val" / "7fab2350-7eaf-3b7e-a39d-6937a4c1bede"
    log.mkdir(parents=True)
    rows = [
        (1000 + 100 * frame, track, x) for frame in range(3) for track, x in (("car", 20.0 + frame), ("walker", 9.0))
    ]
    table: dict[str, Any] = {
        "timestamp_ns": np.array([row[0] for row in rows], dtype=np.int64) * 1_000_000,
        "track_uuid": [row[1] for row in rows],
        "category": ["REGULAR_VEHICLE" if row[1] == "car" else "PEDESTRIAN" for row in rows],
        "tx_m": [row[2] for row in rows],
        "note": ["not ours"] * len(rows),
        "num_interior_pts": np.arange(len(rows)),
    }
    constant = {"length_m": 4.0, "width_m": 2.0, "height_m": 1.5, "qw": 1.0, "qx": 0.0, "qy": 0.0, "qz": 0.0}
    table |= {name: [value] * len(rows) for name, value in {**constant, "ty_m": 3.0, "tz_m": 1.0}.items()}
    feather.write_feather(pa.table(table), log / "annotations.feather")
    poses = {
        "timestamp_ns": table["timestamp_ns"][::2],
        **{name: [0.0] * 3 for name in ("qx", "qy", "qz", "tx_m", "ty_m", "tz_m")},
    }
    feather.write_feather(pa.table({**poses, "qw": [1.0] * 3}), log / "city_SE3_egovehicle.feather")
    return Delivery(folder)


def nuscenes(folder: Path) -> Delivery:
    crossing = Path(__file__).resolve().parents[3] / "sample_data" / "crossing"
    (folder / "v1.0-clean").mkdir(parents=True)
    for table in (crossing / "v1.0-clean").iterdir():
        (folder / "v1.0-clean" / table.name).write_bytes(table.read_bytes())
    return Delivery(folder)


MAKERS: dict[str, Callable[[Path], Delivery]] = {
    "kitti-object": kitti_object,
    "kitti-tracking": kitti_tracking,
    "openlabel": openlabel,
    "argoverse2": argoverse2,
    "nuscenes": nuscenes,
}
TRACKED = [name for name in MAKERS if name != "kitti-object"]


@pytest.fixture(params=MAKERS)
def delivery(request: pytest.FixtureRequest, tmp_path: Path) -> Delivery:
    made: Delivery = MAKERS[request.param](tmp_path / "original")
    assert made.dataset.format == request.param
    return made


def copy_of(delivery: Delivery, edits: Sequence[LabelEdit], tmp_path: Path) -> tuple[WrittenCopy, LabelSet]:
    copy = write_labels(delivery.dataset, edits, tmp_path / "copy")
    opened = open_dataset(copy.root)
    return copy, opened.scene(opened.scene_names[0]).labels


def by_place(labels: LabelSet) -> list[tuple[Any, ...]]:
    """Labels without their ids, which in text files are the numbers of lines."""
    boxes = labels.boxes
    rows = zip(labels.frame_index.tolist(), boxes.track.values, boxes.category.values, range(len(boxes)), strict=True)
    ordered = sorted(rows, key=lambda row: (row[:3], boxes.centres_m[row[3]].round(1).tolist()))
    return [
        (*row[:3], boxes.centres_m[row[3]], boxes.sizes_m[row[3]], np.abs(boxes.rotations[row[3]])) for row in ordered
    ]


def assert_same(found: LabelSet, expected: LabelSet, tolerance_m: float) -> None:
    assert [row[:3] for row in by_place(found)] == [row[:3] for row in by_place(expected)]
    for one, other in zip(by_place(found), by_place(expected), strict=True):
        for column in (3, 4, 5):
            np.testing.assert_allclose(one[column], other[column], atol=tolerance_m)


def bytes_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def moved(delivery: Delivery, row: int = 0) -> LabelEdit:
    boxes = delivery.scene.labels.boxes
    centre, size = boxes.centres_m[row] + [0.5, -0.25, 0.1], boxes.sizes_m[row] * 1.25
    return LabelEdit(
        "set", delivery.scene.name, boxes.label_ids[row], centre_m=tuple(centre), size_m=tuple(size), rotation=TURNED
    )


TURNED = (float(np.cos(0.3)), 0.0, 0.0, float(np.sin(0.3)))


def test_a_copy_without_edits_has_the_same_bytes(delivery: Delivery, tmp_path: Path) -> None:
    copy, _ = copy_of(delivery, [], tmp_path)
    assert bytes_below(copy.folder).keys() == bytes_below(delivery.root).keys()
    if delivery.dataset.format not in ("argoverse2", "openlabel"):  # one table, one object: written whole
        assert bytes_below(copy.folder) == bytes_below(delivery.root)


def test_a_moved_box_is_read_back_where_it_was_put(delivery: Delivery, tmp_path: Path) -> None:
    before, edit = bytes_below(delivery.root), moved(delivery)
    _, labels = copy_of(delivery, [edit], tmp_path)
    assert_same(labels, edited(delivery.scene.labels, [edit]), delivery.tolerance_m)
    assert bytes_below(delivery.root) == before


def test_a_deleted_box_is_gone(delivery: Delivery, tmp_path: Path) -> None:
    scene = delivery.scene
    edit = LabelEdit("delete", scene.name, scene.labels.boxes.label_ids[1])
    _, labels = copy_of(delivery, [edit], tmp_path)
    assert_same(labels, edited(scene.labels, [edit]), delivery.tolerance_m)


def test_lines_nobody_edited_stay_as_they_were(tmp_path: Path) -> None:
    delivery = kitti_tracking(tmp_path / "original")
    copy, _ = copy_of(delivery, [moved(delivery, 1)], tmp_path)
    before = (delivery.root / copy.changed[0]).read_text(encoding="utf-8").splitlines()
    after = (copy.folder / copy.changed[0]).read_text(encoding="utf-8").splitlines()
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True, True, True, True]
    assert after[1].split()[:2] == ["0", "7"]
    assert after[1].split()[6:10] == ["20.00", "10.00", "30.00", "40.00"]


def test_records_nobody_edited_stay_as_they_were(tmp_path: Path) -> None:
    delivery = nuscenes(tmp_path / "original")
    copy, _ = copy_of(delivery, [moved(delivery, 5)], tmp_path)
    assert copy.changed == ("v1.0-clean/sample_annotation.json",)
    before = (delivery.root / copy.changed[0]).read_text(encoding="utf-8").splitlines()
    after = (copy.folder / copy.changed[0]).read_text(encoding="utf-8").splitlines()
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize("maker", TRACKED)
def test_a_new_track_takes_boxes_over(maker: str, tmp_path: Path) -> None:
    delivery = MAKERS[maker](tmp_path / "original")
    scene = delivery.scene
    tail = scene.labels.tracks.rows(0)[1:]
    edits = [LabelEdit("set", scene.name, scene.labels.boxes.label_ids[row], track="99") for row in tail]
    _, labels = copy_of(delivery, edits, tmp_path)
    assert_same(labels, edited(scene.labels, edits), delivery.tolerance_m)


@pytest.mark.parametrize("maker", TRACKED)
def test_two_tracks_exchange_their_boxes(maker: str, tmp_path: Path) -> None:
    delivery = MAKERS[maker](tmp_path / "original")
    scene = delivery.scene
    names, ids = scene.labels.tracks.names, scene.labels.boxes.label_ids
    edits = [
        LabelEdit("set", scene.name, ids[row], track=names[1 - track])
        for track in (0, 1)
        for row in scene.labels.tracks.rows(track)[1:]
    ]
    _, labels = copy_of(delivery, edits, tmp_path)
    expected = edited(scene.labels, edits)
    places = [
        sorted(
            zip(
                part.frame_index.tolist(),
                part.boxes.track.values,
                part.boxes.centres_m[:, 0].round(3).tolist(),
                strict=True,
            )
        )
        for part in (labels, expected)
    ]
    assert places[0] == places[1]


@pytest.mark.parametrize("maker", TRACKED)
def test_an_added_box_is_like_another_but_elsewhere(maker: str, tmp_path: Path) -> None:
    delivery = MAKERS[maker](tmp_path / "original")
    scene = delivery.scene
    like = scene.labels.tracks.rows(0)[1]
    boxes, frame = scene.labels.boxes, int(scene.labels.frame_index[like])
    edit = LabelEdit(
        "add", scene.name, "0123456789abcdef0123456789abcdef", centre_m=tuple(boxes.centres_m[like] + [3.0, 0.0, 0.0]),
        size_m=tuple(boxes.sizes_m[like]), rotation=tuple(boxes.rotations[like]), track="99",
        like=boxes.label_ids[like], frame=frame, timestamp_ns=int(scene.frame_table.timestamps_ns[frame]),
    )  # fmt: skip
    _, labels = copy_of(delivery, [edit], tmp_path)
    assert_same(labels, edited(scene.labels, [edit]), delivery.tolerance_m)


@pytest.mark.parametrize("maker", ["nuscenes", "openlabel"])
def test_a_track_has_one_class_where_the_format_says_so(maker: str, tmp_path: Path) -> None:
    delivery = MAKERS[maker](tmp_path / "original")
    scene = delivery.scene
    rows = scene.labels.tracks.rows(0)
    edits = [LabelEdit("set", scene.name, scene.labels.boxes.label_ids[row], category="vehicle.cra") for row in rows]
    with pytest.raises(LabelEditError, match=r"one (class|type) for"):
        write_labels(delivery.dataset, edits[:1], tmp_path / "refused")
    _, labels = copy_of(delivery, edits, tmp_path)
    assert labels.boxes.category.values.tolist().count("vehicle.cra") == len(rows)


def test_sensor_files_are_linked_and_tables_are_not(tmp_path: Path) -> None:
    delivery = kitti_object(tmp_path / "original")
    sweep = delivery.root / "training" / "velodyne" / "000000.bin"
    written(delivery.root, {"training/velodyne/000000.bin": "0123456789abcdef"})
    copy, _ = copy_of(delivery, [], tmp_path)
    assert (copy.folder / "training/velodyne/000000.bin").samefile(sweep)
    calibration = "training/calib/000000.txt"
    assert not (copy.folder / calibration).samefile(delivery.root / calibration)


@pytest.mark.parametrize("place", ["original/inside", "full"])
def test_nothing_is_written_over_and_nothing_into_the_data_set_itself(place: str, tmp_path: Path) -> None:
    delivery = kitti_object(tmp_path / "original")
    written(tmp_path / "full", {"mine.txt": "keep"})
    before = bytes_below(tmp_path)
    with pytest.raises(LabelEditError, match="a copy needs"):
        write_labels(delivery.dataset, [], tmp_path / place)
    assert bytes_below(tmp_path) == before


def test_a_label_that_is_not_there_is_told(delivery: Delivery, tmp_path: Path) -> None:
    edit = LabelEdit("set", delivery.scene.name, "nobody", centre_m=(0.0, 0.0, 0.0))
    with pytest.raises(LabelEditError, match="nobody"):
        write_labels(delivery.dataset, [edit], tmp_path / "copy")


def test_a_pose_of_a_log_is_written_and_read_back(tmp_path: Path) -> None:
    delivery = argoverse2(tmp_path / "original")
    scene = delivery.scene
    assert scene.trajectory is not None
    shifted = scene.trajectory.translations_m + np.array([[0.0, 0.0, 0.0], [0.5, -0.25, 0.0], [0.0, 0.0, 0.0]])
    after = replace(scene, trajectory=replace(scene.trajectory, translations_m=shifted))
    copy = write_labels(delivery.dataset, [], tmp_path / "copy", [after])
    (found,) = open_dataset(copy.root).scenes()
    assert found.trajectory is not None
    np.testing.assert_allclose(found.trajectory.translations_m, shifted)
    assert [Path(name).name for name in copy.changed if "annotations" not in name] == ["city_SE3_egovehicle.feather"]


def test_where_stamps_and_mountings_can_not_be_written_is_told(tmp_path: Path) -> None:
    delivery = kitti_object(tmp_path / "original")
    with pytest.raises(LabelEditError, match="poses and mountings in the format kitti-object"):
        write_labels(delivery.dataset, [], tmp_path / "copy", [delivery.scene])
