from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.audit.placement import moved_place
from calibration.audit.result import AuditResult
from calibration.clock import SECOND_NS
from calibration.estimate import Verdict
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_yaws
from fusion import open_dataset
from fusion.measure.mounting_frames import audit_mountings
from fusion.measure.sweep_steps import per_second, pose_of, steps_of
from fusion.run.calibration_audit import CalibrationAudit
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

PLACES = {"top": (0.9, 0.0, 1.8), "right": (1.2, -0.6, 1.5)}
FRAMES, PERIOD_NS, SPEED_MPS = 10, SECOND_NS, 5.0
Street = Callable[[int], Any]
STAMPS_NS = np.arange(FRAMES, dtype=np.int64) * PERIOD_NS
YAWS_RAD = 0.3 * np.sin(1.1 * np.arange(FRAMES))


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


def true_rig() -> SensorRig:
    return SensorRig.of(
        *(
            Sensor(name, SensorKind.LIDAR, RigidTransform.from_rotation("ego", name, np.eye(3), np.array(place)))
            for name, place in PLACES.items()
        )
    )


def poses() -> Trajectory:
    places = np.stack([SPEED_MPS * STAMPS_NS / SECOND_NS - 22, np.zeros(FRAMES), np.zeros(FRAMES)], axis=1)
    return Trajectory.from_poses(STAMPS_NS, places, quaternions_from_yaws(YAWS_RAD), max_gap_ns=2 * SECOND_NS)


@cache
def sweeps(walled_street: Street) -> dict[str, tuple[FloatArray, ...]]:
    """What each lidar saw, in its own frame."""
    street, trajectory = walled_street(8), poses()
    world_from_ego = [trajectory.world_from_ego_at(int(stamp)) for stamp in STAMPS_NS]
    return {
        name: tuple(
            street.points((pose @ sensor.ego_from_sensor).rotation, (pose @ sensor.ego_from_sensor).translation, row)
            for row, pose in enumerate(world_from_ego)
        )
        for name, sensor in true_rig().sensors.items()
    }


def audited(
    walled_street: Street,
    in_file: SensorRig,
    motion: Motion = Motion.COMPENSATED,
    poses_known: bool = True,
    merged: bool = False,
) -> list[AuditResult]:
    """The audit of a drive whose files say `in_file`."""
    seen: dict[str, list[LidarSweep | None]] = {}
    for row, stamp in enumerate(STAMPS_NS.tolist()):
        of_frame = {name: clouds[row] for name, clouds in sweeps(walled_street).items()}
        if merged:
            seen.setdefault("lidar", []).append(merged_sweep(in_file, of_frame, stamp))
            continue
        for name, points in of_frame.items():
            seen.setdefault(name, []).append(
                LidarSweep.from_columns(
                    sensor=name,
                    points=points,
                    ego_from_points=in_file.sensor(name).ego_from_sensor,
                    reference_ns=stamp,
                    motion=motion,
                )
            )
    scene = scene_from_arrays(
        timestamps_ns=STAMPS_NS, points=seen, rig=in_file, poses=poses() if poses_known else None, name="drive"
    )
    dataset = Dataset(Path("memory"), InMemory([scene]), "by hand")
    problems = ProblemLog()
    results = audit_mountings(dataset, ("drive",), in_file, problems)
    assert not list(problems)
    return results


def merged_sweep(rig: SensorRig, of_frame: dict[str, FloatArray], stamp: int) -> LidarSweep:
    in_ego = [rig.sensor(name).ego_from_sensor.apply(points) for name, points in of_frame.items()]
    return LidarSweep.from_columns(
        sensor="lidar",
        points=np.concatenate(in_ego),
        ego_from_points=RigidTransform.identity("ego", "ego"),
        reference_ns=stamp,
        motion=Motion.COMPENSATED,
        ray_origin=PLACES["top"],
        sensor_index=np.repeat([0, 1], [len(points) for points in in_ego]),
        sensor_names=tuple(of_frame),
    )


def off_by(**numbers: float) -> SensorRig:
    """A rig whose right lidar lacks this correction."""
    correction = np.array([numbers.get(name, 0.0) for name in ("x", "y", "z", "roll", "pitch", "yaw")])
    correction[3:] = np.radians(correction[3:])
    rig = true_rig()
    sensor = rig.sensor("right")
    return rig.with_sensor(replace(sensor, ego_from_sensor=moved_place(sensor.ego_from_sensor, -correction)))


def off(results: list[AuditResult], family: str) -> set[tuple[str, str]]:
    return {
        (one.sensor, one.quantity) for one in results if one.verdict is Verdict.OFF and one.quantity.startswith(family)
    }


@pytest.fixture
def lidars_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three frames and no steps: what the poses say takes seconds and is another test's."""
    monkeypatch.setattr("fusion.measure.mounting_frames.MOST_STEPS", 0)
    monkeypatch.setattr("fusion.measure.mounting_frames.MOST_FRAMES", 3)


@pytest.mark.usefixtures("lidars_only")
@pytest.mark.parametrize("merged", [False, True], ids=["two streams", "one merged stream"])
def test_the_second_lidar_is_held_against_the_first(walled_street: Street, merged: bool) -> None:
    results = audited(walled_street, off_by(yaw=0.5), merged=merged)
    assert off(results, "extrinsic") == {("right", "extrinsic.yaw")}
    assert {one.relative_to for one in results if one.quantity.startswith("extrinsic")} == {"top"}


def test_right_files_raise_nothing_and_each_lidar_is_told_of(walled_street: Street) -> None:
    results = audited(walled_street, true_rig())
    assert not off(results, "")
    told = {(one.sensor, one.relative_to) for one in results}
    assert told == {("right", "top"), *((name, other) for name in PLACES for other in ("ground", "poses"))}
    good = {(one.sensor, one.quantity) for one in results if one.verdict is Verdict.GOOD and one.relative_to == "poses"}
    assert {("top", "mounting.yaw"), ("right", "mounting.pitch")} <= good


@pytest.mark.usefixtures("lidars_only")
def test_a_corrected_rig_puts_the_lidar_where_it_is(walled_street: Street) -> None:
    in_file = off_by(x=0.12, yaw=-0.6)
    results = audited(walled_street, in_file)
    audit = CalibrationAudit("memory", "arrays", ("drive",), tuple(results), (), in_file, 1)
    corrected = audit.corrected_rig()
    assert corrected is not None
    place, truth = corrected.sensor("right").ego_from_sensor, true_rig().sensor("right").ego_from_sensor
    assert place.translation == pytest.approx(truth.translation, abs=0.015)
    assert np.degrees((place.inverse() @ truth).angle_rad) < 0.1
    assert corrected.sensor("top").ego_from_sensor.matrix == pytest.approx(in_file.sensor("top").ego_from_sensor.matrix)


@pytest.mark.parametrize("motion", [Motion.RAW, Motion.UNKNOWN], ids=str)
def test_sweeps_that_driving_bent_tell_nothing(walled_street: Street, motion: Motion) -> None:
    results = audited(walled_street, true_rig(), motion=motion)
    bent = [one for one in results if one.relative_to in ("top", "poses")]
    assert {one.verdict for one in bent} == {Verdict.CANNOT_TELL}
    assert all("bent by the vehicle's own motion" in one.estimate.reason for one in bent)


@pytest.mark.usefixtures("lidars_only")
def test_without_poses_lidars_of_one_moment_are_still_compared(walled_street: Street) -> None:
    results = audited(walled_street, off_by(z=0.1), poses_known=False)
    assert ("right", "extrinsic.z") in off(results, "extrinsic")
    against_poses = [one for one in results if one.relative_to == "poses"]
    assert against_poses
    assert all("no two sweeps with poses" in one.estimate.reason for one in against_poses)


def test_a_rig_without_lidars_gives_no_results() -> None:
    scene = scene_from_arrays(timestamps_ns=STAMPS_NS, name="drive")
    dataset = Dataset(Path("memory"), InMemory([scene]), "by hand")
    assert audit_mountings(dataset, ("drive",), SensorRig.of(), ProblemLog()) == []


def test_steps_reach_as_far_as_a_slip_shows() -> None:
    points = [np.zeros((1, 3))] * FRAMES
    rig = SensorRig.of(true_rig().sensor("top"))
    driving = scene_from_arrays(timestamps_ns=STAMPS_NS, points={"top": points}, rig=rig, poses=poses())
    steps = steps_of(driving, "top")
    assert [(step.earlier, step.later) for step in steps] == [(row, row + 1) for row in range(FRAMES - 1)]
    assert pose_of(driving, "top", 3) is not None
    unplaced = scene_from_arrays(timestamps_ns=STAMPS_NS, points={"top": points}, rig=rig)
    assert steps_of(unplaced, "top") == []
    assert steps_of(driving, "no such stream") == []


def test_the_change_of_a_motion_per_second_is_that_of_the_poses() -> None:
    points = [np.zeros((1, 3))] * FRAMES
    scene = scene_from_arrays(timestamps_ns=STAMPS_NS, points={"top": points}, rig=true_rig(), poses=poses())
    change = per_second(scene, int(STAMPS_NS[2]), int(STAMPS_NS[3]))
    assert change is not None
    rates = np.diff(YAWS_RAD) / (PERIOD_NS / SECOND_NS)
    assert change[5] == pytest.approx(rates[3] - rates[2], abs=1e-3)
    assert per_second(scene, int(STAMPS_NS[2]), int(STAMPS_NS[-1])) is None


@pytest.mark.needs("shared_data")
def test_two_real_lidars_on_one_roof_are_not_called_off(shared_data: Path) -> None:
    dataset = open_dataset(shared_data / "argoverse2-sensor")
    scene = dataset.scene(dataset.scene_names[0])
    rig = scene.rig_at(int(scene.frame_table.timestamps_ns[0]))
    results = audit_mountings(dataset, dataset.scene_names, rig, ProblemLog())
    assert not off(results, "")
    compared = [one for one in results if one.relative_to == "up_lidar"]
    assert {one.sensor for one in compared} == {"down_lidar"}
    assert {one.verdict for one in compared} == {Verdict.GOOD}
