"""TRK504 track-gap: an object loses its label for some frames, and has it again afterwards.

What it looks for: frames inside a track without its box, where the points say that the object is still there.
Why it matters: the object is in the data and unlabelled, so a model is punished for seeing it.
Evidence: frames missing, points inside the box put between its neighbours, points its neighbours have.
Blind spots: objects that end or begin too early; gaps longer than three seconds; while the object is hidden, a
gap is right and stays unreported.
Example: sample_data/crossing, v1.0-planted: three boxes of a delivery truck removed.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_added
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.errors import NotMeasurableError
from fusion.measure.track_gaps import TrackGaps, track_gaps
from fusion.measure.track_motion import reference_from_motion
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene


class TrackGapLimits(Limits):
    max_missing: int = Field(0, ge=0, description="A label set that promises every frame promises all of them.")
    few_missing: int = Field(2, ge=0, description="After a long gap, so few may be forgotten; a hint and no more.")
    min_points: int = Field(5, ge=1, description="What annotation guides ask for before a box must be drawn.")
    min_share: float = Field(0.3, gt=0, description="Share of its neighbours' points below which it may be hidden.")
    min_share_long: float = Field(
        0.5, gt=0, description="After a second and a half the place is a guess, so that the points must bear it out."
    )


@scene_check("TRK504", Severity.WARNING, TrackGapLimits, tier="points")
def track_gap(scene: Scene, limits: TrackGapLimits) -> Assessment:
    """Gaps inside tracks, with what the sweeps hold where the box should be."""
    gaps = track_gaps(scene)
    looked = ~np.isnan(gaps.points_inside)
    inside = np.nan_to_num(gaps.points_inside)
    share = np.where(gaps.long, limits.min_share_long, limits.min_share)
    there = (inside >= limits.min_points) & (inside >= share * np.nan_to_num(gaps.points_expected))
    # Between keyframes far apart, a box or two were rather forgotten than left out; over many, it may be hidden.
    unsure, few = gaps.long & ~there, gaps.missing <= limits.few_missing
    track = scene.labels.tracks.of_rows(len(scene.labels))[gaps.before_rows].astype(np.int64)
    return Assessment(
        about=TrackRows(scene, track, gaps.before_rows),
        not_assessed=Reason("no ego pose beside the gap").where(gaps.unplaced)
        | Reason("gap too long to say where the object was").where(gaps.too_long | (unsure & ~few)),
        violated=(gaps.missing > limits.max_missing) & (there | ~looked | unsure),
        infos=~looked | unsure,
        measured=gaps.missing.astype(np.float64),
        limit=limits.max_missing,
        unit="",
        message="box is missing in {measured:.0f} frames{support}",
        evidence={
            "support": np.select(
                [unsure, looked], [", too long to say where it was", " although points show the object"], ""
            ).astype(object),
            "points_inside": gaps.points_inside,
            "points_expected": gaps.points_expected,
            "gap_s": gaps.gap_s,
        },
        propose=lambda row: _proposal(scene, gaps, row),
    )


def _proposal(scene: Scene, gaps: TrackGaps, row: int) -> Proposal | None:
    """Add the boxes between the neighbours; nothing where one can't be written down for want of an ego pose."""
    try:
        moves = [reference_from_motion(scene, int(frame), gaps.relative) for frame in gaps.frames[row]]
    except NotMeasurableError:
        return None
    boxes = Boxes3D.concatenate([gaps.boxes[row].take([index]).moved(move) for index, move in enumerate(moves)])
    return boxes_added(scene.labels, int(gaps.before_rows[row]), boxes)
