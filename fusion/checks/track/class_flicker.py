"""TRK506 class-flicker: an object changes its class along its track.

What it looks for: boxes of a track whose class is not that of most of its boxes.
Why it matters: cars don't become people; the same object is taught as two things, and every check by class judges some
of its boxes by the wrong limits.
Evidence: the usual class and how many boxes have it, the other classes, how many boxes have those, in which frames.
Blind spots: a class that is wrong all along; tracks whose classes are equally frequent, of which no side is proposed; a
name spelled in two ways (ONT601); a person who gets on a bicycle or sits down, once.
Example: a car in the tests that is a pedestrian in one of ten frames.
"""

from __future__ import annotations

from collections.abc import Collection

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
from fusion.measure.track_class import track_classes
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import PEOPLE, STREET_FURNITURE, TWO_WHEELERS, VEHICLES, ObjectKind, kind_of_name

# Within a family classes are a matter of judgement; a change from one into another is impossible.
FAMILIES = (
    VEHICLES | {ObjectKind.MOTORCYCLE},
    TWO_WHEELERS,
    PEOPLE | {ObjectKind.RIDER},
    STREET_FURNITURE,
    frozenset({ObjectKind.ANIMAL}),
)
# What one and the same person may be, one after the other.
DEEDS = PEOPLE | {ObjectKind.RIDER}
FRAMES_TOLD = 5


class ClassFlickerLimits(Limits):
    max_boxes: int = Field(0, ge=0, description="An object has one class; nobody promises some boxes of another.")


@scene_check("TRK506", Severity.WARNING, ClassFlickerLimits)
def class_flicker(scene: Scene, limits: ClassFlickerLimits) -> Assessment:
    """How many boxes of each track have another class than most."""
    tracks, category = scene.labels.tracks, scene.labels.boxes.category
    if not len(tracks):
        raise NotMeasurableError("labels have no track ids")
    classes = track_classes(scene)
    others = [rows[classes.other[rows]] for rows in (tracks.rows(track) for track in range(len(tracks)))]
    usual = [category[int(row)] if row >= 0 else "" for row in classes.usual_rows]
    names = [sorted({category[int(row)] for row in rows}) for rows in others]
    counts = np.asarray([len(rows) for rows in others])
    deeds = [_is_a_deed({one, *rest}) for one, rest in zip(usual, names, strict=True)]
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), _moments(scene, others)),
        not_assessed=Reason("fewer than two boxes with a class").where(classes.named < 2)
        | Reason("a person may mount or sit down once").where(np.asarray(deeds) & (classes.changes == 1)),
        violated=counts > limits.max_boxes,
        errors=np.asarray([_is_impossible(one, rest) for one, rest in zip(usual, names, strict=True)], dtype=bool),
        measured=counts.astype(np.float64),
        limit=limits.max_boxes,
        unit="",
        message="{measured:.0f} of {boxes} boxes say {other}{rather} {usual} (frames {frames})",
        evidence={
            "usual": np.asarray(usual, dtype=object),
            "other": np.asarray([", ".join(rest) for rest in names], dtype=object),
            "rather": np.where(classes.tied, ", as many say", ", most say").astype(object),
            "boxes": classes.named,
            "changes": classes.changes,
            "frames": np.asarray([_frames(scene, rows) for rows in others], dtype=object),
        },
        propose=lambda row: None if classes.tied[row] else _proposal(scene, others[row], usual[row]),
    )


def _moments(scene: Scene, others: list[IntArray]) -> IntArray:
    tracks = scene.labels.tracks
    moments = [rows[0] if len(rows) else tracks.rows(track)[0] for track, rows in enumerate(others)]
    return np.asarray(moments, dtype=np.int64)


def _is_a_deed(names: Collection[str]) -> bool:
    return len(names) > 1 and {kind_of_name(name) for name in names} <= DEEDS


def _is_impossible(usual: str, others: Collection[str]) -> bool:
    """Some other class is of another family than the usual one; of what has no family, nobody knows."""
    families = [{number for number, kinds in enumerate(FAMILIES) if kind_of_name(name) in kinds} for name in others]
    own = {number for number, kinds in enumerate(FAMILIES) if kind_of_name(usual) in kinds}
    return bool(own) and any(family and not family & own for family in families)


def _frames(scene: Scene, rows: IntArray) -> str:
    keys = [scene.frame_table.keys[frame] for frame in scene.labels.frame_index[rows] if frame >= 0]
    return ", ".join(keys[:FRAMES_TOLD]) + (f" and {len(keys) - FRAMES_TOLD} more" if len(keys) > FRAMES_TOLD else "")


def _proposal(scene: Scene, rows: IntArray, usual: str) -> Proposal:
    """Give the boxes the class of most."""
    return boxes_set(scene.labels, rows, {"category": usual})
