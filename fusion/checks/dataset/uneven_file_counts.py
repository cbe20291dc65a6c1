"""DAT009 uneven-file-counts: a sensor lacks measurements in frames where the others have theirs.

What it looks for: frames without a measurement of a sensor that most frames of the scene have, also when no file is
missing because nothing names one.
Why it matters: whoever zips the files of two sensors by position pairs everything after the gap wrongly.
Evidence: how many frames lack it, of how many, the first of them.
Blind spots: a sensor that is absent from most frames is taken to be slower, or not delivered at all.
Example: a scene in the tests whose camera has no picture in one of ten frames.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene


class UnevenFileCountsLimits(Limits):
    max_lacking: int = Field(0, ge=0, description="Sensors that are paired frame by frame have one measurement each.")
    min_share: float = Field(
        0.75, gt=0, le=1, description="A sensor present in fewer frames is slower than the others, not incomplete."
    )


@scene_check("DAT009", Severity.WARNING, UnevenFileCountsLimits)
def uneven_file_counts(scene: Scene, limits: UnevenFileCountsLimits) -> Assessment:
    """Frames without a measurement, by sensor."""
    table = scene.frame_table
    if not table.measurements or not len(table):
        raise NotMeasurableError("no sensor recordings")
    sensors = tuple(table.measurements)
    absent = np.stack([table.measurements[name] < 0 for name in sensors])
    lacking = absent.sum(axis=1)
    first = [table.keys[int(np.argmax(rows))] if rows.any() else "" for rows in absent]
    return Assessment(
        about=SensorRows(scene, sensors),
        not_assessed=Reason("the sensor is not in most frames").where(lacking > (1 - limits.min_share) * len(table)),
        violated=lacking > limits.max_lacking,
        measured=lacking.astype(np.float64),
        limit=limits.max_lacking,
        unit="",
        message="{measured:.0f} of {frames} frames have no measurement of this sensor, first frame {first}",
        evidence={"frames": np.full(len(sensors), len(table)), "first": np.asarray(first, dtype=object)},
    )
