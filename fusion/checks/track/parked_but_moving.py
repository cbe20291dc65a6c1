"""TRK513 parked-but-moving: labels say that an object stands, or that nobody rides it, and it goes.

What it looks for: a second and more during which an object labelled as parked goes faster than labels drift; two
seconds where it is labelled as stopped or standing; two-wheelers without rider that go faster than anybody pushes.
Why it matters: prediction learns that parked cars drive off, and planners that stopped ones can be passed.
Evidence: the words of the label, the speed, how far it went, how many boxes.
Blind spots: data without ego poses or without such attributes; the moment of starting; what is carried or towed.
Example: a car in the tests labelled as parked at 5 m/s.
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
from fusion.measure.track_runs import runs_of
from fusion.measure.track_worst import any_by_track, worst_rows
from fusion.scene.scene import Scene


class ParkedButMovingLimits(Limits):
    max_speed_mps: float = Field(1.0, gt=0, description="Labels of parked cars drift by 0.26 m/s at most.")
    max_riderless_mps: float = Field(2.0, gt=0, description="As fast as somebody pushes a bicycle.")
    certainty: float = Field(3.0, ge=0, description="Standard deviations of what label jitter makes of a speed.")
    parked_s: float = Field(1.0, gt=0, description="Nobody parks for less than a second.")
    halted_s: float = Field(2.0, gt=0, description="Annotators are late by a keyframe or two when a car starts.")
    min_way_m: float = Field(2.0, gt=0, description="Less is creeping, or the drawing of the box.")


@scene_check("TRK513", Severity.WARNING, ParkedButMovingLimits)
def parked_but_moving(scene: Scene, limits: ParkedButMovingLimits) -> Assessment:
    """The furthest way of each track while its labels say that it stands."""
    claims, tracks = motion_claims(scene), scene.labels.tracks
    if not claims.any:
        raise NotMeasurableError("labels have no attributes about motion")
    angles = courses(scene)
    sure_mps = angles.speeds_mps - limits.certainty * angles.speed_doubt_mps
    limit_mps = np.where(claims.riderless, limits.max_riderless_mps, limits.max_speed_mps)
    stands = claims.parked | claims.halted | claims.riderless
    runs = runs_of(scene, stands & (sure_mps > limit_mps))
    way_m = runs.sums(tracks, angles.step_m)
    halted = claims.halted[tracks.order[runs.first]]
    long_enough = runs.seconds >= np.where(halted, limits.halted_s, limits.parked_s)
    furthest = runs.of_each_track(np.where(long_enough & (way_m >= limits.min_way_m), way_m, 0.0), len(tracks))
    goes = furthest >= 0
    worst = worst_rows(tracks, np.where(stands, sure_mps, np.nan))
    middle = (runs.first + runs.last)[furthest[goes]] // 2
    worst[goes] = tracks.order[middle]
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("nothing says that it stands").where(~any_by_track(tracks, stands))
        | Reason("too few boxes in a row to have a speed").where(
            ~any_by_track(tracks, stands & np.isfinite(angles.speeds_mps))
        ),
        violated=goes,
        measured=angles.speeds_mps[worst],
        limit=limit_mps[worst],
        unit="m/s",
        message="labelled as {attribute} at {measured:.1f} m/s, for {way_m:.1f} m ({boxes} boxes)",
        evidence={
            "attribute": claims.names.values[worst],
            "way_m": np.where(goes, np.append(way_m, 0.0)[furthest], 0.0),
            "boxes": np.where(goes, np.append(runs.boxes, 0)[furthest], 0),
            "jitter_mps": angles.speed_doubt_mps[worst],
        },
    )
