from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world, frame_poses
from fusion.planting.catalogue import FAULTS, faults_of, parse_fault
from fusion.planting.fault import Fault
from fusion.planting.plant import PlantedScene, plant
from fusion.scene.scene import Scene

LABEL_KINDS = [kind for kind in FAULTS if kind.family in ("box", "class", "track", "convention")]
LABEL_FAULTS = [fault for kind in LABEL_KINDS for fault in faults_of(kind) if fault.magnitude == kind.magnitudes[0]]


def by_id(scene: Scene) -> dict[str, tuple[Any, ...]]:
    """Everything of each label, for comparing."""
    boxes, frames = scene.labels.boxes, scene.labels.frame_index
    columns = (boxes.centres_m.tolist(), boxes.sizes_m.tolist(), boxes.rotations.tolist())
    names = zip(boxes.category.values, boxes.track.values, frames.tolist(), strict=True)
    return dict(zip(boxes.label_ids, zip(*columns, names, strict=True), strict=True))


def planted(scene: Scene, text: str, seed: int = 0, most: int = 1) -> PlantedScene:
    result = plant(scene, [parse_fault(text)], seed, most)
    assert result.truths
    return result


def rows_of(scene: Scene, labels: tuple[str, ...]) -> list[int]:
    place = {label: row for row, label in enumerate(scene.labels.boxes.label_ids)}
    return [place[label] for label in labels]


@pytest.mark.parametrize("fault", LABEL_FAULTS, ids=lambda fault: fault.text)
def test_a_label_fault_changes_the_labels_it_names_and_no_other(street: Scene, fault: Fault) -> None:
    before = by_id(street)
    result = plant(street, [fault], seed=3)
    (truth,) = result.truths
    after = by_id(result.scene)
    differ = {label for label in before | after if before.get(label) != after.get(label)}
    assert differ
    assert differ <= set(truth.labels)
    assert by_id(street) == before
    assert result.labels_only


@pytest.mark.parametrize("fault", [faults_of(kind)[0] for kind in FAULTS], ids=lambda fault: fault.text)
def test_the_same_seed_plants_the_same(street: Scene, fault: Fault) -> None:
    one, other = plant(street, [fault], seed=5), plant(street, [fault], seed=5)
    assert one.truths == other.truths
    assert by_id(one.scene) == by_id(other.scene)


def test_another_seed_plants_elsewhere(street: Scene) -> None:
    places = {planted(street, "shift", seed).truths[0].labels for seed in range(8)}
    assert len(places) > 3


@pytest.mark.parametrize("magnitude", [0.2, 0.3, 1.0])
def test_a_shift_is_as_far_as_it_says(street: Scene, magnitude: float) -> None:
    result = planted(street, f"shift:{magnitude}:track")
    rows = rows_of(street, result.truths[0].labels)
    step_m = boxes_in_ego(result.scene).centres_m[rows] - boxes_in_ego(street).centres_m[rows]
    np.testing.assert_allclose(np.linalg.norm(step_m, axis=1), magnitude, atol=1e-6)
    np.testing.assert_allclose(step_m[:, 2], 0, atol=1e-6)
    np.testing.assert_allclose(step_m, step_m[:1].repeat(len(step_m), 0), atol=1e-6)


def test_a_scaled_box_stands_where_it_stood(street: Scene) -> None:
    result = planted(street, "scale:1.5:3")
    rows = rows_of(street, result.truths[0].labels)
    assert len(rows) == 3
    before, after = street.labels.boxes.take(rows), result.scene.labels.boxes.take(rows)
    np.testing.assert_allclose(after.sizes_m, 1.5 * before.sizes_m)
    np.testing.assert_allclose(after.bottoms_m, before.bottoms_m, atol=1e-9)


@pytest.mark.parametrize("degrees", [5, 15, 90, 180])
def test_a_turn_is_as_large_as_it_says(street: Scene, degrees: int) -> None:
    result = planted(street, f"yaw:{degrees}:frame")
    (row,) = rows_of(street, result.truths[0].labels)
    turn = result.scene.labels.boxes.yaws_rad[row] - street.labels.boxes.yaws_rad[row]
    assert abs(np.degrees(np.arctan2(np.sin(turn), np.cos(turn)))) == pytest.approx(degrees)
    np.testing.assert_array_equal(result.scene.labels.boxes.centres_m[row], street.labels.boxes.centres_m[row])


def test_a_lift_goes_up(street: Scene) -> None:
    result = planted(street, "lift:0.4:frame")
    (row,) = rows_of(street, result.truths[0].labels)
    step_m = result.scene.labels.boxes.centres_m[row] - street.labels.boxes.centres_m[row]
    np.testing.assert_allclose(step_m, [0, 0, 0.4], atol=1e-6)


def test_a_gap_lies_inside_its_track(street: Scene) -> None:
    (truth,) = planted(street, "drop:1:3").truths
    assert np.diff(truth.frames).tolist() == [1, 1]
    assert truth.frames[0] >= 2
    assert truth.frames[-1] <= len(street.frame_table) - 3


def test_swapped_tracks_exchange_their_boxes_and_nothing_else(street: Scene) -> None:
    result = planted(street, "id-swap")
    (truth,) = result.truths
    rows = rows_of(street, truth.labels)
    before, after = street.labels.boxes.track.values[rows], result.scene.labels.boxes.track.values[rows]
    assert set(before) == set(after) == set(truth.tracks)
    assert (before != after).all()
    np.testing.assert_array_equal(result.scene.labels.boxes.centres_m, street.labels.boxes.centres_m)


def test_a_switched_track_has_a_new_name_to_its_end(street: Scene) -> None:
    result = planted(street, "id-switch")
    old, new = result.truths[0].tracks
    tracks = result.scene.labels.tracks
    assert street.labels.tracks.names.count(new) == 0
    assert [len(tracks.rows(tracks.names.index(name))) for name in (old, new)] == [6, 6]


def test_a_frozen_box_stands_still_in_the_world(street: Scene) -> None:
    result = planted(street, "freeze:1:5")
    rows = rows_of(result.scene, result.truths[0].labels)
    centres_m = boxes_in_world(result.scene).centres_m[rows]
    np.testing.assert_allclose(centres_m, centres_m[:1].repeat(5, 0), atol=1e-6)


def test_a_delayed_box_is_where_its_object_was_a_frame_ago(street: Scene) -> None:
    result = planted(street, "delay:1:track")
    rows = rows_of(street, result.truths[0].labels)
    before, after = boxes_in_world(street).centres_m[rows], boxes_in_world(result.scene).centres_m[rows]
    np.testing.assert_allclose(after[1:], before[:-1], atol=1e-6)
    np.testing.assert_allclose(before[1] - before[0], after[1] - after[0], atol=1e-6)


@pytest.mark.parametrize(("name", "boxes_of"), [("slip", boxes_in_ego), ("slip-in-world", boxes_in_world)])
def test_slipped_labels_stand_where_those_of_the_frame_before_stood(
    street: Scene, name: str, boxes_of: Callable[[Scene], Any]
) -> None:
    result = planted(street, f"{name}:1:frame")
    (frame,) = result.truths[0].frames
    before = boxes_of(street).centres_m[street.labels.rows_of_frame(frame - 1)]
    after = boxes_of(result.scene).centres_m[result.scene.labels.rows_of_frame(frame)]
    np.testing.assert_allclose(after, before, atol=1e-6)
    for other in set(range(12)) - {frame}:
        own = boxes_of(street).centres_m[street.labels.rows_of_frame(other)]
        np.testing.assert_allclose(boxes_of(result.scene).centres_m[result.scene.labels.rows_of_frame(other)], own)


def test_a_pose_jump_moves_poses_and_no_label(street: Scene) -> None:
    result = planted(street, "pose-jump:0.5:frame")
    (frame,) = result.truths[0].frames
    step_m = frame_poses(result.scene).columns.translations_m - frame_poses(street).columns.translations_m
    expected = np.zeros(12)
    expected[frame] = 0.5
    np.testing.assert_allclose(np.linalg.norm(step_m, axis=1), expected, atol=1e-9)
    assert by_id(result.scene) == by_id(street)


def test_a_lost_frame_takes_its_labels_and_measurements(street: Scene) -> None:
    result = planted(street, "lost-frame")
    (frame,) = result.truths[0].frames
    assert len(result.scene.frames) == 11
    assert len(result.scene.labels) == len(street.labels) - 6
    after = result.scene.frames[frame]
    assert after.key == street.frames[frame + 1].key
    np.testing.assert_array_equal(after.points_in_ego, street.frames[frame + 1].points_in_ego)
    np.testing.assert_allclose(after.boxes.centres_m, street.frames[frame + 1].boxes.centres_m)


def test_a_repeated_frame_shows_what_the_one_before_showed(make_street: Callable[..., Scene]) -> None:
    street = make_street(images=None)
    result = planted(street, "repeated-frame")
    (frame,) = result.truths[0].frames
    assert result.truths[0].sensor == "lidar"
    one, other = result.scene.frames[frame - 1 : frame + 1]
    np.testing.assert_array_equal(one.points_in_ego, other.points_in_ego)
    assert other.sweep("lidar").reference_ns == street.frames[frame].sweep("lidar").reference_ns


def test_a_delayed_camera_stamps_its_images_late(street: Scene) -> None:
    result = planted(street, "camera-delay:20")
    late_ns = result.scene.streams["camera"].timestamps_ns - street.streams["camera"].timestamps_ns
    assert set(late_ns.tolist()) == {20_000_000}
    assert (
        result.scene.streams["camera"].load(2).timestamp_ns
        == street.streams["camera"].load(2).timestamp_ns + 20_000_000
    )


def test_a_drifting_clock_is_later_and_later(street: Scene) -> None:
    late_ns = (
        planted(street, "camera-drift:100").scene.streams["camera"].timestamps_ns
        - street.streams["camera"].timestamps_ns
    )
    assert late_ns.tolist() == [round(frame * 100_000_000 * 100e-6) for frame in range(12)]


def test_a_turned_sensor_stays_in_its_place(street: Scene) -> None:
    result = planted(street, "extrinsic-turn:0.5")
    before, after = (scene.rig_at(0).sensor("camera").ego_from_sensor for scene in (street, result.scene))
    assert np.degrees((before.inverse() @ after.renamed(source="lens")).angle_rad) == pytest.approx(0.5)
    np.testing.assert_array_equal(before.translation, after.translation)


def test_a_shifted_lidar_moves_its_points(make_street: Callable[..., Scene]) -> None:
    street = make_street(images=None)
    result = planted(street, "extrinsic-shift:20")
    step_m = result.scene.frames[4].points_in_ego - street.frames[4].points_in_ego
    np.testing.assert_allclose(np.linalg.norm(step_m, axis=1), 0.2, atol=1e-5)


def test_several_objects_get_a_fault_each(street: Scene) -> None:
    result = planted(street, "shift:0.5:frame", most=3)
    assert len({truth.tracks for truth in result.truths}) == 3


def test_labels_without_tracks_are_objects_of_their_own(make_street: Callable[..., Scene]) -> None:
    street = make_street("ego", tracks=False)
    assert len(planted(street, "shift:0.5:frame", most=3).edits) == 3
    assert plant(street, [parse_fault("shift:0.5:track")]).truths == ()


def test_boxes_few_points_lie_in_are_left_alone(make_street: Callable[..., Scene]) -> None:
    street = make_street(points=[np.zeros((1, 3), dtype=np.float32)] * 12)
    assert plant(street, [parse_fault("shift")]).truths == ()


def test_the_truth_says_what_should_be_found(street: Scene) -> None:
    record = planted(street, "yaw:180:frame").truths[0].record
    assert {"fault", "scene", "frames", "tracks", "sensor", "magnitude", "expected_codes"} <= set(record)
    assert "TRK503" in record["expected_codes"]
    assert (record["magnitude"], record["unit"], record["extent"]) == (180.0, "deg", "frame")
