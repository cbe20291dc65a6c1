"""TRK511 pedestrian-heading: a person points away from where they walk, or spins faster than people do.

What it looks for: turns from one box to the next beyond what a person can do in that time; and, where poses tell the
way over ground, seconds of walking with the back first.
Why it matters: the heading of a person says where they will go; a wrong one sends prediction the other way.
Evidence: the turn and its time, or the angle to the course with speed and duration; how many boxes are concerned.
Blind spots: people who stand and point the wrong way all along; sitting people; without ego poses, the course. Whoever
walks backwards on purpose, to wave a car in, is worth a look.
Example: a pedestrian in the tests who turns by 165 degrees in half a second.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.transform import wrap_angle_rad
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_set
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.errors import NotMeasurableError
from fusion.measure.track_course import courses, turned_with_course
from fusion.measure.track_heading import heading_flips
from fusion.measure.track_motion import TrackMotion, track_motion
from fusion.measure.track_runs import runs_of
from fusion.measure.track_worst import any_by_track, rows_by_track, worst_rows
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import Kinds, ObjectKind


class PedestrianHeadingLimits(Limits):
    max_turn_deg: float = Field(60.0, gt=0, lt=180, description="Headings of people are drawn to 10 degrees or so.")
    turn_rate: float = Field(3.0, gt=0, description="rad/s on top; accepted labels reach 4 for a moment.")
    min_flip_deg: float = Field(135.0, gt=90, lt=180, description="From there on, turning it round is the remedy.")
    max_step_s: float = Field(1.0, gt=0, description="Between boxes further apart in time, anybody may turn round.")
    on_course_deg: float = Field(60.0, gt=0, le=90, description="Who walks this close to the heading walks forwards.")
    min_walk_m: float = Field(0.25, gt=0, description="Between two boxes; shorter steps are label jitter.")
    min_speed_mps: float = Field(0.7, gt=0, description="A slow walk; who stands may look anywhere.")
    max_off_course_deg: float = Field(90.0, gt=0, lt=180, description="Accepted labels: 44 degrees in 99 of 100 boxes.")
    impossible_deg: float = Field(135.0, gt=0, lt=180, description="Nobody walks back first for long.")
    certainty: float = Field(2.0, ge=0, description="Standard deviations of what label jitter makes of a course.")
    min_duration_s: float = Field(1.5, gt=0, description="A look round or a step back is over sooner.")
    impossible_s: float = Field(3.0, gt=0, description="For an error.")


@scene_check("TRK511", Severity.WARNING, PedestrianHeadingLimits)
def pedestrian_heading(scene: Scene, limits: PedestrianHeadingLimits) -> Assessment:
    """The fastest spin of each person, and the longest walk with the back first."""
    motion, tracks = track_motion(scene), scene.labels.tracks
    person = Kinds(motion.boxes.category).is_any({ObjectKind.PEDESTRIAN})
    flips = heading_flips(scene, np.radians(limits.min_flip_deg), limits.max_step_s)
    turn_deg = np.degrees(flips.turn_rad)
    turn_limit_deg = limits.max_turn_deg + np.degrees(limits.turn_rate * _step_seconds(motion))
    turn_deg = np.where(_really_turned(scene, limits), 0.0, turn_deg)
    spun = person & flips.compared & (turn_deg > turn_limit_deg)
    off_deg, duration_s = _off_course(scene, limits, person)
    astray = duration_s >= limits.min_duration_s
    worst = worst_rows(tracks, np.where(person, np.where(astray, 1 + duration_s, turn_deg / turn_limit_deg), np.nan))
    walks = astray[worst]
    wrong = person & flips.against
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("no person").where(~any_by_track(tracks, person))
        | Reason("no two boxes close in time").where(~any_by_track(tracks, flips.compared)),
        violated=spun[worst] | walks,
        errors=walks & (off_deg[worst] > limits.impossible_deg) & (duration_s[worst] > limits.impossible_s),
        measured=np.where(walks, off_deg[worst], turn_deg[worst]),
        limit=np.where(walks, limits.max_off_course_deg, turn_limit_deg[worst]),
        unit="deg",
        message="{deed} {measured:.0f} degrees{where}; up to {limit:.0f} are plausible",
        evidence={
            "deed": np.where(walks, "walks for a while at", "turns within a step by").astype(object),
            "where": np.where(walks, " to its heading", "").astype(object),
            "duration_s": duration_s[worst],
            "speed_mps": motion.speeds_mps[worst],
            "boxes": rows_by_track(tracks, spun | astray),
        },
        propose=lambda row: None if walks[row] else _proposal(scene, tracks.rows(row)[wrong[tracks.rows(row)]]),
    )


def _step_seconds(motion: TrackMotion) -> FloatArray:
    """(M,) since the box before in the track."""
    step_s = np.zeros(len(motion.boxes))
    step_s[motion.second_rows] = motion.step_seconds
    return step_s


def _really_turned(scene: Scene, limits: PedestrianHeadingLimits) -> BoolArray:
    """(M,) bool: whoever turned there walks on where they point; without poses, nobody can tell."""
    try:
        return turned_with_course(scene, np.radians(limits.on_course_deg), limits.min_walk_m)
    except NotMeasurableError:
        return np.zeros(len(scene.labels), dtype=bool)


def _off_course(scene: Scene, limits: PedestrianHeadingLimits, person: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(M,) degrees between heading and course; (M,) seconds for which a person walks like that around the row."""
    duration_s = np.zeros(len(person))
    try:
        angles = courses(scene)
    except NotMeasurableError:  # without poses the turns remain
        return np.full(len(person), np.nan), duration_s
    off_rad = np.abs(angles.off_rad)
    walking = person & (angles.speeds_mps - limits.certainty * angles.speed_doubt_mps > limits.min_speed_mps)
    back_first = off_rad - limits.certainty * angles.doubt_rad > np.radians(limits.max_off_course_deg)
    runs = runs_of(scene, walking & back_first)
    order = scene.labels.tracks.order
    for first, last, seconds in zip(runs.first, runs.last, runs.seconds, strict=True):
        duration_s[order[first : last + 1]] = seconds
    return np.degrees(off_rad), duration_s


def _proposal(scene: Scene, rows: IntArray) -> Proposal | None:
    """Turn the boxes round that point against the rest."""
    if not len(rows):
        return None
    turned_rad = wrap_angle_rad(scene.labels.boxes.yaws_rad[rows] + np.pi)
    return boxes_set(scene.labels, rows, {"yaw_rad": turned_rad})
