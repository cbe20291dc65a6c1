"""TRK514 moving-but-standing: labels say that an object moves, and it stands.

What it looks for: two seconds and more during which an object labelled as moving goes no faster than labels jitter.
Why it matters: standing traffic labelled as moving is the commonest slip of attributes, and prediction learns from it.
Evidence: the words of the label, for how long it stands, how far it gets meanwhile.
Blind spots: data without ego poses or without such attributes; scenes of less than two seconds; stop and go.
Example: a parked car in the tests labelled as moving.
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
from fusion.errors import NotMeasurableError
from fusion.measure.motion_attributes import motion_claims
from fusion.measure.track_course import courses
from fusion.measure.track_motion import track_motion
from fusion.measure.track_runs import runs_of
from fusion.measure.track_worst import any_by_track
from fusion.scene.scene import Scene


class MovingButStandingLimits(Limits):
    max_speed_mps: float = Field(0.2, gt=0, description="Slower than anything on the road moves on purpose.")
    min_duration_s: float = Field(2.0, gt=0, description="Annotators are late by a keyframe or two when a car stops.")
    max_way_m: float = Field(0.5, gt=0, description="From end to end; who gets further has moved.")


@scene_check("TRK514", Severity.WARNING, MovingButStandingLimits)
def moving_but_standing(scene: Scene, limits: MovingButStandingLimits) -> Assessment:
    """The longest time each track stands while its labels say that it moves."""
    claims, tracks = motion_claims(scene), scene.labels.tracks
    if not claims.any:
        raise NotMeasurableError("labels have no attributes about motion")
    angles, motion = courses(scene), track_motion(scene)
    told = claims.moves & np.isfinite(angles.speeds_mps)
    runs = runs_of(scene, told & (angles.speeds_mps < limits.max_speed_mps))
    first, last = tracks.order[runs.first], tracks.order[runs.last]
    way_m = np.linalg.norm((motion.boxes.centres_m[last] - motion.boxes.centres_m[first])[:, :2], axis=1)
    stands = (runs.seconds >= limits.min_duration_s) & (way_m <= limits.max_way_m)
    longest = runs.of_each_track(np.where(stands, runs.seconds, 0.0), len(tracks))
    violated = longest >= 0
    seconds = runs_of(scene, told)
    moments = tracks.order[tracks.offsets[:-1]].copy()
    moments[violated] = first[longest[violated]]
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), moments),
        not_assessed=Reason("nothing says that it moves").where(~any_by_track(tracks, claims.moves))
        | Reason("not labelled as moving for long enough").where(
            ~seconds.tracks_with(seconds.seconds >= limits.min_duration_s, len(tracks))
        ),
        violated=violated,
        measured=np.where(violated, np.append(runs.seconds, 0.0)[longest], 0.0),
        limit=limits.min_duration_s,
        unit="s",
        message="labelled as {attribute} but stands for {measured:.1f} s ({boxes} boxes within {way_m:.2f} m)",
        evidence={
            "attribute": claims.names.values[moments],
            "boxes": np.where(violated, np.append(runs.boxes, 0)[longest], 0),
            "way_m": np.where(violated, np.append(way_m, 0.0)[longest], 0.0),
        },
    )
