from __future__ import annotations

import warnings

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.checks.track.heading_flip import heading_flip
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.run.check import check_scene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def findings(scene: Scene) -> list[Finding]:
    return check_scene(scene, Settings(select=("TRK503",))).leading


def test_reports_a_car_turned_round_in_one_frame(go, label) -> None:
    (finding,) = findings(label([go(), go(at_m=(0, -5), heading_deg=30).turned(8)]))
    assert (finding.track, finding.frame, finding.label, finding.severity) == ("t1", "8", "28", "error")
    assert finding.message == "heading turns by 180 degrees in one step (1 of 20 boxes wrong)"
    assert finding.proposal is not None
    assert (finding.proposal.action, finding.proposal.target) == ("set", "28")
    assert finding.proposal.values["yaw_rad"] == [pytest.approx(np.radians(30), abs=1e-5)]
    assert finding.proposal.timestamps_ns == (finding.timestamp_ns,)


def test_is_quiet_on_the_clean_twin(go, label) -> None:
    scene = label([go(), go(heading_deg=179.9), go(heading_deg=-179.9, at_m=(0, -5))])
    assert findings(scene) == []
    assert heading_flip(scene).assessed.all()


@pytest.mark.parametrize("row", [0, 1, 18, 19], ids=["first", "second", "last but one", "last"])
def test_a_flip_at_an_end_is_the_end_s_fault(go, label, row: int) -> None:
    (finding,) = findings(label([go().turned(row)]))
    assert (finding.frame, finding.evidence["wrong_boxes"]) == (str(row), 1)


def test_holds_exactly_at_its_limit(go, label) -> None:
    assert not heading_flip(label([go().turned(9, 134.9)])).violated[0]
    assert heading_flip(label([go().turned(9, 135.1)])).violated[0]


def test_many_wrong_boxes_are_one_finding_about_the_track(go, label) -> None:
    (finding,) = findings(label([go(speed_mps=0).turned([3, 4, 9])]))
    assert finding.evidence["wrong_boxes"] == 3
    assert finding.proposal is not None
    assert (finding.proposal.target, len(finding.proposal.timestamps_ns)) == ("t0", 3)
    assert finding.proposal.values["yaw_rad"] == [pytest.approx(0.0, abs=1e-5)] * 3


@pytest.mark.parametrize(
    ("speed_mps", "wrong"),
    [(0.0, 8), (10.0, 12)],
    ids=["standing: the smaller side", "driving: the side that goes back"],
)
def test_which_side_is_wrong(go, label, speed_mps: float, wrong: int) -> None:
    (finding,) = findings(label([go(speed_mps=speed_mps).turned(slice(8, None))]))
    assert finding.evidence["wrong_boxes"] == wrong


def test_a_slow_car_that_reverses_keeps_its_heading(go, label) -> None:
    (finding,) = findings(label([go(speed_mps=-2.0).turned(9)]))
    assert (finding.frame, finding.evidence["wrong_boxes"]) == ("9", 1)


def test_without_poses_the_course_says_nothing(go, label) -> None:
    """Seen from a car that overtakes, others go backwards."""
    scene = label([go(speed_mps=-10).turned(9)], poses=None, reference="ego")
    (finding,) = findings(scene)
    assert (finding.frame, finding.evidence["wrong_boxes"]) == ("9", 1)


@pytest.mark.parametrize("rate_hz", [1, 2, 10])
def test_turning_cars_and_swerving_cyclists_don_t_flip(people_label, label, rate_hz: float) -> None:
    assessment = heading_flip(label(people_label(300, rate_hz, seed=1), rate_hz))
    assert len(assessment.reported) == 0


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_finds_every_flip_of_a_long_box(people_label, label, rng, rate_hz: float) -> None:
    planted = [track.turned(rng.integers(0, len(track))) for track in people_label(300, rate_hz, seed=2)]
    assessment = heading_flip(label(planted, rate_hz))
    long = np.array([track.category != "pedestrian" for track in planted])
    assert assessment.violated[long].all()
    assert np.asarray(assessment.evidence["wrong_boxes"])[long].max() == 1
    assert not assessment.assessed[~long].any()


def test_admits_what_has_no_front(go, label) -> None:
    people = go(category="pedestrian").turned(9)
    square = go().resized(slice(None), [1.0, 2.0, 1.0]).turned(9)
    assessment = heading_flip(label([people, square]))
    assert assessment.not_assessed.counts() == {"not longer than wide, or no fixed front": 2}
    assert len(assessment.reported) == 0


def test_one_wrong_size_does_not_hide_a_flip(go, label) -> None:
    assert heading_flip(label([go().resized(9, [0.3, 1.0, 1.0]).turned(9)])).violated[0]


@pytest.mark.parametrize(("count", "rate_hz"), [(1, 10), (9, 0.5)], ids=["one box", "boxes two seconds apart"])
def test_admits_that_it_saw_no_step(go, label, count: int, rate_hz: float) -> None:
    assessment = heading_flip(label([go(count=count, rate_hz=rate_hz).turned(0)], rate_hz))
    assert assessment.not_assessed.counts() == {"no two boxes close in time": 1}


def test_two_opposite_boxes_of_a_track_at_one_time_are_no_turn(go, label) -> None:
    track, twin = go(count=2, speed_mps=0), go(count=2, speed_mps=0).turned(slice(None))
    boxes = label([track, twin]).labels.boxes
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        merged = scene_from_arrays(
            boxes=Boxes3D.upright(
                boxes.centres_m, boxes.sizes_m, boxes.yaws_rad, category=["car"] * 4, track=["one"] * 4
            ),
            timestamps_ns=[1_000_000_000],
        )
        assert not heading_flip(merged).assessed.any()


def test_labels_without_tracks_say_so() -> None:
    with pytest.raises(NotMeasurableError, match="no track ids"):
        heading_flip(scene_from_arrays(boxes=Boxes3D.upright([[5, 0, 0]], [[4, 2, 1]], [0.0])))


def test_real_labels_stay_silent(shared_data) -> None:
    dataset = open_dataset(shared_data / "argoverse2-sensor")
    assert len(heading_flip(dataset.scene(dataset.scene_names[0])).reported) == 0
