"""TRK501 position-jump: an object leaps off its own path.

What it looks for: boxes far from where the boxes around them put the object, and moments from which its whole path is
shifted, by more than label jitter and the acceleration of its class explain.
Why it matters: a slipped drag or a wrong id puts a box where nothing is, and gives impossible speeds to learn from.
Evidence: the distance, whether one box strays or the path shifts, how many of either the track has, speed, range, and
how many of the frame's tracks do the same: when most do, the frame's stamp or ego pose is wrong and not the labels.
Blind spots: tracks of fewer than three boxes; a metre at either end of a track at 2 Hz, which a car can brake away; a
drift slower than the class can accelerate; heights, which are BOX304's; shifts onto another object (TRK518, TRK519).
Example: sample_data/crossing, v1.0-planted: one box of a cyclist moved by 1.5 m.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray, FloatArray, Int32Array, IntArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_set
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.track_identity import identities
from fusion.measure.track_motion import TrackMotion, reference_from_motion, track_motion
from fusion.measure.track_path import SHIFT, STRAY
from fusion.measure.track_tolerance import USUAL, PathTolerance, departures_beyond, without_shifts
from fusion.scene.scene import Scene

# So many times what is in doubt is beyond jitter and braking together.
IMPOSSIBLE_EXCESS = 3.0
DEPARTURES = np.asarray(["box is off the path of its neighbours", "path is shifted from this box on"], dtype=object)


class PositionJumpLimits(Limits):
    jitter_m: float = Field(
        USUAL.jitter_m,
        gt=0,
        description="Careful labels jitter by 5 to 10 cm; a track that is steadier is held to its own.",
    )
    jitter_per_range: float = Field(
        USUAL.jitter_per_range, ge=0, description="Per metre of range; a lidar's beams are 2 mrad wide."
    )
    steadiest_m: float = Field(
        USUAL.steadiest_m, gt=0, description="What any box may jitter, however steady its track."
    )
    chance: float = Field(
        USUAL.chance,
        gt=0,
        lt=1,
        description="Share of tracks that jitter alone puts beyond, were it known; told by few boxes, it is 3 in 1000.",
    )
    vehicle_acceleration: float = Field(
        USUAL.vehicle_acceleration, gt=0, description="m/s2; full braking, begun or ended at any moment."
    )
    two_wheeler_acceleration: float = Field(
        USUAL.two_wheeler_acceleration, gt=0, description="m/s2; what two tyres hold in a swerve."
    )
    person_acceleration: float = Field(USUAL.person_acceleration, gt=0, description="m/s2; a runner who stops dead.")
    ego_acceleration: float = Field(
        USUAL.ego_acceleration,
        ge=0,
        description="m/s2; without ego poses, the ego vehicle's braking shows in every path.",
    )
    ego_yaw_acceleration: float = Field(
        USUAL.ego_yaw_acceleration, ge=0, description="rad/s2; and its turning in, the more the further away."
    )


@scene_check("TRK501", Severity.WARNING, PositionJumpLimits)
def position_jump(scene: Scene, limits: PositionJumpLimits) -> Assessment:
    """The place of each track that is furthest off the path of its neighbours."""
    motion = track_motion(scene)
    departures = departures_beyond(scene, PathTolerance(**limits.model_dump()))
    departures = without_shifts(departures, identities(scene).explained)
    tracks, frames, excess = scene.labels.tracks, scene.labels.frame_index, departures.excess
    rows_of = [tracks.rows(track) for track in range(len(tracks))]
    worst = np.asarray([rows[np.argmax(excess[rows].max(axis=1))] for rows in rows_of], dtype=np.int64)
    kind = excess[worst].argmax(axis=1)
    counts = np.asarray([departures.departed[rows].sum(axis=0) for rows in rows_of], dtype=np.int64)
    stray_rows = [rows[departures.departed[rows, STRAY]] for rows in rows_of]
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("fewer than three boxes close in time").where(
            [np.isnan(departures.offset_m[rows]).all() for rows in rows_of]
        ),
        violated=departures.departed[worst, kind],
        errors=excess[worst, kind] > IMPOSSIBLE_EXCESS,
        measured=departures.offset_m[worst, kind],
        limit=departures.limit_m[worst, kind],
        unit="m",
        message="{departure} by {measured:.2f} m (stray boxes: {stray_boxes}, lasting shifts: {lasting_shifts})",
        evidence={
            "departure": DEPARTURES[kind],
            "stray_boxes": counts[:, STRAY],
            "lasting_shifts": counts[:, SHIFT],
            "speed_mps": motion.speeds_mps[worst],
            "range_m": motion.ranges_m[worst],
            "tracks_together": _per_frame(departures.departed, frames)[worst, kind],
            "tracks_in_frame": _per_frame(np.isfinite(departures.offset_m), frames)[worst, kind],
        },
        propose=lambda row: (
            None if counts[row, SHIFT] else _proposal(scene, motion, departures.expected_m, stray_rows[row])
        ),
    )


def _per_frame(rows: BoolArray, frames: Int32Array) -> IntArray:
    """(M, 2) by row and kind, how many of `rows` (M, 2) there are in its frame."""
    numbers = frames + 1  # -1 is no frame
    return np.stack([np.bincount(numbers, weights=kind)[numbers] for kind in rows.T], axis=1).astype(np.int64)


def _proposal(scene: Scene, motion: TrackMotion, expected_m: FloatArray, rows: IntArray) -> Proposal:
    """Put stray boxes where their neighbours say."""
    frames = scene.labels.frame_index[rows]
    centres_m = [
        reference_from_motion(scene, int(frame), motion.relative).apply(expected_m[row][None])[0]
        for row, frame in zip(rows, frames, strict=True)
    ]
    return boxes_set(scene.labels, rows, {"centre_m": centres_m})
