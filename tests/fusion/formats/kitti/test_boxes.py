from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from calibration.transform import RigidTransform
from fusion.formats.kitti.boxes import SceneRows, boxes_3d
from fusion.formats.kitti.label_file import LabelRows, label_rows
from fusion.scene.boxes3d import Boxes3D

# Forward, left, up of a level lidar as right, down, forward of a camera.
CAMERA_FROM_LEVEL_LIDAR = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
# The devkit's corners, in the order of ours.
OURS_IN_DEVKIT = [0, 3, 2, 1, 4, 7, 6, 5]


def devkit_corners(
    height: float, width: float, length: float, x: float, y: float, z: float, rotation_y: float
) -> np.ndarray:
    """(8, 3) in rectified camera 0, step by step as in computeBox3D.m of the object development kit."""
    c, s = np.cos(rotation_y), np.sin(rotation_y)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    along = np.array([1, 1, -1, -1, 1, 1, -1, -1]) * length / 2
    down = np.array([0, 0, 0, 0, -1, -1, -1, -1]) * height
    across = np.array([1, -1, -1, 1, 1, -1, -1, 1]) * width / 2
    return (turn @ np.stack([along, down, across])).T + np.array([x, y, z])


def read_row(text: str, ego_from_rectified: RigidTransform) -> Boxes3D:
    rows = LabelRows.of([row for row in label_rows([text], "label") if not isinstance(row, Exception)])
    labels = SceneRows.of_frames(rows, np.zeros(len(rows), dtype=np.int32), ("000000",), ("label_2/000000.txt",))
    return boxes_3d(labels, {0: ego_from_rectified})


def metres(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


small_angles = st.floats(-0.1, 0.1)
ego_from_rectified_poses = st.builds(
    lambda roll, pitch, yaw, x, y, z: RigidTransform(
        "ego",
        "rectified",
        (Rotation.from_euler("xyz", [roll, pitch, yaw]).as_matrix() @ CAMERA_FROM_LEVEL_LIDAR).T,
        np.array([x, y, z]),
    ),
    small_angles,
    small_angles,
    st.floats(-np.pi, np.pi),
    *[metres(-2, 2)] * 3,
)
label_numbers = st.tuples(
    metres(0.2, 4),
    metres(0.2, 4),
    metres(0.2, 20),
    metres(-50, 50),
    metres(-5, 5),
    metres(-5, 90),
    st.floats(-6, 6),
)


@settings(max_examples=60, deadline=None)
@given(numbers=label_numbers, ego_from_rectified=ego_from_rectified_poses)
def test_a_box_has_the_corners_of_the_development_kit(
    numbers: tuple[float, ...], ego_from_rectified: RigidTransform
) -> None:
    text = "Car 0 0 0 1 2 3 4 " + " ".join(repr(number) for number in numbers)
    corners_in_rectified = ego_from_rectified.inverse().apply(read_row(text, ego_from_rectified).corners_m[0])
    np.testing.assert_allclose(corners_in_rectified, devkit_corners(*numbers)[OURS_IN_DEVKIT], atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(numbers=label_numbers, ego_from_rectified=ego_from_rectified_poses)
def test_a_box_can_be_written_back_as_it_was_read(
    numbers: tuple[float, ...], ego_from_rectified: RigidTransform
) -> None:
    text = "Car 0 0 0 1 2 3 4 " + " ".join(repr(number) for number in numbers)
    boxes = read_row(text, ego_from_rectified).moved(ego_from_rectified.inverse())
    length, width, height = boxes.sizes_m[0]
    bottom = boxes.corners_m[0, :4].mean(axis=0)
    front = boxes.corners_m[0, 0] - boxes.corners_m[0, 1]
    rotation_y = np.arctan2(-front[2], front[0])
    np.testing.assert_allclose([height, width, length, *bottom], numbers[:6], atol=1e-9)
    np.testing.assert_allclose(np.exp(1j * rotation_y), np.exp(1j * numbers[6]), atol=1e-9)


def test_a_level_camera_leaves_a_box_upright() -> None:
    level = RigidTransform("ego", "rectified", CAMERA_FROM_LEVEL_LIDAR.T, np.zeros(3))
    box = read_row("Car 0 0 0 1 2 3 4 1.5 1.6 4 2 1.7 20 0.3", level)
    np.testing.assert_allclose(box.rotations[0, 1:3], 0, atol=1e-15)
    np.testing.assert_allclose(box.yaws_rad, -0.3 - np.pi / 2)


def test_a_camera_that_looks_down_tilts_its_boxes_as_much() -> None:
    tilt_rad = np.deg2rad(0.85)
    down = Rotation.from_euler("x", tilt_rad).as_matrix()  # about the camera's x axis: z turns towards -y
    ego_from_rectified = RigidTransform("ego", "rectified", CAMERA_FROM_LEVEL_LIDAR.T @ down, np.zeros(3))
    box = read_row("Car 0 0 0 1 2 3 4 1.5 1.6 4 2 1.7 20 -1.57", ego_from_rectified)
    upwards = box.corners_m[0, 4] - box.corners_m[0, 0]
    np.testing.assert_allclose(np.arccos(upwards[2] / 1.5), tilt_rad)


def test_no_rows_make_no_boxes() -> None:
    nothing = SceneRows.of_frames(LabelRows.of([]), np.zeros(0, dtype=np.int32), (), ())
    assert len(boxes_3d(nothing, {})) == 0
