"""Sweeps for the audit of lidars: against each other, against the ground, and against the poses.

Sweeps are read for a sample of frames, one lidar after the other. A merged sweep is taken apart where it says which of
its lidars saw which point. Where lidars are mounted otherwise than in the rig that is audited, frames are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from calibration.arrays import Float32Array, FloatArray
from calibration.audit.hand_eye import LidarStep, audit_hand_eye
from calibration.audit.lidar_lidar import LidarLidarFrame, audit_lidar_lidar
from calibration.audit.mounting import GroundSeen, audit_ground, ground_seen
from calibration.audit.placement import undecided
from calibration.audit.result import AuditResult
from calibration.clock import SECOND_NS
from calibration.errors import FileProblemError
from calibration.rig import SensorRig
from calibration.sensors import SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.measure.extrinsic_frames import spread_rows, without_motion
from fusion.measure.frame import SyncedFrame
from fusion.measure.sweep_steps import Step, per_second, pose_of, spread_steps, steps_of
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog, problem_of
from fusion.scene.scene import Scene

MOST_SCENES = 5
MOST_FRAMES = 12
MOST_STEPS = 16
# A sweep that the vehicle's own motion bends by more is no rigid thing.
MOST_BEND_M = 0.1
USUAL_PERIOD_S = 0.1
SAME_MOMENT_NS = SECOND_NS // 1000
BENT = "sweeps are bent by the vehicle's own motion, and nothing tells when each point was fired"


@dataclass(frozen=True, eq=False)
class _Cloud:
    """One lidar's points of one frame, in ego at `timestamp_ns`, with the pose of that time where there is one."""

    points: Float32Array
    timestamp_ns: int
    world_from_ego: RigidTransform | None
    speed_mps: float | None
    bent: bool


@dataclass(eq=False)
class _Seen:
    """What the sampled frames show of each lidar, and of each lidar together with the first."""

    drives: dict[str, list[list[GroundSeen]]] = field(default_factory=dict)
    pairs: dict[str, list[LidarLidarFrame]] = field(default_factory=dict)
    why_no_pair: dict[str, str] = field(default_factory=dict)


def audit_mountings(
    dataset: Dataset,
    scenes: Sequence[str],
    rig: SensorRig,
    problems: ProblemLog,
    most_frames: int = MOST_FRAMES,
) -> list[AuditResult]:
    """Each lidar of the rig against the ground and the poses, and each but the first against the first.

    Args:
        problems: told what can't be read.
    """
    if not rig.lidars:
        return []
    chosen = [scenes[row] for row in spread_rows(len(scenes), MOST_SCENES)]
    seen = _Seen()
    steps: dict[str, list[tuple[str, Step]]] = {}
    for name in chosen:
        try:
            scene = dataset.scene(name)
        except FileProblemError:  # told where the scene was first read
            continue
        _look(scene, rig, seen, most_frames // len(chosen), problems)
        for stream in _lidar_streams(scene):
            steps.setdefault(stream, []).extend((name, step) for step in steps_of(scene, stream))
    results = []
    first = next((name for name in rig.lidars if name in seen.drives), "")
    for lidar in rig.lidars:
        sensor, pairs = rig.sensor(lidar), seen.pairs.get(lidar, [])
        if pairs:
            results += audit_lidar_lidar(pairs, sensor, first)
        elif first and lidar != first:
            reason = seen.why_no_pair.get(lidar, "no frame with sweeps of both lidars")
            results += undecided(sensor, first, "extrinsic", reason, 0)
        results += audit_ground(seen.drives.get(lidar, []), sensor)
        results += _against_poses(dataset, rig, lidar, steps, problems)
    return results


def _look(scene: Scene, rig: SensorRig, seen: _Seen, frames: int, problems: ProblemLog) -> None:
    """Ground and pairs of lidars in a sample of one scene's frames."""
    drives: dict[str, list[GroundSeen]] = {}
    with_sweeps = _frames_with_sweeps(scene)
    for row in spread_rows(len(with_sweeps), max(frames, 1)):
        clouds = _clouds(scene.frames[with_sweeps[row]], rig, problems)
        for name, cloud in clouds.items():
            ground = ground_seen(cloud.points, rig.sensor(name).ego_from_sensor.translation)
            drives.setdefault(name, []).extend([] if ground is None else [ground])
        first = next((name for name in rig.lidars if name in {**seen.drives, **drives}), "")
        for name in clouds if first in clouds else ():
            if name != first:
                _pair(clouds[first], clouds[name], rig, name, seen)
        scene.measurements.clear()
    for name, grounds in drives.items():
        seen.drives.setdefault(name, []).append(grounds)


def _frames_with_sweeps(scene: Scene) -> list[int]:
    """Rows of the frames that most lidars have a sweep of."""
    rows = scene.frame_table.measurements
    present = [np.asarray(rows[name]) >= 0 for name in _lidar_streams(scene) if name in rows]
    if not present:
        return []
    counts = np.sum(present, axis=0)
    frames: list[int] = np.flatnonzero((counts > 0) & (counts == counts.max())).tolist()
    return frames


def _pair(first: _Cloud, other: _Cloud, rig: SensorRig, name: str, seen: _Seen) -> None:
    moved = _between(other, first)
    if moved is None or first.bent or other.bent:
        seen.why_no_pair[name] = BENT if moved is not None else "no poses, and the two lidars' sweeps differ in time"
        return
    reference = moved.apply(first.points).astype(np.float32)
    origin = rig.sensor(name).ego_from_sensor.translation
    seen.pairs.setdefault(name, []).append(LidarLidarFrame(reference, other.points, origin, other.speed_mps))


def _between(target: _Cloud, source: _Cloud) -> RigidTransform | None:
    """Ego at the time of one cloud from ego at that of the other; None where nobody knows."""
    if target.world_from_ego is not None and source.world_from_ego is not None:
        return target.world_from_ego.inverse() @ source.world_from_ego
    if abs(target.timestamp_ns - source.timestamp_ns) <= SAME_MOMENT_NS:
        return RigidTransform.identity("ego", "ego")
    return None


def _against_poses(
    dataset: Dataset, rig: SensorRig, lidar: str, steps: dict[str, list[tuple[str, Step]]], problems: ProblemLog
) -> list[AuditResult]:
    """The lidar's own motion against the vehicle's, over steps spread over all drives."""
    bent = [0]

    def loaded() -> Iterator[LidarStep]:
        chosen = spread_steps(_steps_with(lidar, steps, rig), MOST_STEPS)
        for scene_name in dict.fromkeys(name for name, _ in chosen):
            scene = dataset.scene(scene_name)
            for step in (step for name, step in chosen if name == scene_name):
                earlier, later = (
                    _clouds(scene.frames[row], rig, problems, only=lidar).get(lidar)
                    for row in (step.earlier, step.later)
                )
                scene.measurements.clear()
                moved = None if earlier is None or later is None else _between(earlier, later)
                if earlier is None or later is None or moved is None:
                    continue
                if earlier.bent or later.bent:
                    bent[0] += 1
                    continue
                change = per_second(scene, earlier.timestamp_ns, later.timestamp_ns)
                yield LidarStep(earlier.points, later.points, moved, change)

    sensor = rig.sensor(lidar)
    results = audit_hand_eye(loaded(), sensor)
    if bent[0] and not results[0].estimate.frames:
        return undecided(sensor, "poses", "mounting", BENT, bent[0])
    return results


def _steps_with(lidar: str, steps: dict[str, list[tuple[str, Step]]], rig: SensorRig) -> list[tuple[str, Step]]:
    """Steps of the stream that holds a lidar: its own, or the merged one of all lidars."""
    if lidar in steps:
        return steps[lidar]
    merged = [name for name in steps if name not in rig.sensors]
    return steps[merged[0]] if merged else []


def _lidar_streams(scene: Scene) -> list[str]:
    return [name for name, stream in scene.streams.items() if stream.kind is SensorKind.LIDAR]


def _clouds(frame: SyncedFrame, rig: SensorRig, problems: ProblemLog, only: str = "") -> dict[str, _Cloud]:
    """The points of each lidar of the rig that this frame has, mounted as there, the first of the rig first."""
    found: dict[str, _Cloud] = {}
    for stream_name in frame.lidars:
        if only and stream_name in rig.sensors and stream_name != only:
            continue
        try:
            sweep = frame.sweep(stream_name)
        except FileProblemError as error:
            problems.add(problem_of(error, scene=frame.scene.name, frame=frame.key, sensor=stream_name))
            continue
        for name, part in _parts(without_motion(sweep, frame.scene.trajectory)):
            if name in rig.sensors and only in ("", name) and _as_mounted(frame.scene, part, name, rig):
                found[name] = _cloud(frame, part, stream_name)
    return {name: found[name] for name in rig.lidars if name in found}


def _parts(sweep: LidarSweep) -> list[tuple[str, LidarSweep]]:
    """The sweep of each lidar that a merged one was made of."""
    sweep = sweep.take(sweep.finite)
    if sweep.sensor_index is None or not sweep.sensor_names:
        return [(sweep.sensor, sweep)]
    return [(name, sweep.take(sweep.sensor_index == number)) for number, name in enumerate(sweep.sensor_names)]


def _as_mounted(scene: Scene, sweep: LidarSweep, name: str, rig: SensorRig) -> bool:
    there = scene.rig_at(sweep.reference_ns)
    if name not in there.sensors:
        return False
    mounted: FloatArray = there.sensor(name).ego_from_sensor.matrix
    return np.array_equal(mounted, rig.sensor(name).ego_from_sensor.matrix)


def _cloud(frame: SyncedFrame, sweep: LidarSweep, stream_name: str) -> _Cloud:
    scene = frame.scene
    position = int(scene.frame_table.measurements[stream_name][frame.index])
    stamp_ns = int(scene.streams[stream_name].timestamps_ns[position])
    speed_mps = None
    if scene.trajectory is not None and scene.trajectory.covers(np.array([stamp_ns])).all():
        speed_mps = float(np.linalg.norm(scene.trajectory.velocities_mps(np.array([stamp_ns]))))
    return _Cloud(
        sweep.points_in_ego, stamp_ns, pose_of(scene, stream_name, position), speed_mps, _bent(sweep, speed_mps)
    )


def _bent(sweep: LidarSweep, speed_mps: float | None) -> bool:
    """The vehicle's motion is in the points, or may be, and is too large to overlook."""
    if sweep.motion is Motion.COMPENSATED:
        return False
    if speed_mps is None:
        return True
    known = sweep.start_ns is not None and sweep.end_ns is not None
    seconds = (sweep.end_ns - sweep.start_ns) / SECOND_NS if known else USUAL_PERIOD_S  # type: ignore[operator]
    return not speed_mps * max(seconds, 0.0) < MOST_BEND_M
