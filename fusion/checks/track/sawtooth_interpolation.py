"""TRK521 sawtooth-interpolation: boxes drift off their object and are put right at each keyframe.

What it looks for: steps of a track that are out of step with those around them, at regular intervals and always the
same way, well beyond the jitter of the track.
Why it matters: between the keyframes the boxes are off the object by up to a tooth; a tool moved them at a wrong speed.
Evidence: the size of the teeth, how many there are, in every how many boxes, the jitter of the other steps.
Blind spots: fewer than three teeth, keyframes less than three boxes apart, labels below 3 Hz; teeth within the jitter.
Example: a car in the tests whose boxes lag and are put right in every fifth frame, by 0.4 m.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.track_sawtooth import sawteeth
from fusion.scene.scene import Scene


class SawtoothInterpolationLimits(Limits):
    max_size_m: float = Field(0.2, gt=0, description="Of a tooth; careful boxes jitter by half of that.")
    certainty: float = Field(6.0, gt=0, description="Standard deviations of the other steps that a tooth must exceed.")
    min_teeth: int = Field(3, ge=3, description="Two are any two leaps; three at even intervals are a habit.")


@scene_check("TRK521", Severity.WARNING, SawtoothInterpolationLimits)
def sawtooth_interpolation(scene: Scene, limits: SawtoothInterpolationLimits) -> Assessment:
    """The teeth of each track."""
    tracks, found = scene.labels.tracks, sawteeth(scene, limits.max_size_m, limits.certainty)
    moments = np.where(found.first_rows >= 0, found.first_rows, tracks.order[tracks.offsets[:-1]])
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), moments),
        not_assessed=Reason("too few boxes, or too far apart in time").where(found.judged == 0),
        violated=found.teeth >= limits.min_teeth,
        measured=found.size_m,
        limit=limits.max_size_m,
        unit="m",
        message="is put right by {measured:.2f} m in every {every:.0f} boxes, always the same way ({teeth} times)",
        evidence={"teeth": found.teeth, "every": found.every, "jitter_m": found.jitter_m},
    )
