"""TRK501 position-jump: an object leaps off its own path.

What it looks for: boxes far from where the boxes before and after say the object must be, in one frame or from one
frame on, beyond what its class can accelerate.
Why it matters: a slipped drag or a wrong id puts a box where nothing is, and gives impossible speeds to learn from.
Evidence: distance from the path, frames in which it shows, range.
Blind spots: tracks of fewer than four boxes; a drift slower than the class can accelerate.
Example: sample_data/crossing, v1.0-planted: one box of a car moved 1.5 m aside.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.track_motion import TrackMotion, track_motion
from fusion.measure.track_path import path_offsets
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import PEOPLE, TWO_WHEELERS, Kinds


class PositionJumpLimits(Limits):
    max_offset_m: float = Field(0.5, gt=0, description="Jitter of careful labels, 5 to 10 cm, amplified by prediction.")
    per_range: float = Field(0.01, ge=0, description="Annotators agree to 0.3 m + 1 % of the range.")
    vehicle_acceleration: float = Field(12.0, gt=0, description="m/s2; more than full braking on dry road.")
    two_wheeler_acceleration: float = Field(10.0, gt=0, description="m/s2; a bicycle's tyres hold about 1 g.")
    person_acceleration: float = Field(12.0, gt=0, description="m/s2; a sprinter's start or a sudden stop.")
    without_poses_m: float = Field(0.5, ge=0, description="Seen from a moving car, its own turning adds to every path.")
    without_poses_per_range: float = Field(0.03, ge=0, description="A yaw change of 2 degrees in a frame, per metre.")


@scene_check("TRK501", Severity.WARNING, PositionJumpLimits)
def position_jump(scene: Scene, limits: PositionJumpLimits) -> Assessment:
    """The box of each track that is furthest off the path of its neighbours."""
    motion = track_motion(scene)
    offsets = path_offsets(scene)
    limit_m = _limit_m(scene, motion, offsets.lever_s2, limits)
    excess = np.nan_to_num(offsets.offset_m / limit_m, nan=-1.0)
    tracks = scene.labels.tracks
    worst = np.asarray([rows[np.argmax(excess[rows])] for rows in map(tracks.rows, range(len(tracks)))], dtype=np.int64)
    frames = np.asarray([np.count_nonzero(excess[tracks.rows(t)] > 1) for t in range(len(tracks))])
    expected_m = offsets.expected_m
    boxes = scene.labels.boxes
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("fewer than four boxes close in time").where(excess[worst] < 0),
        violated=excess[worst] > 1,
        errors=excess[worst] > 3,
        measured=offsets.offset_m[worst],
        limit=limit_m[worst],
        unit="m",
        message="box is {measured:.2f} m off the path of its neighbours ({frames} frames)",
        evidence={"frames": frames, "speed_mps": motion.speeds_mps[worst]},
        propose=lambda row: (
            None
            if motion.relative or scene.labels.reference != "world" or frames[row] != 1
            else Proposal(
                action="set",
                target=str(boxes.label_ids[worst[row]]),
                values={"centre_m": [round(float(value), 4) for value in expected_m[worst[row]]]},
                reference=scene.labels.reference,
                timestamps_ns=(int(boxes.timestamps_ns[worst[row]]),),
            )
        ),
    )


def _limit_m(scene: Scene, motion: TrackMotion, lever_s2: FloatArray, limits: PositionJumpLimits) -> FloatArray:
    """How far off its path a box may be: jitter, range, and what the class can accelerate meanwhile."""
    kinds = Kinds(motion.boxes.category)
    acceleration = np.full(len(motion.boxes), limits.vehicle_acceleration)
    acceleration[kinds.is_any(TWO_WHEELERS)] = limits.two_wheeler_acceleration
    acceleration[kinds.is_any(PEOPLE)] = limits.person_acceleration
    ranges_m = boxes_in_ego(scene).ranges_m
    limit_m = limits.max_offset_m + limits.per_range * ranges_m + acceleration * lever_s2
    if motion.relative:
        limit_m = limit_m + limits.without_poses_m + limits.without_poses_per_range * ranges_m
    result: FloatArray = limit_m
    return result
