"""TRK524 drifting-static-object: something that can't move creeps along, or a slow vehicle drifts sideways.

What it looks for: the way from the first third of a track to the last, of cones, barriers and signs; of vehicles
slower than a walk, the way across their heading, which wheels don't allow.
Why it matters: the boxes part from the object, or the ego pose drifts; either way the map and the motion are wrong.
Evidence: how far it gets, along and across, in what time, how many of the static tracks do the same: when most do, the
ego pose is to blame and nothing is said of the labels.
Blind spots: data without ego poses; tracks of fewer than six boxes; cones that somebody moves, which looks the same.
Example: a cone in the tests that creeps a metre in three seconds.
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
from fusion.measure.track_class import track_classes
from fusion.measure.track_drift import track_drifts
from fusion.measure.track_fit import fitted_motion
from fusion.measure.track_identity import identities
from fusion.measure.track_motion import track_motion
from fusion.measure.track_path import SHIFT
from fusion.measure.track_size import size_strays
from fusion.measure.track_tolerance import departures_beyond
from fusion.measure.track_worst import any_by_track
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import STREET_FURNITURE, VEHICLES, Kinds


class DriftingStaticObjectLimits(Limits):
    max_drift_m: float = Field(0.5, gt=0, description="What the drawing of a small thing and a lidar's beams leave.")
    impossible_m: float = Field(1.5, gt=0, description="Further than any drawing.")
    max_sideways_m: float = Field(0.8, gt=0, description="A vehicle's faces, seen from one side and then another.")
    drift_per_range: float = Field(0.01, ge=0, description="Per metre of range: careful people differ by a percent.")
    max_speed_mps: float = Field(1.0, gt=0, description="Of vehicles; faster ones are TRK509's.")
    certainty: float = Field(3.0, ge=0, description="Standard deviations of what label jitter makes of a speed.")
    min_elongation: float = Field(1.3, ge=1, description="Length over width below which front and side look alike.")
    max_common: float = Field(
        0.5, gt=0, le=1, description="Share of static tracks that drift where the pose is at fault."
    )


@scene_check("TRK524", Severity.WARNING, DriftingStaticObjectLimits)
def drifting_static_object(scene: Scene, limits: DriftingStaticObjectLimits) -> Assessment:
    """How far each track of something that can't move gets."""
    motion, drifts, tracks = track_motion(scene), track_drifts(scene), scene.labels.tracks
    first_rows = tracks.order[tracks.offsets[:-1]]
    usual = track_classes(scene).usual_rows
    kinds = Kinds(motion.boxes.category.take(np.where(usual >= 0, usual, first_rows)))
    static, vehicle = kinds.is_any(STREET_FURNITURE), kinds.is_any(VEHICLES)
    sizes_m = size_strays(scene).median_m[first_rows]
    fit = fitted_motion(scene)
    sure_mps = fit.speeds_mps - limits.certainty * fit.velocity_doubt_mps
    slow = ~any_by_track(tracks, np.nan_to_num(sure_mps) > limits.max_speed_mps)
    with np.errstate(invalid="ignore"):
        sideways = np.abs(drifts.across_m) > np.abs(drifts.along_m)
    long = sizes_m[:, 0] > limits.min_elongation * sizes_m[:, 1]
    range_m = np.asarray([np.median(motion.ranges_m[tracks.rows(track)]) for track in range(len(tracks))])
    drift_m = np.where(static, drifts.distance_m, np.where(sideways, np.abs(drifts.across_m), 0.0))
    doubt_m = limits.drift_per_range * range_m
    limit_m = np.where(static, limits.max_drift_m, limits.max_sideways_m) + doubt_m
    drifting = (static | (vehicle & slow & long)) & (drift_m > limit_m)
    leapt = any_by_track(tracks, departures_beyond(scene).departed[:, SHIFT] | identities(scene).explained)
    judged = static & np.isfinite(drifts.along_m)
    common = judged.sum() >= 4 and (drifting & static).sum() > limits.max_common * judged.sum()
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), first_rows),
        not_assessed=Reason("can move").where(~(static | (vehicle & long)))
        | Reason("fewer than six boxes").where(np.isnan(drifts.along_m))
        | Reason("leaps, which is another matter").where(leapt)
        | Reason("faster than a walk").where(vehicle & ~slow)
        | Reason("most static things drift, so the ego pose does").where(np.full(len(tracks), common)),
        violated=drifting,
        errors=drifting & static & (drift_m > limits.impossible_m + doubt_m),
        measured=drift_m,
        limit=limit_m,
        unit="m",
        message="{usual} drifts by {measured:.2f} m in {duration_s:.1f} s",
        evidence={
            "usual": kinds.category.values,
            "along_m": drifts.along_m,
            "across_m": drifts.across_m,
            "duration_s": drifts.seconds,
            "range_m": range_m,
            "static_tracks": int(judged.sum()),
            "drifting_tracks": int((drifting & static).sum()),
        },
    )
