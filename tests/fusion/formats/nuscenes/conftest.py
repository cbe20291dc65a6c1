"""A tiny data set in the real layout, with answers that can be worked out by hand.

The vehicle drives north at 10 m/s: at frame f it is at (100, 200 + 5 f, 1) in the world and heads along world y, so
ego x is world y and ego y is minus world x. Three samples, half a second apart, the first at START_US.

    sensor       in the vehicle     looks                             files
    LIDAR_TOP    (1, 0, 2)          x right, y forward, z up          20 Hz, at the samples and once in between
    CAM_FRONT    (1.5, 0, 1.5)      z forward, 160 x 90, f = 100 px   at the samples, 40 ms before the lidar
    RADAR_FRONT  (3, 0, 0.5)        x forward                         at the samples, 10 ms after the lidar

A car (track "car") drives ahead at 5 m/s: centre (102, 209 + 2.5 f, 2) in the world, (9 - 2.5 f, -2, 1) in ego; it is
4 m long, 2 m wide, 1.5 m high and heads north. A pedestrian stands at (95, 220, 2), seen in frames 0 and 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.image_file import write_image

Record = dict[str, Any]
Tables = dict[str, list[Record]]

START_US = 1_532_402_927_000_000
NORTH = [0.5**0.5, 0.0, 0.0, 0.5**0.5]
CAMERA_MATRIX = [[100.0, 0.0, 80.0], [0.0, 100.0, 45.0], [0.0, 0.0, 1.0]]
# In the lidar's frame; the first one is the car's centre in frame 0, the last one lies on its left rear lower edge.
POINTS = np.array(
    [[2, 8, -1, 7, 0], [2.5, 8, -1, 8, 1], [2, 20, -1, 9, 2], [1, 6, -1.75, 10, 31]],
    dtype=np.float32,
)
RADAR_FIELDS = ("x", "y", "z", "dyn_prop", "id", "rcs", "invalid_state", "ambig_state")
RADAR_TYPE = np.dtype(
    [
        ("x", "<f4"),
        ("y", "<f4"),
        ("z", "<f4"),
        ("dyn_prop", "i1"),
        ("id", "<i2"),
        ("rcs", "<f4"),
        ("invalid_state", "i1"),
        ("ambig_state", "i1"),
    ]
)


@pytest.fixture
def start_ns() -> int:
    return START_US * 1000


@pytest.fixture
def tables() -> Tables:
    """Fresh records of every table, to be spoilt by the test."""
    data, poses = _measurements()
    return {
        "scene": [
            {
                "token": "scene-token",
                "name": "scene-0001",
                "description": "north",
                "log_token": "log",
                "nbr_samples": 3,
                "first_sample_token": "sample-0",
                "last_sample_token": "sample-2",
            }
        ],
        "log": [
            {"token": "log", "logfile": "n1", "vehicle": "v1", "date_captured": "2018-07-24", "location": "boston"}
        ],
        "sample": [
            {
                "token": f"sample-{frame}",
                "timestamp": START_US + 500_000 * frame,
                "scene_token": "scene-token",
                **_links("sample", frame, 3),
            }
            for frame in range(3)
        ],
        "sensor": [
            {"token": "s-camera", "channel": "CAM_FRONT", "modality": "camera"},
            {"token": "s-lidar", "channel": "LIDAR_TOP", "modality": "lidar"},
            {"token": "s-radar", "channel": "RADAR_FRONT", "modality": "radar"},
        ],
        "calibrated_sensor": [
            {
                "token": "c-camera",
                "sensor_token": "s-camera",
                "translation": [1.5, 0, 1.5],
                "rotation": [0.5, -0.5, 0.5, -0.5],
                "camera_intrinsic": CAMERA_MATRIX,
            },
            {
                "token": "c-lidar",
                "sensor_token": "s-lidar",
                "translation": [1, 0, 2],
                "rotation": [0.5**0.5, 0, 0, -(0.5**0.5)],
                "camera_intrinsic": [],
            },
            {
                "token": "c-radar",
                "sensor_token": "s-radar",
                "translation": [3, 0, 0.5],
                "rotation": [1, 0, 0, 0],
                "camera_intrinsic": [],
            },
        ],
        "sample_data": data,
        "ego_pose": poses,
        "category": [
            {"token": "cat-car", "name": "vehicle.car", "description": ""},
            {"token": "cat-adult", "name": "human.pedestrian.adult", "description": ""},
        ],
        "attribute": [
            {"token": "a-moving", "name": "vehicle.moving", "description": ""},
            {"token": "a-lit", "name": "lights.on", "description": ""},
        ],
        "visibility": [{"token": "4", "level": "v80-100", "description": ""}],
        "map": [],
        "instance": [
            {
                "token": "car",
                "category_token": "cat-car",
                "nbr_annotations": 3,
                "first_annotation_token": "car-0",
                "last_annotation_token": "car-2",
            },
            {
                "token": "adult",
                "category_token": "cat-adult",
                "nbr_annotations": 2,
                "first_annotation_token": "adult-0",
                "last_annotation_token": "adult-1",
            },
        ],
        "sample_annotation": [
            *(_annotation("car", f, 3, [102, 209 + 2.5 * f, 2], [2.0, 4.0, 1.5], NORTH) for f in range(3)),
            *(_annotation("adult", f, 2, [95, 220, 2], [0.6, 0.5, 1.8], [-1, 0, 0, 0]) for f in range(2)),
        ],
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """`write(tables, folder="v1.0-mini")`: the tables on disk; the path of the data set's root."""

    def written(tables: Tables, folder: str = "v1.0-mini") -> Path:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        for name, records in tables.items():
            (tmp_path / folder / f"{name}.json").write_text(json.dumps(records, indent=1), encoding="utf-8")
        return tmp_path

    return written


@pytest.fixture
def sensor_files(tmp_path: Path, tables: Tables) -> Path:
    """Sensor files for all of sample_data.json, below the root."""
    for record in tables["sample_data"]:
        path = tmp_path / record["filename"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if "LIDAR" in record["filename"]:
            path.write_bytes(POINTS.tobytes())
        elif "CAM" in record["filename"]:
            write_image(path, np.full((90, 160, 3), 50, dtype=np.uint8))
        else:
            path.write_bytes(radar_bytes())
    return tmp_path


@pytest.fixture
def radar_pcd() -> bytes:
    return radar_bytes()


def radar_bytes() -> bytes:
    """Two detections, the second one marked invalid by the radar."""
    header = (
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\n"
        f"FIELDS {' '.join(RADAR_FIELDS)}\nSIZE 4 4 4 1 2 4 1 1\nTYPE F F F I I F I I\nCOUNT 1 1 1 1 1 1 1 1\n"
        "WIDTH 2\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 2\nDATA binary\n"
    )
    rows = np.array([(6, -2, 0.5, 0, 1, 12.5, 0, 3), (30, 1, 0, 1, 2, 3.5, 4, 3)], dtype=RADAR_TYPE)
    return header.encode() + rows.tobytes()


def _measurements() -> tuple[list[Record], list[Record]]:
    data: list[Record] = []
    poses: list[Record] = []
    for sensor, suffix, offset_us, steps in (
        ("lidar", "LIDAR_TOP.pcd.bin", 0, [0, 50, 500, 1000]),
        ("camera", "CAM_FRONT.png", -40_000, [0, 500, 1000]),
        ("radar", "RADAR_FRONT.pcd", 10_000, [0, 500, 1000]),
    ):
        for number, step_ms in enumerate(steps):
            stamp_us = START_US + step_ms * 1000 + offset_us
            key = step_ms % 500 == 0
            image = {"width": 160, "height": 90} if sensor == "camera" else {"width": 0, "height": 0}
            data.append(
                {
                    "token": f"{sensor}-{number}",
                    "sample_token": f"sample-{round(step_ms / 500)}",
                    "ego_pose_token": f"pose-{sensor}-{number}",
                    "calibrated_sensor_token": f"c-{sensor}",
                    "timestamp": stamp_us,
                    "fileformat": "pcd" if sensor != "camera" else "png",
                    "is_key_frame": key,
                    "filename": f"{'samples' if key else 'sweeps'}/{stamp_us}__{suffix}",
                    **image,
                    **_links(sensor, number, len(steps)),
                }
            )
            poses.append(
                {
                    "token": f"pose-{sensor}-{number}",
                    "timestamp": stamp_us,
                    "translation": [100.0, 200.0 + 10e-6 * (stamp_us - START_US), 1.0],
                    "rotation": NORTH,
                }
            )
    return data, poses


def _annotation(
    track: str, frame: int, count: int, centre: list[float], size_wlh: list[float], rotation: list[float]
) -> Record:
    return {
        "token": f"{track}-{frame}",
        "sample_token": f"sample-{frame}",
        "instance_token": track,
        "visibility_token": "4" if track == "car" else "",
        "attribute_tokens": ["a-moving", "a-lit"] if (track, frame) == ("car", 0) else [],
        "translation": centre,
        "size": size_wlh,
        "rotation": rotation,
        "num_lidar_pts": 3,
        "num_radar_pts": 1,
        **_links(track, frame, count),
    }


def _links(prefix: str, number: int, count: int) -> Record:
    return {
        "prev": f"{prefix}-{number - 1}" if number else "",
        "next": f"{prefix}-{number + 1}" if number + 1 < count else "",
    }
