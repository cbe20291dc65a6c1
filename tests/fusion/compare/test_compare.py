from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import numpy as np
import pytest

from calibration.transform import RigidTransform
from fusion.compare.compare import LabelSource, compare_label_sets, sources_of
from fusion.compare.document import Existence, Geometry, comparison_json_schema
from fusion.errors import CompareError
from fusion.scene.scene import Scene

MakeScene = Callable[..., Scene]
MakeSource = Callable[..., LabelSource]
# Three cars in three frames.
ROWS = [(f, t, "car", 10.0 + 8 * n, 5.0 * n) for f in range(3) for n, t in enumerate("abc")]


def moved(rows: list[Any], x: float = 0.0, y: float = 0.0, yaw: float = 0.0) -> list[Any]:
    return [(f, t, c, px + x, py + y, yaw) for f, t, c, px, py, *_ in rows]


def overall(rows: tuple[Existence, ...]) -> Existence:
    return next(row for row in rows if row.by == "all")


def geometry(rows: tuple[Geometry, ...], quantity: str) -> Geometry:
    return next(row for row in rows if row.by == "all" and row.quantity == quantity)


def test_equal_sets_agree_in_everything(scene: MakeScene, source: MakeSource) -> None:
    found = compare_label_sets([source("ada", scene(ROWS)), source("bob", scene(ROWS))]).document
    (pair,) = found.pairs
    assert (overall(pair.existence).matched, overall(pair.existence).pq) == (9, pytest.approx(1.0))
    assert sum(pair.differences.values()) == 0
    assert pair.tracks is not None
    assert (pair.tracks.hota.value, pair.tracks.switches) == (pytest.approx(1.0), 0)
    assert geometry(pair.geometry, "along").bias.value == pytest.approx(0.0)


def test_says_what_is_missing_spurious_swapped_turned_and_badly_placed(scene: MakeScene, source: MakeSource) -> None:
    theirs = [
        *[(f, "a", "truck", 10.0, 0.0) for f in range(3)],  # swapped
        *[(f, "b", "car", 18.0, 5.0, 180.0 if f == 1 else 0.0) for f in range(3)],  # turned round once
        *[(f, "c", "car", 26.0 + (0.9 if f == 2 else 0.0), 10.0) for f in range(2, 3)],  # two missing, one moved
        (0, "x", "pedestrian", -20.0, 0.0),  # spurious
    ]
    (pair,) = compare_label_sets([source("ada", scene(ROWS)), source("bob", scene(theirs))]).document.pairs
    assert pair.differences == {"missing": 2, "spurious": 1, "swapped": 3, "turned round": 1, "badly placed": 1}
    row = overall(pair.existence)
    assert (row.matched, row.only_first, row.only_second) == (7, 2, 1)
    assert (row.recall, row.precision) == (pytest.approx(7 / 9, abs=1e-6), pytest.approx(7 / 8, abs=1e-6))
    assert row.f1.value == pytest.approx(7 / (7 + 2 / 2 + 1 / 2), abs=1e-6)
    placed = next(one for one in pair.listed if one.kind == "badly placed")
    assert (placed.first_label, placed.second_label, placed.measured) == ("c@2", "c@2", pytest.approx(0.9))
    assert [(one.first, one.second, one.boxes, one.tracks) for one in pair.confused] == [("car", "truck", 3, 1)]
    assert [one.measured for one in pair.listed if one.kind == "missing"] == [2.0]  # once a track


def test_bias_is_told_in_the_boxes_own_axes(scene: MakeScene, source: MakeSource) -> None:
    ours, theirs = moved(ROWS, yaw=90.0), moved(ROWS, x=0.1, y=0.3, yaw=92.0)
    (pair,) = compare_label_sets([source("ada", scene(ours)), source("bob", scene(theirs))]).document.pairs
    biases = {name: geometry(pair.geometry, name).bias.value for name in ("along", "across", "yaw", "length")}
    assert biases == {
        name: pytest.approx(v, abs=1e-5)
        for name, v in {"along": 0.3, "across": -0.1, "yaw": 2.0, "length": 0.0}.items()
    }
    assert pair.flipped.value == 0.0


def test_a_box_turned_round_has_no_yaw_error_but_is_told(scene: MakeScene, source: MakeSource) -> None:
    (pair,) = compare_label_sets(
        [source("ada", scene(ROWS)), source("bob", scene(moved(ROWS, yaw=181.0)))]
    ).document.pairs
    assert geometry(pair.geometry, "yaw").bias.value == pytest.approx(1.0)
    assert pair.flipped.value == 1.0


def test_frames_are_paired_by_time_within_the_tolerance(scene: MakeScene, source: MakeSource) -> None:
    late = scene(moved(ROWS), shift_ns=20_000_000)
    found = compare_label_sets([source("ada", scene(ROWS)), source("bob", late)]).document
    assert found.frames == 3
    assert any("20 ms apart" in note for note in found.assumptions)
    with pytest.raises(CompareError, match=r"no two frames lie within 10 ms \(the nearest 20 ms\)"):
        compare_label_sets([source("ada", scene(ROWS)), source("bob", late)], tolerance_ns=10_000_000)


def test_a_frame_without_counterpart_is_counted_and_not_judged(scene: MakeScene, source: MakeSource) -> None:
    fewer = scene([row for row in ROWS if row[0] < 2], frames=2)
    found = compare_label_sets([source("ada", scene(ROWS)), source("bob", fewer)]).document
    assert (found.frames, [one.unpaired_frames for one in found.sets]) == (2, [1, 0])
    assert overall(found.pairs[0].existence).recall == 1.0


def test_boxes_in_the_world_meet_those_in_ego_through_their_own_poses(scene: MakeScene, source: MakeSource) -> None:
    poses = [RigidTransform.from_matrix("world", "ego", turned(30.0 * f, 100.0 + f, 50.0)) for f in range(3)]
    in_ego = scene(ROWS, poses=[pose.matrix for pose in poses])
    labels = in_ego.labels
    parts = [labels.boxes.take(labels.frame_index == f).moved(pose) for f, pose in enumerate(poses)]
    world = type(labels.boxes).concatenate(parts)
    in_world = scene(ROWS, poses=[pose.matrix for pose in poses], boxes=world, reference="world")
    found = compare_label_sets([source("ada", in_ego), source("bob", in_world)]).document
    assert found.pairs[0].differences["missing"] == 0
    assert geometry(found.pairs[0].geometry, "along").within == pytest.approx(0.0, abs=1e-6)
    assert any("in world were taken" in note for note in found.assumptions)
    lost = scene(ROWS, boxes=world, reference="world")
    found = compare_label_sets([source("ada", in_ego), source("bob", lost)]).document
    assert found.pairs[0].differences["missing"] == 0
    assert any("without poses" in note for note in found.assumptions)


def turned(yaw_deg: float, x: float, y: float) -> np.ndarray:
    cos, sin = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
    return np.array([[cos, -sin, 0, x], [sin, cos, 0, y], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float)


def test_motion_of_the_vehicle_between_two_stamps_is_undone(scene: MakeScene, source: MakeSource) -> None:
    # 20 m/s forward; the other's frames are 20 ms later, so what stands is 0.4 m closer in them.
    speed = 20.0
    ours = scene(ROWS, poses=[turned(0, speed * 0.1 * f, 0) for f in range(3)])
    theirs = scene(
        moved(ROWS, x=-speed * 0.02),
        shift_ns=20_000_000,
        poses=[turned(0, speed * (0.1 * f + 0.02), 0) for f in range(3)],
    )
    wide = scene(ROWS, frames=5, poses=[turned(0, speed * 0.1 * f, 0) for f in range(5)])
    ours = replace(ours, trajectory=wide.trajectory)
    (pair,) = compare_label_sets([source("ada", ours), source("bob", theirs)]).document.pairs
    assert geometry(pair.geometry, "along").bias.value == pytest.approx(0.0, abs=1e-6)


def test_another_drive_of_the_same_name_and_time_is_suspected(scene: MakeScene, source: MakeSource) -> None:
    ours = scene(ROWS, poses=[turned(0, 4.0 * f, 0) for f in range(3)])
    elsewhere = scene(ROWS, poses=[turned(90, 700, 4.0 * f) for f in range(3)])
    stands = scene(ROWS, poses=[turned(0, 0, 0) for _ in range(3)])
    same, other = (compare_label_sets([source("ada", ours), source("bob", s)]).document for s in (elsewhere, stands))
    assert not any("another drive" in note for note in same.assumptions)
    assert any("differs by up to 8.0 m: perhaps it is another drive" in note for note in other.assumptions)


def test_class_names_of_different_languages_are_compared_by_what_they_mean(
    scene: MakeScene, source: MakeSource
) -> None:
    theirs = [(f, t, "VEHICLE.CAR", x, y) for f, t, _, x, y in ROWS]
    found = compare_label_sets([source("ada", scene(ROWS)), source("bob", scene(theirs))]).document
    assert found.classes == "kinds"
    assert found.pairs[0].differences["swapped"] == 0


@pytest.mark.parametrize("weights", [None, [1.0, 1.0, 1.0]])
def test_of_three_the_two_who_agree_are_the_consensus(
    scene: MakeScene, source: MakeSource, weights: list[float] | None
) -> None:
    odd = [*moved(ROWS[:8], x=0.9), (0, "x", "car", -30.0, 0.0)]
    sets = [source("ada", scene(ROWS)), source("bob", scene(moved(ROWS, x=0.01))), source("cyd", scene(odd))]
    found = compare_label_sets(sets, weights=weights)
    assert (len(found.consensus.boxes), found.consensus.left_out) == (9, 1)
    assert np.abs(found.consensus.boxes.centres_m[0, 0] - 10.0) < 0.02
    cards = {card.name: card for card in found.document.scorecards}
    assert cards["ada"].f1.value == cards["bob"].f1.value == 1.0
    assert (cards["cyd"].recall, cards["cyd"].precision) == (
        pytest.approx(8 / 9, abs=1e-6),
        pytest.approx(8 / 9, abs=1e-6),
    )
    assert cards["cyd"].bias["along_m"] == pytest.approx(0.895, abs=1e-3)
    assert [(row.group, row.objects, row.disputed) for row in found.document.disputed] == [("car", 10, 2)]


def test_agreement_on_attributes_leaves_out_what_one_of_them_left_out(scene: MakeScene, source: MakeSource) -> None:
    from fusion.scene.attributes import AttributeColumn, Attributes
    from fusion.scene.coded import Coded

    def with_state(*values: str) -> Scene:
        column = AttributeColumn(Coded.from_values(values))
        return scene(ROWS, columns={"attributes": Attributes({"State": column})})

    ada = with_state("on", "off", "on", "", "on", "off", "on", "on", "off")
    bob = with_state("on", "off", "on", "on", "on", "off", "on", "off", "off")
    rows = {row.about: row for row in compare_label_sets([source("ada", ada), source("bob", bob)]).document.agreement}
    # Eight units judged twice, one of them differently: 16 values, 9 on and 7 off.
    assert rows["state"].units == 8
    assert rows["state"].alpha.value == pytest.approx(1 - (2 / 16) / (2 * 9 * 7 / (16 * 15)), abs=1e-6)
    assert rows["class"].reading == "can't tell: everybody says the same"


def test_predictions_are_told_by_their_confidence(scene: MakeScene, source: MakeSource) -> None:
    rows = [*ROWS, *[(f, "x", "car", -30.0, 0.0) for f in range(3)]]
    sure = np.r_[np.full(9, 0.95), np.full(3, 0.15)]
    model = scene(rows, columns={"confidences": sure})
    found = compare_label_sets([source("labels", scene(ROWS)), source("model", model)]).document
    shown = found.pairs[0].confidences
    assert shown is not None
    assert [(band.boxes, band.matched) for band in shown.bands] == [(3, 0), (9, 9)]
    assert (shown.best_threshold, shown.best_f1) == (pytest.approx(0.95), pytest.approx(1.0))
    assert shown.error == pytest.approx((3 * 0.15 + 9 * 0.05) / 12, abs=1e-6)
    assert found.sets[1].predicted


def test_a_set_without_boxes_is_told_and_agrees_with_nothing(scene: MakeScene, source: MakeSource) -> None:
    found = compare_label_sets([source("ada", scene(ROWS)), source("bob", scene([]))]).document
    assert "'bob' has no box in the common frames" in found.assumptions
    assert overall(found.pairs[0].existence).recall == 0.0
    assert found.pairs[0].tracks is None
    with pytest.raises(CompareError, match="none of the sets has a box in the 3 frames"):
        compare_label_sets([source("ada", scene([])), source("bob", scene([]))])


def test_scenes_are_paired_by_name(scene: MakeScene, source: MakeSource) -> None:
    first = source("ada", scene(ROWS), scene(ROWS), names=["s0", "s1"])
    second = source("bob", scene(ROWS), scene(ROWS), names=["s1", "s2"])
    found = compare_label_sets([first, second]).document
    assert found.scenes == ("s1",)
    assert found.unpaired_scenes == {"ada": ("s0",), "bob": ("s2",)}
    third = source("cyd", scene(ROWS), scene(ROWS), names=["t0", "t1"])
    with pytest.raises(CompareError, match=r"no scene in common \(ada: s0, s1; cyd: t0, t1\)"):
        compare_label_sets([first, third])


def test_the_only_scenes_are_taken_to_be_the_same_and_that_is_said(scene: MakeScene, source: MakeSource) -> None:
    found = compare_label_sets([source("ada", scene(ROWS), names=["day"]), source("bob", scene(ROWS), names=["tag"])])
    assert found.document.assumptions[0] == "the only scenes were taken to be the same: day, tag"


def test_one_scene_that_can_not_be_compared_does_not_stop_the_others(scene: MakeScene, source: MakeSource) -> None:
    apart = scene(ROWS, shift_ns=3_600_000_000_000)
    found = compare_label_sets([source("ada", scene(ROWS), scene(ROWS)), source("bob", scene(ROWS), apart)]).document
    assert found.scenes == ("s0",)
    assert [(one.path, "raise the tolerance" in one.reason) for one in found.incomplete] == [("s1", True)]


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, float("nan")]])
def test_weights_have_to_fit(scene: MakeScene, source: MakeSource, weights: list[float]) -> None:
    with pytest.raises(CompareError, match="2 label sets need as many weights above 0"):
        compare_label_sets([source("ada", scene(ROWS)), source("bob", scene(ROWS))], weights=weights)


def test_one_set_has_nothing_to_be_compared_with(scene: MakeScene, source: MakeSource) -> None:
    with pytest.raises(CompareError, match="nothing to be compared with"):
        sources_of([source("ada", scene(ROWS)).dataset])


def test_sets_of_one_data_set_are_compared_by_name(scene: MakeScene, source: MakeSource) -> None:
    base = scene(ROWS)
    other = replace(
        base.labels, name="bob", boxes=base.labels.boxes.take(np.arange(9) < 6), frame_index=base.labels.frame_index[:6]
    )
    both = replace(base, label_sets={"labels": base.labels, "bob": other})
    found = compare_label_sets(sources_of([source("root", both).dataset], ["labels", "bob"])).document
    assert [one.boxes for one in found.sets] == [9, 6]


def test_the_document_fits_its_schema_and_is_the_same_every_time(scene: MakeScene, source: MakeSource) -> None:
    sets = [source("ada", scene(ROWS)), source("bob", scene(moved(ROWS, x=0.1)[:8]))]
    first, second = (compare_label_sets(sets).document.to_json() for _ in range(2))
    assert first == second
    jsonschema.validate(json.loads(first), comparison_json_schema())
