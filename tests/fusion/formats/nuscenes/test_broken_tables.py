"""Broken tables: what is lost is said to be lost, what is not stays readable, and nothing crashes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.errors import FileProblemError
from fusion.errors import UnreadableDatasetError
from fusion.formats.nuscenes.reader import NuScenesReader
from fusion.formats.registry import open_dataset
from fusion.scene.problems import Problem, ProblemKind

Tables = dict[str, list[dict[str, Any]]]
Write = Callable[..., Path]
BROKEN, MALFORMED = ProblemKind.BROKEN_REFERENCE, ProblemKind.MALFORMED_RECORD
COUNT, UNUSED = ProblemKind.COUNT_MISMATCH, ProblemKind.UNUSED_RECORD


def changed(table: str, token: str, **fields: Any) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        next(record for record in tables[table] if record["token"] == token).update(fields)

    return change


def doubled(table: str, row: int, **fields: Any) -> Callable[[Tables], None]:
    return lambda tables: tables[table].append({**tables[table][row], **fields})


def without(table: str, token: str, field: str) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        del next(record for record in tables[table] if record["token"] == token)[field]

    return change


def removed(table: str, token: str) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        tables[table] = [record for record in tables[table] if record["token"] != token]

    return change


# change, problem of the data set (else of the scene), kind, table, words of the reason, count, lost
CASES = {
    "next of samples in a circle": (
        changed("sample", "sample-2", next="sample-0"), False, BROKEN, "sample", "in a circle", 1, False,
    ),
    "next of itself": (
        changed("sample", "sample-1", next="sample-1"), False, BROKEN, "sample", "in a circle", 1, False,
    ),
    "next that names nothing": (
        changed("sample", "sample-1", next="gone"), False, BROKEN, "sample", "'next' names no record", 1, False,
    ),
    "next that is not answered": (
        changed("sample", "sample-0", next="sample-2"), False, BROKEN, "sample", "'prev' does not lead back", 1, False,
    ),
    "next into another track": (
        changed("sample_annotation", "car-0", next="adult-1"), False, BROKEN, "sample_annotation",
        "another instance", 1, False,
    ),
    "prev of another sensor": (
        changed("sample_data", "camera-1", prev="radar-0"), False, BROKEN, "sample_data", "another sensor", 1, False,
    ),
    "first sample that is no sample": (
        changed("scene", "scene-token", first_sample_token="gone"), False, BROKEN, "scene", "no sample of", 1, False,
    ),
    "last sample that is not last": (
        changed("scene", "scene-token", last_sample_token="sample-1"), False, BROKEN, "scene", "not the one", 1, False,
    ),
    "fewer samples than promised": (
        changed("scene", "scene-token", nbr_samples=40), False, COUNT, "scene", "is 40, sample.json holds 3", 1, False,
    ),
    "a log that is not there": (
        changed("scene", "scene-token", log_token="gone"), False, BROKEN, "scene", "'gone' of the scene", 1, False,
    ),
    "first annotation that is none": (
        changed("instance", "car", first_annotation_token="gone"), False, BROKEN, "instance", "names no", 1, False,
    ),
    "last annotation that is not last": (
        changed("instance", "car", last_annotation_token="car-1"), False, BROKEN, "instance", "not the annot", 1, False,
    ),
    "annotations miscounted": (
        changed("instance", "car", nbr_annotations=9), False, COUNT, "instance", "nbr_annotations", 1, False,
    ),
    "an annotation of no sample": (
        changed("sample_annotation", "car-2", sample_token="gone"), True, BROKEN, "sample_annotation",
        "no scene has them (first: car-2)", 1, True,
    ),
    "an annotation of no instance": (
        changed("sample_annotation", "car-2", instance_token="gone"), False, BROKEN, "sample_annotation",
        "'instance_token' names no instance", 1, True,
    ),
    "an instance of no category": (
        changed("instance", "car", category_token="gone"), False, BROKEN, "instance", "(record car)", 1, True,
    ),
    "an attribute that is none": (
        changed("sample_annotation", "car-0", attribute_tokens=["gone"]), False, BROKEN, "sample_annotation",
        "'attribute_tokens' names no attribute", 1, False,
    ),
    "a visibility that is none": (
        changed("sample_annotation", "car-0", visibility_token="9"), False, BROKEN, "sample_annotation",
        "'visibility_token' names no visibility", 1, False,
    ),
    "a sample of no scene": (
        changed("sample", "sample-2", scene_token="gone"), True, BROKEN, "sample", "first: sample-2", 1, True,
    ),
    "a measurement of no sample": (
        changed("sample_data", "camera-2", sample_token="gone"), True, BROKEN, "sample_data", "camera-2", 1, True,
    ),
    "a measurement without calibration": (
        changed("sample_data", "camera-2", calibrated_sensor_token="gone"), False, BROKEN, "sample_data",
        "'calibrated_sensor_token' names no record", 1, True,
    ),
    "a measurement without a pose": (
        changed("sample_data", "camera-2", ego_pose_token="gone"), False, BROKEN, "sample_data",
        "'ego_pose_token' names no record", 1, True,
    ),
    "a calibration of no sensor": (
        changed("calibrated_sensor", "c-radar", sensor_token="gone"), False, BROKEN, "sample_data",
        "names no sensor", 3, True,
    ),
    "two key frames of one sensor": (
        changed("sample_data", "lidar-1", is_key_frame=True, sample_token="sample-0"), False, BROKEN, "sample_data",
        "several key frames of LIDAR_TOP", 1, False,
    ),
    "a box turned by NaN": (
        changed("sample_annotation", "car-1", rotation=[math.nan] * 4), False, MALFORMED, "sample_annotation",
        "no unit quaternion, so the box can't be judged (record car-1)", 1, True,
    ),
    "a box turned by a long quaternion": (
        changed("sample_annotation", "car-1", rotation=[2, 0, 0, 0]), False, MALFORMED, "sample_annotation",
        "no unit quaternion", 1, True,
    ),
    "a box at NaN": (
        changed("sample_annotation", "car-1", translation=[math.nan, 0, 0]), False, MALFORMED, "sample_annotation",
        "translation or size", 1, True,
    ),
    "a pose turned by NaN": (
        changed("ego_pose", "pose-lidar-0", rotation=[math.nan] * 4), False, MALFORMED, "ego_pose",
        "(record pose-lidar-0)", 1, True,
    ),
    "a pose at infinity": (
        changed("ego_pose", "pose-lidar-0", translation=[math.inf, 0, 0]), False, MALFORMED, "ego_pose",
        "not finite", 1, True,
    ),
    "a sensor turned by NaN": (
        changed("calibrated_sensor", "c-camera", rotation=[math.nan] * 4), False, MALFORMED, "calibrated_sensor",
        "CAM_FRONT can't be placed", 1, True,
    ),
    "a sensor turned by zero": (
        changed("calibrated_sensor", "c-camera", rotation=[0, 0, 0, 0]), False, MALFORMED, "calibrated_sensor",
        "(record c-camera)", 1, True,
    ),
    "a camera without intrinsics": (
        changed("calibrated_sensor", "c-camera", camera_intrinsic=[]), False, MALFORMED, "calibrated_sensor",
        "CAM_FRONT has no usable lens", 1, True,
    ),
    "a camera with intrinsics of zero": (
        changed("calibrated_sensor", "c-camera", camera_intrinsic=[[0.0] * 3] * 3), False, MALFORMED,
        "calibrated_sensor", "0 0 1", 1, True,
    ),
    "a camera with an unknown lens": (
        changed("calibrated_sensor", "c-camera", camera_model="monocle"), False, MALFORMED, "calibrated_sensor",
        "monocle", 1, True,
    ),
    "a camera with three coefficients": (
        changed("calibrated_sensor", "c-camera", camera_distortion=[0, 0, 0]), False, MALFORMED, "calibrated_sensor",
        "3 coefficients", 1, True,
    ),
    "a sensor called ego": (
        changed("sensor", "s-radar", channel="ego"), False, MALFORMED, "calibrated_sensor", "can't be called", 1, True,
    ),
    "an absolute file name": (
        changed("sample_data", "camera-1", filename="/etc/passwd"), False, MALFORMED, "sample_data",
        "'/etc/passwd' is absolute", 1, True,
    ),
    "a file name that climbs out": (
        changed("sample_data", "camera-1", filename="samples/../../secret.png"), False, MALFORMED, "sample_data",
        "'..' in it", 1, True,
    ),
    "motion nobody knows": (
        changed("calibrated_sensor", "c-lidar", motion="wobbly"), False, MALFORMED, "calibrated_sensor",
        "got 'wobbly'", 1, True,
    ),
    "lidar columns without z": (
        changed("sample_data", "lidar-0", fileformat="pcd.bin:x,y,intensity"), False, MALFORMED, "sample_data",
        "must name x, y and z", 1, True,
    ),
    "a time base nobody knows": (
        changed("log", "log", time_base="moon"), False, MALFORMED, "log", "got 'moon'", 1, False,
    ),
    "a token twice": (
        doubled("sample_annotation", 0, translation=[0, 0, 0]), True, MALFORMED, "sample_annotation",
        "token 'car-0' occurs more than once", 1, True,
    ),
    "a sample twice": (doubled("sample", 1), True, MALFORMED, "sample", "'sample-1' occurs more", 1, True),
    "a measurement twice": (doubled("sample_data", 2), True, MALFORMED, "sample_data", "'lidar-2' occurs", 1, True),
    "a sensor twice": (doubled("sensor", 0, channel="OTHER"), True, MALFORMED, "sensor", "occurs more", 1, True),
    "a category twice": (doubled("category", 0, name="x"), True, MALFORMED, "category", "'cat-car' occurs", 1, True),
    "a text for a number": (
        changed("sample_annotation", "car-1", translation=["a", 0, 0]), True, MALFORMED, "sample_annotation",
        "record [1]: Expected `float`, got `str` - at `$.translation[0]`", 1, True,
    ),
    "two numbers for a size": (
        changed("sample_annotation", "car-1", size=[1, 2]), True, MALFORMED, "sample_annotation", "length 3", 1, True,
    ),
    "half a character": (
        changed("sample_annotation", "car-1", visibility_token="\ud800"), True, MALFORMED, "sample_annotation",
        "half of a UTF-16 surrogate pair", 1, True,
    ),
    "a count beyond counting": (
        changed("instance", "adult", nbr_annotations=2**63), True, MALFORMED, "instance", "<= 2147483647", 1, True,
    ),
    "a record without its token": (
        without("sample", "sample-1", "token"), True, MALFORMED, "sample", "required field `token`", 1, True,
    ),
    "a stamp of the wrong unit": (
        changed("sample_data", "lidar-0", timestamp=1_532_402_927_000_000_000), True, MALFORMED, "sample_data",
        "<= 9000000000000000", 1, True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_says_what_is_broken_once_and_reads_the_rest(
    case: tuple[Callable[[Tables], None], bool, ProblemKind, str, str, int, bool], tables: Tables, write: Write
) -> None:
    change, of_the_data_set, kind, table, reason, count, lost = case
    change(tables)
    reader = NuScenesReader(write(tables))
    scene = reader.read_scene("scene-0001")
    problems = list(reader.problems if of_the_data_set else scene.problems)
    told = [p for p in problems if reason in p.reason]
    assert len(told) == 1, problems
    assert (told[0].kind, told[0].path) == (kind, f"v1.0-mini/{table}.json")
    assert (told[0].count, told[0].lost) == (count, lost)
    assert told[0].scene == ("" if of_the_data_set else "scene-0001")
    assert len(scene.frames) >= 2
    assert len(scene.labels) >= 3


def problems_after(change: Callable[[Tables], None], tables: Tables, write: Write) -> list[Problem]:
    change(tables)
    return list(NuScenesReader(write(tables)).read_scene("scene-0001").problems)


def test_a_circle_of_samples_keeps_all_frames_in_time_order(tables: Tables, write: Write) -> None:
    for frame in range(3):
        tables["sample"][frame]["next"] = f"sample-{(frame + 1) % 3}"
    tables["sample"].reverse()
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert scene.frame_table.keys == ("sample-0", "sample-1", "sample-2")
    assert (np.diff(scene.frame_table.timestamps_ns) > 0).all()


def test_many_records_with_one_fault_are_one_problem_with_a_count(tables: Tables, write: Write) -> None:
    def cut_all_links(spoilt: Tables) -> None:
        for record in spoilt["sample_annotation"]:
            record["next"] = f"no-{record['token']}"

    problems = problems_after(cut_all_links, tables, write)
    assert [(p.reason.split(" (")[0], p.count) for p in problems] == [
        ("'next' names no record of the table", 5),
    ]
    assert "5 records, first car-0" in problems[0].reason


def test_a_single_broken_label_is_named_as_one(tables: Tables, write: Write) -> None:
    problems = problems_after(changed("sample_annotation", "car-1", rotation=[math.nan] * 4), tables, write)
    assert problems[0].label == "car-1"


def test_a_box_that_is_no_box_keeps_its_row(tables: Tables, write: Write) -> None:
    changed("sample_annotation", "car-1", rotation=[math.nan] * 4)(tables)
    boxes = NuScenesReader(write(tables)).read_scene("scene-0001").labels.boxes
    assert len(boxes) == 5
    assert np.isnan(boxes.rotations[2]).all()
    assert np.isfinite(boxes.rotations[[0, 1, 3, 4]]).all()


def test_a_quaternion_a_little_off_is_used_and_what_was_off_stays_known(tables: Tables, write: Write) -> None:
    changed("calibrated_sensor", "c-camera", rotation=[0.51, -0.51, 0.51, -0.51])(tables)
    changed("sample_annotation", "car-1", rotation=[1.02, 0, 0, 0])(tables)
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert list(scene.problems) == []
    assert scene.rig_at(0).sensor("CAM_FRONT").ego_from_sensor.residual == pytest.approx(0.02)
    np.testing.assert_allclose(scene.labels.boxes.rotations[2], [1, 0, 0, 0])


def test_a_label_of_an_unknown_instance_keeps_its_track(tables: Tables, write: Write) -> None:
    for token in ("car-1", "car-2"):
        changed("sample_annotation", token, instance_token="gone")(tables)
    labels = NuScenesReader(write(tables)).read_scene("scene-0001").labels
    assert labels.boxes.track.values.tolist() == ["car", "adult", "gone", "adult", "gone"]
    assert labels.boxes.category.values.tolist()[2:] == ["", "human.pedestrian.adult", ""]
    assert labels.boxes.velocities_mps is not None
    np.testing.assert_allclose(labels.boxes.velocities_mps[4], [0, 5, 0], atol=1e-9)


def test_a_measurement_without_a_pose_has_none(tables: Tables, write: Write) -> None:
    changed("sample_data", "lidar-0", ego_pose_token="gone")(tables)
    changed("ego_pose", "pose-camera-1", translation=[math.nan, 0, 0])(tables)
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert scene.frame_table.world_from_ego(0) is None
    assert scene.streams["CAM_FRONT"].world_from_ego(1) is None
    assert scene.streams["CAM_FRONT"].world_from_ego(0) is not None
    assert scene.trajectory is not None
    assert len(scene.trajectory) == 8


def test_a_sensor_that_can_not_be_placed_is_left_out_and_the_others_stay(tables: Tables, write: Write) -> None:
    changed("calibrated_sensor", "c-lidar", rotation=[0, 0, 0, 0])(tables)
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert set(scene.streams) == set(scene.rig_at(0).sensors) == {"CAM_FRONT", "RADAR_FRONT"}
    assert [p.sensor for p in scene.problems] == ["LIDAR_TOP"]


def test_a_camera_without_a_lens_still_has_its_images(tables: Tables, write: Write) -> None:
    changed("calibrated_sensor", "c-camera", camera_intrinsic=[])(tables)
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert scene.rig_at(0).sensor("CAM_FRONT").camera is None
    assert len(scene.streams["CAM_FRONT"]) == 3


def test_a_file_outside_the_data_set_is_never_opened(tables: Tables, write: Write, tmp_path: Path) -> None:
    secret = tmp_path.parent / "secret.bin"
    secret.write_bytes(b"\0" * 20)
    changed("sample_data", "lidar-0", filename="../secret.bin")(tables)
    changed("sample_data", "camera-0", filename=str(secret))(tables)
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    with pytest.raises(FileProblemError, match=r"'\.\.' in it"):
        scene.streams["LIDAR_TOP"].load(0)
    with pytest.raises(FileProblemError, match="is absolute"):
        scene.streams["CAM_FRONT"].load(0).pixels()


def test_of_a_record_told_twice_the_first_is_used(tables: Tables, write: Write) -> None:
    doubled("sample_annotation", 0, translation=[0, 0, 0])(tables)
    doubled("sample_data", 0, filename="other.bin")(tables)
    scene = NuScenesReader(write(tables)).read_scene("scene-0001")
    assert scene.labels.boxes.label_ids.tolist() == ["car-0", "adult-0", "car-1", "adult-1", "car-2"]
    assert scene.labels.boxes.centres_m[0].tolist() == [102, 209, 2]
    assert "other.bin" not in scene.streams["LIDAR_TOP"].paths
    assert list(scene.problems) == []


def test_a_wrong_record_leaves_what_pointed_at_it_dangling(tables: Tables, write: Write) -> None:
    changed("calibrated_sensor", "c-radar", translation="left")(tables)
    reader = NuScenesReader(write(tables))
    scene = reader.read_scene("scene-0001")
    assert "RADAR_FRONT" not in scene.streams
    assert ["calibrated_sensor.json" in p.path for p in reader.problems] == [True]
    assert [(p.count, p.lost) for p in scene.problems] == [(3, True)]


@pytest.mark.parametrize(
    "table", ["scene", "sample", "sample_data", "ego_pose", "calibrated_sensor", "sensor", "category", "instance"]
)
def test_a_missing_table_is_named(tables: Tables, write: Write, table: str) -> None:
    del tables[table]
    with pytest.raises(UnreadableDatasetError, match=f"lacks v1.0-mini/{table}.json"):
        open_dataset(write(tables))


@pytest.mark.parametrize("table", ["sample", "sample_annotation", "sensor", "attribute"])
def test_a_truncated_table_is_named_with_the_line_it_ends_at(tables: Tables, write: Write, table: str) -> None:
    path = write(tables) / "v1.0-mini" / f"{table}.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    line = text[: len(text) // 2].count("\n") + 1
    with pytest.raises(
        UnreadableDatasetError, match=rf"v1.0-mini/{table}.json line {line}: .*ends in the middle .*\(byte \d+\)"
    ):
        open_dataset(path.parent)


@pytest.mark.parametrize("content", ["null", '{"a": 1}', '"text"', "17"], ids=["null", "object", "text", "number"])
def test_a_table_that_is_no_list_is_named(tables: Tables, write: Write, content: str) -> None:
    root = write(tables)
    (root / "v1.0-mini/sample.json").write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableDatasetError, match=r"v1.0-mini/sample.json line 1: expected a list of records"):
        open_dataset(root)


def test_records_that_are_no_records_are_counted(tables: Tables, write: Write) -> None:
    root = write(tables)
    rows = json.dumps([*tables["sample_annotation"], 7, None, []])
    (root / "v1.0-mini/sample_annotation.json").write_text(rows, encoding="utf-8")
    reader = NuScenesReader(root)
    assert [p.count for p in reader.problems] == [3]
    assert "record [5]: " in next(iter(reader.problems)).reason
    assert len(reader.read_scene("scene-0001").labels) == 5
