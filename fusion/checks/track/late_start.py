"""TRK515 late-start: an object is in the sweeps before its first box.

What it looks for: points in the frames just before a track begins, where its own motion puts the object, as many as in
its first boxes; inside the range and direction in which others are labelled.
Why it matters: the object is seen and unlabelled, so a model is punished for seeing it.
Evidence: points in the upper part of the box put there, points in the track's first boxes, in how many frames.
Blind spots: more than half a second before; places where another label stands; objects at the edge of what is labelled;
where no sweep can be read, only many recorded points tell, and that is a hint.
Example: a parked car in the tests, in plain view, whose first ten boxes are missing.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.severity import Severity
from fusion.checks.track.ends import TrackEndLimits, assess_ends
from fusion.scene.scene import Scene


class LateStartLimits(TrackEndLimits):
    """Those of both ends, see `TrackEndLimits`."""


@scene_check("TRK515", Severity.WARNING, LateStartLimits, tier="points")
def late_start(scene: Scene, limits: LateStartLimits) -> Assessment:
    """Points where tracks that begin on the way would have been before."""
    return assess_ends(scene, limits, begins=True)
