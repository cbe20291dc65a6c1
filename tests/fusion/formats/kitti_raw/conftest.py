"""A KITTI raw set of one drive and two frames, small enough to check by hand.

Sensors sit as in the tiny KITTI tracking set: the lidar level, camera 0 at (0.3, -0.1, -0.2) in the lidar frame, the
inertial unit at (-0.8, 0.3, -0.8). The vehicle drives east at 10 m/s. The lidar faces forward in the middle of its
sweeps; images come 10 ms later, inertial rows 20 ms later.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from calibration.image_file import write_image

DAY, DRIVE = "2011_09_26", "2011_09_26/2011_09_26_drive_0001_sync"
CAMERAS = """\
calib_time: 09-Jan-2012 13:57:47
S_02: 1.392000e+03 5.120000e+02
S_rect_02: 1.200000e+02 4.000000e+01
R_rect_00: 1 0 0 0 1 0 0 0 1
R_rect_02: 0 0 0 0 0 0 0 0 0
P_rect_02: 100 0 60 6.3 0 100 20 0 0 0 1 0.005
S_rect_03: 1.200000e+02 4.000000e+01
P_rect_03: 100 0 60 -48 0 100 20 0 0 0 1 0
"""
LIDAR = "calib_time: 15-Mar-2012 11:37:16\nR: 0 -1 0 0 0 -1 1 0 0\nT: -0.1 -0.2 -0.3\ndelta_f: 0 0\n"
INERTIAL = "calib_time: 25-May-2012 16:47:16\nR: 1 0 0 0 1 0 0 0 1\nT: -0.8 0.3 -0.8\n"
STAMPS = {
    "velodyne_points/timestamps_start.txt": ("25.900000000", "26.000000000"),
    "velodyne_points/timestamps.txt": ("25.950000001", "26.050000001"),
    "velodyne_points/timestamps_end.txt": ("26.000000000", "26.100000000"),
    "image_02/timestamps.txt": ("25.960000001", "26.060000001"),
    "oxts/timestamps.txt": ("25.970000001", "26.070000001"),
}
# A car that stands, drawn by a person and then carried on, and a pedestrian in the second frame.
TRACKLETS = """\
<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<!DOCTYPE boost_serialization>
<boost_serialization signature="serialization::archive" version="9">
<tracklets class_id="0" tracking_level="0" version="0">
<count>2</count>
<item_version>1</item_version>
<item class_id="1" tracking_level="0" version="1">
<objectType>Car</objectType>
<h>1.5</h>
<w>1.6</w>
<l>4.0</l>
<first_frame>0</first_frame>
<poses class_id="2" tracking_level="0" version="0">
<count>2</count>
<item_version>2</item_version>
<item class_id="3" tracking_level="0" version="2">
<tx>20.3</tx><ty>-2.1</ty><tz>-1.9</tz><rx>0</rx><ry>0</ry><rz>0.25</rz>
<state>2</state><occlusion>0</occlusion><occlusion_kf>1</occlusion_kf><truncation>0</truncation>
<amt_occlusion>-1</amt_occlusion><amt_border_l>-1</amt_border_l>
</item>
<item>
<tx>19.3</tx><ty>-2.1</ty><tz>-1.9</tz><rx>0</rx><ry>0</ry><rz>0.25</rz>
<state>1</state><occlusion>1</occlusion><occlusion_kf>0</occlusion_kf><truncation>99</truncation>
</item>
</poses>
<finished>1</finished>
</item>
<item>
<objectType>Person (sitting)</objectType>
<h>1.2</h>
<w>0.6</w>
<l>0.8</l>
<first_frame>1</first_frame>
<poses>
<count>1</count>
<item_version>2</item_version>
<item>
<tx>10.3</tx><ty>3.9</ty><tz>-1.9</tz><rx>0</rx><ry>0</ry><rz>-1.5</rz>
<state>2</state><occlusion>-1</occlusion><truncation>-1</truncation>
</item>
</poses>
<finished>1</finished>
</item>
</tracklets>
</boost_serialization>
"""
POINTS = np.array([[20.3, -2.1, -1.15, 0.5], [22.9, -2.1, -1.15, 0.0]], dtype=np.float32)
DEGREES_PER_METRE_EAST = math.degrees(1 / (6_378_137.0 * math.cos(math.radians(49))))


def inertial_row(east_m: float) -> str:
    numbers = [0.0] * 30
    numbers[:3] = 49.0, 8.0 + east_m * DEGREES_PER_METRE_EAST, 110.0
    numbers[7] = 10.0
    return " ".join(map(repr, numbers))


class TinyRaw:
    """The data set in a folder, and a pen to spoil it with."""

    day, drive = DAY, DRIVE
    tracklets = TRACKLETS

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
        write_image(self.write(name, b""), np.full((40, 120, 3), 128, dtype=np.uint8))

    def add_drive(self, drive: str) -> None:
        for name, seconds in STAMPS.items():
            self.write(f"{drive}/{name}", "".join(f"2011-09-26 13:02:{second}\n" for second in seconds))
        for frame in range(2):
            self.write(f"{drive}/velodyne_points/data/{frame:010d}.bin", POINTS.tobytes())
            self.write(f"{drive}/oxts/data/{frame:010d}.txt", f"{inertial_row(frame)}\n")
            self.write_image(f"{drive}/image_02/data/{frame:010d}.png")
        self.write(f"{drive}/tracklet_labels.xml", TRACKLETS)


@pytest.fixture
def raw(tmp_path: Path) -> TinyRaw:
    """2011_09_26/ with its calibration and drive 0001 of two frames."""
    data = TinyRaw(tmp_path / "kitti")
    data.write(f"{DAY}/calib_cam_to_cam.txt", CAMERAS)
    data.write(f"{DAY}/calib_velo_to_cam.txt", LIDAR)
    data.write(f"{DAY}/calib_imu_to_velo.txt", INERTIAL)
    data.add_drive(DRIVE)
    return data
