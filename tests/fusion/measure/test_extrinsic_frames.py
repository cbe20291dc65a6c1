from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.audit.result import AuditResult
from calibration.estimate import Estimate, Verdict
from calibration.rig import SensorRig
from calibration.transform import RigidTransform
from fusion import open_dataset
from fusion.measure.extrinsic_frames import cautious, extrinsic_frames
from fusion.run.calibration_audit import audit_calibration
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog


def opened(crossing: Path) -> tuple[Dataset, SensorRig]:
    dataset = open_dataset(crossing / "v1.0-truth")
    scene = dataset.scene(dataset.scene_names[0])
    return dataset, scene.rig_at(int(scene.frame_table.timestamps_ns[0]))


def turned(rig: SensorRig, camera: str, degrees: float) -> SensorRig:
    """The rig with a camera looking further to the left."""
    sensor = rig.sensor(camera)
    rotation = Rotation.from_euler("z", degrees, degrees=True).as_matrix() @ sensor.ego_from_sensor.rotation
    place = RigidTransform.from_rotation("ego", camera, rotation, sensor.ego_from_sensor.translation)
    return rig.with_sensor(replace(sensor, ego_from_sensor=place))


def off_by(correction: float, half: float, frames: int) -> AuditResult:
    estimate = Estimate(correction, (correction - half, correction + half), "deg", Verdict.OFF, "told", frames)
    return AuditResult.of_correction("front", "top", "extrinsic.yaw", 90.0, estimate)


@pytest.mark.parametrize(
    ("correction", "half", "frames", "verdict"),
    [
        (0.2, 0.1, 20, Verdict.OFF),
        (0.2, 0.1, 1, Verdict.CANNOT_TELL),
        (-1.5, 0.4, 1, Verdict.OFF),
        (-1.5, 0.7, 1, Verdict.CANNOT_TELL),
    ],
    ids=["many frames", "one frame, small", "one frame, large", "one frame, wide"],
)
def test_a_single_frame_calls_only_a_harmful_turn_off(
    correction: float, half: float, frames: int, verdict: Verdict
) -> None:
    result = cautious(off_by(correction, half, frames))
    assert result.verdict is verdict
    assert result.correction == pytest.approx(correction)


def test_frames_are_loaded_one_at_a_time_and_sampled(crossing: Path) -> None:
    dataset, rig = opened(crossing)
    problems = ProblemLog()
    frames = extrinsic_frames(dataset, dataset.scene_names, rig, ["CAM_FRONT"], "LIDAR_TOP", problems)
    name, first = next(frames)
    assert name == "CAM_FRONT"
    assert first.camera_from_points.target == "CAM_FRONT"
    assert np.isfinite(first.points).all()
    assert 1 + sum(1 for _ in frames) <= 20
    assert len(problems) == 0


def test_frames_of_another_mounting_are_left_out(crossing: Path) -> None:
    dataset, rig = opened(crossing)
    other = turned(rig, "CAM_FRONT", 1.0)
    assert not list(extrinsic_frames(dataset, dataset.scene_names, other, ["CAM_FRONT"], "LIDAR_TOP", ProblemLog()))


def test_a_camera_turned_by_half_a_degree_is_found_and_put_back(crossing: Path) -> None:
    _, rig = opened(crossing)
    dataset = open_dataset(crossing / "v1.0-truth", rig=turned(rig, "CAM_FRONT", 0.5))
    audit = audit_calibration(dataset)
    against_lidar = [one for one in audit.results if one.relative_to == "LIDAR_TOP"]
    (yaw,) = [one for one in against_lidar if (one.sensor, one.quantity) == ("CAM_FRONT", "extrinsic.yaw")]
    assert yaw.verdict is Verdict.OFF
    assert yaw.correction == pytest.approx(-0.5, abs=0.12)
    corrected = audit.corrected_rig()
    assert corrected is not None
    left = corrected.sensor("CAM_FRONT").ego_from_sensor.inverse().rotation @ (
        rig.sensor("CAM_FRONT").ego_from_sensor.rotation
    )
    assert np.degrees(Rotation.from_matrix(left).magnitude()) < 0.2
    assert json.loads(audit.to_json())["results"]


@pytest.mark.parametrize("folder", ["kitti-object", "nuscenes"])
def test_nothing_is_off_in_real_single_frames(shared_data: Path, folder: str) -> None:
    audit = audit_calibration(open_dataset(shared_data / folder))
    assert audit.off == ()
    assert audit.problems == ()
