"""TRK525 height-jump: a box of a track is higher or lower than the boxes before and after it say.

What it looks for: heights off the lines between the track's own boxes within a second to either side.
Why it matters: a drag in a side view, or one keyframe drawn against another ground; the box holds air or road.
Evidence: how far off, how many boxes of the track, the jitter of the track's heights.
Blind spots: a track that is too high from end to end (BOX304 asks the ground); its first and last boxes; without poses,
what the vehicle's own pitching explains.
Example: a car in the tests, one box of which is lifted by 0.4 m.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_set
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.height_strays import height_strays
from fusion.measure.track_motion import track_motion
from fusion.measure.track_worst import rows_by_track, worst_rows
from fusion.scene.scene import Scene


class HeightJumpLimits(Limits):
    max_stray_m: float = Field(0.25, gt=0, description="Five times a careful annotator's jitter; half a kerb more.")
    certainty: float = Field(6.0, gt=0, description="Standard deviations of the track's own heights.")
    per_speed_s: float = Field(0.01, ge=0, description="A bump or ramp begins and ends between two boxes.")
    nodding_m: float = Field(0.08, ge=0, description="Without poses the ego vehicle's own springs are in every height.")
    nodding_per_range: float = Field(0.002, ge=0, description="It nods by a tenth of a degree from box to box.")
    min_to_each_side: int = Field(2, ge=1, description="Of one alone, nobody knows which of the two is wrong.")


@scene_check("TRK525", Severity.WARNING, HeightJumpLimits)
def height_jump(scene: Scene, limits: HeightJumpLimits) -> Assessment:
    """The box of each track whose height is furthest off."""
    motion, strays, tracks = track_motion(scene), height_strays(scene), scene.labels.tracks
    limit_m = np.fmax(limits.max_stray_m, limits.certainty * strays.jitter_m)
    limit_m = limit_m + limits.per_speed_s * np.nan_to_num(motion.speeds_mps)
    if motion.relative:
        limit_m = limit_m + limits.nodding_m + limits.nodding_per_range * motion.ranges_m
    share = np.where(strays.to_each_side >= limits.min_to_each_side, np.abs(strays.stray_m) / limit_m, np.nan)
    worst = worst_rows(tracks, share)
    off = np.nan_to_num(share) > 1
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("too few boxes around any to tell its height").where(np.isnan(share[worst])),
        violated=off[worst],
        measured=np.abs(strays.stray_m[worst]),
        limit=limit_m[worst],
        unit="m",
        message="{stray_m:+.2f} m {direction} the boxes around it ({boxes} of {of} boxes)",
        evidence={
            "stray_m": strays.stray_m[worst],
            "direction": np.where(np.nan_to_num(strays.stray_m[worst]) > 0, "above", "below").astype(object),
            "boxes": rows_by_track(tracks, off),
            "of": tracks.lengths,
            "jitter_m": strays.jitter_m[worst],
        },
        propose=lambda row: _proposal(scene, tracks.rows(row)[off[tracks.rows(row)]], strays.stray_m),
    )


def _proposal(scene: Scene, rows: np.ndarray, stray_m: np.ndarray) -> Proposal | None:
    """Bring the boxes to the height of those around them; up is up in the world and, but for slopes, in ego."""
    if scene.labels.reference not in ("world", "ego") or not len(rows):
        return None
    centres_m = scene.labels.boxes.centres_m[rows] - np.outer(stray_m[rows], [0.0, 0.0, 1.0])
    return boxes_set(scene.labels, rows, {"centre_m": centres_m})
