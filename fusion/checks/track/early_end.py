"""TRK516 early-end: an object is in the sweeps after its last box.

What it looks for: points in the frames just after a track ends, where its own motion puts the object, as many as in
its last boxes; inside the range and direction in which others are labelled.
Why it matters: the object is seen and unlabelled, so a model is punished for seeing it, and trackers for keeping it.
Evidence: points in the upper part of the box put there, points in the track's last boxes, in how many frames.
Blind spots: more than half a second after; places where another label stands; objects at the edge of what is labelled;
where no sweep can be read, only many recorded points tell, and that is a hint.
Example: a parked car in the tests, in plain view, whose last ten boxes are missing.
"""

from __future__ import annotations

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.severity import Severity
from fusion.checks.track.ends import TrackEndLimits, assess_ends
from fusion.scene.scene import Scene


class EarlyEndLimits(TrackEndLimits):
    """Those of both ends, see `TrackEndLimits`."""


@scene_check("TRK516", Severity.WARNING, EarlyEndLimits, tier="points")
def early_end(scene: Scene, limits: EarlyEndLimits) -> Assessment:
    """Points where tracks that end on the way would be afterwards."""
    return assess_ends(scene, limits, begins=False)
