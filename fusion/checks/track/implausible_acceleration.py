"""TRK507 implausible-acceleration: an object speeds up, brakes or corners harder than anything of its class.

What it looks for: the acceleration of a parabola through about 1.5 s of boxes, along the course and across it, against
what tyres or legs can do; single leaps, which are TRK501's, are left out of it.
Why it matters: times or poses are off, boxes drag along the wrong object, or the class is wrong; prediction learns it.
Evidence: both accelerations, how far jitter could make them, speed, how many boxes of the track are concerned.
Blind spots: tracks shorter than 1.5 s (2 s at 2 Hz) and their ends; what lasts less than half a second; without ego
poses, whatever the ego vehicle's own motion could explain; riders and vehicles of unknown kind as motorcycles.
Example: a car in the tests that brakes at 16 m/s2.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.track_fit import fitted_motion
from fusion.measure.track_motion import track_motion
from fusion.measure.track_worst import rows_by_track, worst_rows
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import Kinds, ObjectKind

# m/s2 along the course: unusual, impossible; across it likewise. Tyres hold 8 to 10 on a dry road, so emergency braking
# is no fault; accepted labels of Argoverse 2 reach 5.7 along and 4.0 across once in a thousand.
ACCELERATIONS: dict[ObjectKind, tuple[float, float, float, float]] = {
    **dict.fromkeys((ObjectKind.CAR, ObjectKind.VAN, ObjectKind.VEHICLE), (9.0, 13.0, 8.0, 12.0)),
    **dict.fromkeys((ObjectKind.MOTORCYCLE, ObjectKind.RIDER), (9.0, 13.0, 8.0, 12.0)),
    **dict.fromkeys((ObjectKind.TRUCK, ObjectKind.BUS, ObjectKind.TRAILER), (7.0, 10.0, 6.0, 9.0)),
    **dict.fromkeys((ObjectKind.TRAM, ObjectKind.CONSTRUCTION), (4.0, 9.0, 4.0, 8.0)),
    ObjectKind.BICYCLE: (6.0, 10.0, 6.0, 10.0),
    ObjectKind.PEDESTRIAN: (6.0, 12.0, 6.0, 12.0),
}
ALONG, ACROSS = 0, 2
# Below this speed a course is mostly jitter, and tyres brake sideways no better than along.
MIN_COURSE_MPS = 2.0


class ImplausibleAccelerationLimits(Limits):
    tolerance: float = Field(1.0, gt=0, description="Factor on the table by class, which holds hard braking already.")
    certainty: float = Field(2.0, ge=0, description="Standard deviations of what label jitter makes; both must agree.")
    ego_acceleration: float = Field(8.0, ge=0, description="m/s2; without poses the ego vehicle's braking is in it.")
    ego_turning: float = Field(1.0, ge=0, description="1/s2; and its turning, per metre of range and of speed.")


@scene_check("TRK507", Severity.WARNING, ImplausibleAccelerationLimits)
def implausible_acceleration(scene: Scene, limits: ImplausibleAccelerationLimits) -> Assessment:
    """The hardest acceleration of each track."""
    motion, fit = track_motion(scene), fitted_motion(scene)
    tracks, kinds = scene.labels.tracks, Kinds(motion.boxes.category)
    along, across = _along_and_across(fit.velocities_mps, fit.accelerations, fit.speeds_mps)
    doubt = limits.certainty * fit.acceleration_doubt
    if motion.relative:
        doubt = doubt + limits.ego_acceleration + limits.ego_turning * (motion.ranges_m + fit.speeds_mps)
    limit_along, limit_across, never_along, never_across = (
        limits.tolerance * kinds.column({kind: values[which] for kind, values in ACCELERATIONS.items()}, np.nan)
        for which in (ALONG, ACROSS, ALONG + 1, ACROSS + 1)
    )
    most_along, most_across = limit_along + doubt, limit_across + doubt
    excess = np.where(fit.whole, np.fmax(np.abs(along) / most_along, np.abs(across) / most_across), np.nan)
    worst = worst_rows(tracks, excess)
    sideways = (np.abs(across) / most_across > np.abs(along) / most_along)[worst]
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("no acceleration limit for the class").where(np.isnan(limit_along[worst]))
        | Reason("too few boxes around any to tell an acceleration").where(np.isnan(excess[worst])),
        violated=np.nan_to_num(excess[worst]) > 1,
        errors=((np.abs(along) > never_along + doubt) | (np.abs(across) > never_across + doubt))[worst],
        measured=np.where(sideways, across[worst], along[worst]),
        limit=np.where(sideways, most_across[worst], most_along[worst]),
        unit="m/s2",
        message="{deed} at {measured:.1f} m/s2 for a second; such things reach {limit:.1f} m/s2",
        evidence={
            "deed": np.where(sideways, "corners", np.where(along[worst] < 0, "brakes", "speeds up")).astype(object),
            "along_mps2": along[worst],
            "across_mps2": across[worst],
            "jitter_mps2": fit.acceleration_doubt[worst],
            "speed_mps": fit.speeds_mps[worst],
            "boxes": rows_by_track(tracks, np.nan_to_num(excess) > 1),
        },
    )


def _along_and_across(
    velocities_mps: FloatArray, accelerations: FloatArray, speeds_mps: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(M,) m/s2 along the course and across it, all of it along where the course is unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        course = velocities_mps / speeds_mps[:, None]
    along = (accelerations * course).sum(axis=1)
    across = course[:, 0] * accelerations[:, 1] - course[:, 1] * accelerations[:, 0]
    slow = ~(speeds_mps > MIN_COURSE_MPS)
    whole = np.hypot(accelerations[:, 0], accelerations[:, 1])
    return np.where(slow, whole, along), np.where(slow, 0.0, across)
