"""BOX319 track-off-ground: all boxes of a track hang above the ground, or are sunk into it, by the same bit.

What it looks for: the median, over the frames of a track, of the gap between the bottom face and the lidar ground
beneath it. What one frame leaves in doubt (BOX304), several frames that agree do not.
Why it matters: a height that was drawn once and copied along is wrong in every frame, and the learned one with it.
Evidence: the gap, its standard deviation, how many frames told it, the distance.
Blind spots: cars parked on a kerb that no return shows; tracks whose ground is seen in fewer than three frames.
Example: a car in the tests, all boxes of which are lifted by 0.4 m.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray
from calibration.sensors import SensorKind
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.errors import NotMeasurableError
from fusion.measure.ground_gaps import track_gaps_to_ground
from fusion.measure.native_reference import native_from_ego
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.scene.scene import Scene


class TrackOffGroundLimits(Limits):
    max_floating_m: float = Field(0.20, gt=0, description="A kerb of 15 cm under the wheels and a careful hand's 5 cm.")
    max_sunken_m: float = Field(0.30, gt=0, description="The same, and grass or snow that passes for ground.")
    sunken_per_range: float = Field(
        0.01, ge=0, description="Far away the low parts of objects pass for ground, which only ever lifts it."
    )
    sigmas: float = Field(2.0, ge=0, description="How many of the median's own deviations a gap must exceed.")
    min_frames: int = Field(3, ge=1, description="Of two frames that differ nobody knows which one is right.")
    min_ground_points: int = Field(12, ge=3, description="Fewer points do not fix a height.")


@scene_check("BOX319", Severity.WARNING, TrackOffGroundLimits, tier="points")
def track_off_ground(scene: Scene, limits: TrackOffGroundLimits) -> Assessment:
    """Median height of each track's bottom faces over the ground."""
    if not any(stream.kind is SensorKind.LIDAR for stream in scene.streams.values()):
        raise NotMeasurableError("no lidar sweep in this scene")
    tracks, gaps = scene.labels.tracks, track_gaps_to_ground(scene, limits.min_ground_points)
    sunken_m = limits.max_sunken_m + limits.sunken_per_range * gaps.range_m
    limit_m = np.where(gaps.gap_m < 0, sunken_m, limits.max_floating_m) + limits.sigmas * gaps.sigma_m
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), tracks.order[tracks.offsets[:-1]]),
        not_assessed=Reason("ground is known under too few of its boxes").where(gaps.frames < limits.min_frames),
        violated=np.abs(gaps.gap_m) > limit_m,
        measured=gaps.gap_m,
        limit=limit_m,
        unit="m",
        message="its boxes are {measured:+.2f} m from the ground, by the median of {frames} frames",
        evidence={"frames": gaps.frames, "gap_sigma_m": gaps.sigma_m, "range_m": gaps.range_m},
        propose=lambda row: _on_the_ground(scene, row, gaps.gap_m),
    )


def _on_the_ground(scene: Scene, track: int, gap_m: FloatArray) -> Proposal | None:
    """All boxes of a track moved by its gap."""
    rows = scene.labels.tracks.rows(track)
    boxes = boxes_in_ego(scene).take(rows)
    lowered = replace(boxes, centres_m=boxes.centres_m - np.asarray([0.0, 0.0, gap_m[track]]))
    try:
        placed = native_from_ego(scene, lowered, scene.labels.frame_index[rows].astype(np.int64))
    except NotMeasurableError:  # a frame without a pose: where its box belongs in the world nobody knows
        return None
    return Proposal(
        action="set",
        target=scene.labels.tracks.names[track],
        values={"centre_m": placed.centres_m},
        reference=scene.labels.reference,
        timestamps_ns=tuple(int(stamp) for stamp in boxes.timestamps_ns),
    )
