"""TRK512 attribute-flicker: what is ticked beside an object changes for a moment, or changes although it can't.

What it looks for: a value that gives way to another and is back within a second; any change of what belongs to the
whole object. Words about motion only flicker where the speed doesn't bear them out; visibility and occlusion, which do
change, are left alone.
Why it matters: the state of an object is a label too, and nobody dismounts and mounts within a second.
Evidence: the attribute, both values, for how long, how often in the track.
Blind spots: numbers; a value that is wrong for longer, or at the begin or end of a track.
Example: a bicycle in the tests that loses its rider for one frame.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import IntArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_set
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.errors import NotMeasurableError
from fusion.measure.attribute_changes import AttributeChanges, attribute_changes
from fusion.scene.scene import Scene


class AttributeFlickerLimits(Limits):
    max_flicker_s: float = Field(
        1.0, gt=0, description="From the last box before to the first after: at 2 Hz, one keyframe between two."
    )


@scene_check("TRK512", Severity.WARNING, AttributeFlickerLimits)
def attribute_flicker(scene: Scene, limits: AttributeFlickerLimits) -> tuple[Assessment, ...]:
    """How often each attribute of each track flickers."""
    if not len(scene.labels.tracks):
        raise NotMeasurableError("labels have no track ids")
    changes = attribute_changes(scene, limits.max_flicker_s)
    if not changes:
        raise NotMeasurableError("labels have no attributes in words that should last")
    return tuple(_of_attribute(scene, one, limits) for one in changes)


def _of_attribute(scene: Scene, changes: AttributeChanges, limits: AttributeFlickerLimits) -> Assessment:
    tracks, names = scene.labels.tracks, changes.values
    moments = tracks.order[tracks.offsets[:-1]].copy()
    counts = np.bincount(changes.tracks, minlength=len(tracks))
    seconds, value = np.zeros(len(tracks)), np.full(len(tracks), "", dtype=object)
    instead = value.copy()
    for number in reversed(range(len(changes.tracks))):  # the first of each track is told
        track, row = changes.tracks[number], changes.rows[number][0]
        moments[track], seconds[track] = row, changes.seconds[number]
        value[track], instead[track] = names[int(row)], changes.usual[number]
    told = np.bincount(tracks.track_of_position, weights=names.present[tracks.order], minlength=len(tracks))
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), moments),
        not_assessed=Reason(f"fewer than three boxes say {changes.name}").where(told < 3),
        violated=counts > 0,
        measured=seconds,
        limit=0.0 if changes.lasting else limits.max_flicker_s,
        unit="s",
        message="{attribute} is {value} for a moment, before and after {usual} ({times} times)",
        evidence={
            "attribute": np.full(len(tracks), changes.name, dtype=object),
            "value": value,
            "usual": instead,
            "times": counts,
        },
        propose=lambda track: _proposal(scene, changes, track),
    )


def _proposal(scene: Scene, changes: AttributeChanges, track: int) -> Proposal | None:
    """The value before and after, where it is the same each time."""
    own = np.flatnonzero(changes.tracks == track)
    if len({changes.usual[number] for number in own}) != 1:
        return None
    rows: IntArray = np.concatenate([changes.rows[number] for number in own])
    return boxes_set(scene.labels, rows, {"attributes": {changes.name: changes.usual[own[0]]}})
