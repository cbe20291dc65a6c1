"""Points reach the picture through the world, each row of it at its own time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from calibration.cameras import BrownConrady, Pinhole
from calibration.clock import SECOND_NS
from calibration.errors import FrameMismatchError, LensError, OutsideTrajectoryError, PoseError, ShapeError
from calibration.projection import (
    camera_from_ego_at,
    lens_of,
    points_in_view,
    project_points,
    project_rolling,
    row_offsets_ns,
)
from calibration.sensors import Sensor, SensorKind
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_yaws

# Camera axes in the ego frame: x right is -y, y down is -z, z forward is x.
LOOKING_FORWARD = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
LENS = Pinhole(1000, 501, 500.0, 500.0, 499.5, 250.0)
CAMERA = Sensor(
    "camera_front",
    SensorKind.CAMERA,
    RigidTransform.from_rotation("ego", "camera_front", LOOKING_FORWARD, [1.5, 0.0, 1.6]),
    camera=LENS,
)
MIDDLE_NS = 5 * SECOND_NS
READOUT_NS = SECOND_NS // 25


def straight_ahead(speed_mps: float = 20.0, yaw_rate_radps: float = 0.0) -> Trajectory:
    times_ns = MIDDLE_NS + np.arange(-200, 201) * (SECOND_NS // 1000)
    seconds = (times_ns - MIDDLE_NS) / SECOND_NS
    places = np.column_stack([speed_mps * seconds, 0 * seconds, 0 * seconds])
    return Trajectory.from_poses(times_ns, places, quaternions_from_yaws(yaw_rate_radps * seconds))


def pose(x_m: float, y_m: float = 0.0, yaw_rad: float = 0.0) -> RigidTransform:
    quaternion = quaternions_from_yaws(np.array([yaw_rad]))[0]
    return RigidTransform.from_quaternion("world", "ego", quaternion, [x_m, y_m, 0.0])


def test_a_point_ahead_meets_the_pixel_worked_out_by_hand() -> None:
    camera_from_ego = camera_from_ego_at(CAMERA, None, None)
    # 10 m ahead of the camera, 2 m to the left, 1 m below it
    projection = project_points(np.array([[11.5, 2.0, 0.6]]), LENS, camera_from_ego)
    np.testing.assert_allclose(projection.pixels, [[499.5 - 100.0, 250.0 + 50.0]], atol=1e-9)
    np.testing.assert_allclose(projection.depth_m, [10.0])


def test_the_chain_goes_through_the_world() -> None:
    at_sweep, at_exposure = pose(100.0, 7.0, 0.2), pose(101.0, 7.2, 0.25)
    chain = camera_from_ego_at(CAMERA, at_exposure, at_sweep)
    assert (chain.target, chain.source) == ("camera_front", "ego")
    points = np.random.default_rng(1).uniform([3, -10, 0], [40, 10, 3], (50, 3))
    in_ego_at_exposure = at_exposure.inverse().apply(at_sweep.apply(points))
    np.testing.assert_allclose(
        chain.apply(points), CAMERA.ego_from_sensor.inverse().apply(in_ego_at_exposure), atol=1e-12
    )


def test_a_vehicle_that_drove_on_sees_a_point_nearer() -> None:
    chain = camera_from_ego_at(CAMERA, pose(52.0), pose(50.0))
    np.testing.assert_allclose(project_points(np.array([[11.5, 0.0, 1.6]]), LENS, chain).depth_m, [8.0])


@pytest.mark.parametrize(
    ("at_exposure", "at_sweep", "missing"),
    [
        pytest.param(None, pose(0.0), "its exposure", id="no exposure"),
        pytest.param(pose(0.0), None, "the sweep", id="no sweep"),
    ],
)
def test_one_pose_alone_is_refused(
    at_exposure: RigidTransform | None, at_sweep: RigidTransform | None, missing: str
) -> None:
    with pytest.raises(PoseError, match=f"camera_front: no pose at the time of {missing}"):
        camera_from_ego_at(CAMERA, at_exposure, at_sweep)


def test_a_pose_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(FrameMismatchError):
        camera_from_ego_at(CAMERA, pose(1.0).inverse(), pose(0.0))


def test_hits_are_the_rows_in_view() -> None:
    lens = BrownConrady(1242, 375, 721.5, 719.0, 609.6, 172.9, distortion=(-0.369, 0.197, 0.0014, 0.0006, -0.068))
    camera_from_ego = CAMERA.ego_from_sensor.inverse()
    points = np.random.default_rng(2).normal(0, 20, (5000, 3)).astype(np.float32)
    points[::50] = np.nan
    points[1::50, 0] = np.inf
    projection = project_points(points, lens, camera_from_ego)
    hits = points_in_view(points, lens, camera_from_ego)
    assert 0 < len(hits) < 2000
    np.testing.assert_array_equal(hits.rows, np.flatnonzero(projection.in_view))
    np.testing.assert_array_equal(hits.pixels, projection.pixels[hits.rows])
    np.testing.assert_array_equal(hits.depth_m, projection.depth_m[hits.rows])


def test_hits_are_those_of_opencv_with_its_false_ones_taken_out() -> None:
    lens = BrownConrady(1242, 375, 721.5, 719.0, 609.6, 172.9, distortion=(-0.369, 0.197, 0.0014, 0.0006, -0.068))
    camera_from_ego = CAMERA.ego_from_sensor.inverse()
    points = np.random.default_rng(3).normal(0, 20, (5000, 3))
    in_camera = camera_from_ego.apply(points)
    rotation, _ = cv2.Rodrigues(camera_from_ego.rotation)
    pixels = cv2.projectPoints(points, rotation, camera_from_ego.translation, lens.matrix, np.array(lens.distortion))[
        0
    ][:, 0]
    shown = lens.shows(pixels)
    off_axis_deg = np.degrees(np.arctan2(np.hypot(in_camera[:, 0], in_camera[:, 1]), in_camera[:, 2]))
    true_hits = np.flatnonzero(shown & (off_axis_deg < 50.4))
    hits = points_in_view(points, lens, camera_from_ego)
    assert shown.sum() > len(true_hits)
    np.testing.assert_array_equal(hits.rows, true_hits)
    np.testing.assert_allclose(hits.pixels, pixels[true_hits], atol=1e-6)


@pytest.mark.parametrize("top_to_bottom", [True, False], ids=["downwards", "upwards"])
@pytest.mark.parametrize("yaw_rate_radps", [0.0, 0.6], ids=["straight", "turning"])
def test_every_point_is_seen_by_a_row_at_the_time_of_that_row(top_to_bottom: bool, yaw_rate_radps: float) -> None:
    trajectory = straight_ahead(yaw_rate_radps=yaw_rate_radps)
    camera = Sensor(CAMERA.name, CAMERA.kind, CAMERA.ego_from_sensor, camera=LENS, rows_top_to_bottom=top_to_bottom)
    at_sweep = trajectory.world_from_ego_at(MIDDLE_NS - SECOND_NS // 20)
    points = np.random.default_rng(4).uniform([8, -8, -1], [40, 8, 4], (400, 3))
    projection = project_rolling(points, camera, at_sweep, trajectory, MIDDLE_NS, READOUT_NS)
    seen = np.flatnonzero(projection.in_view)
    assert len(seen) > 100
    sign = 1 if top_to_bottom else -1
    for row in seen[::10]:
        v = projection.pixels[row, 1]
        time_ns = round(MIDDLE_NS + sign * READOUT_NS * (round(v) - 250) / 500)
        chain = camera_from_ego_at(camera, trajectory.world_from_ego_at(time_ns), at_sweep)
        alone = project_points(points[row][None], LENS, chain)
        np.testing.assert_allclose(projection.pixels[row], alone.pixels[0], atol=0.05)
        np.testing.assert_allclose(projection.depth_m[row], alone.depth_m[0], atol=2e-3)


def test_rows_read_one_after_another_slant_a_post_that_a_turning_vehicle_passes() -> None:
    yaw_rate_radps = 0.5
    trajectory = straight_ahead(speed_mps=0.0, yaw_rate_radps=yaw_rate_radps)
    far_post = np.column_stack([np.full(9, 1000.0), np.zeros(9), np.linspace(-480, 480, 9)])
    still = project_points(far_post, LENS, camera_from_ego_at(CAMERA, pose(0.0), pose(0.0)))
    rolling = project_rolling(far_post, CAMERA, pose(0.0), trajectory, MIDDLE_NS, READOUT_NS)
    lean_px = rolling.pixels[:, 0] - still.pixels[:, 0]
    late_s = (still.pixels[:, 1] - 250.0) / 500.0 * READOUT_NS / SECOND_NS
    # turning left moves the far scene to the right, later rows further
    np.testing.assert_allclose(lean_px, 500.0 * yaw_rate_radps * late_s, atol=0.05)


def test_without_readout_it_is_the_global_shutter() -> None:
    trajectory = straight_ahead(yaw_rate_radps=0.6)
    at_sweep = trajectory.world_from_ego_at(MIDDLE_NS - SECOND_NS // 20)
    points = np.random.default_rng(5).uniform([-20, -8, -1], [40, 8, 4], (400, 3))
    points[7] = np.nan
    chain = camera_from_ego_at(CAMERA, trajectory.world_from_ego_at(MIDDLE_NS), at_sweep)
    still = project_points(points, LENS, chain)
    rolling = project_rolling(points, CAMERA, at_sweep, trajectory, MIDDLE_NS, 0)
    np.testing.assert_allclose(rolling.pixels, still.pixels, atol=1e-6)
    np.testing.assert_array_equal(rolling.in_view, still.in_view)


def test_points_behind_stay_behind_whatever_their_row() -> None:
    behind = np.array([[-5.0, 0.0, 1.0], [1.5, 0.0, 1.6], [np.nan, 0.0, 0.0]])
    trajectory = straight_ahead()
    rolling = project_rolling(behind, CAMERA, pose(0.0), trajectory, MIDDLE_NS, READOUT_NS)
    assert np.isnan(rolling.pixels).all()
    assert not rolling.in_view.any()


def test_rows_of_a_readout_need_poses() -> None:
    trajectory = straight_ahead()
    last_ns = int(trajectory.timestamps_ns[-1])
    low = np.array([[11.5, 0.0, -2.0]])
    with pytest.raises(OutsideTrajectoryError, match=r"^camera_front at "):
        project_rolling(low, CAMERA, pose(4.0), trajectory, last_ns, READOUT_NS)


def test_rows_are_exposed_evenly_about_the_middle() -> None:
    rows = np.array([0.0, 125.4, 250.0, 500.0, 700.0, -30.0, np.nan])
    expected = [-500, -250, 0, 500, 500, -500, 0]
    assert row_offsets_ns(rows, 501, 1000).tolist() == expected
    assert row_offsets_ns(rows, 501, 1000, top_to_bottom=False).tolist() == [-offset for offset in expected]
    assert row_offsets_ns([0.0], 1, 1000).tolist() == [0]


def test_a_camera_without_intrinsics_is_named() -> None:
    blind = Sensor(CAMERA.name, CAMERA.kind, CAMERA.ego_from_sensor)
    with pytest.raises(LensError, match="camera_front has no intrinsics"):
        lens_of(blind)


def test_points_of_another_shape_are_refused() -> None:
    with pytest.raises(ShapeError):
        points_in_view(np.zeros((3, 4)), LENS, CAMERA.ego_from_sensor.inverse())
    with pytest.raises(ShapeError):
        project_rolling(np.zeros((3, 4)), CAMERA, pose(0.0), straight_ahead(), MIDDLE_NS, READOUT_NS)
