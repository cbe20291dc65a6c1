"""Sweeps for the audit of a lidar's clock: those between which the vehicle changes its motion, reduced to patches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.arrays import IntArray
from calibration.audit.crispness import Drive
from calibration.audit.firing_order import firing_times_ns
from calibration.audit.lidar_clock import LidarDrive, audit_lidar_clock, informative_pairs, why_not_measurable
from calibration.audit.result import AuditResult
from calibration.audit.surface_patches import Patches, upright_patches
from calibration.clock import SECOND_NS
from calibration.errors import FileProblemError
from calibration.sensors import SensorKind
from calibration.sweep import LidarSweep
from calibration.trajectory import Trajectory
from fusion.measure.extrinsic_frames import spread_rows
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog, problem_of
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream

# Twenty pairs of sweeps fix an offset to a millisecond, and take some seconds.
MOST_PAIRS = 20
MOST_SCENES = 5
# Poses made for sweeps stand at their stamps; a few more or less are the ends of a drive.
OWN_STAMPS_SHARE = 0.95


def audit_lidar_clocks(
    dataset: Dataset,
    scenes: Sequence[str],
    lidars: Sequence[str],
    problems: ProblemLog,
    timeless: str = "",
    most_pairs: int = MOST_PAIRS,
    scans: bool = False,
) -> list[AuditResult]:
    """The clock of each lidar stream against the poses, over a sample of sweeps of up to five scenes.

    Args:
        problems: told what can't be read.
        timeless: why there is no clock to speak of; empty where there is.
        scans: keep a curve of each offset.
    """
    chosen = [scenes[row] for row in spread_rows(len(scenes), MOST_SCENES)]
    drives: dict[str, list[LidarDrive]] = {name: [] for name in lidars}
    why_not: dict[str, str] = {}
    for name in chosen if not timeless else ():
        try:
            scene = dataset.scene(name)
        except FileProblemError:  # told where the scene was first read
            continue
        for lidar in lidars:
            stream = scene.streams.get(lidar)
            if stream is None or stream.kind is not SensorKind.LIDAR:
                continue
            reason = why_not_measurable(stream.timestamps_ns, scene.trajectory)
            drive = None if reason else lidar_drive(scene, lidar, most_pairs // len(chosen), problems)
            if drive is None:
                why_not.setdefault(lidar, reason or "no two sweeps could be read")
            else:
                drives[lidar].append(drive)
    return [
        result
        for lidar in lidars
        for result in audit_lidar_clock(lidar, drives[lidar], timeless or why_not.get(lidar, ""), scans)
    ]


def lidar_drive(scene: Scene, lidar: str, most_pairs: int, problems: ProblemLog) -> LidarDrive | None:
    """One scene's sweeps, loaded one at a time; None where no pair of them can be read.

    Args:
        problems: told what can't be read.
    """
    stream, trajectory = scene.streams[lidar], scene.trajectory
    if trajectory is None:
        return None
    pairs = informative_pairs(stream.timestamps_ns, trajectory, most_pairs)
    loaded: dict[int, tuple[Patches, LidarSweep]] = {}
    for row in np.unique(pairs).tolist():
        try:
            sweep: LidarSweep = stream.load(row)
        except FileProblemError as error:
            problems.add(problem_of(error, scene=scene.name, sensor=lidar))
            continue
        loaded[row] = upright_patches(sweep, firing_times_ns(sweep)), sweep.take(np.zeros(len(sweep), dtype=bool))
    places = {row: place for place, row in enumerate(loaded)}
    held = [(places[one], places[other]) for one, other in pairs.tolist() if one in places and other in places]
    if not held:
        return None
    sweeps = [sweep for _, sweep in loaded.values()]
    timed = not any(np.isnan(patches.fired_s).any() for patches, _ in loaded.values())
    with_itself = [(place, place) for place in places.values()] if timed else []
    return LidarDrive(
        drive=Drive(tuple(patches for patches, _ in loaded.values()), trajectory, np.array(held + with_itself)),
        stamps_ns=np.array([sweep.reference_ns for sweep in sweeps]),
        motion=sweeps[0].motion,
        timed=timed,
        sweep_s=_duration_s(sweeps, stream),
        poses_are_its_own=_own_poses(trajectory, stream.timestamps_ns),
    )


def _duration_s(sweeps: Sequence[LidarSweep], stream: Stream[LidarSweep]) -> float | None:
    """How long a sweep takes: as told, else from one to the next."""
    told = [one.end_ns - one.start_ns for one in sweeps if one.start_ns is not None and one.end_ns is not None]
    steps_ns = np.diff(np.sort(stream.timestamps_ns))
    between = told or steps_ns[steps_ns > 0].tolist()
    return float(np.median(between)) / SECOND_NS if between else None


def _own_poses(trajectory: Trajectory, stamps_ns: IntArray) -> bool:
    """Poses stand at the stamps of this lidar and nowhere else."""
    return bool(np.isin(trajectory.timestamps_ns, stamps_ns).mean() >= OWN_STAMPS_SHARE)
