from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.dataset.frozen_labels import FrozenLabelsLimits, frozen_labels
from fusion.checks.finding import Finding, findings_of
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FRAMES, CARS = 8, 4


def drive(places: np.ndarray, tracked: bool = True) -> Scene:
    """(F, C) metres along x of the cars by frame."""
    frames, cars = places.shape
    centres = np.stack([places, np.tile(np.arange(cars) * 5.0, (frames, 1)), np.zeros_like(places)], axis=2)
    boxes = Boxes3D.upright(
        centres.reshape(-1, 3),
        np.tile([4.5, 1.9, 1.6], (frames * cars, 1)),
        np.zeros(frames * cars),
        track=[f"car {car}" for _ in range(frames) for car in range(cars)] if tracked else None,
    )
    frame = np.repeat(np.arange(frames), cars)
    return scene_from_arrays(boxes=boxes, box_frames=frame, timestamps_ns=np.arange(frames) * 100_000_000)


def moving(step_m: float = 0.5) -> np.ndarray:
    return np.outer(np.arange(FRAMES), np.full(CARS, step_m))


def findings(scene: Scene, limits: FrozenLabelsLimits | None = None) -> list[Finding]:
    (assessment,) = frozen_labels.assess(scene, limits)
    return findings_of(frozen_labels, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_a_copied_frame_once() -> None:
    places = moving()
    places[4] = places[3]
    (finding,) = findings(drive(places))
    assert finding.message == (
        "all 4 boxes are copied from the frame before, 1 frames long; 4 of them were moving, usually 0.50 m a frame"
    )
    assert (finding.severity, finding.subject, finding.frame, finding.measured) == ("error", "frame", "4", 1)


@pytest.mark.parametrize(("first", "last"), [(3, 5), (1, 2), (5, 7)], ids=["middle", "start", "end"])
def test_several_copies_in_a_row_are_one_finding(first: int, last: int) -> None:
    places = moving()
    places[first : last + 1] = places[first - 1]
    (finding,) = findings(drive(places))
    assert (finding.frame, finding.measured) == (str(first), last - first + 1)


def test_is_quiet_while_things_move_and_while_they_stand() -> None:
    assert findings(drive(moving())) == []
    assert findings(drive(moving(0.0))) == []


def test_cars_that_brake_to_a_stop_are_no_copy() -> None:
    speeds = np.array([0.8, 0.5, 0.2, 0.05, 0.0, 0.0, 0.0])
    places = np.concatenate([[0.0], np.cumsum(speeds)])[:, None] * np.ones(CARS)
    assert findings(drive(places)) == []


def test_one_box_that_was_drawn_anew_makes_it_no_copy() -> None:
    places = moving()
    places[4] = places[3]
    places[4, 0] += 0.001
    assert findings(drive(places)) == []


def test_holds_exactly_at_its_limits() -> None:
    places = moving()
    places[4] = places[3]
    assert findings(drive(places), FrozenLabelsLimits(min_movers=CARS + 1)) == []
    assert findings(drive(places), FrozenLabelsLimits(min_step_m=0.5 + 1e-9)) == []
    assert len(findings(drive(places), FrozenLabelsLimits(min_movers=CARS, min_step_m=0.49))) == 1


def test_frames_in_which_too_little_moves_are_not_assessed() -> None:
    assert not frozen_labels(drive(moving(0.0))).assessed.any()
    assert frozen_labels(drive(moving())).assessed.all()


def test_labels_without_tracks_or_frames_can_not_be_judged() -> None:
    with pytest.raises(NotMeasurableError, match="no track ids"):
        frozen_labels(drive(moving(), tracked=False))
    with pytest.raises(NotMeasurableError, match="fewer than three frames"):
        frozen_labels(drive(moving()[:2]))
