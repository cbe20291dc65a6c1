"""A camera's clock against that of the poses: when the images turn, and when the poses say the vehicle turned.

The vehicle has to turn, and to turn unevenly. A clock that is off shows the same offset in left turns and in right
turns; what changes its sign with the turn is no clock, but a camera that isn't where the files say, or distances. A
drift is the offset's change along the drive.

Offsets have the one sign of Boresight: `t_poses = t_camera + offset`; stamps that are 10 ms late have -10 ms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.arrays import IntArray
from calibration.audit.camera_clock_fit import BLOCK_S, MIN_BLOCKS, SEARCHED_S, ClockFit, fit_clock, searched
from calibration.audit.ego_motion import MIN_POSES
from calibration.audit.image_rotation import MAX_PAUSE_NS, CameraDrive
from calibration.audit.result import AuditResult, ScanCurve
from calibration.clock import SECOND_NS
from calibration.estimate import Estimate, Verdict
from calibration.trajectory import Trajectory

POSES = "poses"
MS_PER_S = 1000.0
MIN_TURNING_RADPS = 0.03
MIN_SECONDS = 10.0
MIN_AGREEMENT = 0.6
# Between poses: an uneven turn is lost in longer steps.
MAX_STEP_S = 0.2
# Poses' own filter, and driving that is not told from turning: ten drives rendered with exact stamps came out 0.7 ms
# late on average, simulated ones 0.5 ms early, both with a spread of 0.5 ms; this covers 95 % of them together.
SYSTEMATIC_MS = 1.2
# Rows 20 ms apart, corners a tenth of the height off the middle row on average.
UNKNOWN_READOUT_MS = 2.0
# Half a radian a second, seen by a lens of 1266 px: 2.5 px.
MAX_OFFSET_MS = 4.0
# A minute of it is 3 ms.
MAX_DRIFT_PPM = 50.0
MIN_DRIFT_SECONDS = 30.0
TOO_FAR_APART = f"images are more than {MAX_PAUSE_NS / SECOND_NS:g} s apart: corners can't be followed"
POSES_TOO_FAR_APART = f"poses are more than {MAX_STEP_S:g} s apart: they don't say when the vehicle turned"


def why_not_measurable(stamps_ns: IntArray, poses: Trajectory | None) -> str:
    """Why a drive says nothing of a camera's clock, known before any image is read; empty where it may.

    Args:
        stamps_ns: (S,) of the images, in any order.
    """
    if len(stamps_ns) < 2:
        return f"{len(stamps_ns)} image{'s' * (len(stamps_ns) != 1)}: a turn is seen between two"
    if poses is None:
        return "the data set has no poses"
    stamps = np.sort(stamps_ns)
    if np.median(np.diff(stamps)) > MAX_PAUSE_NS:
        return TOO_FAR_APART
    if len(poses) < MIN_POSES:
        return f"{len(poses)} pose{'s' * (len(poses) != 1)}: they don't say when the vehicle turned"
    if np.median(np.diff(poses.timestamps_ns)) > MAX_STEP_S * SECOND_NS:
        return POSES_TOO_FAR_APART
    stamps = stamps[poses.covers(stamps)]
    seconds = float(np.ptp(stamps)) / SECOND_NS if len(stamps) else 0.0
    if seconds < MIN_SECONDS:
        return f"{seconds:.1f} s of images within the time of the poses, {MIN_SECONDS:g} s needed"
    spread = float(poses.yaw_rates_radps(stamps).std())
    return _hardly_turns(spread) if spread < MIN_TURNING_RADPS else ""


def audit_camera_clock(camera: str, drives: Sequence[CameraDrive], missing: str = "") -> list[AuditResult]:
    """Offset in milliseconds and drift in ppm of a camera's clock against that of the poses.

    Args:
        drives: what each scene's images show, with its poses.
        missing: what to say where there is no drive, see `why_not_measurable`.
    """
    frames = sum(drive.corners.images for drive in drives)
    reason = _unusable(drives, frames) if drives else missing or "no drive"
    if reason:
        return _unknown(camera, reason, frames)
    pairs = [np.flatnonzero(drive.covered(SEARCHED_S)) for drive in drives]
    seconds = [_seconds(drive, rows) for drive, rows in zip(drives, pairs, strict=True)]
    if sum(seconds) < MIN_SECONDS:
        reason = (
            f"{sum(seconds):.1f} s of images can be followed within the time of the poses, {MIN_SECONDS:g} s needed"
        )
        return _unknown(camera, reason, frames)
    spread = _turning_radps(drives, pairs)
    if spread < MIN_TURNING_RADPS:
        return _unknown(camera, _hardly_turns(spread), frames)
    trials = searched(drives, pairs)
    guess_s, agreement = trials.best
    if agreement < MIN_AGREEMENT:
        reason = f"images and poses turn alike only to {agreement:.2f} (correlation), {MIN_AGREEMENT} needed"
        return _unknown(camera, reason, frames)
    fit = fit_clock(drives, pairs, guess_s, max(seconds) >= MIN_DRIFT_SECONDS)
    if fit is None:
        reason = f"fewer than {MIN_BLOCKS} stretches of {BLOCK_S:g} s where images and poses turn alike"
        return _unknown(camera, reason, frames)
    readout_known = all(drive.corners.readout_known for drive in drives)
    offset = _offset(fit, sum(seconds), readout_known, frames)
    scan = ScanCurve(trials.offsets_s * MS_PER_S, trials.agreement, "turns alike (correlation)")
    return [
        AuditResult(camera, POSES, "clock.offset", "ms", 0.0, offset, scan),
        AuditResult(camera, POSES, "clock.drift", "ppm", 0.0, _drift(fit, camera, max(seconds), frames)),
    ]


def _unusable(drives: Sequence[CameraDrive], frames: int) -> str:
    """Why nothing can be correlated at all; empty where something may be."""
    if frames < 2:
        return f"{frames} image{'s' * (frames != 1)}: a turn is seen between two"
    poses = [drive.poses for drive in drives if drive.poses is not None]
    if not poses:
        return "the data set has no poses"
    if not any(len(drive.corners) for drive in drives):
        return TOO_FAR_APART
    if not any(drive.corners.followable.any() for drive in drives):
        return "the images show nothing that can be followed from one to the next"
    steps_s = np.concatenate([np.diff(one.timestamps_ns) for one in poses]) / SECOND_NS
    if not len(steps_s) or np.median(steps_s) > MAX_STEP_S:
        return POSES_TOO_FAR_APART
    return ""


def _seconds(drive: CameraDrive, pairs: IntArray) -> float:
    """How long the pairs of images last together."""
    return float((drive.corners.end_ns[pairs] - drive.corners.start_ns[pairs]).sum()) / SECOND_NS


def _turning_radps(drives: Sequence[CameraDrive], pairs: Sequence[IntArray]) -> float:
    """How unevenly the poses turn while images were taken: the spread of the yaw rate."""
    rates = [
        drive.poses.yaw_rates_radps(drive.corners.start_ns[rows])
        for drive, rows in zip(drives, pairs, strict=True)
        if drive.poses is not None and len(rows)
    ]
    return float(np.std(np.concatenate(rates)))


def _offset(fit: ClockFit, seconds: float, readout_known: bool, frames: int) -> Estimate:
    value_ms = 1e3 * fit.offset_s.value
    systematic_ms = SYSTEMATIC_MS if readout_known else float(np.hypot(SYSTEMATIC_MS, UNKNOWN_READOUT_MS))
    low, high = (1e3 * end for end in fit.offset_s.interval(systematic_ms / 1e3))
    judged = Estimate.of_correction(value_ms, (low, high), "ms", MAX_OFFSET_MS, frames)
    reverses, told_by_direction = _by_direction(fit)
    told = (
        f"images turn {abs(value_ms):.1f} ms {'before' if value_ms >= 0 else 'after'} the poses "
        f"(between {low:+.1f} and {high:+.1f}, limit {MAX_OFFSET_MS:g}), correlation {fit.agreement:.2f} "
        f"over {seconds:.0f} s; {told_by_direction}"
    )
    verdict = Verdict.CANNOT_TELL if reverses else judged.verdict
    return Estimate(value_ms, (low, high), "ms", verdict, told, frames)


def _by_direction(fit: ClockFit) -> tuple[bool, str]:
    """Whether the offset reverses with the direction of the turn, and what to say of it.

    Source: a clock moves everything by time times turn and so changes sign with the turn, a calibration error doesn't.
    """
    if fit.left_s is None or fit.right_s is None or fit.difference_s is None:
        return False, "it turned to one side only, so the other doesn't confirm it"
    told = f"left turns say {1e3 * fit.left_s:+.1f}, right turns {1e3 * fit.right_s:+.1f} ms"
    low, high = fit.difference_s.interval()
    apart = low > MAX_OFFSET_MS / 1e3 or high < -MAX_OFFSET_MS / 1e3
    if apart and fit.left_s * fit.right_s < 0:
        return True, f"{told}: it reverses with the turn, so it is no clock but the camera's mounting or lens"
    if apart:
        return False, f"{told}: more than a clock is off"
    return False, f"{told}: the same either way, as a clock is"


def _drift(fit: ClockFit, camera: str, longest_s: float, frames: int) -> Estimate:
    """How the offset changes along a drive."""
    if fit.drift is None:
        reason = f"the longest drive has {longest_s:.0f} s, a drift needs {MIN_DRIFT_SECONDS:g} s"
        return Estimate.cannot_tell("ppm", reason, frames)
    value = 1e6 * fit.drift.value
    low, high = (1e6 * end for end in fit.drift.interval())
    judged = Estimate.of_correction(value, (low, high), "ppm", MAX_DRIFT_PPM, frames)
    told = (
        f"clock of {camera} against that of the poses: it runs {abs(value):.0f} ppm too "
        f"{'slow' if value >= 0 else 'fast'}, "
        f"so the offset grows by {value:+.0f} us a second (between {low:+.0f} and {high:+.0f}, limit {MAX_DRIFT_PPM:g})"
    )
    return Estimate(value, (low, high), "ppm", judged.verdict, told, frames)


def _hardly_turns(spread: float) -> str:
    return f"the vehicle hardly turns: yaw rate varies by {spread:.3f} rad/s, {MIN_TURNING_RADPS:g} needed"


def _unknown(camera: str, reason: str, frames: int) -> list[AuditResult]:
    return [
        AuditResult(camera, POSES, quantity, unit, 0.0, Estimate.cannot_tell(unit, reason, frames))
        for quantity, unit in (("clock.offset", "ms"), ("clock.drift", "ppm"))
    ]
