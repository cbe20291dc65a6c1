from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.match_rule import MatchMeasure, MatchRule
from fusion.measure.matching import match_boxes
from fusion.scene.boxes3d import Boxes3D

CAR = (4.5, 1.9, 1.6)
PERSON = (0.6, 0.6, 1.7)


def boxes(*rows: tuple[float, float, str]) -> Boxes3D:
    """x, y and class; people are small, the rest are cars."""
    return (
        Boxes3D.upright(
            [(x, y, 1.0) for x, y, _ in rows],
            [PERSON if name == "pedestrian" else CAR for _, _, name in rows],
            np.zeros(len(rows)),
            category=[name for _, _, name in rows],
        )
        if rows
        else Boxes3D.empty()
    )


def matched(first: Boxes3D, second: Boxes3D, rule: MatchRule | None = None) -> list[tuple[int, int]]:
    found = match_boxes(first, second, np.zeros(len(first)), np.zeros(len(second)), rule)
    return list(zip(found.pairs.first.tolist(), found.pairs.second.tolist(), strict=True))


def test_matches_what_lies_closest_whatever_the_order() -> None:
    first = boxes((0, 0, "car"), (10, 0, "car"), (30, 0, "car"))
    second = boxes((10.4, 0, "car"), (0.2, 0.1, "car"))
    found = match_boxes(first, second, [0, 0, 0], [0, 0])
    assert found.pairs.first.tolist() == [0, 1]
    assert found.pairs.second.tolist() == [1, 0]
    assert found.only_first.tolist() == [2]
    assert found.only_second.tolist() == []
    assert found.pairs.centre_gap_m == pytest.approx([np.hypot(0.2, 0.1), 0.4])
    assert found.pairs.similarity == pytest.approx(1 - found.pairs.centre_gap_m / 2.0)


def test_frames_do_not_mix() -> None:
    first, second = boxes((0, 0, "car"), (0, 0, "car")), boxes((0, 0, "car"), (0, 0, "car"))
    found = match_boxes(first, second, [3, 4], [4, -1])
    assert (found.pairs.first.tolist(), found.pairs.second.tolist()) == ([1], [0])


@pytest.mark.parametrize(
    ("name", "limit_m"),
    [("car", 2.0), ("bus", 4.0), ("cyclist", 1.5), ("pedestrian", 1.0), ("traffic_cone", 0.75), ("thing", 2.0)],
)
def test_the_limit_of_a_class_still_matches_and_more_does_not(name: str, limit_m: float) -> None:
    assert matched(boxes((0, 0, name)), boxes((limit_m, 0, name))) == [(0, 0)]
    assert matched(boxes((0, 0, name)), boxes((limit_m + 1e-6, 0, name))) == []


def test_the_stricter_limit_counts_where_classes_differ() -> None:
    assert matched(boxes((0, 0, "car")), boxes((1.2, 0, "pedestrian"))) == []
    assert matched(boxes((0, 0, "car")), boxes((0.9, 0, "pedestrian"))) == [(0, 0)]


def test_swapped_classes_are_seen_unless_the_rule_knows_only_equal_ones() -> None:
    first, second = boxes((0, 0, "car")), boxes((0.1, 0, "truck"))
    assert matched(first, second) == [(0, 0)]
    assert matched(first, second, MatchRule(class_aware=True)) == []


def test_a_rider_is_not_taken_for_their_bicycle() -> None:
    first = boxes((0, 0, "bicyclist"), (0.1, 0, "bicycle"))
    second = boxes((0.02, 0, "bicycle"), (0.08, 0, "bicyclist"))
    assert matched(first, second) == [(0, 1), (1, 0)]


def test_the_best_choice_of_a_frame_is_not_the_greedy_one() -> None:
    first, second = boxes((0, 0, "car"), (1.2, 0, "car")), boxes((1.0, 0, "car"), (2.4, 0, "car"))
    assert matched(first, second) == [(0, 0), (1, 1)]


def test_a_car_on_a_bridge_is_not_the_one_below() -> None:
    above = Boxes3D.upright([(0, 0, 7.0)], [CAR], [0.0], category=["car"])
    assert matched(boxes((0, 0, "car")), above) == []


@pytest.mark.parametrize("measure", [MatchMeasure.BEV_IOU, MatchMeasure.IOU_3D])
def test_overlap_measures_match_by_overlap(measure: MatchMeasure) -> None:
    first, second = boxes((0, 0, "car"), (20, 0, "pedestrian")), boxes((1.5, 0, "car"), (20.3, 0, "pedestrian"))
    found = match_boxes(first, second, [0, 0], [0, 0], MatchRule.of(measure))
    assert found.pairs.similarity == pytest.approx([3.0 / 6.0, 0.3 / 0.9])
    assert matched(first, boxes((1.51, 0, "car")), MatchRule.of(measure)) == []
    assert matched(first, boxes((1.51, 0, "car")), MatchRule.of(measure).with_limit(0.1)) == [(0, 0)]


def test_boxes_without_a_place_match_nothing() -> None:
    lost = Boxes3D.upright([(np.nan, 0, 0)], [CAR], [0.0], category=["car"])
    assert matched(lost, boxes((0, 0, "car"))) == []
    assert matched(boxes((0, 0, "car")), lost) == []
    assert matched(Boxes3D.empty(), Boxes3D.empty()) == []


def test_matching_is_the_same_from_either_side() -> None:
    rng = np.random.default_rng(11)
    first = boxes(*((x, y, "car") for x, y in rng.uniform(0, 25, (60, 2))))
    second = boxes(*((x, y, "car") for x, y in rng.uniform(0, 25, (50, 2))))
    assert matched(first, second) == sorted((a, b) for b, a in matched(second, first))


def test_describes_itself() -> None:
    assert MatchRule().describe() == "centres within 2 m (0.75, 1, 1.5, 4 for some classes), any class"
    assert MatchRule.of("iou-3d", True).describe() == "3D IoU of at least 0.5 (0.25 for some classes), same class"
