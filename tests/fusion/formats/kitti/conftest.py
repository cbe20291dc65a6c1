"""A KITTI object set of two frames, small enough to check by hand.

The lidar sits level, 1.9 m above the street. Camera 0 looks along the lidar's x axis: right is -y, down is -z, forward
is x, and its origin is at (0.3, -0.1, -0.2) in the lidar frame. Nothing is rectified away. Camera 2 is 6 cm to the
left of camera 0, with a few millimetres in the other directions, as in the real files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.image_file import write_image

CALIBRATION = """\
P0: 100 0 60 0 0 100 20 0 0 0 1 0
P1: 100 0 60 -54 0 100 20 0 0 0 1 0
P2: 100 0 60 6.3 0 100 20 0 0 0 1 0.005
P3: 100 0 60 -48 0 100 20 0 0 0 1 0
R0_rect: 1 0 0 0 1 0 0 0 1
Tr_velo_to_cam: 0 -1 0 -0.1 0 0 -1 -0.2 1 0 0 -0.3
Tr_imu_to_velo: 1 0 0 -0.8 0 1 0 0.3 0 0 1 -0.8

"""
# A car 20 m ahead that drives away, a pedestrian who faces right, and a region nobody labelled.
LABELS = """\
Car 0.00 1 -1.67 60.00 18.00 85.00 32.00 1.50 1.60 4.00 2.00 1.70 20.00 -1.5707963267948966
Pedestrian 0.25 0 0.10 20.00 10.00 30.00 40.00 1.80 0.60 0.80 -4.00 1.70 10.00 0.00
DontCare -1 -1 -10 100.00 15.00 110.00 20.00 -1 -1 -1 -1000 -1000 -1000 -10
"""
# The car spans x 18.3 to 22.3, y -2.9 to -1.3, z -1.9 to -0.4 in the lidar frame: two points inside, then one ahead
# of it, one below it, one on the other side of the street.
POINTS = np.array(
    [
        [20.3, -2.1, -1.15, 0.5],
        [18.5, -1.4, -0.5, 0.25],
        [22.5, -2.1, -1.15, 0.0],
        [20.3, -2.1, -1.95, 0.99],
        [20.3, 6.0, -1.15, 0.1],
    ],
    dtype=np.float32,
)
IMAGE_SIZE = (120, 40)


class TinyKitti:
    """The data set in a folder, and a pen to spoil it with."""

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

    def remove(self, name: str) -> None:
        (self.root / name).unlink()

    def add_frame(self, split: str, key: str, labels: str | None) -> None:
        self.write(f"{split}/calib/{key}.txt", CALIBRATION)
        self.write(f"{split}/velodyne/{key}.bin", POINTS.tobytes())
        image = self.write(f"{split}/image_2/{key}.png", b"")
        width, height = IMAGE_SIZE
        write_image(image, np.full((height, width, 3), 128, dtype=np.uint8))
        if labels is not None:
            self.write(f"{split}/label_2/{key}.txt", labels)


@pytest.fixture
def kitti(tmp_path: Path) -> TinyKitti:
    """training/ with frame 000000 (three labels) and 000001 (labelled, nothing there)."""
    data = TinyKitti(tmp_path / "kitti")
    data.add_frame("training", "000000", LABELS)
    data.add_frame("training", "000001", "")
    return data
