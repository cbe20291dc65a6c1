"""TRK504 track-gap: an object loses its label for some frames, and has it again afterwards.

What it looks for: frames inside a track without its box, where the points say that the object is still there.
Why it matters: the object is in the data and unlabelled, so a model is punished for seeing it.
Evidence: frames missing, points inside the box put between its neighbours, points its neighbours have.
Blind spots: objects that end or begin too early; gaps longer than a second and a half; while the object is hidden, a
gap is right and stays unreported.
Example: sample_data/crossing, v1.0-planted: three boxes removed from the middle of a track.
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
from fusion.measure.track_gaps import track_gaps
from fusion.scene.scene import Scene


class TrackGapLimits(Limits):
    max_missing: int = Field(0, ge=0, description="A label set that promises every frame promises all of them.")
    min_points: int = Field(5, ge=1, description="What annotation guides ask for before a box must be drawn.")
    min_share: float = Field(0.3, gt=0, description="Share of its neighbours' points below which it may be hidden.")


@scene_check("TRK504", Severity.WARNING, TrackGapLimits, tier="points")
def track_gap(scene: Scene, limits: TrackGapLimits) -> Assessment:
    """Gaps inside tracks, with what the sweeps hold where the box should be."""
    gaps = track_gaps(scene)
    visible = (gaps.points_inside >= limits.min_points) & (
        gaps.points_inside >= limits.min_share * gaps.points_expected
    )
    looked = gaps.points_inside >= 0
    boxes = scene.labels.boxes
    return Assessment(
        about=TrackRows(
            scene, scene.labels.tracks.of_rows(len(boxes))[gaps.before_rows].astype(np.int64), gaps.before_rows
        ),
        not_assessed=Reason("gap too long to say where the object was").where(gaps.too_long),
        violated=(gaps.missing > limits.max_missing) & (visible | ~looked),
        infos=~looked,
        measured=gaps.missing.astype(np.float64),
        limit=limits.max_missing,
        unit="",
        message="box is missing in {measured:.0f} frames{support}",
        evidence={
            "support": np.where(looked, " although points show the object", "").astype(object),
            "points_inside": np.maximum(gaps.points_inside, 0),
            "points_expected": gaps.points_expected,
            "gap_s": gaps.gap_s,
        },
        propose=lambda row: Proposal(
            action="add",
            target=boxes.track[int(gaps.before_rows[row])],
            values={
                "centre_m": [[round(float(v), 4) for v in centre] for centre in gaps.centres_m[row]],
                "size_m": [round(float(v), 4) for v in boxes.sizes_m[gaps.before_rows[row]]],
                "yaw_rad": [round(float(v), 5) for v in gaps.yaws_rad[row]],
            },
            reference="ego" if gaps.relative else "world",
            timestamps_ns=tuple(int(scene.frame_table.timestamps_ns[frame]) for frame in gaps.frames[row]),
        ),
    )
