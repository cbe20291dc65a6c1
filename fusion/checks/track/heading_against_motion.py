"""TRK510 heading-against-motion: a vehicle or bicycle points backwards along its own way.

What it looks for: stretches on which the course is opposite to the heading, faster or longer than anybody reverses.
Why it matters: the heading is wrong by half a turn in every frame, which no look at neighbouring frames tells.
Evidence: the speed, for how long and how far, how many of the moving boxes point against their way.
Blind spots: data without ego poses; what stands; slow reversing; a half turn along the way, which is TRK503's.
Example: a car in the tests that is labelled back to front all along.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import IntArray
from calibration.transform import wrap_angle_rad
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.track_course import courses
from fusion.measure.track_heading import heading_flips
from fusion.measure.track_runs import runs_of
from fusion.measure.track_size import size_strays
from fusion.measure.track_worst import any_by_track, rows_by_track, worst_rows
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import ELONGATED, Kinds

# As TRK503 has them: turns it judges are left to it.
FLIP_RAD, FLIP_STEP_S = np.radians(135.0), 1.0


class HeadingAgainstMotionLimits(Limits):
    min_turn_deg: float = Field(120.0, gt=90, lt=180, description="From the heading to the course; less is a slip.")
    certainty: float = Field(3.0, ge=0, description="Standard deviations of what label jitter makes of a course.")
    min_speed_mps: float = Field(1.0, gt=0, description="Below that, courses are mostly jitter.")
    reversing_mps: float = Field(3.0, gt=0, description="Faster than that hardly anybody reverses.")
    forward_mps: float = Field(7.0, gt=0, description="Faster than that no gear goes backwards.")
    min_duration_s: float = Field(1.0, gt=0, description="Of the faster ones; a shorter one is jitter of few boxes.")
    reversing_s: float = Field(
        8.0, gt=0, description="Of slow ones; into a parking bay it takes 5 s, with a trailer 8."
    )
    min_share: float = Field(0.8, gt=0.5, le=1, description="Of the moving boxes, for a proposal for the whole track.")
    min_elongation: float = Field(1.3, ge=1, description="Length over width below which front and side look alike.")


@scene_check("TRK510", Severity.WARNING, HeadingAgainstMotionLimits)
def heading_against_motion(scene: Scene, limits: HeadingAgainstMotionLimits) -> Assessment:
    """The fastest that each track goes backwards."""
    angles, tracks = courses(scene), scene.labels.tracks
    sizes_m, kinds = size_strays(scene).median_m, Kinds(scene.labels.boxes.category)
    long = kinds.is_any(ELONGATED) & (sizes_m[:, 0] > limits.min_elongation * sizes_m[:, 1])
    moving = long & (angles.speeds_mps - limits.certainty * angles.speed_doubt_mps > limits.min_speed_mps)
    sure_rad = np.abs(angles.off_rad) - limits.certainty * angles.doubt_rad
    flipped = heading_flips(scene, FLIP_RAD, FLIP_STEP_S).against
    back = moving & (sure_rad > np.radians(limits.min_turn_deg)) & ~flipped
    fast_runs, slow_runs = runs_of(scene, back & (angles.speeds_mps > limits.reversing_mps)), runs_of(scene, back)
    fast = fast_runs.tracks_with(fast_runs.seconds >= limits.min_duration_s, len(tracks))
    slow = slow_runs.tracks_with(slow_runs.seconds >= limits.reversing_s, len(tracks))
    worst = worst_rows(tracks, np.where(back, angles.speeds_mps, np.where(moving, 0.0, np.nan)))
    boxes, moving_boxes = rows_by_track(tracks, back), rows_by_track(tracks, moving)
    whole = fast & (boxes >= limits.min_share * moving_boxes) & ~any_by_track(tracks, flipped)
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("not longer than wide, or no fixed front").where(~any_by_track(tracks, long))
        | Reason("too slow, or too few boxes, to have a course").where(moving_boxes == 0),
        violated=fast | slow,
        errors=fast & (angles.speeds_mps[worst] > limits.forward_mps),
        infos=slow & ~fast,
        measured=np.degrees(np.abs(angles.off_rad[worst])),
        limit=limits.min_turn_deg,
        unit="deg",
        message="points {measured:.0f} degrees off where it goes at {speed_mps:.1f} m/s ({boxes} of {moving} boxes)",
        evidence={
            "speed_mps": angles.speeds_mps[worst],
            "jitter_deg": np.degrees(angles.doubt_rad[worst]),
            "boxes": boxes,
            "moving": moving_boxes,
        },
        propose=lambda row: _proposal(scene, tracks.rows(row)) if whole[row] else None,
    )


def _proposal(scene: Scene, rows: IntArray) -> Proposal:
    """Turn the whole track round."""
    boxes = scene.labels.boxes
    turned_rad = wrap_angle_rad(boxes.yaws_rad[rows] + np.pi)
    return Proposal(
        action="set",
        target=boxes.track[int(rows[0])],
        values={"yaw_rad": turned_rad},
        reference=scene.labels.reference,
        timestamps_ns=tuple(int(stamp) for stamp in boxes.timestamps_ns[rows]),
    )
