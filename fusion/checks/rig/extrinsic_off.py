"""RIG103 extrinsic-off: the labels of a whole drive say that a camera is turned, or sits elsewhere, than its files say.

What it looks for: 2D boxes against the outlines of the 3D boxes of the same objects, all of a scene. A turned camera
shifts them everywhere alike; one that sits elsewhere shifts near ones more than far ones; a wrong time shifts them
with their speed, and is TIM212's.
Why it matters: one wrong number in a calibration file puts every label of every drive of that vehicle off.
Evidence: the correction with its 95 % interval, the shift in pixels, objects and boxes that told it, what it can't be
told apart from.
Blind spots: labels without 2D boxes of their own; a forward shift of a few decimetres; labels and pictures that are
off alike; few objects, or all at one range.
Example: a drive in the tests whose camera is turned by half a degree.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import NotAssessed
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows
from fusion.measure.camera_verdict import HARMLESS, UNITS, CameraVerdict, camera_verdicts
from fusion.measure.outline_shifts import cameras_drawn_in
from fusion.scene.scene import Scene

WHAT_IT_IS = {"rotation": "turned", "translation": "away"}


class ExtrinsicOffLimits(Limits):
    max_turn_deg: float = Field(
        0.15, gt=0, description="3 px in a usual camera; two careful calibrations of one car differ by 0.1 degrees."
    )
    max_move_m: float = Field(0.08, gt=0, description="As much as careful labels differ from each other.")


@scene_check("RIG103", Severity.WARNING, ExtrinsicOffLimits)
def extrinsic_off(scene: Scene, limits: ExtrinsicOffLimits) -> tuple[Assessment, ...]:
    """Corrections of each camera that the labels ask for."""
    cameras = cameras_drawn_in(scene)
    harmless = HARMLESS | {"rotation": limits.max_turn_deg, "translation": limits.max_move_m}
    verdicts, why_not = camera_verdicts(scene, cameras, harmless)
    return tuple(_assess(scene, cameras, verdicts, why_not, family, harmless[family]) for family in WHAT_IT_IS)


def _assess(
    scene: Scene,
    cameras: tuple[str, ...],
    verdicts: dict[str, CameraVerdict],
    why_not: tuple[str, ...],
    family: str,
    limit: float,
) -> Assessment:
    told = [verdicts.get(camera) for camera in cameras]
    worst = [None if one is None else one.estimates[one.worst(family)] for one in told]
    low, high = np.asarray([(np.nan, np.nan) if w is None or w.interval is None else w.interval for w in worst]).T
    return Assessment(
        about=SensorRows(scene, cameras, kind="rig"),
        not_assessed=NotAssessed.of_texts(why_not),
        violated=np.asarray([one is not None and one.accuses(family) for one in told]),
        measured=np.asarray([np.nan if one is None else one.value for one in worst]),
        limit=limit,
        unit=UNITS[family],
        message=f"camera is {WHAT_IT_IS[family]} by {{measured:+.2f}} {UNITS[family]} ({{quantity}}), say its labels"
        " ({low:+.2f} to {high:+.2f}); the cause is {cause}",
        evidence={
            "quantity": np.asarray(["" if one is None else one.worst(family) for one in told], dtype=object),
            "cause": np.asarray(["" if one is None else one.told for one in told], dtype=object),
            "low": low,
            "high": high,
            "shift_px": np.asarray([np.nan if one is None else one.shift_px(family) for one in told]),
            "boxes_compared": np.asarray([0 if one is None else len(one.fit.shifts) for one in told]),
            "objects_compared": np.asarray([0 if one is None else one.fit.joint.clusters for one in told]),
        },
    )
