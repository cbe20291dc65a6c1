"""Frames for the audit of a camera against a lidar: sweep and picture of one instant, loaded one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from calibration.arrays import FloatArray
from calibration.audit.extrinsic_outlines import FrameEdges, RowMotion
from calibration.audit.lidar_camera import LidarCameraFrame, audit_edges, cannot_tell, frame_edges
from calibration.audit.result import AuditResult
from calibration.clock import SECOND_NS
from calibration.deskew import deskew, ray_origins
from calibration.errors import BoresightError, FileProblemError
from calibration.estimate import Verdict
from calibration.rig import SensorRig
from calibration.sensors import Sensor
from calibration.sweep import LidarSweep, Motion
from calibration.trajectory import Trajectory
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog, problem_of
from fusion.scene.scene import Scene

# One spread over the delivery shows a mounting as well as all of it.
MOST_FRAMES = 20
MOST_SCENES = 5
# One place shows a few walls and poles; what the vehicle passes must change before a small correction is believed.
FEW_FRAMES = 5
HARMLESS = {"m": 0.15, "deg": 0.25}


def audit_extrinsic(
    dataset: Dataset,
    scenes: Sequence[str],
    rig: SensorRig,
    cameras: Sequence[str],
    lidar: str,
    problems: ProblemLog,
    most_frames: int = MOST_FRAMES,
    scans: bool = False,
) -> list[AuditResult]:
    """The cameras' places and directions as seen from a lidar, over a sample of frames of all scenes.

    Scenes are opened once for all cameras; of each frame only its edges are kept.

    Args:
        problems: told what can't be read.
        scans: keep a curve of each quantity.
    """
    edges: dict[str, list[FrameEdges]] = {camera: [] for camera in cameras}
    refused: dict[str, str] = {}
    for camera, frame in extrinsic_frames(dataset, scenes, rig, cameras, lidar, problems, most_frames):
        if camera not in refused:
            try:
                edges[camera].append(frame_edges(frame, rig.sensor(camera)))
            except BoresightError as problem:  # no lens, pictures of another size: the audit of intrinsics says which
                refused[camera] = str(problem)
    results = []
    for camera in cameras:
        sensor = rig.sensor(camera)
        if camera in refused or sensor.camera is None:
            results += cannot_tell(sensor, lidar, refused.get(camera, f"{camera} has no intrinsics"))
        else:
            results += [cautious(result) for result in audit_edges(edges.pop(camera), sensor, lidar, scans=scans)]
    return results


def cautious(result: AuditResult) -> AuditResult:
    """The result, not called off by a few frames unless twice its interval is beyond harm: they share one view."""
    estimate, correction = result.estimate, result.correction
    if estimate.frames >= FEW_FRAMES or result.verdict is not Verdict.OFF:
        return result
    if estimate.interval is not None and correction is not None:
        half = estimate.interval[1] - estimate.interval[0]
        if abs(correction) - half > HARMLESS[result.unit]:
            return result
    told = f"{estimate.reason}; {estimate.frames} frames of one view, {FEW_FRAMES} are needed to call that off"
    return replace(result, estimate=replace(estimate, verdict=Verdict.CANNOT_TELL, reason=told))


def extrinsic_frames(
    dataset: Dataset,
    scenes: Sequence[str],
    rig: SensorRig,
    cameras: Sequence[str],
    lidar: str,
    problems: ProblemLog,
    most_frames: int = MOST_FRAMES,
) -> Iterator[tuple[str, LidarCameraFrame]]:
    """A camera's name and what it and the lidar saw, for up to twenty frames of up to five scenes.

    Only where camera and lidar are mounted as in `rig`.

    Args:
        problems: told what can't be read.
    """
    chosen = [scenes[row] for row in spread_rows(len(scenes), MOST_SCENES)]
    for name in chosen:
        scene = dataset.scene(name)
        for row in spread_rows(len(scene.frames), most_frames // len(chosen)):
            frame: SyncedFrame = scene.frames[row]
            views = [view for view in map(frame.cameras.get, cameras) if view is not None]
            mounted = [view for view in views if _as_mounted(scene, view, rig, lidar)]
            if not mounted or lidar not in list(frame.lidars):  # names only: `in` would read the sweep
                continue
            try:
                sweep = without_motion(frame.sweep(lidar), scene.trajectory)
                sweep = sweep.take(sweep.finite)
            except FileProblemError as error:
                problems.add_unless_told(problem_of(error, scene=name, frame=frame.key, sensor=lidar))
                continue
            for view in mounted:
                try:
                    yield view.name, _frame(frame, view, lidar, sweep)
                except FileProblemError as error:
                    problems.add_unless_told(problem_of(error, scene=name, frame=frame.key, sensor=view.name))
            scene.measurements.clear()


def seen_together(frame: SyncedFrame, view: CameraView, lidar: str) -> LidarCameraFrame:
    """What one camera and one lidar saw of a frame, the vehicle's motion taken out of the sweep.

    Raises:
        FileProblemError: the sweep or the image can't be read.
    """
    sweep = without_motion(frame.sweep(lidar), frame.scene.trajectory)
    return _frame(frame, view, lidar, sweep.take(sweep.finite))


def spread_rows(count: int, most: int) -> list[int]:
    """So many of the rows at most, evenly from first to last."""
    return [int(row) for row in np.unique(np.linspace(0, count - 1, min(count, most)).round())] if count else []


def _as_mounted(scene: Scene, view: CameraView, rig: SensorRig, lidar: str) -> bool:
    """Both sensors are where the rig has them: days and vehicles are not mixed."""
    there = scene.rig_at(view.timestamp_ns)
    return all(
        name in there.sensors
        and np.array_equal(there.sensor(name).ego_from_sensor.matrix, rig.sensor(name).ego_from_sensor.matrix)
        and there.sensor(name).camera == rig.sensor(name).camera
        for name in (view.name, lidar)
    )


def _frame(frame: SyncedFrame, view: CameraView, lidar: str, sweep: LidarSweep) -> LidarCameraFrame:
    moved = frame.ego_at_frame_from(lidar)
    camera_from_ego_at_sweep = view.camera_from_ego if moved is None else view.camera_from_ego @ moved
    return LidarCameraFrame(
        points=sweep.points,
        ray_origin=_ray_origins(sweep, frame.scene.trajectory),
        camera_from_points=camera_from_ego_at_sweep @ sweep.ego_from_points,
        image=view.pixels(),
        ring=sweep.ring,
        intensity=sweep.intensity,
        rows=_row_motion(frame.scene.rig_at(view.timestamp_ns).sensor(view.name), view, frame.scene.trajectory),
    )


def without_motion(sweep: LidarSweep, trajectory: Trajectory | None) -> LidarSweep:
    """Without the vehicle's motion where that can be taken out; as it is where it can't."""
    if sweep.motion is not Motion.RAW or sweep.times_ns is None or trajectory is None:
        return sweep
    try:
        return deskew(sweep, trajectory, sweep.reference_ns)
    except BoresightError:  # poses end within the sweep: a standing vehicle loses nothing, a driving one widens
        return sweep


def _ray_origins(sweep: LidarSweep, trajectory: Trajectory | None) -> FloatArray:
    """(N, 3), or (3,) where nobody knows where the lidar was when it fired."""
    if trajectory is None:
        return sweep.ray_origin
    try:
        return ray_origins(sweep, trajectory)
    except BoresightError:  # poses end within the sweep
        return sweep.ray_origin


def _row_motion(camera: Sensor, view: CameraView, trajectory: Trajectory | None) -> RowMotion | None:
    """How the camera moves while a rolling shutter reads, in its own optical frame."""
    stamp = np.array([view.timestamp_ns])
    if not camera.readout_ns or trajectory is None or not trajectory.covers(stamp).all():
        return None
    camera_from_ego = camera.ego_from_sensor.inverse()
    turn_in_ego = np.array([0.0, 0.0, float(trajectory.yaw_rates_radps(stamp)[0])])
    velocity_in_ego = trajectory.world_from_ego_at(view.timestamp_ns).inverse().rotate(trajectory.velocities_mps(stamp))
    velocity_in_ego = velocity_in_ego[0] + np.cross(turn_in_ego, camera.ego_from_sensor.translation)
    readout_s = camera.readout_ns / SECOND_NS * (1 if camera.rows_top_to_bottom else -1)
    return RowMotion(
        camera_from_ego.rotate(velocity_in_ego[None])[0], camera_from_ego.rotate(turn_in_ego[None])[0], readout_s
    )
