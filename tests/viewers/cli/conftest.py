"""Tiny KITTI data sets, and the command line run in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

CALIBRATION = """\
P0: 700 0 600 0 0 700 180 0 0 0 1 0
P1: 700 0 600 0 0 700 180 0 0 0 1 0
P2: 700 0 600 0 0 700 180 0 0 0 1 0
P3: 700 0 600 0 0 700 180 0 0 0 1 0
R0_rect: 1 0 0 0 1 0 0 0 1
Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0
Tr_imu_to_velo: 1 0 0 0 0 1 0 0 0 0 1 0
"""
# In the camera: 1.7 m below it, ahead; in the lidar the same 1.7 m below, so it stands on the ground of `ground()`.
GOOD_CAR = "Car 0 0 0 560 170 640 250 1.5 1.6 4 0 1.7 20 -1.57"
LIFTED_CAR = "Car 0 0 0 560 170 640 250 1.5 1.6 4 0 1.1 20 -1.57"


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


Run = Callable[..., Answer]
Write = Callable[..., Path]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("check", root)`: exit code, standard output, standard error."""
    from viewers.cli.main import main

    monkeypatch.setenv("COLUMNS", "100")

    def call(*words: object) -> Answer:
        capfd.readouterr()
        code = main([str(word) for word in words])
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    return call


def ground() -> np.ndarray:
    """A flat street 1.7 m below the lidar, and the outside of the good car."""
    x, y = np.meshgrid(np.arange(4, 70, 0.5), np.arange(-10, 10.1, 0.5))
    street = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, -1.7)])
    rear = np.stack(np.meshgrid([18.05], np.linspace(-0.7, 0.7, 12), np.linspace(-1.6, -0.3, 8)), -1).reshape(-1, 3)
    points = np.concatenate([street[np.hypot(street[:, 0] - 20, street[:, 1]) > 4], rear])
    return np.column_stack([points, np.full(len(points), 0.3)]).astype(np.float32)


@pytest.fixture
def kitti(tmp_path: Path) -> Write:
    """`kitti([GOOD_CAR], [GOOD_CAR, LONG_CAR])`: one frame for each list of label lines."""

    def write(*frames: list[str], name: str = "day", torn: bool = False) -> Path:
        root = tmp_path / name
        for folder in ("velodyne", "calib", "label_2"):
            (root / "training" / folder).mkdir(parents=True)
        for number, lines in enumerate(frames):
            key = f"{number:06}"
            ground().tofile(root / "training" / "velodyne" / f"{key}.bin")
            (root / "training" / "calib" / f"{key}.txt").write_text(CALIBRATION)
            (root / "training" / "label_2" / f"{key}.txt").write_text("".join(f"{line}\n" for line in lines))
        if torn:
            (root / "training" / "velodyne" / "000000.bin").write_bytes(b"\x00" * 17)
        return root

    return write


@pytest.fixture
def good(kitti: Write) -> Path:
    return kitti([GOOD_CAR], name="good")


@pytest.fixture
def bare(kitti: Write) -> Path:
    """A frame without labels."""
    return kitti([], name="bare")


@pytest.fixture
def bad(kitti: Write) -> Path:
    """Two boxes for one car: an error; and a car that floats in the air: a warning."""
    return kitti([GOOD_CAR, GOOD_CAR], [LIFTED_CAR], name="bad")


@pytest.fixture
def odd(kitti: Write) -> Path:
    """A car that floats in the air: a warning and nothing worse."""
    return kitti([LIFTED_CAR], name="odd")


@pytest.fixture
def torn(kitti: Write) -> Path:
    """A sweep of 17 bytes beside an error."""
    return kitti([GOOD_CAR, GOOD_CAR], torn=True, name="torn")
