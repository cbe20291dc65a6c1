from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.checks.track.size_flicker import SizeFlickerLimits, size_flicker
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.run.check import check_scene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def findings(scene: Scene) -> list[Finding]:
    return check_scene(scene, Settings(select=("TRK502",))).leading


def test_reports_a_car_25_percent_larger_for_three_frames(go, label) -> None:
    (finding,) = findings(label([go(), go(at_m=(0, -5)).resized(slice(5, 8), [1.25, 1, 1])]))
    assert (finding.track, finding.frame, finding.severity) == ("t1", "5", "warning")
    assert finding.message == "length is 5.62 m, the track's median 4.50 m (3 of 20 boxes)"
    assert (finding.measured, finding.limit, finding.unit) == (0.25, 0.12, "share")
    assert finding.proposal is not None
    assert (finding.proposal.action, finding.proposal.target) == ("set", "t1")
    assert finding.proposal.values["size_m"] == [4.5, 1.9, 1.6]
    assert len(finding.proposal.values["centre_m"]) == 3
    stamps = {finding.timestamp_ns + 100_000_000 * step for step in range(3)}
    assert set(finding.proposal.timestamps_ns) == stamps


def test_the_proposed_box_stands_where_the_wrong_one_stood(go, label) -> None:
    scene = label([go().resized(9, [1, 1, 1.5])])
    (finding,) = findings(scene)
    assert finding.proposal is not None
    row = int(np.flatnonzero(scene.labels.boxes.label_ids == finding.label)[0])
    boxes = scene.labels.boxes
    bottom_m = boxes.centres_m[row, 2] - boxes.sizes_m[row, 2] / 2
    assert finding.proposal.values["centre_m"][0][2] - 1.6 / 2 == pytest.approx(bottom_m, abs=1e-3)


def test_is_quiet_on_the_clean_twin(go, label) -> None:
    scene = label([go(), go(category="truck", at_m=(0, -5))])
    assert findings(scene) == []
    assert size_flicker(scene).assessed.all()


@pytest.mark.parametrize(
    ("factors", "dimension"),
    [([1.3, 1, 1], "length"), ([1, 0.8, 1], "width"), ([1, 1.05, 1.4], "height")],
    ids=["longer", "narrower", "higher"],
)
def test_names_the_dimension_that_changed_most(go, label, factors: list[float], dimension: str) -> None:
    (finding,) = findings(label([go().resized(9, factors)]))
    assert finding.evidence["dimension"] == dimension


def test_holds_exactly_at_its_limit(go, label) -> None:
    assert not size_flicker(label([go().resized(9, [1.1199, 1, 1])])).violated[0]
    assert size_flicker(label([go().resized(9, [1.1201, 1, 1])])).violated[0]


def test_a_change_of_a_hand_s_width_is_the_drawing_of_an_edge(go, label) -> None:
    cone = replace(go(category="cone", speed_mps=0), sizes_m=np.full((20, 3), 0.4))
    assert not size_flicker(label([cone.resized(9, 1.3)])).violated[0]
    assert size_flicker(label([cone.resized(9, 1.4)])).violated[0]


def test_people_may_breathe_by_a_third_and_not_by_more_than_half(go, label) -> None:
    walker = go(category="pedestrian", speed_mps=1.4)
    assert not size_flicker(label([walker.resized(slice(None, None, 2), [1.35, 1, 1])])).violated[0]
    assert size_flicker(label([walker.resized(9, [1.6, 1, 1])])).violated[0]


def test_a_person_whose_box_is_one_size_in_all_frames_may_not_grow_by_a_quarter(go, label) -> None:
    person = replace(go(category="pedestrian", speed_mps=1), sizes_m=np.tile([0.7, 0.7, 1.75], (20, 1)))
    (finding,) = findings(label([person.resized(slice(5, 8), 1.25)]))
    assert finding.evidence["stray_boxes"] == 3


def test_a_track_drawn_anew_in_each_frame_is_held_to_its_own_jitter(go, label, rng) -> None:
    steady = go(count=40)
    noise_m = rng.normal(0, 0.08, steady.sizes_m.shape)
    noise_m[9] = 0
    shaky = replace(steady, sizes_m=steady.sizes_m + noise_m)
    outlier = [1.0, 1.0, 1.15]
    assert size_flicker(label([steady.resized(9, outlier)])).violated[0]
    assessment = size_flicker(label([shaky.resized(9, outlier)]))
    assert not assessment.violated[0]
    assert assessment.limit[0] > 0.12
    assert size_flicker(label([shaky.resized(9, 1.5)])).violated[0]


def test_jitter_excuses_no_more_than_drawing_explains(go, label) -> None:
    """A size that swings by a quarter in every other frame is no jitter, however regular."""
    assert size_flicker(label([go(count=21).resized(slice(0, None, 2), 1.3)])).violated[0]


def test_admits_that_two_boxes_don_t_tell_which_is_right(go, label) -> None:
    assessment = size_flicker(label([go(count=2).resized(0, 2.0), go()]))
    assert assessment.not_assessed.counts() == {"too few boxes in the track": 1}
    assert len(assessment.reported) == 0


def test_labels_without_tracks_say_so() -> None:
    with pytest.raises(NotMeasurableError, match="no track ids"):
        size_flicker(scene_from_arrays(boxes=Boxes3D.upright([[5, 0, 0]], [[4, 2, 1]], [0.0])))


def test_needs_no_clock(go, label) -> None:
    assert size_flicker(label([go().resized(9, 1.5)], time_base="synthetic")).violated[0]


def test_sizes_of_zero_are_no_crash(go, label) -> None:
    assert not size_flicker(label([go().resized(slice(None), 0.0)])).violated[0]
    assert size_flicker(label([go().resized(9, 0.0)])).violated[0]


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_one_false_alarm_in_300_tracks_at_most(people_label, label, rate_hz: float) -> None:
    alarms = sum(len(size_flicker(label(people_label(600, rate_hz, seed), rate_hz)).reported) for seed in (1, 2))
    assert alarms <= 4


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_finds_vehicles_that_grow_or_shrink_by_a_quarter(people_label, label, rng, rate_hz: float) -> None:
    planted = []
    for track in people_label(390, rate_hz, seed=3):
        first = rng.integers(0, len(track) - 2)
        planted.append(track.resized(slice(first, first + 3), rng.choice([1.25, 0.75])))
    found = size_flicker(label(planted, rate_hz)).violated
    assert found[[track.category != "pedestrian" for track in planted]].mean() >= 0.95


def test_limits_can_be_set(go, label) -> None:
    scene = label([go().resized(9, 1.25)])
    assert not size_flicker(scene, SizeFlickerLimits(max_change=0.3)).violated[0]


def test_real_labels_of_one_size_stay_silent(shared_data) -> None:
    dataset = open_dataset(shared_data / "argoverse2-sensor")
    assert len(size_flicker(dataset.scene(dataset.scene_names[0])).reported) == 0
