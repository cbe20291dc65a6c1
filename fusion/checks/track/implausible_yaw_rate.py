"""TRK508 implausible-yaw-rate: an object turns faster than anything of its class, or faster than it can where it is.

What it looks for: single boxes whose heading is off that of both neighbours, and turning over about a second; vehicles
turn only while they roll. Half turns from one box to the next are TRK503's.
Why it matters: a model learns headings that wobble, and prediction learns turns that tyres can't hold.
Evidence: how far the heading strays or how fast it turns, what is allowed, the speed, how many boxes are concerned.
Blind spots: people and things without a fixed front; a heading that is wrong all along; the ends of tracks; without
ego poses, whatever the ego vehicle's own turning could explain.
Example: a parked car in the tests, one box of which is turned by 30 degrees.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray, IntArray
from calibration.transform import wrap_angle_rad
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_set
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.track_fit import FittedMotion, fitted_motion
from fusion.measure.track_motion import TrackMotion, track_motion
from fusion.measure.track_size import size_strays
from fusion.measure.track_turning import HeadingStrays, heading_strays
from fusion.measure.track_worst import rows_by_track, worst_rows
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import ELONGATED, VEHICLES, Kinds, ObjectKind

# rad/s: unusual and impossible.
YAW_RATES: dict[ObjectKind, tuple[float, float]] = {
    **dict.fromkeys((ObjectKind.CAR, ObjectKind.VAN, ObjectKind.VEHICLE), (1.0, 1.5)),
    **dict.fromkeys((ObjectKind.TRUCK, ObjectKind.BUS, ObjectKind.TRAILER, ObjectKind.TRAM), (0.6, 1.2)),
    ObjectKind.CONSTRUCTION: (1.5, 3.0),
    **dict.fromkeys((ObjectKind.MOTORCYCLE, ObjectKind.BICYCLE, ObjectKind.RIDER), (2.0, 4.0)),
}
IMPOSSIBLE_STRAY = 3.0


class ImplausibleYawRateLimits(Limits):
    tolerance: float = Field(1.0, gt=0, description="Factor on the table by class; cars in a hairpin reach 0.8 rad/s.")
    turn_per_metre: float = Field(
        0.3, gt=0, description="rad/m; the tightest turning circle is 3.3 m for a car's centre."
    )
    at_rest: float = Field(0.1, ge=0, description="rad/s; what speeds that are known to 0.3 m/s leave.")
    certainty: float = Field(3.0, ge=0, description="Standard deviations of what jitter of the headings makes.")
    max_stray_deg: float = Field(
        10.0, gt=0, description="Careful headings scatter by 1 to 2 degrees; five times that is no scatter."
    )
    stray_certainty: float = Field(6.0, gt=0, description="Standard deviations of the track's own headings.")
    yaw_acceleration: float = Field(2.0, ge=0, description="rad/s2; begun and ended between two boxes, as at 2 Hz.")
    min_elongation: float = Field(1.3, ge=1, description="Length over width below which front and side look alike.")
    ego_yaw_rate: float = Field(0.8, ge=0, description="rad/s; without poses the ego vehicle's own turning is in it.")


@scene_check("TRK508", Severity.WARNING, ImplausibleYawRateLimits)
def implausible_yaw_rate(scene: Scene, limits: ImplausibleYawRateLimits) -> Assessment:
    """The box of each track that turns least plausibly."""
    motion, strays, tracks = track_motion(scene), heading_strays(scene), scene.labels.tracks
    stray_limit_rad = _stray_limits(strays, limits)
    rate, most, cannot = _rates(motion, fitted_motion(scene), limits)
    stray_share, rate_share = np.abs(strays.stray_rad) / stray_limit_rad, rate / most
    strayed = np.nan_to_num(stray_share) > 1
    worst = worst_rows(tracks, np.fmax(stray_share, rate_share))
    # A stray box makes the rate around it, never the other way round.
    any_stray = rows_by_track(tracks, strayed) > 0
    worst = np.where(any_stray, worst_rows(tracks, stray_share), worst)
    single = np.nan_to_num(stray_share[worst]) >= np.nan_to_num(rate_share[worst])
    single |= any_stray
    measured_deg = np.degrees(np.where(single, np.abs(strays.stray_rad[worst]), rate[worst]))
    limit_deg = np.degrees(np.where(single, stray_limit_rad[worst], most[worst]))
    sizes_m = size_strays(scene).median_m[worst]
    elongated = Kinds(motion.boxes.category).is_any(ELONGATED)[worst]
    elongated &= sizes_m[:, 0] > limits.min_elongation * sizes_m[:, 1]
    fastest = np.fmax(stray_share, rate_share)[worst]
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("not longer than wide, or no fixed front").where(~elongated)
        | Reason("too few boxes around any to tell how it turns").where(np.isnan(fastest)),
        violated=np.nan_to_num(fastest) > 1,
        errors=np.where(single, np.nan_to_num(stray_share[worst]) > IMPOSSIBLE_STRAY, (rate > cannot)[worst]),
        measured=measured_deg,
        limit=limit_deg,
        unit="deg",
        message="heading {deed} {measured:.0f} degrees{per_time}; {limit:.0f} are plausible ({strays} stray boxes)",
        evidence={
            "deed": np.where(single, "strays from both neighbours by", "turns by").astype(object),
            "per_time": np.where(single, "", " a second").astype(object),
            "strays": rows_by_track(tracks, strayed),
            "boxes": rows_by_track(tracks, np.nan_to_num(np.fmax(stray_share, rate_share)) > 1),
            "speed_mps": motion.speeds_mps[worst],
        },
        propose=lambda row: _proposal(scene, strays, tracks.rows(row)[strayed[tracks.rows(row)]]),
    )


def _stray_limits(strays: HeadingStrays, limits: ImplausibleYawRateLimits) -> FloatArray:
    """(M,) rad by which a heading may be off that of its neighbours."""
    jitter_rad = np.fmax(np.radians(limits.max_stray_deg), limits.stray_certainty * strays.jitter_rad)
    return jitter_rad + limits.yaw_acceleration * strays.step_s**2 / 2


def _rates(
    motion: TrackMotion, fit: FittedMotion, limits: ImplausibleYawRateLimits
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(M,) rad/s: the rate over a second, the highest plausible one and the highest possible one."""
    kinds = Kinds(motion.boxes.category)
    usual, cannot = (
        limits.tolerance * kinds.column({kind: both[which] for kind, both in YAW_RATES.items()}, np.nan)
        for which in (0, 1)
    )
    doubt = limits.certainty * fit.yaw_rate_doubt + (limits.ego_yaw_rate if motion.relative else 0.0)
    if not motion.relative:
        fastest_mps = fit.speeds_mps + limits.certainty * fit.velocity_doubt_mps
        rolling = limits.turn_per_metre * fastest_mps + limits.at_rest
        usual = np.where(kinds.is_any(VEHICLES), np.fmin(usual, rolling), usual)
    rate = np.where(fit.whole, np.abs(fit.yaw_rates), np.nan)
    return rate, usual + doubt, cannot + doubt


def _proposal(scene: Scene, strays: HeadingStrays, rows: IntArray) -> Proposal | None:
    """Turn stray boxes to where their neighbours point; how a whole track turned, nobody knows."""
    if not len(rows):
        return None
    turned_rad = wrap_angle_rad(scene.labels.boxes.yaws_rad[rows] - strays.stray_rad[rows])
    return boxes_set(scene.labels, rows, {"yaw_rad": turned_rad})
