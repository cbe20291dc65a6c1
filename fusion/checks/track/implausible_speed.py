"""TRK505 implausible-speed: an object goes faster than anything of its class, and not for a moment only.

What it looks for: the speed over about a second, against what the class can do on a road; a single leap, which is
TRK501's, doesn't count.
Why it matters: the class is wrong, the boxes drag along the wrong object, or their times or poses are off.
Evidence: the speed, the class it was judged by, over how many seconds, how far away.
Blind spots: data without ego poses; tracks of fewer than six boxes in a row; riders and vehicles of a kind the data set
doesn't name, which get the limits of motorcycles; loads and people that a vehicle carries; signs, which school buses
and crossing guards carry; whatever is slow enough.
Example: a pedestrian in the tests that keeps up with the cars at 14 m/s.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray, FloatArray, Int32Array, IntArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.errors import NotMeasurableError
from fusion.measure.contact import carried_boxes
from fusion.measure.overlap import overlapping_pairs
from fusion.measure.sustained_speed import sustained_speeds
from fusion.measure.track_class import track_classes
from fusion.measure.track_motion import TrackMotion, track_motion
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import Kinds, ObjectKind

UNUSUAL, IMPOSSIBLE = 0, 1
# m/s: what is unusual on a road, and what such things can't do. Sprinters reach 12.4, racing cyclists 20 on the flat.
SPEEDS_MPS: dict[ObjectKind, tuple[float, float]] = {
    **dict.fromkeys((ObjectKind.CAR, ObjectKind.VAN, ObjectKind.VEHICLE), (45.0, 70.0)),
    **dict.fromkeys((ObjectKind.MOTORCYCLE, ObjectKind.RIDER), (45.0, 70.0)),
    **dict.fromkeys((ObjectKind.TRUCK, ObjectKind.BUS, ObjectKind.TRAILER, ObjectKind.CONSTRUCTION), (35.0, 45.0)),
    ObjectKind.TRAM: (90.0, 160.0),  # trains go by that name too
    ObjectKind.BICYCLE: (14.0, 22.0),
    ObjectKind.PEDESTRIAN: (4.0, 12.5),
    ObjectKind.ANIMAL: (12.0, 25.0),
    **dict.fromkeys((ObjectKind.CONE, ObjectKind.BARRIER), (0.3, 1.0)),
}


class ImplausibleSpeedLimits(Limits):
    tolerance: float = Field(
        1.0, gt=0, description="Factor on the speeds; they already hold the fastest of each class."
    )
    window_s: float = Field(1.0, gt=0, description="Long enough that jitter of the boxes makes no speed.")
    jitter_m: float = Field(0.30, ge=0, description="Of the box at either end of a stretch: thrice a careful label's.")
    jitter_per_range: float = Field(
        0.005, ge=0, description="Per metre of range; two beams of a lidar are so far apart."
    )


@scene_check("TRK505", Severity.WARNING, ImplausibleSpeedLimits)
def implausible_speed(scene: Scene, limits: ImplausibleSpeedLimits) -> Assessment:
    """The fastest second of each track."""
    motion = track_motion(scene)
    if motion.relative:
        raise NotMeasurableError("no ego poses, so that speeds are those of the ego vehicle too")
    tracks, usual_rows = scene.labels.tracks, track_classes(scene).usual_rows
    stretches = sustained_speeds(motion, limits.window_s)
    fastest = _fastest(tracks.of_rows(len(scene.labels))[stretches.middle_rows], stretches.speeds_mps, len(tracks))
    seen, one = fastest >= 0, np.maximum(fastest, 0)
    first_rows = tracks.order[tracks.offsets[:-1]]
    moments, speeds_mps, seconds = first_rows.copy(), np.zeros(len(tracks)), np.ones(len(tracks))
    moments[seen] = stretches.middle_rows[one[seen]]
    speeds_mps[seen], seconds[seen] = stretches.speeds_mps[one[seen]], stretches.seconds[one[seen]]
    # One box of another class along the track doesn't make the object another one.
    judged_by = np.where(usual_rows >= 0, usual_rows, first_rows)
    kinds = Kinds(motion.boxes.category.take(judged_by))
    usual_mps, most_mps = (
        limits.tolerance * kinds.column({kind: both[which] for kind, both in SPEEDS_MPS.items()}, np.nan)
        for which in (UNUSUAL, IMPOSSIBLE)
    )
    doubt_mps = 2 * (limits.jitter_m + limits.jitter_per_range * motion.ranges_m[moments]) / seconds
    violated = seen & (speeds_mps > usual_mps + doubt_mps)
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), moments),
        not_assessed=Reason("no speed limit for the class").where(np.isnan(usual_mps))
        | Reason(f"fewer than {stretches.boxes} boxes in a row with times and places").where(~seen)
        | Reason("rides on another vehicle").where(_carried(scene, motion, moments, violated)),
        violated=violated,
        errors=violated & (speeds_mps > most_mps + doubt_mps),
        measured=speeds_mps,
        limit=usual_mps + doubt_mps,
        unit="m/s",
        message="{usual} goes {measured:.1f} m/s for {duration_s:.1f} s; such things go up to {limit:.1f} m/s",
        evidence={
            "usual": kinds.category.values,
            "duration_s": seconds,
            "range_m": motion.ranges_m[moments],
        },
    )


def _fastest(track: Int32Array, speeds_mps: FloatArray, tracks: int) -> IntArray:
    """(T,) the fastest stretch of each track, -1 where it has none."""
    found = np.full(tracks, -1, dtype=np.int64)
    order = np.argsort(speeds_mps, kind="stable")
    found[track[order]] = order
    return found


def _carried(scene: Scene, motion: TrackMotion, rows: IntArray, asked: BoolArray) -> BoolArray:
    """(T,) bool: of the rows asked about, those whose box rides on another one of its frame."""
    carried = np.zeros(len(rows), dtype=bool)
    for index in np.flatnonzero(asked & (scene.labels.frame_index[rows] >= 0)):
        beside = scene.labels.rows_of_frame(int(scene.labels.frame_index[rows[index]]))
        beside = beside[motion.placed[beside]]
        boxes = motion.boxes.take(beside)
        pairs = overlapping_pairs(boxes.centres_m, boxes.sizes_m, boxes.rotations, ignore_height=True)
        riding = carried_boxes(pairs, boxes)
        carried[index] = rows[index] in beside[riding[riding >= 0]]
    return carried
