"""RIG107 rig-changed: a sensor's place in the files changes during one drive.

What it looks for: sensors that sit elsewhere, or have another lens, in a later rig of the same scene.
Why it matters: nobody remounts a sensor while driving; two calibrations were mixed, and one half of the scene is
projected with the wrong one.
Evidence: how far the sensor moves and turns, and from when on.
Blind spots: one wrong calibration used throughout; changes from one scene to the next.
Example: a drive in the tests whose camera turns by one degree in its middle.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from pydantic import Field

from calibration.sensors import Sensor
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene


class RigChangedLimits(Limits):
    max_move_m: float = Field(0.005, ge=0, description="Half a centimetre: more than rounding, or online refinement.")
    max_turn_deg: float = Field(0.05, ge=0, description="A pixel of a usual camera: online refinement does less.")


@scene_check("RIG107", Severity.WARNING, RigChangedLimits)
def rig_changed(scene: Scene, limits: RigChangedLimits) -> Assessment:
    """The largest step of each sensor from one rig of the scene to the next."""
    if not scene.has_real_times:
        raise NotMeasurableError("frames have no real times, so they may be of different drives")
    rigs = list(zip(scene.rigs.valid_from_ns, scene.rigs.rigs, strict=True))
    sensors = tuple(dict.fromkeys(name for _, rig in rigs for name in rig.sensors))
    moves, turns = np.zeros(len(sensors)), np.zeros(len(sensors))
    lenses = np.zeros(len(sensors), dtype=bool)
    since = np.full(len(sensors), None, dtype=object)
    known = np.zeros(len(sensors), dtype=np.int64)
    for row, name in enumerate(sensors):
        dated = [(start, rig.sensors[name]) for start, rig in rigs if name in rig.sensors]
        known[row] = len(dated)
        for (_, earlier), (start, later) in pairwise(dated):
            move_m, turn_deg = _step(earlier, later)
            lens = earlier.camera != later.camera
            if since[row] is None and (lens or move_m > limits.max_move_m or turn_deg > limits.max_turn_deg):
                since[row] = start
            moves[row], turns[row] = max(moves[row], move_m), max(turns[row], turn_deg)
            lenses[row] |= lens
    return Assessment(
        about=SensorRows(scene, sensors, kind="rig"),
        not_assessed=Reason("the scene has one rig").where(known < 2),
        violated=(moves > limits.max_move_m) | (turns > limits.max_turn_deg) | lenses,
        measured=turns,
        limit=limits.max_turn_deg,
        unit="deg",
        message="moves by {move_m:.3f} m and turns by {measured:.2f} deg within the scene{lens}, from {since_ns} ns on",
        evidence={
            "move_m": moves,
            "lens": np.where(lenses, ", with another lens", "").astype(object),
            "since_ns": since,
        },
    )


def _step(earlier: Sensor, later: Sensor) -> tuple[float, float]:
    """Metres and degrees between two places of a sensor."""
    step = earlier.ego_from_sensor.inverse() @ later.ego_from_sensor
    cosine = float(np.clip((np.trace(step.rotation) - 1) / 2, -1, 1))
    return float(np.linalg.norm(step.translation)), float(np.rad2deg(np.arccos(cosine)))
