"""The audits run over the sample scene, as it is and with one camera turned in its rig."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.estimate import Verdict
from calibration.transform import RigidTransform
from fusion import open_dataset
from fusion.errors import NotMeasurableError
from fusion.measure.extrinsic_frames import audit_extrinsic
from fusion.measure.scene_audit import camera_audit, camera_clock_audit, lidar_clock_audit, mounting_audit
from fusion.scene.given_rig import with_rig
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def sample(crossing: Path) -> Scene:
    dataset = open_dataset(crossing / "v1.0-truth")
    return dataset.scene(dataset.scene_names[0])


def test_nothing_of_the_sample_scene_is_off(crossing: Path) -> None:
    scene = sample(crossing)
    results = [*camera_audit(scene), *mounting_audit(scene), *lidar_clock_audit(scene), *camera_clock_audit(scene)]
    assert [result for result in results if result.verdict is Verdict.OFF] == []
    assert sum(result.verdict is Verdict.GOOD for result in results) >= 12


def test_a_camera_turned_by_a_degree_is_off_and_the_others_are_not(crossing: Path) -> None:
    scene = sample(crossing)
    rig = scene.rig_at(0)
    camera = rig.sensor("CAM_FRONT")
    turn = RigidTransform("ego", "ego", Rotation.from_euler("z", 1, degrees=True).as_matrix(), [0.0, 0, 0])
    turned = with_rig(scene, rig.with_sensor(replace(camera, ego_from_sensor=turn @ camera.ego_from_sensor)))
    off = {(one.sensor, one.quantity): one.correction for one in camera_audit(turned) if one.verdict is Verdict.OFF}
    assert {sensor for sensor, _ in off} == {"CAM_FRONT"}
    assert off["CAM_FRONT", "extrinsic.yaw"] == pytest.approx(-1.0, abs=0.15)


def test_the_scene_keeps_what_was_measured_of_it(crossing: Path) -> None:
    scene = sample(crossing)
    kept = scene.frames[0].point_counts
    assert mounting_audit(scene) is mounting_audit(scene)
    assert scene.frames[0].point_counts is not None
    assert (scene.frames[0].point_counts == kept).all()


def test_a_scene_without_sensors_or_clock_can_not_be_audited() -> None:
    bare = scene_from_arrays(timestamps_ns=[0], time_base="utc")
    for audit, reason in (
        (camera_audit, "no lidar"),
        (mounting_audit, "no lidar"),
        (lidar_clock_audit, "no trajectory"),
        (camera_clock_audit, "no trajectory"),
    ):
        with pytest.raises(NotMeasurableError, match=reason):
            audit(bare)


def test_curves_of_what_was_tried_peak_at_the_estimate(crossing: Path) -> None:
    dataset = open_dataset(crossing / "v1.0-truth")
    rig = dataset.scene(dataset.scene_names[0]).rig_at(0)
    names, problems = dataset.scene_names, ProblemLog()
    results = audit_extrinsic(dataset, names, rig, ["CAM_FRONT_LEFT"], "LIDAR_TOP", problems, most_frames=6, scans=True)
    for result in results:
        assert result.scan is not None
        assert len(result.scan.values) == len(result.scan.agreement)
    (yaw,) = [result for result in results if result.quantity == "extrinsic.yaw"]
    assert yaw.scan is not None
    assert yaw.estimated is not None
    best = yaw.scan.values[np.argmax(yaw.scan.agreement)]
    assert best == pytest.approx(yaw.estimated, abs=0.1)
