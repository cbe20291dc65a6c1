"""Checks made up for the tests, in place of the catalogue, so that a run's machinery is tested alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import Field

from calibration.errors import FileProblemError
from fusion.checks.assessment import Assessment
from fusion.checks.catalogue import find_check
from fusion.checks.check import Check, Level
from fusion.checks.limits import Limits
from fusion.checks.manual import HEADINGS, Manual
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import BoxRows, TrackRows
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.scene import Scene

Use = Callable[..., None]


class LengthLimits(Limits):
    max_length_m: float = Field(5.0, gt=0, description="Longer than any car here.")


def made_up(code: str, name: str, level: Level, function: Any, severity: Severity = Severity.WARNING) -> Check[Any]:
    manual = Manual(code, name, f"a {name}.", dict.fromkeys(HEADINGS, "x"))
    return Check(manual, severity, LengthLimits, function, level, "labels")


def long_box(frame: SyncedFrame, limits: LengthLimits) -> Assessment:
    lengths_m = frame.boxes.sizes_m[:, 0]
    return Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("a tram").where(frame.boxes.category.is_any(["tram"])),
        violated=lengths_m > limits.max_length_m,
        measured=lengths_m,
        limit=limits.max_length_m,
        unit="m",
        message="{measured:.1f} m long",
    )


def short_track(scene: Scene, limits: LengthLimits) -> Assessment:
    tracks = scene.labels.tracks
    if not len(tracks):
        raise NotMeasurableError("labels have no track ids")
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), tracks.order[tracks.offsets[:-1]]),
        violated=tracks.lengths < 2,
        measured=tracks.lengths.astype(float),
        limit=2,
        unit="",
        message="{measured:.0f} boxes",
    )


def blind(frame: SyncedFrame, limits: LengthLimits) -> Assessment:
    raise NotMeasurableError("too dark")


def unreadable(frame: SyncedFrame, limits: LengthLimits) -> Assessment:
    raise FileProblemError(f"sweeps/{frame.key}.bin", "truncated", 3)


LONG_BOX = made_up("BOX399", "long-box", "frame", long_box)
SHORT_TRACK = made_up("TRK599", "short-track", "scene", short_track, Severity.INFO)
BLIND = made_up("IMG499", "blind-camera", "frame", blind)
UNREADABLE = made_up("DAT099", "torn-sweep", "frame", unreadable)
UNREADABLE_FILE = find_check("DAT002")


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """`use(LONG_BOX)`: a catalogue of these checks alone."""

    def replace_catalogue(*names: str) -> None:
        checks = tuple(CHECKS[name] for name in names)
        monkeypatch.setattr("fusion.checks.settings.CATALOGUE", checks)
        monkeypatch.setattr("fusion.checks.catalogue.CATALOGUE", checks)

    return replace_catalogue


CHECKS = {
    check.name: check for check in (UNREADABLE, UNREADABLE_FILE, LONG_BOX, BLIND, SHORT_TRACK, find_check("DAT001"))
}


CALIBRATION = """\
P0: 100 0 60 0 0 100 20 0 0 0 1 0
P2: 100 0 60 0 0 100 20 0 0 0 1 0
P3: 100 0 60 0 0 100 20 0 0 0 1 0
R0_rect: 1 0 0 0 1 0 0 0 1
Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0
Tr_imu_to_velo: 1 0 0 0 0 1 0 0 0 0 1 0
"""
# Two boxes on one car, and another car far away, in each of three frames.
CARS = [(1, 20.0, 4.0), (2, 20.1, 4.0), (3, 40.0, 4.5)]


def car_line(frame: int, track: int, ahead_m: float, length_m: float) -> str:
    return f"{frame} {track} Car 0 0 0 60 18 85 32 1.5 1.6 {length_m} 2 1.7 {ahead_m} -1.57\n"


@pytest.fixture
def drives(tmp_path: Path) -> Callable[..., Path]:
    """`drives(3)`: a KITTI tracking set with so many sequences of three frames, with wrong labels in each."""

    def write(sequences: int, name: str = "drives") -> Path:
        split = tmp_path / name / "training"
        for folder in ("calib", "label_02", "velodyne"):
            (split / folder).mkdir(parents=True)
        for number in range(sequences):
            (split / "calib" / f"{number:04}.txt").write_text(CALIBRATION)
            (split / "velodyne" / f"{number:04}").mkdir()
            for frame in range(3):
                np.zeros((10, 4), np.float32).tofile(split / "velodyne" / f"{number:04}" / f"{frame:06}.bin")
            lines = [car_line(frame, *car) for frame in range(3) for car in CARS]
            (split / "label_02" / f"{number:04}.txt").write_text("".join(lines))
        return tmp_path / name

    return write
