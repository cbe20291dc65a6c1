from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from calibration.rig import SensorRig
from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.scene.scene import Scene
from viewers.pictures.accused import accused_of, best_view, neighbours_of


def row_of(scene: Scene, track: str, frame: int) -> int:
    labels = scene.labels
    return next(r for r in range(len(labels)) if labels.boxes.track[r] == track and labels.frame_index[r] == frame)


def test_a_box_is_found_by_its_id_in_its_frame(
    make_drive: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_drive()
    accused = accused_of(scene, make_finding(scene, row_of(scene, "3", 5)))
    assert accused.frame is not None
    assert accused.frame.index == 5
    assert accused.frame.boxes.track[accused.rows[0]] == "3"


def test_both_boxes_of_a_pair_are_found_in_the_order_of_the_finding(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_street()
    both = make_finding(scene, 2).labels + make_finding(scene, 0).labels
    assert accused_of(scene, make_finding(scene, 2, subject="pair", labels=both)).rows == (2, 0)


def test_what_is_not_in_the_scene_is_left_out(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_street()
    accused = accused_of(scene, make_finding(scene, frame="no such frame", label="no such label"))
    assert accused.frame is None
    assert accused.rows == ()
    assert len(accused.proposed) == 0


@pytest.mark.parametrize("values", [{"centre_m": [15.0, 2.0, 0.5]}, {"centre_m": [[1, 1, 1], [15.0, 2.0, 0.5]]}])
def test_a_proposal_changes_what_it_names_and_keeps_the_rest(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding], values: dict[str, list[float]]
) -> None:
    scene = make_street()
    stamp = int(scene.frame_table.timestamps_ns[0])
    stamps = (stamp - 10**9, stamp) if isinstance(values["centre_m"][0], list) else (stamp,)
    proposal = Proposal(action="set", target="0", values=values, reference="ego", timestamps_ns=stamps)
    proposed = accused_of(scene, make_finding(scene, 0, proposal=proposal)).proposed
    assert proposed.centres_m[0] == pytest.approx([15.0, 2.0, 0.5])
    assert proposed.sizes_m[0] == pytest.approx([4.5, 1.9, 1.6])
    assert proposed.yaws_rad[0] == pytest.approx(0.2)


def test_a_proposal_in_the_world_is_moved_to_ego(
    make_drive: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_drive()
    row = row_of(scene, "17", 4)
    values = {"centre_m": [8.0 + 15.0, 2.0, 0.8], "yaw_rad": 1.0}
    proposal = Proposal(action="set", target="x", values=values, reference="world")
    proposed = accused_of(scene, make_finding(scene, row, proposal=proposal)).proposed
    assert proposed.centres_m[0] == pytest.approx([15.0, 2.0, 0.8])
    assert proposed.yaws_rad[0] == pytest.approx(1.0)


def test_a_missing_box_is_shown_in_the_middle_of_the_frames_that_lack_it(
    make_drive: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_drive()
    stamps = tuple(int(stamp) for stamp in scene.frame_table.timestamps_ns[[5, 6, 7]])
    centres = [[10.0 + 15, 2, 1], [12.0 + 15, 2, 1], [14.0 + 15, 2, 1]]
    values = {"centre_m": centres, "size_m": [4, 2, 1.5], "yaw_rad": [0.0, 0.1, 0.2]}
    proposal = Proposal(action="add", target="17", values=values, reference="world", timestamps_ns=stamps)
    accused = accused_of(scene, make_finding(scene, row_of(scene, "17", 4), proposal=proposal))
    assert accused.frame is not None
    assert (accused.frame.index, accused.rows) == (6, ())
    assert accused.proposed.centres_m == pytest.approx(np.array([[15.0, 2.0, 1.0]]))
    assert accused.proposed.yaws_rad == pytest.approx([0.1])


def test_boxes_to_add_without_times_are_all_proposed(
    make_drive: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_drive()
    values = {"centre_m": [[18.0, 2, 1], [20.0, 2, 1]], "size_m": [4, 2, 1.5]}
    proposal = Proposal(action="add", target="17", values=values, reference="world")
    accused = accused_of(scene, make_finding(scene, row_of(scene, "17", 4), proposal=proposal))
    assert accused.proposed.centres_m[:, 0] == pytest.approx([10.0, 12.0])


@pytest.mark.parametrize(
    "values",
    [{"category": "Car"}, {"centre_m": "nowhere"}, {"centre_m": [1, 2]}, {"size_m": None}],
    ids=["no shape", "no number", "too few", "nothing"],
)
def test_a_proposal_that_makes_no_box_is_left_out(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding], values: dict[str, object]
) -> None:
    scene = make_street()
    proposal = Proposal(action="set", target="0", values=values, reference="ego")
    assert len(accused_of(scene, make_finding(scene, 0, proposal=proposal)).proposed) == 0


def test_the_camera_with_the_largest_whole_outline_is_best(
    make_street: Callable[..., Scene],
    make_rig: Callable[..., SensorRig],
    pinhole: object,
    fisheye: object,
) -> None:
    frame = make_street(make_rig(wide=fisheye, front=pinhole)).frames[0]
    view, reason = best_view(frame, frame.boxes.take([0]))
    assert (view is not None and view.name, reason) == ("front", "")
    view, _ = best_view(frame, frame.boxes.take([0]), preferred="wide")
    assert view is not None
    assert view.name == "wide"


def test_no_camera_is_best_for_what_none_sees(
    make_street: Callable[..., Scene], make_rig: Callable[..., SensorRig]
) -> None:
    frame = make_street().frames[0]
    assert best_view(frame, frame.boxes.take([2])) == (None, "none of the 1 cameras sees this box")
    blind = make_street(make_rig(front=None)).frames[0]
    assert best_view(blind, blind.boxes.take([0]))[1] == "front has no intrinsics in the rig"
    without = make_street(images={}).frames[0]
    assert best_view(without, without.boxes.take([0]))[1] == "no camera in this frame"


def test_neighbours_stand_where_they_were_over_ground(
    make_drive: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_drive(jump_at=None)
    neighbours = neighbours_of(accused_of(scene, make_finding(scene, row_of(scene, "17", 4), subject="track")))
    assert neighbours is not None
    assert neighbours.offsets_ns.tolist() == [-1_000_000_000, -500_000_000, 500_000_000, 1_000_000_000]
    assert neighbours.boxes.centres_m[:, 0] - 15.0 == pytest.approx([-4.0, -2.0, 2.0, 4.0])
    assert np.isfinite(neighbours.boxes.rotations).all()


def test_neighbours_that_would_hide_each_other_are_passed_over(
    make_drive: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_drive(jump_at=None, standing=True)
    neighbours = neighbours_of(accused_of(scene, make_finding(scene, row_of(scene, "17", 4), subject="track")))
    assert neighbours is not None
    assert len(neighbours.boxes) == 0


def test_only_the_accused_track_is_flagged_of_a_pair(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_street()
    both = make_finding(scene, 2).labels + make_finding(scene, 0).labels
    assert accused_of(scene, make_finding(scene, 0, subject="track", labels=both)).track_rows == [0]
