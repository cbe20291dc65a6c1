"""TRK502 size-flicker: an object changes its size along its track.

What it looks for: boxes of a track whose length, width or height strays from the track's median.
Why it matters: cars don't grow; sizes that flicker teach a model that they do, and move the centres with them.
Evidence: the dimension, its value and the track's median, how many frames stray.
Blind spots: tracks of fewer than three boxes; a size that is wrong all along (BOX302); people, whose boxes follow
their limbs, get a wider limit.
Example: sample_data/crossing, v1.0-planted: a car 25 % larger for three frames.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.errors import NotMeasurableError
from fusion.measure.size_priors import DIMENSIONS
from fusion.measure.track_size import size_strays
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import PEOPLE, Kinds, ObjectKind

SOFT = PEOPLE | {ObjectKind.ANIMAL}


class SizeFlickerLimits(Limits):
    max_change: float = Field(0.12, gt=0, description="Size noise of careful labels is about 3 %; four times that.")
    max_change_soft: float = Field(0.5, gt=0, description="A walking person's box breathes by a third.")
    min_change_m: float = Field(0.15, ge=0, description="Below that, a change is the drawing of an edge.")
    min_boxes: int = Field(3, ge=3, description="Two boxes don't tell which of them is right.")


@scene_check("TRK502", Severity.WARNING, SizeFlickerLimits)
def size_flicker(scene: Scene, limits: SizeFlickerLimits) -> Assessment:
    """The box of each track whose size strays furthest from the track's median."""
    tracks = scene.labels.tracks
    if not len(tracks):
        raise NotMeasurableError("labels have no track ids")
    boxes = scene.labels.boxes
    strays = size_strays(scene)
    soft = Kinds(boxes.category).is_any(SOFT)
    limit = np.where(soft, limits.max_change_soft, limits.max_change)
    # A change that is small in metres is a drawn edge, however large its share of a narrow box.
    counted = np.where(strays.change_m >= limits.min_change_m, strays.change_share, 0.0)
    stray = counted > limit[:, None]
    rows_of = [tracks.rows(track) for track in range(len(tracks))]
    worst = np.asarray([rows[np.argmax(counted[rows].max(axis=1))] for rows in rows_of], dtype=np.int64)
    dimension = counted[worst].argmax(axis=1)
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("too few boxes in the track").where(tracks.lengths < limits.min_boxes),
        violated=np.asarray([bool(stray[rows].any()) for rows in rows_of], dtype=bool),
        measured=counted[worst, dimension],
        limit=limit[worst],
        unit="share",
        message="{dimension} is {value_m:.2f} m, the track's median {median_m:.2f} m ({frames} frames)",
        evidence={
            "dimension": np.asarray(DIMENSIONS, dtype=object)[dimension],
            "value_m": boxes.sizes_m[worst, dimension],
            "median_m": strays.median_m[worst, dimension],
            "frames": np.asarray([int(stray[rows].any(axis=1).sum()) for rows in rows_of]),
        },
        propose=lambda row: Proposal(
            action="set",
            target=boxes.track[int(worst[row])],
            values={"size_m": [round(float(value), 4) for value in strays.median_m[worst[row]]]},
            reference=scene.labels.reference,
            timestamps_ns=tuple(int(t) for t in boxes.timestamps_ns[rows_of[row][stray[rows_of[row]].any(axis=1)]]),
        ),
    )
