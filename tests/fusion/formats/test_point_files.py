from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.errors import FileProblemError
from fusion.formats.point_files import points_from_bytes, read_point_bin, tell_columns


def cloud(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Coordinates all round the sensor, intensity, ring, time."""
    points = rng.uniform(-40, 40, (rows, 3))
    rest = np.column_stack([rng.uniform(0, 255, rows), np.arange(rows) % 32, np.linspace(0, 0.1, rows)])
    return np.column_stack([points, rest])[:, :columns].astype("<f4")


def test_rows_come_back_as_they_were_written(tmp_path: Path, rng: np.random.Generator) -> None:
    points = cloud(rng, 100, 5)
    points[3, 1] = np.nan
    (tmp_path / "a.bin").write_bytes(points.tobytes())
    read = read_point_bin(tmp_path / "a.bin", columns=5)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, points)


def test_an_empty_file_is_no_sweep_but_a_copy_that_broke_off(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"")
    with pytest.raises(FileProblemError, match=r"a\.bin: is empty: a sweep without a single point"):
        read_point_bin(tmp_path / "a.bin", columns=4)


def test_a_file_that_ends_within_a_point_is_truncated(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(1234))
    with pytest.raises(
        FileProblemError, match=r"a\.bin: truncated: 1234 bytes is no multiple of 20 \(5 float32 columns\)"
    ):
        read_point_bin(tmp_path / "a.bin", columns=5)


def test_a_missing_point_file_is_told_as_missing(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError) as caught:
        read_point_bin(tmp_path / "a.bin", columns=4)
    assert caught.value.reason == "no such file"


def test_bytes_are_called_by_the_given_name() -> None:
    with pytest.raises(FileProblemError, match=r"velodyne/000001\.bin: truncated"):
        points_from_bytes(bytes(3), 4, "velodyne/000001.bin")


@pytest.mark.parametrize("columns", [4, 5, 6])
def test_the_number_of_columns_is_told_by_the_intensities(columns: int, rng: np.random.Generator) -> None:
    # 60 rows are a whole number of rows in every reading, so that the size alone tells nothing.
    evidence = tell_columns(cloud(rng, 60, columns).tobytes(), "a.bin")
    assert evidence.columns == columns
    assert evidence.why == f"only as {columns} columns do all 60 rows have an intensity of 0 or more"


def test_points_that_are_all_positive_tell_nothing(rng: np.random.Generator) -> None:
    data = np.abs(cloud(rng, 60, 4)).tobytes()
    with pytest.raises(FileProblemError, match=r"can't tell how many float32 columns its 960 bytes hold: 4, 5, 6 fit"):
        tell_columns(data, "a.bin")


def test_numbers_that_make_sense_in_no_way_are_refused(rng: np.random.Generator) -> None:
    data = (-np.abs(cloud(rng, 60, 4))).tobytes()
    with pytest.raises(FileProblemError, match="none of 4, 5, 6 fits"):
        tell_columns(data, "a.bin")


def test_too_few_points_tell_nothing(rng: np.random.Generator) -> None:
    with pytest.raises(FileProblemError, match="none of 4, 5, 6 fits"):
        tell_columns(cloud(rng, 10, 4).tobytes(), "a.bin")


def test_real_sweeps_show_four_columns(shared_data: Path) -> None:
    for path in sorted((shared_data / "kitti-object/training/velodyne").glob("*.bin")):
        assert tell_columns(path.read_bytes(), path.name).columns == 4


def test_a_real_nuscenes_sweep_shows_five_columns(shared_data: Path) -> None:
    path = next((shared_data / "nuscenes").rglob("*.pcd.bin"))
    assert tell_columns(path.read_bytes(), path.name).columns == 5
