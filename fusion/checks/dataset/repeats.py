"""What the checks of repeated images and repeated sweeps share."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import IntArray
from calibration.sensors import SensorKind
from fusion.checks.assessment import Assessment
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.subject import SensorRows
from fusion.errors import NotMeasurableError
from fusion.measure.repeated_files import repeated_measurements
from fusion.scene.scene import Scene
from fusion.scene.stream import path_of


class RepeatLimits(Limits):
    max_repeated: int = Field(0, ge=0, description="Noise makes any two measurements differ, also of a parked vehicle.")


def assess_repeats(scene: Scene, limits: RepeatLimits, kind: SensorKind, noun: str) -> Assessment:
    """By sensor of a kind, how many of its files are the one before."""
    if not scene.has_real_times:
        raise NotMeasurableError("frames have no real times, so none follows another")
    sensors = tuple(name for name, stream in scene.streams.items() if stream.kind is kind)
    if not sensors:
        raise NotMeasurableError(f"no {noun} in this scene")
    repeats: list[IntArray] = [repeated_measurements(scene, name) for name in sensors]
    counts = np.asarray([len(rows) for rows in repeats])
    totals = np.asarray([len(scene.streams[name]) for name in sensors])
    first = [_first_path(scene, name, rows) for name, rows in zip(sensors, repeats, strict=True)]
    return Assessment(
        about=SensorRows(scene, sensors),
        not_assessed=Reason("a single measurement").where(totals < 2),
        violated=counts > limits.max_repeated,
        measured=counts.astype(np.float64),
        limit=limits.max_repeated,
        unit="",
        message="{measured:.0f} of {total} " + noun + "s are byte for byte the one before, first {first}",
        evidence={"total": totals, "first": np.asarray(first, dtype=object)},
    )


def _first_path(scene: Scene, sensor: str, rows: IntArray) -> str:
    return path_of(scene.streams[sensor], int(rows[0])) if len(rows) else ""
