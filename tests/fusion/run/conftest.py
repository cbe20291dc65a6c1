"""Checks made up for the tests, in place of the catalogue, so that a run's machinery is tested alone."""

from __future__ import annotations

from collections.abc import Callable
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
