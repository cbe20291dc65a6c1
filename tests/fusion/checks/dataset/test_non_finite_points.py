from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.dataset.non_finite_points import NonFinitePointsLimits, non_finite_points
from fusion.checks.finding import findings_of
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays


def frame_of(**clouds: np.ndarray) -> SyncedFrame:
    points = {lidar: [cloud] for lidar, cloud in clouds.items()}
    frame: SyncedFrame = scene_from_arrays(boxes=Boxes3D.empty(), points=points).frames[0]
    return frame


def cloud(bad: int, good: int = 10) -> np.ndarray:
    points = np.ones((good + bad, 3), dtype=np.float32)
    points[:bad, 1] = [np.nan, np.inf, -np.inf][: max(bad, 0)] if bad <= 3 else np.nan
    return points


def test_reports_three_points_that_are_no_numbers() -> None:
    assessment = non_finite_points(frame_of(front=cloud(0), rear=cloud(3)))
    (finding,) = findings_of(non_finite_points, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)
    assert finding.message == "3 of 13 points are no numbers"
    assert (finding.severity, finding.subject, finding.sensor) == ("warning", "frame", "rear")
    assert (finding.measured, finding.evidence) == (3, {"points": 13})


def test_is_quiet_on_the_clean_twin() -> None:
    assessment = non_finite_points(frame_of(front=cloud(0), rear=cloud(0)))
    assert len(assessment) == 2
    assert not len(assessment.reported)


def test_holds_exactly_at_its_limit() -> None:
    frame = frame_of(roof=cloud(3))
    assert not len(non_finite_points(frame, NonFinitePointsLimits(max_points=3)).reported)
    assert len(non_finite_points(frame, NonFinitePointsLimits(max_points=2)).reported) == 1


def test_an_empty_sweep_holds_no_bad_points() -> None:
    assert not len(non_finite_points(frame_of(roof=np.zeros((0, 3)))).reported)


def test_admits_that_there_is_no_sweep() -> None:
    with pytest.raises(NotMeasurableError, match="no lidar sweep in this frame"):
        non_finite_points(frame_of())
