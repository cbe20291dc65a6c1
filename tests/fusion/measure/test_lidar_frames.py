from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from calibration.clock import SECOND_NS
from calibration.estimate import Verdict
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_yaws
from fusion.measure.lidar_frames import audit_lidar_clocks, lidar_drive
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

STAMPS_NS = np.arange(150, dtype=np.int64) * (SECOND_NS // 10)


class InMemory:
    """Scenes that are there already, as a reader would hand them out."""

    format = "arrays"

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self._scenes = {scene.name: scene for scene in scenes}
        self.problems = ProblemLog()

    def scene_names(self) -> tuple[str, ...]:
        return tuple(self._scenes)

    def read_scene(self, name: str) -> Scene:
        return self._scenes[name]


def drive(poses_known: bool = True) -> Scene:
    """Fifteen seconds of winding road past random points."""
    ego_from_lidar = RigidTransform.from_rotation("ego", "lidar", np.eye(3), np.array([0.9, 0.0, 1.8]))
    points = np.random.default_rng(3).uniform(-20, 20, (500, 3))
    seen: list[LidarSweep | None] = [
        LidarSweep.from_columns(
            sensor="lidar", points=points, ego_from_points=ego_from_lidar, reference_ns=stamp, motion=Motion.COMPENSATED
        )
        for stamp in STAMPS_NS.tolist()
    ]
    seconds = STAMPS_NS / SECOND_NS
    places = np.stack([5 * seconds, 0 * seconds, 0 * seconds], axis=1)
    poses = Trajectory.from_poses(STAMPS_NS, places, quaternions_from_yaws(0.3 * np.sin(1.1 * seconds)))
    return scene_from_arrays(
        timestamps_ns=STAMPS_NS,
        points={"lidar": seen},
        rig=SensorRig.of(Sensor("lidar", SensorKind.LIDAR, ego_from_lidar)),
        poses=poses if poses_known else None,
        name="drive",
    )


def verdicts(scene: Scene, timeless: str = "") -> dict[str, tuple[Verdict, str]]:
    dataset = Dataset(Path("memory"), InMemory([scene]), "by hand")
    results = audit_lidar_clocks(dataset, ("drive",), ("lidar",), ProblemLog(), timeless)
    return {one.quantity: (one.verdict, one.estimate.reason) for one in results}


def test_a_winding_drive_gives_as_many_pairs_as_are_asked_for() -> None:
    held = lidar_drive(drive(), "lidar", 6, ProblemLog())
    assert held is not None
    between = held.drive.pairs[held.drive.pairs[:, 0] != held.drive.pairs[:, 1]]
    assert 0 < len(between) <= 6
    assert set(held.stamps_ns.tolist()) <= set(STAMPS_NS.tolist())


def test_poses_at_the_stamps_of_the_sweeps_are_known_to_be_the_lidars_own() -> None:
    held = lidar_drive(drive(), "lidar", 6, ProblemLog())
    assert held is not None
    assert held.poses_are_its_own


def test_without_poses_there_is_no_drive_and_the_clock_cannot_be_told() -> None:
    assert lidar_drive(drive(poses_known=False), "lidar", 6, ProblemLog()) is None
    assert {verdict for verdict, _ in verdicts(drive(poses_known=False)).values()} == {Verdict.CANNOT_TELL}


def test_a_data_set_without_a_clock_is_told_as_that() -> None:
    found = verdicts(drive(), "no clock")
    assert found
    assert all(verdict is Verdict.CANNOT_TELL and "no clock" in reason for verdict, reason in found.values())
