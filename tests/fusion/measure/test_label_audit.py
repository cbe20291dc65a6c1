from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.audit.result import AuditResult
from calibration.estimate import Estimate, Verdict
from fusion.judge.effects import CameraEffect, renewed
from fusion.measure.camera_fit import camera_fit
from fusion.measure.label_audit import LABELS, audit_labels, pooled, without_repeated
from fusion.planting.simulated_drive import DriveOptions, simulated_drive
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

CAMERA = "camera 0"
LONG = DriveOptions(frames=40, objects=60)
NONE = np.zeros(3)


class InMemory:
    """Scenes that are there already, as a reader would hand them out."""

    format = "arrays"

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self._scenes = dict(enumerate(scenes))
        self.problems = ProblemLog()

    def scene_names(self) -> tuple[str, ...]:
        return tuple(map(str, self._scenes))

    def read_scene(self, name: str) -> Scene:
        return self._scenes[int(name)]


def audited(*scenes: Scene) -> dict[str, AuditResult]:
    dataset = Dataset(Path("memory"), InMemory(scenes), "by hand")
    results = audit_labels(dataset, dataset.scene_names, scenes[0].rigs.rigs[0], [CAMERA])
    assert {result.relative_to for result in results} <= {LABELS}
    return {result.quantity: result for result in results}


def test_a_camera_turned_by_half_a_degree_is_told_by_its_labels() -> None:
    yaw = audited(CameraEffect(CAMERA, np.radians([0.0, 0.0, -0.5]), NONE).removed_from(simulated_drive(3, LONG)))
    found = yaw["extrinsic.yaw"]
    assert found.verdict is Verdict.OFF
    assert found.correction == pytest.approx(0.5, abs=0.2)
    assert {one.quantity for one in yaw.values() if one.verdict is Verdict.OFF} == {"extrinsic.yaw"}


def test_a_late_camera_is_told_in_milliseconds() -> None:
    found = audited(CameraEffect(CAMERA, NONE, NONE, -0.04).removed_from(simulated_drive(3, LONG)))["clock.offset"]
    assert (found.verdict, found.unit) == (Verdict.OFF, "ms")
    assert found.correction == pytest.approx(40.0, abs=15.0)


def test_a_right_camera_is_not_called_off() -> None:
    results = audited(simulated_drive(3, LONG))
    assert len(results) == 7
    assert Verdict.OFF not in {result.verdict for result in results.values()}


def test_two_scenes_say_more_than_one() -> None:
    fits = [camera_fit(simulated_drive(seed, LONG), CAMERA) for seed in (3, 4)]
    both = pooled(fits)
    assert (both.joint.sigmas < np.minimum(*(fit.joint.sigmas for fit in fits))).all()
    assert both.joint.clusters == sum(fit.joint.clusters for fit in fits)
    assert len(both.shifts) == sum(len(fit.shifts) for fit in fits)
    assert len(np.unique(both.shifts.frames)) == sum(len(np.unique(fit.shifts.frames)) for fit in fits)
    assert pooled(fits[:1]) is fits[0]


def test_labels_without_2d_boxes_give_the_reason_and_no_labels_nothing() -> None:
    drive = simulated_drive(3, DriveOptions(frames=4, objects=5))
    bare = renewed(drive, label_sets={"labels": replace(drive.labels, boxes_2d=None)})
    results = audited(bare)
    assert {result.verdict for result in results.values()} == {Verdict.CANNOT_TELL}
    assert "from labels: " in results["extrinsic.x"].estimate.reason
    assert audited(scene_from_arrays(timestamps_ns=[0], rig=drive.rigs.rigs[0])) == {}


def test_labels_are_only_asked_where_sensors_are_silent() -> None:
    def result(relative_to: str, quantity: str, value: float = 1.0) -> AuditResult:
        estimate = Estimate(value, None, "m", Verdict.OFF, "", 1)
        return AuditResult("camera", relative_to, quantity, "m", 0.0, estimate)

    by_labels = [result(LABELS, "extrinsic.x"), result(LABELS, "clock.offset")]
    assert without_repeated(by_labels, [result("lidar", "extrinsic.yaw")]) == by_labels[1:]
    assert without_repeated(by_labels, [result("poses", "clock.offset")]) == by_labels[:1]
    assert without_repeated(by_labels, [result("lidar", "extrinsic.yaw", float("nan"))]) == by_labels
