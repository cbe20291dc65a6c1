"""A KITTI tracking set of one sequence and three frames, small enough to check by hand.

The lidar sits level, 1.9 m above the street. Camera 0 looks along the lidar's x axis: right is -y, down is -z, forward
is x, and its origin is at (0.3, -0.1, -0.2) in the lidar frame. Nothing is rectified away. Camera 2 is 6 cm to the
left of camera 0. The inertial unit is level too, at (-0.8, 0.3, -0.8) in the lidar frame. The vehicle drives east, a
metre a frame.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from calibration.image_file import write_image

CALIBRATION = """\
P0: 100 0 60 0 0 100 20 0 0 0 1 0
P2: 100 0 60 6.3 0 100 20 0 0 0 1 0.005
P3: 100 0 60 -48 0 100 20 0 0 0 1 0
R0_rect: 1 0 0 0 1 0 0 0 1
Tr_velo_to_cam: 0 -1 0 -0.1 0 0 -1 -0.2 1 0 0 -0.3
Tr_imu_to_velo: 1 0 0 -0.8 0 1 0 0.3 0 0 1 -0.8
"""
# A car that stands where the vehicle comes nearer by a metre a frame, a pedestrian who faces right, and in between a
# region nobody labelled, its numbers shifted by three columns as in the real files.
LABELS = """\
0 0 Car 0 1 -1.67 60.00 18.00 85.00 32.00 1.50 1.60 4.00 2.00 1.70 20.00 -1.5707963267948966
0 -1 DontCare -1 -1 -10.00 100.00 15.00 110.00 20.00 -1000.00 -1000.00 -1000.00 -10.00 -1.00 -1.00 -1.00
1 0 Car 0 1 -1.67 60.00 18.00 85.00 32.00 1.50 1.60 4.00 2.00 1.70 19.00 -1.5707963267948966
1 7 Pedestrian 2 0 0.10 20.00 10.00 30.00 40.00 1.80 0.60 0.80 -4.00 1.70 10.00 0.00
2 0 Car 0 1 -1.67 60.00 18.00 85.00 32.00 1.50 1.60 4.00 2.00 1.70 18.00 -1.5707963267948966
"""
DEGREES_PER_METRE_EAST = math.degrees(1 / (6_378_137.0 * math.cos(math.radians(49))))
POINTS = np.array([[20.3, -2.1, -1.15, 0.5], [22.5, -2.1, -1.15, 0.0]], dtype=np.float32)
IMAGE_SIZE = (120, 40)


def inertial_row(east_m: float) -> str:
    return " ".join(repr(number) for number in (49.0, 8.0 + east_m * DEGREES_PER_METRE_EAST, 110.0, *[0.0] * 27))


class TinyTracking:
    """The data set in a folder, and a pen to spoil it with."""

    labels = LABELS
    calibration = CALIBRATION

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{name} does not hold {old!r}")
        self.write(name, text.replace(old, new))

    def remove(self, *names: str) -> None:
        for name in names:
            (self.root / name).unlink()

    def write_image(self, name: str) -> None:
        width, height = IMAGE_SIZE
        write_image(self.write(name, b""), np.full((height, width, 3), 128, dtype=np.uint8))

    def add_sequence(self, split: str, number: str, labels: str | None) -> None:
        self.write(f"{split}/calib/{number}.txt", CALIBRATION)
        self.write(f"{split}/oxts/{number}.txt", "".join(f"{inertial_row(metre)}\n" for metre in (0, 1, 2)))
        for frame in range(3):
            self.write(f"{split}/velodyne/{number}/{frame:06d}.bin", POINTS.tobytes())
            self.write_image(f"{split}/image_02/{number}/{frame:06d}.png")
        if labels is not None:
            self.write(f"{split}/label_02/{number}.txt", labels)


@pytest.fixture
def tracking(tmp_path: Path) -> TinyTracking:
    """training/ with sequence 0001 of three frames."""
    data = TinyTracking(tmp_path / "kitti")
    data.add_sequence("training", "0001", LABELS)
    return data
