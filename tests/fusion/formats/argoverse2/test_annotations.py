from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fusion.formats.argoverse2.annotations import CLASSES, label_set_of, read_boxes
from fusion.formats.argoverse2.layout import LogFolder
from fusion.formats.argoverse2.log_report import LogReport
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.problems import Problem, ProblemKind
from fusion.scene.taxonomy import kind_of_name

Write = Callable[..., Path]
Log = dict[str, dict[str, Any]]
ANNOTATIONS = "annotations.feather"
Read = Callable[[Log], tuple[Boxes3D, LogReport]]


@pytest.fixture
def read(write: Write) -> Read:
    def written_and_read(log: Log) -> tuple[Boxes3D, LogReport]:
        report = LogReport("some-log")
        boxes = read_boxes(LogFolder(write(log, images=False), "", "some-log"), report)
        assert boxes is not None
        return boxes, report

    return written_and_read


def only(report: LogReport) -> Problem:
    (problem,) = report.problems
    return problem


def test_boxes_stay_in_ego_as_they_were_written(log: Log, read: Read, start_ns: int) -> None:
    boxes, report = read(log)
    assert list(report.problems) == []
    assert boxes.centres_m.tolist() == [[9, -2, 1], [20, 5, 1], [8.5, -2, 1]]
    assert boxes.sizes_m.tolist() == [[4, 2, 1.5], [0.5, 0.6, 1.8], [4, 2, 1.5]]
    assert boxes.timestamps_ns.tolist() == [start_ns, start_ns, start_ns + 100_000_000]
    assert boxes.category.values.tolist() == ["REGULAR_VEHICLE", "PEDESTRIAN", "REGULAR_VEHICLE"]
    assert boxes.track.values.tolist() == ["car", "adult", "car"]
    assert boxes.label_ids.tolist() == [f"{start_ns}:car", f"{start_ns}:adult", f"{start_ns + 100_000_000}:car"]
    assert boxes.recorded_point_counts is not None
    assert boxes.recorded_point_counts.tolist() == [3, 0, 3]
    assert boxes.provenance is not None
    assert boxes.provenance.place(0) == ANNOTATIONS


def test_yaw_counts_from_ahead_to_the_left(log: Log, read: Read) -> None:
    log[ANNOTATIONS]["qw"][0], log[ANNOTATIONS]["qz"][0] = np.cos(0.15), np.sin(0.15)
    log[ANNOTATIONS]["qw"][2], log[ANNOTATIONS]["qz"][2] = -np.cos(0.15), -np.sin(0.15)
    boxes, report = read(log)
    assert boxes.yaws_rad.tolist() == pytest.approx([0.3, 0, 0.3])
    assert (boxes.rotations[:, 0] >= 0).all()
    assert list(report.problems) == []


def test_the_label_set_declares_the_thirty_classes(log: Log, read: Read) -> None:
    labels = label_set_of(read(log)[0], np.array([0, 0, 1], np.int32))
    assert labels.reference == "ego"
    assert labels.declared_classes == CLASSES
    assert len(set(CLASSES)) == 30
    assert all(kind_of_name(name) is not None for name in CLASSES)
    assert labels.scope.describe() == "all around, 30 classes (format)"
    assert labels.tracks.lengths.tolist() == [2, 1]


def test_a_log_without_counts_has_none_recorded(log: Log, read: Read) -> None:
    del log[ANNOTATIONS]["num_interior_pts"]
    boxes, report = read(log)
    assert boxes.recorded_point_counts is None
    assert "annotations.feather has no num_interior_pts, so there are no recorded counts" in report.assumptions


def test_a_count_that_is_not_told_is_unknown(log: Log, read: Read) -> None:
    log[ANNOTATIONS]["num_interior_pts"] = [3, None, 3]
    counts = read(log)[0].recorded_point_counts
    assert counts is not None
    assert counts.tolist() == [3, -1, 3]


def test_columns_that_are_not_read_are_told(log: Log, read: Read) -> None:
    log[ANNOTATIONS]["score"] = [0.5, 0.5, 0.5]
    assert "columns of annotations.feather that are not read: score" in read(log)[1].assumptions


def test_no_annotations_is_no_fault(log: Log, write: Write) -> None:
    del log[ANNOTATIONS]
    report = LogReport("some-log")
    assert read_boxes(LogFolder(write(log, images=False), "", "some-log"), report) is None
    assert list(report.problems) == []
    assert report.assumptions == ["there is no annotations.feather, so no frame is annotated"]


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("tx_m", np.nan, "centre or size is not finite, so the box can't be judged"),
        ("height_m", None, "centre or size is not finite, so the box can't be judged"),
        ("qw", np.nan, "rotation is no unit quaternion, so the box can't be judged"),
        ("qx", 3.0, "rotation is no unit quaternion, so the box can't be judged"),
        ("category", None, "names no category, so the class is unknown"),
        ("category", "", "names no category, so the class is unknown"),
    ],
)
def test_a_value_that_is_none_is_told_and_its_box_kept(
    column: str, value: Any, what: str, log: Log, read: Read, start_ns: int
) -> None:
    log[ANNOTATIONS][column][1] = value
    boxes, report = read(log)
    assert len(boxes) == 3
    problem = only(report)
    assert problem.kind is ProblemKind.MALFORMED_RECORD
    assert problem.reason == f"{what} ({start_ns}:adult)"
    assert (problem.path, problem.label, problem.lost) == (ANNOTATIONS, f"{start_ns}:adult", True)


def test_many_rows_with_one_fault_are_one_problem(log: Log, read: Read, start_ns: int) -> None:
    log[ANNOTATIONS]["tz_m"] = [np.nan, 1.0, np.inf]
    problem = only(read(log)[1])
    assert (problem.count, problem.label) == (2, "")
    assert problem.reason.endswith(f"(2 rows, first {start_ns}:car)")


def test_a_box_without_a_time_is_left_out_and_told(log: Log, read: Read, start_ns: int) -> None:
    log[ANNOTATIONS]["timestamp_ns"] = [start_ns, None, start_ns + 100_000_000]
    boxes, report = read(log)
    assert boxes.track.values.tolist() == ["car", "car"]
    assert only(report).reason == "has no time, so the box can't be judged (row 1)"


def test_a_box_without_a_track_is_named_by_its_row(log: Log, read: Read, start_ns: int) -> None:
    log[ANNOTATIONS]["track_uuid"][1] = None
    boxes, report = read(log)
    assert boxes.label_ids[1] == f"{start_ns}:row 1"
    assert boxes.track.present.tolist() == [True, False, True]
    assert only(report).label == f"{start_ns}:row 1"


def test_a_second_box_of_a_track_at_one_time_is_told_and_kept_apart(log: Log, read: Read, start_ns: int) -> None:
    log[ANNOTATIONS]["track_uuid"][1] = "car"
    boxes, report = read(log)
    assert boxes.label_ids.tolist() == [f"{start_ns}:car", f"{start_ns}:car#2", f"{start_ns + 100_000_000}:car"]
    problem = only(report)
    assert problem.reason == f"its track has another box at the same time ({start_ns}:car#2)"
    assert not problem.lost


@pytest.mark.parametrize(
    ("column", "values", "complaint"),
    [
        ("timestamp_ns", [1.0, 2.0, 3.0], "column 'timestamp_ns' must hold whole numbers, is double"),
        ("track_uuid", [1, 2, 3], "column 'track_uuid' must hold text, is int64"),
        ("length_m", ["4", "4", "4"], "column 'length_m' must hold numbers, is string"),
        ("num_interior_pts", [0.5, 1, 2], "column 'num_interior_pts' must hold whole numbers, is double"),
    ],
)
def test_a_table_of_other_types_is_unreadable(
    column: str, values: list[Any], complaint: str, log: Log, write: Write
) -> None:
    log[ANNOTATIONS][column] = values
    report = LogReport("some-log")
    assert read_boxes(LogFolder(write(log, images=False), "", "some-log"), report) is None
    assert only(report) == Problem(ProblemKind.UNREADABLE_FILE, ANNOTATIONS, complaint, scene="some-log")


def test_a_table_without_a_column_is_unreadable(log: Log, write: Write) -> None:
    del log[ANNOTATIONS]["qz"]
    report = LogReport("some-log")
    assert read_boxes(LogFolder(write(log, images=False), "", "some-log"), report) is None
    assert only(report).reason.startswith("has no column 'qz'; it has timestamp_ns, track_uuid")


def test_a_table_without_rows_is_a_label_set_without_boxes(log: Log, read: Read) -> None:
    log[ANNOTATIONS] = {
        name: np.asarray(values)[:0] if name not in ("track_uuid", "category") else np.asarray([], dtype=str)
        for name, values in log[ANNOTATIONS].items()
    }
    boxes, report = read(log)
    assert len(boxes) == 0
    assert list(report.problems) == []
