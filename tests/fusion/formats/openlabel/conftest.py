"""Three tiny files in the dialects met in the wild, small enough to work out every answer by hand."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fusion.formats.openlabel.reader import OpenLabelReader
from fusion.scene.scene import Scene

HALF = math.sqrt(0.5)

# Quaternion cuboids, cameras that look along x, stamps as text, frames that don't start at 0; as OSDaR23.
QUATERNIONS: dict[str, Any] = {
    "metadata": {"schema_version": "1.0.0", "name": "tiny"},
    "coordinate_systems": {
        "base": {"type": "local", "parent": "", "children": ["lidar", "front"]},
        "lidar": {
            "type": "sensor",
            "parent": "base",
            "pose_wrt_parent": {"translation": [1, 0, 2], "quaternion": [0, 0, 0, 1]},
        },
        "front": {
            "type": "sensor",
            "parent": "base",
            "pose_wrt_parent": {"translation": [2, 0, 1.5], "quaternion": [0, 0, 0, 1]},
        },
    },
    "streams": {
        "lidar": {"type": "lidar", "uri": "lidar"},
        "front": {
            "type": "camera",
            "uri": "front",
            "stream_properties": {
                "intrinsics_pinhole": {
                    "camera_matrix": [100, 0, 50, 0, 0, 100, 40, 0, 0, 0, 1, 0],
                    "distortion_coeffs": [0.1, 0, 0, 0, 0],
                    "width_px": 100,
                    "height_px": 80,
                }
            },
        },
    },
    "objects": {
        "car": {"name": "car1", "type": "road_vehicle", "frame_intervals": [{"frame_start": 12, "frame_end": 13}]},
    },
    "frames": {
        "13": {"frame_properties": {"timestamp": "1631441453.399504001"}, "objects": {"car": {"object_data": {}}}},
        "12": {
            "frame_properties": {
                "timestamp": "1631441453.299504000",
                "streams": {
                    "front": {
                        "uri": "/front/012.png",
                        "stream_properties": {"sync": {"timestamp": "1631441453.300465560"}},
                    },
                    "lidar": {"uri": "/lidar/012.pcd"},
                },
            },
            "objects": {
                "car": {
                    "object_data": {
                        "cuboid": [
                            {
                                "name": "lidar__cuboid__car",
                                "uid": "cuboid-1",
                                "coordinate_system": "lidar",
                                "val": [10, 0, -1, 0, 0, HALF, HALF, 4, 2, 1.5],
                                "attributes": {
                                    "boolean": [{"name": "isDummy", "val": False}],
                                    "num": [{"name": "age", "val": 3}],
                                    "text": [{"name": "occlusion", "val": "0-25 %"}],
                                    "vec": [{"name": "connectedTo", "val": ["a", "b"]}],
                                },
                            }
                        ],
                        "bbox": [{"name": "b", "uid": "bbox-1", "coordinate_system": "front", "val": [50, 45, 20, 10]}],
                        "poly2d": [{"name": "p", "val": [1, 2, 3, 4]}, {"name": "q", "val": [1, 2]}],
                        "vec": [{"name": "points", "val": [1, 2, 3]}],
                    }
                }
            },
        },
    },
    "frame_intervals": [{"frame_start": 12, "frame_end": 13}],
}


def vehicle_to_odom(x_m: float) -> dict[str, Any]:
    matrix = [1, 0, 0, x_m, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    transform = {"src": "vehicle", "dst": "odom", "transform_src_to_dst": {"matrix4x4": matrix}}
    return {"transforms": {"vehicle_to_odom": transform}}


# Euler cuboids in a camera, a tree of three, a baseline in the camera's matrix, no stamps; as VCD writes KITTI.
EULER: dict[str, Any] = {
    "metadata": {"schema_version": "1.0.0"},
    "coordinate_systems": {
        "odom": {"type": "scene_cs", "parent": "", "children": ["vehicle"]},
        "vehicle": {"type": "local_cs", "parent": "odom", "children": ["VELO"]},
        "VELO": {
            "type": "sensor_cs",
            "parent": "vehicle",
            "pose_wrt_parent": {"matrix4x4": [1, 0, 0, 0.76, 0, 1, 0, 0, 0, 0, 1, 1.73, 0, 0, 0, 1]},
        },
        "CAM": {
            "type": "sensor_cs",
            "parent": "VELO",
            "pose_wrt_parent": {"matrix4x4": [0, 0, 1, 0.27, -1, 0, 0, 0, 0, -1, 0, -0.08, 0, 0, 0, 1]},
        },
    },
    "streams": {
        "VELO": {"type": "lidar", "uri": ""},
        "IMU": {"type": "other", "uri": ""},
        "CAM": {
            "type": "camera",
            "uri": "",
            "stream_properties": {
                "intrinsics_pinhole": {
                    "camera_matrix_3x4": [100, 0, 50, 6, 0, 100, 40, 0, 0, 0, 1, 0],
                    "distortion_coeffs_1xN": [],
                    "width_px": 100,
                    "height_px": 80,
                }
            },
        },
    },
    "objects": {
        "-1": {"name": "DontCare", "type": "DontCare", "frame_intervals": [{"frame_start": 0, "frame_end": 0}]},
        "0": {"name": "Car0", "type": "Car", "frame_intervals": [{"frame_start": 0, "frame_end": 1}]},
        "-2": {
            "name": "Egocar",
            "type": "Egocar",
            "object_data": {"cuboid": [{"name": "box3D", "val": [1, 0, 1, 0, 0, 0, 4, 2, 1]}]},
        },
    },
    "frames": {
        "0": {
            "frame_properties": vehicle_to_odom(0),
            "objects": {
                "-1": {
                    "object_data": {
                        "bbox": [
                            {"name": "box2D0", "coordinate_system": "CAM", "val": [10, 10, 4, 4]},
                            {"name": "box2D1", "coordinate_system": "CAM", "val": [20, 10, 4, 4]},
                        ],
                        "cuboid": [
                            {
                                "name": "box3D",
                                "coordinate_system": "CAM",
                                "val": [-10, 499, -1, 0, -1, 0, -1000, -1000, -1000],
                            }
                        ],
                    }
                },
                "0": {
                    "object_data": {
                        "bbox": [{"name": "box2D", "coordinate_system": "CAM", "val": [70.6, 50, 20, 10]}],
                        "cuboid": [
                            {
                                "name": "box3D",
                                "coordinate_system": "CAM",
                                "val": [2, 1, 10, 0, -math.pi / 2, 0, 4, 1.5, 1.8],
                            }
                        ],
                        "num": [{"name": "truncated", "val": 0.25}],
                    }
                },
                "-2": {},
            },
        },
        "1": {
            "frame_properties": vehicle_to_odom(1),
            "objects": {
                "0": {
                    "object_data": {
                        "cuboid": [
                            {"name": "box3D", "coordinate_system": "CAM", "val": [2, 1, 9, 0, -1.5, 0, 4, 1.5, 1.8]}
                        ],
                        "num": [{"name": "truncated", "val": 0}],
                    }
                },
                "-2": {},
            },
        },
    },
}

# Euler cuboids in the vehicle, a 3 x 3 camera matrix, dates as stamps.
VEHICLE: dict[str, Any] = {
    "metadata": {"schema_version": "1.0.0"},
    "coordinate_systems": copy.deepcopy(EULER["coordinate_systems"]),
    "streams": {
        "CAM": {
            "type": "camera",
            "stream_properties": {
                "intrinsics_pinhole": {
                    "camera_matrix_3x3": [[100, 0, 50], [0, 100, 40], [0, 0, 1]],
                    "width_px": 100,
                    "height_px": 80,
                }
            },
        }
    },
    "objects": {"7": {"type": "Car", "object_data": {"text": [{"name": "colour", "val": "red"}]}}},
    "frames": {
        "5": {
            "frame_properties": {"timestamp": "2021-09-12T12:10:53.299504000+02:00", **vehicle_to_odom(3)},
            "objects": {
                "7": {
                    "object_data": {
                        "cuboid": [
                            {"name": "box", "coordinate_system": "vehicle", "val": [8, 1, 0.5, 0, 0, 0.5, 4, 2, 1.5]}
                        ]
                    }
                }
            },
        }
    },
}

DIALECTS = {"quaternions": QUATERNIONS, "euler": EULER, "vehicle": VEHICLE}


class TinyFile:
    """A tiny file on disk; `body` is what stands under "openlabel" and may be changed before it is read."""

    def __init__(self, folder: Path, dialect: str) -> None:
        self.folder = folder
        self.body: dict[str, Any] = copy.deepcopy(DIALECTS[dialect])

    def write(self, name: str = "labels.json") -> Path:
        path = self.folder / name
        path.write_text(json.dumps({"openlabel": self.body}), encoding="utf-8")
        return path

    def read(self) -> Scene:
        return OpenLabelReader(self.write()).read_scene("labels")

    def data(self, frame: str, uid: str) -> dict[str, Any]:
        found: dict[str, Any] = self.body["frames"][frame]["objects"][uid]["object_data"]
        return found


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[[str], TinyFile]:
    return lambda dialect: TinyFile(tmp_path, dialect)
