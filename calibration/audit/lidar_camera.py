"""Does the camera look where the files say, as seen from the lidar? From ordinary frames, without target or labels.

Outlines the lidar sees must fall on edges of the picture (`depth_edges`, `extrinsic_fit`); what is called off must
not take reflectivity and grey further apart (`shading`). All frames are fitted together for six numbers, in the
camera's own axes laid out like a vehicle's: x forward along the optical axis, y left, z up; roll, pitch and yaw about
them. For a camera that looks ahead and level these are the axes of the vehicle; one that looks to the left has its x
along the vehicle's y. A correction is what to add to the file: the camera truly sits that much further forward, left,
up, and is turned that much further (right-handed: yaw to the left, pitch down).

What it can't separate it doesn't: a shift to the left moves far things like a turn to the right. The camera's place in
the files is believed, to a few millimetres, unless the frames contradict it; then turns are as uncertain as the place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.stats import chi2

from calibration.arrays import ByteImage, Float32Array, FloatArray, Int32Array
from calibration.audit.depth_edges import depth_edges
from calibration.audit.extrinsic_fit import FRAMES_TO_TELL_MOVES, ExtrinsicFit, fit_extrinsic, tells_moves
from calibration.audit.extrinsic_outlines import (
    BODY_FROM_CAMERA,
    FEW_FRAMES,
    MOVES,
    TURNS,
    FrameEdges,
    RowMotion,
    camera_from_camera_in_file,
    gather_outlines,
)
from calibration.audit.extrinsic_scan import with_scans
from calibration.audit.placement import NINETY_FIVE, weighed
from calibration.audit.result import AuditResult
from calibration.audit.shading import information_distance, shading_of
from calibration.audit.shading_turns import turns_by_shading
from calibration.cameras import CameraModel
from calibration.errors import ShapeError
from calibration.estimate import Estimate, Verdict
from calibration.image_features import edge_field
from calibration.projection import lens_of
from calibration.sensors import Sensor
from calibration.transform import RigidTransform

QUANTITIES = ("x", "y", "z", "roll", "pitch", "yaw")
ALIKE = {"y": "yaw", "yaw": "y", "z": "pitch", "pitch": "z"}
SAME_VIEW = 0.7
ONE_VIEW = "one view does not tell a move from a turn: the place is taken from the files"


@dataclass(frozen=True, eq=False)
class LidarCameraFrame:
    """One sweep and one picture taken at about the same time.

    Attributes:
        points: (N, 3) metres, one lidar, its motion taken out (`deskew`); in the frame `camera_from_points` starts at.
        ray_origin: (3,) metres, where the lidar is in that frame; or (N, 3), where it was when it fired each point.
        camera_from_points: as the files have it, including how the vehicle moved between sweep and exposure.
        image: (H, W, 3) uint8 BGR.
        ring: (N,) laser numbers; without them points must come ring after ring.
        intensity: (N,) any unit.
        rows: how the camera moved while it read its rows, where it has a rolling shutter and that is known.
    """

    points: FloatArray | Float32Array
    ray_origin: FloatArray
    camera_from_points: RigidTransform
    image: ByteImage
    ring: Int32Array | None = None
    intensity: Float32Array | None = None
    rows: RowMotion | None = None


@dataclass(frozen=True)
class LidarCameraLimits:
    """When to speak.

    Attributes:
        least_turn_deg, least_move_m: off when the whole interval is beyond; no mounting is truer than that.
        harmless_turn_deg, harmless_move_m: good when the whole interval is within, so that an error as large as this
            would have been seen.
        harmless_turn_of_one_view_deg: the same of one view: what one view can exclude at all; a degree is
            what shows in an overlay at a glance.
        mounting_sigma_m: how well the camera's place in the files is believed while nothing contradicts it.
        min_outlines, min_tiles, min_support: less can't fix six numbers.
        min_support_pooled: from `pooled_from` frames on; on generated streets pictures of another drive reached 2.3,
            their own nearly always 3.0 and more.
        min_structure: share of a picture's pixels that must lie on clear edges for it to be used.
        widening: of the intervals, measured on generated streets: outlines share errors that no scatter shows.
        widening_of_one_frame: what is added to 1 and multiplied for one frame, half of it for two and so on; measured
            on single real keyframes, whose few outlines can agree on a wrong place.
        witnessed_from: frames from which on a correction must not take reflectivity and grey further apart; on single
            real keyframes that comparison errs three times in ten.
        witness_margin: by how much further apart, as information distance; it errs by a few ten-thousandths.
        contradiction: how improbable the camera's place in the files must be to be no longer believed.
    """

    least_turn_deg: float = 0.05
    least_move_m: float = 0.05
    harmless_turn_deg: float = 0.25
    harmless_move_m: float = 0.15
    harmless_turn_of_one_view_deg: float = 1.0
    mounting_sigma_m: float = 0.003
    min_outlines: int = 150
    min_tiles: int = 10
    min_support: float = 2.0
    min_support_pooled: float = 2.7
    pooled_from: int = 4
    min_structure: float = 0.005
    largest_turn_deg: float = 3.0
    largest_move_m: float = 0.6
    widening: float = 1.0
    widening_of_one_frame: float = 1.0
    witnessed_from: int = 5
    witness_margin: float = 0.001
    contradiction: float = 0.998


def audit_lidar_camera(
    frames: Iterable[LidarCameraFrame],
    camera: Sensor,
    relative_to: str,
    limits: LidarCameraLimits | None = None,
) -> list[AuditResult]:
    """Six results, `extrinsic.x` to `extrinsic.yaw`, in metres and degrees; see the module for the axes.

    Frames are read one at a time and only their edges are kept, so a generator may load them as they are asked for.

    Args:
        camera: as the files have it.
        relative_to: the lidar's name.

    Raises:
        LensError: the camera has no intrinsics.
        ShapeError: a picture is not of the size the intrinsics are for.
    """
    return audit_edges([frame_edges(frame, camera) for frame in frames], camera, relative_to, limits)


def frame_edges(frame: LidarCameraFrame, camera: Sensor) -> FrameEdges:
    """What is kept of a frame: its outlines and the edges of its picture.

    Raises:
        LensError, ShapeError: see `audit_lidar_camera`.
    """
    lens = lens_of(camera)
    height, width = frame.image.shape[:2]
    if (width, height) != (lens.width, lens.height):
        raise ShapeError(
            f"picture of {camera.name} is {width} x {height} pixels, "
            f"but its intrinsics are for {lens.width} x {lens.height}"
        )
    outlines = depth_edges(frame.points, frame.ray_origin, frame.ring, frame.intensity)
    shading = shading_of(frame.points, frame.intensity, frame.image)
    return FrameEdges(outlines, edge_field(frame.image), frame.camera_from_points, frame.rows, shading)


def audit_edges(
    frames: Sequence[FrameEdges],
    camera: Sensor,
    relative_to: str,
    limits: LidarCameraLimits | None = None,
    scans: bool = False,
) -> list[AuditResult]:
    """As `audit_lidar_camera`, of frames whose edges are known already.

    Args:
        scans: keep a curve of each quantity, which takes another second.

    Raises:
        LensError: the camera has no intrinsics.
    """
    limits = limits or LidarCameraLimits()
    lens = lens_of(camera)
    seen = [frame for frame in frames if frame.field.structure >= limits.min_structure]
    blank = len(frames) - len(seen)
    if not seen:
        reason = f"none of {blank} pictures shows edges" if blank else "no frame with a sweep and a picture"
        return cannot_tell(camera, relative_to, reason, 0)
    outlines = gather_outlines(seen, lens)
    if len(outlines) < limits.min_outlines:
        reason = f"only {len(outlines)} outlines of things seen by the lidar in view, {limits.min_outlines} are needed"
        return cannot_tell(camera, relative_to, reason, len(seen))
    fit = fit_extrinsic(seen, outlines, lens)
    lacking = _lacking(fit, limits, len(seen))
    if lacking:
        return cannot_tell(camera, relative_to, lacking, len(seen))
    results = _judged(fit, camera, relative_to, limits, seen)
    return with_scans(results, seen, outlines, lens, fit.correction) if scans else results


def extrinsic_in_file(camera: Sensor) -> FloatArray:
    """(6,) the camera's place in ego along its own forward, left and up axes in metres; roll, pitch, yaw in degrees."""
    ego_from_body = camera.ego_from_sensor.rotation @ BODY_FROM_CAMERA.T
    yaw, pitch, roll = Rotation.from_matrix(ego_from_body).as_euler("ZYX", degrees=True)
    return np.concatenate([ego_from_body.T @ camera.ego_from_sensor.translation, [roll, pitch, yaw]])


def corrected_extrinsic(camera: Sensor, results: Sequence[AuditResult]) -> RigidTransform:
    """`ego_from_camera` with those corrections applied that were called off; the others are left alone."""
    off = {result.quantity: result.correction for result in results if result.verdict is Verdict.OFF}
    correction = np.array([off.get(f"extrinsic.{name}") or 0.0 for name in QUANTITIES])
    correction[TURNS] = np.radians(correction[TURNS])
    rotation, translation = camera_from_camera_in_file(correction)
    in_file = camera.ego_from_sensor
    corrected_from_file = RigidTransform.from_rotation(in_file.source, in_file.source, rotation, translation)
    return in_file @ corrected_from_file.inverse()


def cannot_tell(camera: Sensor, relative_to: str, reason: str, frames: int = 0) -> list[AuditResult]:
    """The six results where nothing can be said, with the reason."""
    in_file = extrinsic_in_file(camera)
    return [
        AuditResult(
            sensor=camera.name,
            relative_to=relative_to,
            quantity=f"extrinsic.{name}",
            unit=_unit(row),
            in_file=float(in_file[row]),
            estimate=Estimate.cannot_tell(_unit(row), reason, frames),
        )
        for row, name in enumerate(QUANTITIES)
    ]


def _lacking(fit: ExtrinsicFit, limits: LidarCameraLimits, frames: int) -> str:
    """Why the fit says nothing at all; empty where it does."""
    if fit.tiles < limits.min_tiles:
        return f"outlines cover only {fit.tiles} parts of the pictures, {limits.min_tiles} are needed"
    needed = limits.min_support_pooled if frames >= limits.pooled_from else limits.min_support
    if fit.support < needed:
        return (
            "outlines of the lidar and edges of the pictures do not meet anywhere near the pose in the files: "
            f"the best pose beats others by {fit.support:.1f} standard errors, {needed:g} are needed"
        )
    too_far = np.abs(fit.correction[TURNS]).max() > np.radians(limits.largest_turn_deg)
    if too_far or np.abs(fit.correction[MOVES]).max() > limits.largest_move_m:
        return (
            f"no pose within {limits.largest_turn_deg:g} degrees and {limits.largest_move_m:g} m of the files fits: "
            "the pictures show too little, or the files are off by more than is searched"
        )
    return ""


def _distinct_views(seen: Sequence[FrameEdges]) -> int:
    """How many pictures show something else than the one before: a vehicle that stands sees one view all the time."""
    views, last = 0, None
    for frame in seen:
        view = frame.field.across[::4, ::4].astype(np.float64)
        size = float(np.linalg.norm(view))
        if last is None or float(np.vdot(view, last)) < SAME_VIEW * size * float(np.linalg.norm(last)):
            views, last = views + 1, view
    return views


def _judged(
    fit: ExtrinsicFit, camera: Sensor, relative_to: str, limits: LidarCameraLimits, seen: Sequence[FrameEdges]
) -> list[AuditResult]:
    corrections, sigmas, place_holds = _corrections(fit, limits, seen, lens_of(camera))
    in_file = extrinsic_in_file(camera)
    spread = np.sqrt(np.diag(fit.covariance))
    correlation = fit.covariance / np.outer(spread, spread)
    estimates = [
        _estimate(float(corrections[row]), float(sigmas[row]), row, limits, len(seen))
        if tells_moves(seen) or row >= TURNS.start
        else Estimate.cannot_tell("m", ONE_VIEW, len(seen))
        for row in range(len(QUANTITIES))
    ]
    off = [row for row, estimate in enumerate(estimates) if estimate.verdict is Verdict.OFF]
    witness = _witness(seen, camera, corrections, off)
    results = []
    for row, (name, estimate) in enumerate(zip(QUANTITIES, estimates, strict=True)):
        verdict, told = estimate.verdict, f"{estimate.reason}; {_basis(name, row, place_holds, correlation)}"
        if row in witness:
            without, corrected = witness[row]
            agrees = corrected < without
            told += f"; reflectivity against grey agrees {'better' if agrees else 'worse'} so"
            told += f" (information distance {corrected:.4f} instead of {without:.4f})"
            if corrected - without > limits.witness_margin and len(seen) >= limits.witnessed_from:
                verdict = Verdict.CANNOT_TELL
        told += f"; {fit.outlines} outlines, condition {fit.condition:.0f}"
        estimate = Estimate(estimate.value, estimate.interval, estimate.unit, verdict, told, len(seen))
        results.append(
            AuditResult.of_correction(camera.name, relative_to, f"extrinsic.{name}", float(in_file[row]), estimate)
        )
    return results


def _witness(
    seen: Sequence[FrameEdges], camera: Sensor, corrections: FloatArray, off: Sequence[int]
) -> dict[int, tuple[float, float]]:
    """For each quantity that is off: the information distance with all corrections but this one, and with all."""
    frames = [(frame.shading, frame.camera_from_points) for frame in seen if frame.shading is not None]

    def distance(rows: Sequence[int]) -> float:
        correction = np.zeros(6)
        correction[list(rows)] = corrections[list(rows)]
        correction[TURNS] = np.radians(correction[TURNS])
        return information_distance(frames, lens_of(camera), camera_from_camera_in_file(correction))

    corrected = distance(off) if off else math.nan
    told = {row: (distance([other for other in off if other != row]), corrected) for row in off}
    return {row: pair for row, pair in told.items() if np.isfinite(pair).all()}


def _corrections(
    fit: ExtrinsicFit, limits: LidarCameraLimits, seen: Sequence[FrameEdges], camera: CameraModel
) -> tuple[FloatArray, FloatArray, bool]:
    """(6,) corrections and (6,) standard errors, metres and degrees, and if the place in the files was believed."""
    views = _distinct_views(seen)
    widening = limits.widening * (1 + limits.widening_of_one_frame / views)
    covariance = fit.covariance * widening**2
    moves = fit.correction[MOVES]
    contradiction = float(moves @ np.linalg.solve(covariance[MOVES, MOVES], moves))
    place_holds = contradiction < float(chi2.ppf(limits.contradiction, 3))
    believed, of_moves = (
        (np.zeros(3), np.eye(3) * limits.mounting_sigma_m**2) if place_holds else (moves, covariance[MOVES, MOVES])
    )
    turns, of_turns = fit.turns_given(believed)
    of_turns = of_turns * widening**2
    if len(seen) >= FEW_FRAMES:
        turns, of_turns = _with_shading(turns, of_turns, believed, seen, camera)
    of_turns = of_turns + fit.turns_per_metre @ of_moves @ fit.turns_per_metre.T
    sigmas = np.sqrt(np.concatenate([np.diag(covariance)[MOVES], np.diag(of_turns)]))
    sigmas[TURNS] = np.degrees(sigmas[TURNS])
    return np.concatenate([moves, np.degrees(turns)]), sigmas, place_holds


def _with_shading(
    turns: FloatArray, of_turns: FloatArray, moves: FloatArray, seen: Sequence[FrameEdges], camera: CameraModel
) -> tuple[FloatArray, FloatArray]:
    """Turns by outlines and by brightness, each by its weight; where they disagree, neither is believed that far.

    Source: Birge, "The Calculation of Errors by the Method of Least Squares", 1932, for the ratio.
    """
    other = turns_by_shading(seen, camera, np.concatenate([moves, turns]))
    if other is None:
        return turns, of_turns
    both = np.linalg.inv(np.linalg.inv(of_turns) + np.linalg.inv(other.covariance))
    between = turns - other.turns
    disagreement = float(between @ np.linalg.solve(of_turns + other.covariance, between)) / len(between)
    joint = both @ (np.linalg.solve(of_turns, turns) + np.linalg.solve(other.covariance, other.turns))
    return joint, both * max(1.0, disagreement)


def _estimate(correction: float, sigma: float, row: int, limits: LidarCameraLimits, frames: int) -> Estimate:
    if row < TURNS.start:
        return weighed(correction, sigma, "m", (limits.least_move_m, limits.harmless_move_m), frames)
    least, harmless = limits.least_turn_deg, limits.harmless_turn_deg
    if frames < FRAMES_TO_TELL_MOVES:  # good to within what one view can exclude, wherever in there it may be
        harmless = limits.harmless_turn_of_one_view_deg
        least = harmless if abs(correction) + NINETY_FIVE * sigma <= harmless else least
    return weighed(correction, sigma, "deg", (least, harmless), frames)


def _basis(name: str, row: int, place_holds: bool, correlation: FloatArray) -> str:
    """What the number rests on, and what it can't be told from."""
    if name == "x":
        return "along the optical axis, where a move hardly changes the picture but for things near its edges"
    if row >= TURNS.start and place_holds:
        return "the camera's place taken from the files, which nothing contradicts"
    if name in ALIKE:
        other = ALIKE[name]
        alike = abs(float(correlation[row, QUANTITIES.index(other)]))
        if alike > 0.7:
            return f"hardly separable from {other} here, both move the picture alike (correlation {alike:.2f})"
    return "fitted jointly with the other five"


def _unit(row: int) -> str:
    return "deg" if row >= TURNS.start else "m"
