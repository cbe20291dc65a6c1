"""DAT017 misread-convention: all labels were written in one convention and read in another.

What it looks for: a mix-up that, undone for all labels at once, makes nearly every box hold clearly more of the points
around it: yaw counted clockwise or from another side, quaternions in another order, length and width exchanged, the
middle of the bottom face taken for the centre.
Why it matters: every label is wrong in the same way; one line of a converter repairs all of them, and no annotator can.
Evidence: which mix-up, how much more of their points the boxes hold without it, how many tracks say so, of how many.
Blind spots: scenes without lidar or with fewer than eight tracks that tell; boxes along the axes of a clockwise yaw;
things as wide as long; mix-ups in part of the labels; a half turn, which holds the same points.
Example: a drive in the tests whose yaws are counted clockwise; `boresight plant` offers five of them.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.severity import Severity
from fusion.checks.subject import SceneRow
from fusion.errors import NotMeasurableError
from fusion.measure.conventions import MIN_GAIN, MISREADINGS, convention_fits
from fusion.scene.scene import Scene


class MisreadConventionLimits(Limits):
    max_gain: float = Field(
        MIN_GAIN,
        gt=0,
        lt=1,
        description="Share of points; boxes read rightly hold far more than with any mix-up undone, so the gain is"
        " negative there.",
    )


@scene_check("DAT017", Severity.ERROR, MisreadConventionLimits, tier="points")
def misread_convention(scene: Scene, limits: MisreadConventionLimits) -> Assessment:
    """The mix-up that explains most, for all labels of a scene."""
    if not len(scene.labels):
        raise NotMeasurableError("nothing is labelled")
    best = convention_fits(scene)[0]
    return Assessment(
        about=SceneRow(scene),
        violated=np.asarray([best.is_misread and best.gain > limits.max_gain]),
        measured=best.gain,
        limit=limits.max_gain,
        unit="share",
        message="{what}: without it boxes hold {measured:+.0%} of their points, say {better:.0%} of {tracks} tracks",
        evidence={
            "misread": best.misread,
            "what": MISREADINGS[best.misread][0],
            "better": best.better,
            "tracks": best.tracks,
        },
    )
