"""TIM205 displaced-fast-object: boxes stand behind or ahead of their moving objects, by one and the same time.

What it looks for: boxes whose returns lie off along the way by their speed times one time, the same for all that moves,
or as late as the beam passed each; and single tracks that lag or lead, where changes of speed, or both ends in view and
a whole number of frames, tell a time from a hand that drew aside and from a wrong length.
Why it matters: the faster the object the wronger the box, up to metres, and a model learns to be late.
Evidence: the time and its doubt, how many tracks tell and agree; of a track the shift, its speed, frames.
Blind spots: things below 2.5 m/s; single tracks at an even speed that show one end only (BOX309 has their shift); four
fast tracks at least for a whole drive; a slip by a whole sweep, which is TIM203's; data without ego poses or sweeps.
Example: a drive in the tests whose boxes are stamped 60 ms late; `boresight plant --fault delay`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pydantic import Field

from calibration.clock import SECOND_NS
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import NotAssessed, Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows, TrackRows
from fusion.errors import NotMeasurableError
from fusion.measure.displacement import CommonDelay, common_delay, displacements
from fusion.measure.sweep_slip import sweep_slips
from fusion.scene.scene import Scene


class DisplacedFastObjectLimits(Limits):
    max_common_s: float = Field(
        0.03, gt=0, description="Drives read rightly came out at 10 ms and less; 30 ms are 0.3 m at 10 m/s."
    )
    max_track_s: float = Field(0.06, gt=0, description="Less than a frame at 10 Hz, more than what a length is off by.")
    sigmas: float = Field(4.0, gt=0, description="Doubts of the time; one in ten thousand is off so far by chance.")
    min_agree: float = Field(0.75, gt=0, le=1, description="Share of the fast tracks; one or two are drawn aside.")
    min_shift_m: float = Field(0.25, gt=0, description="Careful hands draw as far off along the way.")
    whole_frames: float = Field(0.2, gt=0, lt=0.5, description="Of a frame; what a tool makes lag, lags by frames.")


@scene_check("TIM205", Severity.WARNING, DisplacedFastObjectLimits, tier="points")
def displaced_fast_object(scene: Scene, limits: DisplacedFastObjectLimits) -> tuple[Assessment, ...]:
    """The time all fast objects are off by, and those of single tracks."""
    displacements(scene)
    slipped = _slipped(scene)
    drive = _drive(scene, limits, slipped)
    return drive, _tracks(scene, limits, slipped or bool(drive.reported.size))


def _drive(scene: Scene, limits: DisplacedFastObjectLimits, slipped: bool) -> Assessment:
    delay, reason = CommonDelay(0.0, np.inf, False, 0, 0.0, np.zeros(0)), ""
    try:
        delay = common_delay(scene)
        reason = "labels slipped by a sweep: TIM203 judges it" if slipped else ""
    except NotMeasurableError as error:
        reason = str(error)
    limit_s = max(limits.max_common_s, limits.sigmas * delay.sigma_s) if np.isfinite(delay.sigma_s) else np.nan
    late_s = abs(delay.late_s)
    return Assessment(
        about=SensorRows(scene, (scene.frame_table.reference_lidar or "lidar",)),
        not_assessed=NotAssessed.of_texts([reason]),
        violated=np.asarray([late_s > limit_s and delay.agree >= limits.min_agree]),
        measured=late_s,
        limit=limit_s,
        unit="s",
        message="boxes of fast objects stand {side} their points by {measured:.3f} s of their way{of_beam}, say"
        " {agree:.0%} of {tracks} tracks",
        evidence={
            "side": "behind" if delay.late_s > 0 else "ahead of",
            "of_beam": " where the beam passed last, as if drawn for the sweep's stamp" if delay.by_beam else "",
            "late_s": delay.late_s,
            "sigma_s": delay.sigma_s,
            "by_beam": delay.by_beam,
            "agree": delay.agree,
            "tracks": delay.tracks,
        },
    )


def _slipped(scene: Scene) -> bool:
    try:
        return any(slip.is_slip for slip in sweep_slips(scene))
    except NotMeasurableError:  # nothing says so
        return False


def _tracks(scene: Scene, limits: DisplacedFastObjectLimits, all_off: bool) -> Assessment:
    seen = displacements(scene)
    period_s = float(np.median(np.diff(scene.frame_table.timestamps_ns))) / SECOND_NS
    frames = np.abs(seen.late_s) / period_s
    whole = (np.round(frames) >= 1) & (np.abs(frames - np.round(frames)) <= limits.whole_frames)
    straight = np.abs(seen.across_m) < np.maximum(0.5 * limits.min_shift_m, 0.3 * np.abs(seen.along_m))
    told = seen.varies | (whole & straight)
    limit_s = np.maximum(limits.max_track_s, limits.sigmas * seen.sigma_s)
    off = (np.abs(seen.late_s) > limit_s) & (np.abs(seen.along_m) > limits.min_shift_m)
    return Assessment(
        about=TrackRows(scene, seen.track, np.asarray([rows[0] for rows in seen.rows])),
        not_assessed=Reason("all fast objects are off alike").where(np.full(len(seen.track), all_off))
        | Reason("its speed and the ends seen do not tell a time from a hand").where(
            (limits.sigmas * seen.sigma_s > period_s) | (off & ~told)
        ),
        violated=off,
        measured=np.abs(seen.late_s),
        limit=limit_s,
        unit="s",
        message="boxes stand {side} their object by {measured:.2f} s of way: {shift_m:+.2f} m at {speed_mps:.1f} m/s",
        evidence={
            "side": np.where(seen.late_s > 0, "behind", "ahead of").astype(object),
            "late_s": seen.late_s,
            "sigma_s": seen.sigma_s,
            "shift_m": seen.along_m,
            "aside_m": seen.across_m,
            "speed_mps": seen.speed_mps,
            "frames": np.asarray([len(rows) for rows in seen.rows]),
        },
        propose=_retimed(scene, np.where(whole, np.sign(seen.late_s) * np.round(frames) * period_s, seen.late_s)),
    )


def _retimed(scene: Scene, late_s: np.ndarray) -> Callable[[int], Proposal | None]:
    """The boxes put where their track passes so much later."""
    seen, boxes = displacements(scene), scene.labels.boxes

    def propose(row: int) -> Proposal | None:
        rows = scene.labels.tracks.rows(int(seen.track[row]))
        return Proposal(
            action="retime",
            target=scene.labels.tracks.names[int(seen.track[row])],
            values={"late_s": float(late_s[row])},
            reference=scene.labels.reference,
            timestamps_ns=tuple(int(stamp) for stamp in boxes.timestamps_ns[rows]),
        )

    return propose
