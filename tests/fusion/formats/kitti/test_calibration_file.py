from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.errors import FileProblemError
from calibration.transform import nearest_rotation
from fusion.formats.kitti.calibration_file import CalibrationFile


def words(values: np.ndarray) -> str:
    """As calibration files hold numbers, but rounded hard: the rotations in them are sloppy."""
    return " ".join(f"{value:.5e}" for value in values.flat)


RECTIFICATION = Rotation.from_euler("xyz", [0.02, -0.01, 0.03]).as_matrix()
LIDAR_POSE = np.column_stack(
    [
        Rotation.from_euler("xyz", [0.01, 0.02, -0.02]).as_matrix() @ [[0, -1, 0], [0, 0, -1], [1, 0, 0]],
        [0.01, -0.09, -0.25],
    ]
)
LINES = [
    "P2: 700 0 600 50 0 710 180 0.3 0 0 1 0.004",
    f"R0_rect: {words(RECTIFICATION)}",
    f"Tr_velo_to_cam: {words(LIDAR_POSE)}",
]


def matrix(line: str, rows: int) -> np.ndarray:
    return np.array([float(word) for word in line.split()[1:]]).reshape(rows, -1)


def test_a_point_lands_where_the_plain_product_of_the_matrices_puts_it(rng: np.random.Generator) -> None:
    file = CalibrationFile(LINES, "calib/000001.txt")
    camera = file.camera("P2")
    camera_from_lidar = camera.camera_from_rectified("image_2") @ file.rectified_from("velodyne")
    points = rng.uniform([5, -20, -2], [60, 20, 2], (200, 3))
    pixels = camera.lens(1242, 375).image_plane(camera_from_lidar.apply(points))

    lidar_pose = matrix(LINES[2], 3)
    in_rectified = points @ (nearest_rotation(matrix(LINES[1], 3))[0] @ nearest_rotation(lidar_pose[:, :3])[0]).T
    in_rectified += nearest_rotation(matrix(LINES[1], 3))[0] @ lidar_pose[:, 3]
    homogeneous = np.column_stack([in_rectified, np.ones(200)]) @ matrix(LINES[0], 3).T
    np.testing.assert_allclose(pixels, homogeneous[:, :2] / homogeneous[:, 2:], atol=1e-8)


def test_the_residual_is_that_of_the_worse_matrix() -> None:
    file = CalibrationFile(LINES, "calib/000001.txt")
    worse = max(nearest_rotation(matrix(LINES[1], 3))[1], nearest_rotation(matrix(LINES[2], 3)[:, :3])[1])
    assert file.rectified_from("velodyne").residual == pytest.approx(worse)


def test_the_rectification_alone_may_be_far_from_a_rotation() -> None:
    sheared = ["R0_rect: 1 0.5 0 0 1 0 0 0 1", *LINES[2:]]
    rectified_from_lidar = CalibrationFile(sheared, "calib/000001.txt").rectified_from("velodyne")
    assert rectified_from_lidar.residual > 0.3
    np.testing.assert_allclose(rectified_from_lidar.rotation @ rectified_from_lidar.rotation.T, np.eye(3), atol=1e-12)


@pytest.mark.parametrize("name", ["Tr_imu_to_velo:", "Tr_imu_velo"])
def test_the_inertial_unit_is_placed_under_either_name(name: str) -> None:
    file = CalibrationFile([*LINES, f"{name} 1 0 0 -0.8 0 1 0 0.3 0 0 1 -0.8"], "calib/0001.txt")
    lidar_from_imu = file.lidar_from_imu("velodyne")
    np.testing.assert_array_equal(lidar_from_imu.apply([[0.8, 0, 0]]), [[0, 0.3, -0.8]])


@pytest.mark.parametrize(
    "separator", [":", ": ", " ", "  ", "\t", " : "], ids=["colon", "usual", "none", "blanks", "tab", "around"]
)
def test_names_end_with_a_colon_or_without(separator: str) -> None:
    file = CalibrationFile(["", f"  P2{separator}100 0 60 6 0 100 20 0 0 0 1 0  "], "calib/000001.txt")
    np.testing.assert_allclose(file.camera("P2").offset_m, [0.06, 0, 0])


def test_a_line_said_twice_in_the_same_words_does_no_harm() -> None:
    file = CalibrationFile([LINES[0], LINES[0]], "calib/000001.txt")
    assert file.camera("P2").offset_m[2] == 0.004


def test_two_meanings_of_one_name_are_refused_with_both_lines() -> None:
    file = CalibrationFile([LINES[0], "", LINES[0].replace(" 50 ", " 0 ")], "calib/000001.txt")
    with pytest.raises(FileProblemError, match=r"line 3: 'P2' is there a second time .* the first is in line 1"):
        file.camera("P2")


def test_an_empty_file_holds_nothing() -> None:
    with pytest.raises(FileProblemError, match=r"calib/000001\.txt: has no 'R0_rect'; it holds nothing"):
        CalibrationFile([""], "calib/000001.txt").rectified_from("velodyne")


def test_a_camera_infinitely_far_away_is_refused() -> None:
    file = CalibrationFile(["P2: 1e-9 0 60 1e9 0 100 20 0 0 0 1 0"], "calib/000001.txt")
    with pytest.raises(FileProblemError, match="puts the camera infinitely far away"):
        file.camera("P2")
