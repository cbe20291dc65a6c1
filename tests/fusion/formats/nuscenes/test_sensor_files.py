from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.errors import FileProblemError
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import Motion
from calibration.transform import RigidTransform
from fusion.formats.nuscenes.sensor_files import (
    STANDARD_COLUMNS,
    CameraFiles,
    Files,
    LidarFiles,
    RadarFiles,
    columns_of,
    place_of_stamp,
)

LIDAR = Sensor("L", SensorKind.LIDAR, RigidTransform.identity("ego", "L"))
TIMED = (*STANDARD_COLUMNS, "time_offset_s")
STAMP_NS = 1_000_000_000


def files(root: Path, name: str, sensor: Sensor = LIDAR) -> Files:
    return Files(root, (name,), np.array([STAMP_NS]), (sensor,))


def lidar(
    root: Path, name: str, columns: tuple[str, ...] = STANDARD_COLUMNS, stamp_at: float | None = 1.0
) -> LidarFiles:
    return LidarFiles(files(root, name), (columns,), Motion.RAW, stamp_at, period_ns=50_000_000)


def stored(root: Path, name: str, rows: list[list[float]]) -> Path:
    path = root / name
    path.write_bytes(np.array(rows, dtype="<f4").tobytes())
    return path


@pytest.mark.parametrize(
    ("stamp_at", "start_ns", "end_ns"),
    [(1.0, -50_000_000, 0), (0.0, 0, 50_000_000), (0.5, -25_000_000, 25_000_000), (None, None, None)],
    ids=["end", "start", "middle", "unknown"],
)
def test_a_sweep_spans_a_turn_about_what_its_stamp_means(
    tmp_path: Path, stamp_at: float | None, start_ns: int | None, end_ns: int | None
) -> None:
    stored(tmp_path, "a.bin", [[1, 2, 3, 4, 5]])
    sweep = lidar(tmp_path, "a.bin", stamp_at=stamp_at)(0)
    assert sweep.reference_ns == STAMP_NS
    assert sweep.start_ns == (None if start_ns is None else STAMP_NS + start_ns)
    assert sweep.end_ns == (None if end_ns is None else STAMP_NS + end_ns)


def test_point_times_say_when_a_sweep_began_and_ended(tmp_path: Path) -> None:
    stored(tmp_path, "a.bin", [[1, 2, 3, 4, 5, -0.03125], [1, 2, 3, 4, 5, 0.0]])
    sweep = lidar(tmp_path, "a.bin", TIMED)(0)
    assert sweep.times_ns is not None
    assert (sweep.times_ns - STAMP_NS).tolist() == [-31_250_000, 0]
    assert (sweep.start_ns, sweep.end_ns) == (STAMP_NS - 31_250_000, STAMP_NS)


def test_a_point_that_is_somewhere_has_a_time_or_the_file_is_wrong(tmp_path: Path) -> None:
    stored(tmp_path, "a.bin", [[1, 2, 3, 4, 5, np.nan]])
    with pytest.raises(FileProblemError, match="points without a time"):
        lidar(tmp_path, "a.bin", TIMED)(0)


def test_points_that_are_nowhere_stay_rows_of_the_sweep(tmp_path: Path) -> None:
    stored(tmp_path, "a.bin", [[np.nan, 2, 3, 4, np.inf], [1, 2, 3, 4, 5]])
    sweep = lidar(tmp_path, "a.bin")(0)
    assert sweep.finite.tolist() == [False, True]
    assert sweep.ring is not None
    assert sweep.ring.tolist() == [-1, 5]


def test_an_empty_file_is_no_sweep(tmp_path: Path) -> None:
    stored(tmp_path, "a.bin", [])
    with pytest.raises(FileProblemError, match=r"a\.bin: is empty"):
        lidar(tmp_path, "a.bin", TIMED)(0)


def test_a_sweep_that_ends_within_a_point_is_truncated(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0" * 39)
    with pytest.raises(FileProblemError, match="truncated: 39 bytes") as problem:
        lidar(tmp_path, "a.bin")(0)
    assert problem.value.path == "a.bin"


def test_a_missing_sweep_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="no such file"):
        lidar(tmp_path, "sweeps/a.bin")(0)


def test_a_link_the_user_placed_is_followed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    stored(tmp_path, "elsewhere.bin", [[1, 2, 3, 4, 5]])
    (tmp_path / "data/a.bin").symlink_to(tmp_path / "elsewhere.bin")
    assert len(lidar(tmp_path / "data", "a.bin")(0)) == 1


def test_sweeps_may_be_pcd_files(tmp_path: Path) -> None:
    header = "FIELDS x y z intensity\nSIZE 4 4 4 2\nTYPE F F F U\nWIDTH 1\nHEIGHT 1\nPOINTS 1\nDATA binary\n"
    row = np.array([(1, 2, 3, 500)], dtype=[("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("i", "<u2")])
    (tmp_path / "a.pcd").write_bytes(header.encode() + row.tobytes())
    sweep = lidar(tmp_path, "a.pcd")(0)
    assert sweep.points.tolist() == [[1, 2, 3]]
    assert sweep.intensity is not None
    assert sweep.intensity.tolist() == [500]
    (tmp_path / "b.pcd").write_bytes(header.replace(" z ", " height ").encode() + row.tobytes())
    with pytest.raises(FileProblemError, match="has no field z"):
        lidar(tmp_path, "b.pcd")(0)


def test_radar_states_say_which_detections_are_real(tmp_path: Path, radar_pcd: bytes) -> None:
    (tmp_path / "a.pcd").write_bytes(radar_pcd)
    radar = Sensor("R", SensorKind.RADAR, RigidTransform.identity("ego", "R"))
    sweep = RadarFiles(files(tmp_path, "a.pcd", radar))(0)
    np.testing.assert_allclose(sweep.points, [[6, -2, 0.5], [30, 1, 0]])
    assert sweep.valid.tolist() == [True, False]


def test_one_detection_nowhere_is_how_no_detection_is_stored(tmp_path: Path) -> None:
    header = "FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nPOINTS 1\nDATA binary\n"
    (tmp_path / "a.pcd").write_bytes(header.encode() + np.full(3, np.nan, "<f4").tobytes())
    radar = Sensor("R", SensorKind.RADAR, RigidTransform.identity("ego", "R"))
    assert len(RadarFiles(files(tmp_path, "a.pcd", radar))(0)) == 0


@pytest.mark.parametrize(
    ("stamp_at", "shift_ns"),
    [(0.0, 12_000_000), (0.5, 0), (1.0, -12_000_000), (None, 0)],
    ids=["start", "middle", "end", "unknown"],
)
def test_an_image_is_stamped_with_the_middle_of_its_exposure(
    tmp_path: Path, stamp_at: float | None, shift_ns: int
) -> None:
    place = RigidTransform.identity("ego", "C")
    camera = Sensor("C", SensorKind.CAMERA, place, readout_ns=18_000_000, exposure_ns=6_000_000)
    image = CameraFiles(files(tmp_path, "a.jpg", camera), stamp_at)(0)
    assert image.timestamp_ns == STAMP_NS + shift_ns
    unknown = Sensor("C", SensorKind.CAMERA, place)
    assert CameraFiles(files(tmp_path, "a.jpg", unknown), stamp_at)(0).timestamp_ns == STAMP_NS


def test_columns_are_the_standard_ones_unless_named() -> None:
    assert columns_of("pcd") == columns_of("") == STANDARD_COLUMNS
    assert columns_of("pcd.bin:x, y,z,time_offset_s") == ("x", "y", "z", "time_offset_s")
    for wrong in ("bin:", "bin:x,y", "bin:x,y,z,x"):
        with pytest.raises(ValueError, match="must name x, y and z"):
            columns_of(wrong)


@pytest.mark.parametrize(
    ("words", "place"),
    [("sweep_end", 1.0), ("exposure_middle", 0.5), ("Start of sweep", 0.0), ("trigger", 0.0), ("arrival", None)],
)
def test_words_say_where_a_stamp_lies(words: str, place: float | None) -> None:
    assert place_of_stamp(words) == place
