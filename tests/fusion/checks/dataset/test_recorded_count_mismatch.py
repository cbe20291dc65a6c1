from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fusion.checks.dataset.recorded_count_mismatch import RecordedCountMismatchLimits, recorded_count_mismatch
from fusion.checks.finding import Finding, findings_of
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.measure.frame import SyncedFrame
from fusion.measure.points_in_boxes import points_in_boxes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.measurement_cache import MeasurementCache
from fusion.scene.scene_builder import scene_from_arrays

Place = Callable[..., Boxes3D]
See = Callable[..., SyncedFrame]


def frame_of(counted: list[int], recorded: list[int] | None, **parts: Any) -> SyncedFrame:
    """Boxes in a row that hold so many points, and are said to hold so many."""
    centres_m = np.stack([10.0 * np.arange(len(counted)), np.zeros(len(counted)), np.zeros(len(counted))], axis=1)
    boxes = Boxes3D.upright(
        centres_m, np.ones((len(counted), 3)), np.zeros(len(counted)), recorded_point_counts=recorded
    )
    points = {"roof": [np.repeat(centres_m, counted, axis=0)]}
    frame: SyncedFrame = scene_from_arrays(boxes=boxes, **{"points": points, **parts}).frames[0]
    return frame


def findings(frame: SyncedFrame, limits: RecordedCountMismatchLimits | None = None) -> list[Finding]:
    assessments = recorded_count_mismatch.assess(frame, limits)
    return [
        finding
        for assessment in assessments
        for finding in findings_of(recorded_count_mismatch, assessment, ("arrays", "scene"), lambda s, e: 0.5)
    ]


def reasons(frame: SyncedFrame) -> list[dict[str, int]]:
    assessments = recorded_count_mismatch.assess(frame)
    return [{} if a.not_assessed is None else a.not_assessed.counts() for a in assessments]


def test_reports_a_box_that_holds_less_than_is_recorded() -> None:
    (finding,) = findings(frame_of([40, 20, 100], [40, 120, 100]))
    assert finding.message == "20 lidar points are inside, 120 are recorded"
    assert (finding.severity, finding.subject, finding.label) == ("warning", "box", "1")
    assert (finding.measured, finding.limit) == (100, 18)
    assert finding.evidence == {"counted": 20, "recorded": 120}


def test_is_quiet_on_the_clean_twin() -> None:
    frame = frame_of([40, 20, 100], [40, 20, 100])
    assert findings(frame) == []
    assert recorded_count_mismatch.assess(frame)[0].assessed.all()


@pytest.mark.parametrize(
    ("counted", "recorded", "reported"),
    [
        pytest.param(85, 100, 0, id="share at the limit"),
        pytest.param(84, 100, 1, id="share beyond it"),
        pytest.param(10, 13, 0, id="points at the limit"),
        pytest.param(10, 14, 1, id="points beyond it"),
        pytest.param(5, 0, 1, id="none recorded"),
    ],
)
def test_holds_exactly_at_its_limit(counted: int, recorded: int, reported: int) -> None:
    assert len(findings(frame_of([counted], [recorded]))) == reported


def test_counts_of_boxes_half_a_metre_further_on_are_one_finding(place: Place, see: See) -> None:
    """A real convention slip: the whole street at once."""
    cars = [place("Car", 8 + 7 * column, 6 * row) for row in (-2, -1, 1, 2) for column in range(3)]
    frame = see(cars)
    ahead_m = frame.boxes.centres_m + np.array([0.5, 0, 0])
    moved = points_in_boxes(frame.points_in_ego, ahead_m, frame.boxes.sizes_m, frame.boxes.rotations).counts
    labels = replace(frame.scene.labels, boxes=replace(frame.boxes, recorded_point_counts=moved))
    scene = replace(frame.scene, label_sets={"labels": labels}, measurements=MeasurementCache())
    wrong: SyncedFrame = scene.frames[0]
    (finding,) = findings(wrong)
    assert (finding.subject, finding.sensor, finding.severity) == ("frame", "lidar", "warning")
    assert finding.measured is not None
    assert finding.measured > 0.3
    assert finding.evidence["compared"] <= 12
    assert reasons(wrong)[0] == {"counts of the whole frame are off": 12}


@pytest.mark.parametrize(("wrong", "subjects"), [(3, ["box"] * 3), (4, ["frame"])], ids=["at", "beyond"])
def test_three_boxes_in_ten_speak_for_themselves_and_four_for_the_frame(wrong: int, subjects: list[str]) -> None:
    assert [f.subject for f in findings(frame_of([50] * 10, [100] * wrong + [50] * (10 - wrong)))] == subjects


def test_admits_what_it_cannot_compare() -> None:
    frame = frame_of([4, 50, 50], [0, -1, 50])
    assert reasons(frame) == [
        {"no recorded point count": 1, "too few points to compare": 1},
        {"too few boxes to speak for the frame": 1},
    ]


@pytest.mark.parametrize("recorded", [None, [-1, -1]], ids=["no column", "none known"])
def test_admits_that_nothing_is_recorded(recorded: list[int] | None) -> None:
    with pytest.raises(NotMeasurableError, match="labels record no point counts"):
        recorded_count_mismatch.assess(frame_of([5, 5], recorded))


def test_admits_that_there_is_no_sweep() -> None:
    with pytest.raises(NotMeasurableError, match="no lidar sweep in this frame"):
        recorded_count_mismatch.assess(frame_of([5, 5], [5, 5], points=None))


def test_a_frame_without_boxes_has_nothing_to_say() -> None:
    assert findings(frame_of([], [], points={"roof": [np.ones((3, 3))]})) == []


def test_a_real_keyframe_holds_what_it_says_but_for_a_few_points(shared_data: Path) -> None:
    (scene,) = open_dataset(shared_data / "nuscenes").scenes()
    frame: SyncedFrame = scene.frames[0]
    assert (frame.point_counts != frame.boxes.recorded_point_counts).sum() == 8
    assert [assessment.assessed.sum() for assessment in recorded_count_mismatch.assess(frame)] == [28, 1]
    assert findings(frame) == []
