"""TRK502 size-flicker: an object changes its size along its track.

What it looks for: boxes of a track whose length, width or height strays from the track's median, by more than the
whole track jitters.
Why it matters: cars don't grow; sizes that flicker teach a model that they do, and move the centres with them.
Evidence: the dimension, its value and the track's median, how many boxes stray.
Blind spots: tracks of fewer than three boxes; a size that is wrong all along (BOX302); things so small that a change is
the drawing of an edge, such as cones; people whose boxes follow their limbs get a wider limit.
Example: sample_data/crossing, v1.0-planted: a box truck 25 % larger for three frames.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray, IntArray
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

# `max_change` is so many standard deviations of usual size noise.
USUAL_SIGMAS = 4
SOFT = PEOPLE | {ObjectKind.ANIMAL}


class SizeFlickerLimits(Limits):
    max_change: float = Field(0.12, gt=0, description="Size noise of careful labels is about 3 %; four times that.")
    max_change_soft: float = Field(0.5, gt=0, description="A walking person's box breathes by a third.")
    soft_certainty: float = Field(
        6.0, gt=0, description="Standard deviations by which a person's box may breathe in tracks that hardly do."
    )
    min_change_m: float = Field(0.15, ge=0, description="Below that, a change is the drawing of an edge.")
    certainty: float = Field(5.0, gt=0, description="Standard deviations of the track's own jitter that are none.")
    max_jitter_m: float = Field(0.10, ge=0, description="Edges drawn anew in each frame jitter by 5 to 10 cm.")
    min_boxes: int = Field(3, ge=3, description="Two boxes don't tell which of them is right.")


@scene_check("TRK502", Severity.WARNING, SizeFlickerLimits)
def size_flicker(scene: Scene, limits: SizeFlickerLimits) -> Assessment:
    """The box of each track whose size strays furthest from the track's median."""
    tracks = scene.labels.tracks
    if not len(tracks):
        raise NotMeasurableError("labels have no track ids")
    boxes, strays = scene.labels.boxes, size_strays(scene)
    limit = _limits(scene, limits)
    # A change that is small in metres is a drawn edge, however large its share of a narrow box.
    change = np.where(strays.change_m >= limits.min_change_m, strays.change_share, 0.0)
    excess = change / limit
    rows_of = [tracks.rows(track) for track in range(len(tracks))]
    stray_rows = [rows[(excess[rows] > 1).any(axis=1)] for rows in rows_of]
    worst = np.asarray([rows[np.argmax(excess[rows].max(axis=1))] for rows in rows_of], dtype=np.int64)
    dimension = excess[worst].argmax(axis=1)
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("too few boxes in the track").where(tracks.lengths < limits.min_boxes),
        violated=np.asarray([len(rows) > 0 for rows in stray_rows], dtype=bool),
        measured=change[worst, dimension],
        limit=limit[worst, dimension],
        unit="share",
        message="{dimension} is {value_m:.2f} m, the track's median {median_m:.2f} m ({stray_boxes} of {boxes} boxes)",
        evidence={
            "dimension": np.asarray(DIMENSIONS, dtype=object)[dimension],
            "value_m": boxes.sizes_m[worst, dimension],
            "median_m": strays.median_m[worst, dimension],
            "stray_boxes": np.asarray([len(rows) for rows in stray_rows]),
            "boxes": tracks.lengths,
        },
        propose=lambda row: _proposal(scene, stray_rows[row], strays.median_m[worst[row]]),
    )


def _proposal(scene: Scene, rows: IntArray, size_m: FloatArray) -> Proposal:
    """The track's median size, with the bottom face where it is: people resize boxes that stand on the ground."""
    boxes, reference = scene.labels.boxes, scene.labels.reference
    values: dict[str, Any] = {"size_m": size_m}
    if reference in ("world", "ego"):
        centres_m = boxes.centres_m[rows].copy()
        centres_m[:, 2] += (size_m[2] - boxes.sizes_m[rows, 2]) / 2
        values["centre_m"] = centres_m
    return Proposal(
        action="set",
        target=boxes.track[int(rows[0])],
        values=values,
        reference=reference,
        timestamps_ns=tuple(int(stamp) for stamp in boxes.timestamps_ns[rows]),
    )


def _limits(scene: Scene, limits: SizeFlickerLimits) -> FloatArray:
    """(M, 3) share by which each dimension may change; more where the track jitters, as far as drawing explains it."""
    strays = size_strays(scene)
    soft = Kinds(scene.labels.boxes.category).is_any(SOFT)
    breathes = np.divide(
        strays.spread_m, strays.median_m, out=np.zeros_like(strays.median_m), where=strays.median_m > 0
    )
    allowed_soft = np.clip(limits.soft_certainty * breathes, limits.max_change, limits.max_change_soft)
    allowed = np.where(soft[:, None], allowed_soft, limits.max_change)
    drawn_m = np.maximum(limits.max_jitter_m, limits.max_change / USUAL_SIGMAS * strays.median_m)
    jitter_m = np.minimum(strays.spread_m, drawn_m)
    jitter = np.divide(jitter_m, strays.median_m, out=np.zeros_like(jitter_m), where=strays.median_m > 0)
    return np.maximum(allowed, limits.certainty * jitter)
