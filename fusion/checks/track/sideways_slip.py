"""TRK509 sideways-slip: a vehicle or bicycle goes where its wheels can't roll.

What it looks for: stretches of a second and more on which the course is off the heading, neither forwards nor back, by
more than steering and label jitter explain.
Why it matters: the heading or the path is wrong; both teach that cars slide.
Evidence: the angle between heading and course, how far it went sideways, the speed, for how long.
Blind spots: data without ego poses; things slower than a walk; what lasts less than a second; half turns (TRK503,
TRK510); things towed, craned or on a ferry.
Example: a car in the tests whose heading is 50 degrees off its course.
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
from fusion.measure.track_course import courses
from fusion.measure.track_runs import runs_of
from fusion.measure.track_size import size_strays
from fusion.measure.track_worst import any_by_track, worst_rows
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import ELONGATED, TWO_WHEELERS, Kinds


class SidewaysSlipLimits(Limits):
    max_slip_deg: float = Field(
        30.0, gt=0, lt=90, description="A long vehicle's centre goes 17 degrees off its heading in the tightest turn."
    )
    max_slip_two_wheeler_deg: float = Field(45.0, gt=0, lt=90, description="Handlebars and boxes turn apart.")
    impossible_deg: float = Field(60.0, gt=0, lt=90, description="Nothing on wheels goes so far sideways for a second.")
    certainty: float = Field(3.0, ge=0, description="Standard deviations of what label jitter makes of a course.")
    min_speed_mps: float = Field(
        2.0, gt=0, description="Below that, courses are mostly jitter, and parking is crooked."
    )
    min_duration_s: float = Field(1.0, gt=0, description="A skid or a slipped box is over sooner.")
    min_slip_m: float = Field(1.0, gt=0, description="Sideways; less is how somebody drew the box.")
    min_elongation: float = Field(1.3, ge=1, description="Length over width below which front and side look alike.")


@scene_check("TRK509", Severity.WARNING, SidewaysSlipLimits)
def sideways_slip(scene: Scene, limits: SidewaysSlipLimits) -> Assessment:
    """The stretch of each track that goes furthest sideways."""
    angles, tracks, kinds = courses(scene), scene.labels.tracks, Kinds(scene.labels.boxes.category)
    two_wheeler = kinds.is_any(TWO_WHEELERS)
    limit_rad = np.radians(np.where(two_wheeler, limits.max_slip_two_wheeler_deg, limits.max_slip_deg))
    # Backwards is another matter, so the angle counts to the nearer end of the box.
    slip_rad = np.minimum(np.abs(angles.off_rad), np.pi - np.abs(angles.off_rad))
    sure_rad = slip_rad - limits.certainty * angles.doubt_rad
    sizes_m = size_strays(scene).median_m
    long = kinds.is_any(ELONGATED) & (sizes_m[:, 0] > limits.min_elongation * sizes_m[:, 1])
    judged = long & (angles.speeds_mps > limits.min_speed_mps) & np.isfinite(sure_rad)
    runs = runs_of(scene, judged & (sure_rad > limit_rad))
    sideways_m = runs.sums(tracks, angles.step_m * np.sin(slip_rad))
    telling = (runs.seconds >= limits.min_duration_s) & (sideways_m >= limits.min_slip_m)
    longest = runs.of_each_track(np.where(telling, sideways_m, 0.0), len(tracks))
    slips = longest >= 0
    worst = worst_rows(tracks, np.where(judged, sure_rad, np.nan))
    middle = (runs.first + runs.last)[longest[slips]] // 2
    worst[slips] = tracks.order[middle]
    slip_deg = np.degrees(slip_rad[worst])
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("not longer than wide, or no fixed front").where(~any_by_track(tracks, long))
        | Reason("too slow, or too few boxes, to have a course").where(~any_by_track(tracks, judged)),
        violated=slips,
        errors=slips & (sure_rad[worst] > np.radians(limits.impossible_deg)),
        measured=slip_deg,
        limit=np.degrees(limit_rad[worst]),
        unit="deg",
        message="goes {measured:.0f} degrees off its heading for {duration_s:.1f} s, {sideways_m:.1f} m sideways",
        evidence={
            "duration_s": np.where(slips, np.append(runs.seconds, 0.0)[longest], 0.0),
            "sideways_m": np.where(slips, np.append(sideways_m, 0.0)[longest], 0.0),
            "speed_mps": angles.speeds_mps[worst],
            "jitter_deg": np.degrees(angles.doubt_rad[worst]),
            "boxes": np.where(slips, np.append(runs.boxes, 0)[longest], 0),
        },
    )
