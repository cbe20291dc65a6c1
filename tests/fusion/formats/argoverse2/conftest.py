"""A tiny log in the real layout, with answers that can be worked out by hand.

The vehicle drives north at 10 m/s: at time t it is at (100, 200 + 10 t, 1) in the city and heads along city y, so ego x
is city y and ego y is minus city x. Sweeps come at START and 100 and 200 ms later, labels at the first two of them,
images every 50 ms from 10 ms before START on, poses at all of these and every 5 ms.

    sensor             in the vehicle     looks
    up_lidar           (1.35, 0, 1.64)    along ego
    down_lidar         (1.35, 0, 1.54)    upside down
    ring_front_center  (1.5, 0, 1.5)      z forward, 160 x 90, f = 100 px, and a distortion that is no longer there

A car (track "car") drives ahead at 5 m/s: centre (9 - 5 t, -2, 1) in ego; it is 4 m long, 2 m wide, 1.5 m high and
heads as the vehicle does. A pedestrian (track "adult") stands at (20 - 10 t, 5, 1), seen in the first frame alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather

from calibration.image_file import write_image

Table = dict[str, Any]
Log = dict[str, Table]

START_NS = 315_966_253_660_357_000
SWEEP_NS = 100_000_000
IMAGE_NS = 50_000_000
LOG_ID = "7fab2350-7eaf-3b7e-a39d-6937a4c1bede"
NORTH = (0.5**0.5, 0.0, 0.0, 0.5**0.5)
SWEEPS = tuple(START_NS + SWEEP_NS * frame for frame in range(3))
IMAGES = tuple(START_NS - 10_000_000 + IMAGE_NS * number for number in range(5))
# The first one is the car's centre in frame 0, the second lies on its front, the last on its left rear lower edge.
POINTS = ((9, -2, 1), (11, -2, 1), (20, -2, 1), (7, -1, 0.25))


@pytest.fixture
def start_ns() -> int:
    return START_NS


@pytest.fixture
def log() -> Log:
    """Fresh columns of every file of a log, to be spoilt by the test."""
    return {
        "annotations.feather": _columns(
            ("timestamp_ns", "track_uuid", "category", "length_m", "width_m", "height_m"),
            [(SWEEPS[0], "car", "REGULAR_VEHICLE", 4.0, 2.0, 1.5), (SWEEPS[0], "adult", "PEDESTRIAN", 0.5, 0.6, 1.8),
             (SWEEPS[1], "car", "REGULAR_VEHICLE", 4.0, 2.0, 1.5)],
        )
        | _columns(
            ("qw", "qx", "qy", "qz", "tx_m", "ty_m", "tz_m", "num_interior_pts"),
            [(1.0, 0.0, 0.0, 0.0, 9.0, -2.0, 1.0, 3), (-1.0, 0.0, 0.0, 0.0, 20.0, 5.0, 1.0, 0),
             (1.0, 0.0, 0.0, 0.0, 8.5, -2.0, 1.0, 3)],
        ),
        "city_SE3_egovehicle.feather": poses_at(
            sorted({*SWEEPS, *IMAGES, *range(START_NS - 20_000_000, START_NS + 250_000_000, 5_000_000)})
        ),
        "calibration/egovehicle_SE3_sensor.feather": _columns(
            ("sensor_name", "qw", "qx", "qy", "qz", "tx_m", "ty_m", "tz_m"),
            [("ring_front_center", 0.5, -0.5, 0.5, -0.5, 1.5, 0.0, 1.5),
             ("up_lidar", 1.0, 0.0, 0.0, 0.0, 1.35, 0.0, 1.64), ("down_lidar", 0.0, 1.0, 0.0, 0.0, 1.35, 0.0, 1.54)],
        ),
        "calibration/intrinsics.feather": _columns(
            ("sensor_name", "fx_px", "fy_px", "cx_px", "cy_px", "k1", "k2", "k3"),
            [("ring_front_center", 100.0, 100.0, 80.0, 45.0, -0.24, -0.21, 0.33)],
        )
        | {"height_px": np.array([90], np.uint16), "width_px": np.array([160], np.uint16)},
        **{f"sensors/lidar/{stamp_ns}.feather": sweep_of(POINTS) for stamp_ns in SWEEPS},
    }  # fmt: skip


def sweep_of(points: Any) -> Table:
    """Columns of a sweep as the data set stores them; lasers 0, 31, 32 and 63, a point every millisecond."""
    x, y, z = np.asarray(points, dtype=np.float16).reshape(-1, 3).T
    rows = len(x)
    return {
        "x": x,
        "y": y,
        "z": z,
        "intensity": np.arange(10, 10 + rows, dtype=np.uint8),
        "laser_number": np.resize(np.array([0, 31, 32, 63], np.uint8), rows),
        "offset_ns": np.arange(rows, dtype=np.int32) * 1_000_000 + 2_654_000,
    }


def poses_at(stamps_ns: list[int]) -> Table:
    seconds = (np.asarray(stamps_ns) - START_NS) / 1e9
    return {
        "timestamp_ns": np.asarray(stamps_ns, dtype=np.int64),
        **{name: np.full(len(seconds), value) for name, value in zip(("qw", "qx", "qy", "qz"), NORTH, strict=True)},
        "tx_m": np.full(len(seconds), 100.0),
        "ty_m": 200.0 + 10.0 * seconds,
        "tz_m": np.full(len(seconds), 1.0),
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a log and its images, and gives its folder."""

    def written(log: Log, folder: str = f"val/{LOG_ID}", images: bool = True) -> Path:
        root = tmp_path / folder
        for name, table in log.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            feather.write_feather(pa.table(table), root / name)
        if images:
            camera = root / "sensors/cameras/ring_front_center"
            camera.mkdir(parents=True, exist_ok=True)
            for stamp_ns in IMAGES:
                write_image(camera / f"{stamp_ns}.jpg", np.full((90, 160, 3), 128, np.uint8))
        return root

    return written


def _columns(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Table:
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
