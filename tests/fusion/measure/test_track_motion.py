from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.errors import NotMeasurableError
from fusion.measure.track_motion import reference_from_motion, track_motion, velocities_in_ego
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

PERIOD_NS = 100_000_000
# Ego drives at 10 m/s along world y, to its left: it looks along y.
LEFT = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=float)


def driving(frames: int) -> list[np.ndarray]:
    return [RigidTransform.from_rotation("world", "ego", LEFT, [0, float(f), 0]).matrix for f in range(frames)]


def scene_of(places_m: Any, frames: Any = None, tracks: Any = None, stamps_ns: Any = None, **parts: Any) -> Scene:
    """Boxes at places (n, 3), by default one track with one box a frame, at 10 Hz."""
    places_m = np.asarray(places_m, dtype=np.float64)
    frames = np.arange(len(places_m)) if frames is None else np.asarray(frames)
    stamps_ns = PERIOD_NS * np.arange(1, 2 + frames.max()) if stamps_ns is None else np.asarray(stamps_ns)
    boxes = Boxes3D.upright(
        places_m,
        np.ones((len(places_m), 3)),
        np.zeros(len(places_m)),
        track=["a"] * len(places_m) if tracks is None else tracks,
        timestamps_ns=stamps_ns[frames],
        velocities_mps=parts.pop("velocities_mps", None),
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns, box_frames=frames, **parts)


def test_speed_is_the_slope_over_both_neighbours() -> None:
    motion = track_motion(scene_of([[0, 0, 0], [1, 0, 0], [3, 0, 0], [6, 0, 0]], reference="world"))
    assert motion.velocities_mps[:, 0] == pytest.approx([10, 15, 25, 30])
    assert motion.speeds_mps == pytest.approx([10, 15, 25, 30])
    assert motion.step_seconds == pytest.approx([0.1] * 3)


def test_uneven_steps_weigh_by_time() -> None:
    scene = scene_of([[0, 0, 0], [1, 0, 0], [4, 0, 0]], stamps_ns=[0, PERIOD_NS, 4 * PERIOD_NS], reference="world")
    assert track_motion(scene).velocities_mps[:, 0] == pytest.approx([10, 10, 10])


def test_tracks_are_apart_and_a_lone_box_has_no_speed() -> None:
    scene = scene_of([[0, 0, 0], [9, 9, 9], [1, 0, 0]], [0, 0, 1], ["a", "b", "a"], reference="world")
    assert np.isnan(track_motion(scene).speeds_mps).tolist() == [False, True, False]


def test_boxes_too_far_apart_in_time_tell_no_speed() -> None:
    scene = scene_of([[0, 0, 0], [1, 0, 0]], stamps_ns=[0, 1_600_000_000], reference="world")
    assert np.isnan(track_motion(scene).speeds_mps).all()


def test_two_boxes_at_one_time_make_neither_infinity_nor_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        motion = track_motion(scene_of([[0, 0, 0], [5, 0, 0], [1, 0, 0]], [0, 0, 1], reference="world"))
    assert not np.isinf(motion.velocities_mps).any()


def test_with_poses_a_parked_car_seen_from_a_moving_one_stands() -> None:
    world_m = np.tile([20.0, 5.0, 0.0], (4, 1))
    poses = driving(4)
    seen_m = [RigidTransform.from_matrix("world", "ego", pose).inverse().apply(world_m[:1])[0] for pose in poses]
    scene = scene_of(seen_m, poses=poses)
    motion = track_motion(scene)
    assert not motion.relative
    assert motion.speeds_mps == pytest.approx(np.zeros(4), abs=1e-9)
    assert motion.away_m[2] == pytest.approx([20, 3])
    assert track_motion(scene_of(seen_m)).speeds_mps == pytest.approx(np.full(4, 10.0))
    assert track_motion(scene_of(seen_m)).relative


def test_labels_in_the_world_need_no_poses() -> None:
    motion = track_motion(scene_of([[0, 0, 0], [1, 0, 0]], reference="world"))
    assert not motion.relative
    assert motion.speeds_mps == pytest.approx([10, 10])
    assert motion.ranges_m.tolist() == [0, 0]


def test_one_missing_pose_takes_only_its_own_boxes() -> None:
    late = Trajectory.from_poses(PERIOD_NS * np.arange(2, 12), np.zeros((10, 3)), np.tile([1.0, 0, 0, 0], (10, 1)))
    motion = track_motion(scene_of([[x, 0, 0] for x in range(10)], poses=late))
    assert not motion.relative
    assert motion.placed.tolist() == [False] + [True] * 9
    assert motion.speeds_mps[1:] == pytest.approx(np.full(9, 10.0))
    assert np.isnan(motion.speeds_mps[0])


def test_with_hardly_any_pose_motion_is_seen_from_ego() -> None:
    brief = Trajectory.from_poses(PERIOD_NS * np.arange(1, 4), np.zeros((3, 3)), np.tile([1.0, 0, 0, 0], (3, 1)))
    motion = track_motion(scene_of([[x, 0, 0] for x in range(10)], poses=brief))
    assert motion.relative
    assert motion.placed.all()


def test_velocities_turn_into_the_ego_frame() -> None:
    """A car goes along world x at 10 m/s; ego looks along world y, so that is to its right."""
    scene = scene_of([[x, 30, 0] for x in range(4)], poses=driving(4), reference="world")
    assert velocities_in_ego(scene) == pytest.approx(np.tile([0.0, -10.0, 0.0], (4, 1)), abs=1e-9)


def test_the_data_set_s_own_velocities_win_where_it_has_them() -> None:
    told = [[7.0, 0.0, 0.0], [np.nan] * 3, [7.0, 1.0, np.nan]]
    scene = scene_of([[0, 0, 0], [1, 0, 0], [2, 0, 0]], velocities_mps=told)
    assert velocities_in_ego(scene)[:, :2] == pytest.approx(np.array([[7, 0], [10, 0], [7, 1]]))


def test_without_tracks_or_times_only_told_velocities_remain() -> None:
    untracked = scene_of([[0, 0, 0], [1, 0, 0]], tracks=[None, None], velocities_mps=[[1, 2, 0], [np.nan] * 3])
    assert velocities_in_ego(untracked)[0] == pytest.approx([1, 2, 0])
    assert np.isnan(velocities_in_ego(untracked)[1]).all()
    with pytest.raises(NotMeasurableError, match="no track ids"):
        track_motion(untracked)
    with pytest.raises(NotMeasurableError, match="no real times"):
        track_motion(scene_of([[0, 0, 0]], time_base="synthetic"))


@pytest.mark.parametrize("reference", ["world", "ego", "roof"])
def test_what_is_seen_in_the_world_can_be_written_where_labels_are(reference: str) -> None:
    ego_from_roof = RigidTransform.from_rotation("ego", "roof", LEFT, [1.0, 0.0, 2.0])
    rig = SensorRig({"roof": Sensor("roof", SensorKind.LIDAR, ego_from_roof)})
    native_m = np.array([[4.0, 3.0, 1.0], [5.0, 3.0, 1.0], [6.0, 3.0, 1.0]])
    scene = scene_of(native_m, poses=driving(3), reference=reference, rig=rig)
    motion = track_motion(scene)
    for frame in range(3):
        back = reference_from_motion(scene, frame, motion.relative)
        assert (back.target, back.source) == (reference, "world")
        assert back.apply(motion.boxes.centres_m[[frame]])[0] == pytest.approx(native_m[frame])


def test_without_the_pose_it_needs_there_is_no_way_back() -> None:
    brief = Trajectory.from_poses([0], np.zeros((1, 3)), [[1.0, 0, 0, 0]])
    scene = scene_of([[0, 0, 0]], poses=brief)
    with pytest.raises(NotMeasurableError, match="no ego pose"):
        reference_from_motion(scene, 0, relative=False)
    assert reference_from_motion(scene, 0, relative=True).name == "ego_from_ego"
