"""Causes, proven end to end: faults planted in a simulated drive, checked, and their symptoms looked for."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.judge.effects import CameraEffect
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.planting.simulated_drive import DriveOptions, simulated_drive
from fusion.run.phases import judge_scene, measure_frames
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

NONE = np.zeros(3)
SELECTED = Settings(select=("RIG103", "TIM203", "TIM204", "TIM212", "IMG401", "TRK501", "TRK505", "BOX301"))
OPTIONS = DriveOptions(frames=30, objects=50)


def findings_of(scene: Scene) -> list[Finding]:
    measured = measure_frames(scene, range(len(scene.frames)), SELECTED)
    return judge_scene(scene, [measured], SELECTED).findings


def under(findings: list[Finding], code: str) -> Counter[str]:
    """How many findings of each check go under those of one check."""
    causes = {one.id for one in findings if one.code == code}
    return Counter(one.code for one in findings if one.cause in causes and one.code != code)


CAMERA_CAUSES = [
    pytest.param(CameraEffect("camera 0", np.radians([0, 0, -1.0]), NONE), "RIG103", id="turned"),
    pytest.param(CameraEffect("camera 0", NONE, np.array([0, -0.4, 0])), "RIG103", id="moved"),
    pytest.param(CameraEffect("camera 0", NONE, NONE, -0.06), "TIM212", id="late"),
]


@pytest.mark.parametrize(("error", "code"), CAMERA_CAUSES)
def test_symptoms_of_a_wrong_camera_go_under_it(error: CameraEffect, code: str) -> None:
    drive = simulated_drive(3, OPTIONS)
    before = sum(one.code == "IMG401" and one.subject == "view" for one in findings_of(drive))
    findings = findings_of(error.removed_from(drive))
    symptoms = [one for one in findings if one.code == "IMG401" and one.subject == "view"]
    explained = under(findings, code)["IMG401"]
    assert len(symptoms) > before + 100
    assert len(symptoms) - explained <= 1.5 * before + 5


FRAME_CAUSES = [
    pytest.param("slip:1:frame", "TIM203", id="slip"),
    pytest.param("pose-jump:1:frame", "TIM204", id="pose"),
    pytest.param("pose-jump:1:tail", "TIM204", id="poses from a frame on"),
]


@pytest.mark.parametrize(("fault", "code"), FRAME_CAUSES)
def test_jumps_of_a_whole_frame_go_under_what_befell_it(fault: str, code: str) -> None:
    findings = findings_of(plant(simulated_drive(3, OPTIONS), [parse_fault(fault)], 1).scene)
    jumps = [one for one in findings if one.code == "TRK501"]
    assert under(findings, code)["TRK501"] > 0.9 * len(jumps) > 20
    assert sum(one.code == code and one.cause is None for one in findings) == 1


def test_a_wrong_label_is_not_hidden_by_a_wrong_camera() -> None:
    drive = simulated_drive(3, OPTIONS)
    wrong = plant(drive, [parse_fault("shift:1:track")], 1)
    own = {
        one.id for one in findings_of(wrong.scene) if one.code == "IMG401" and one.track == wrong.truths[0].tracks[0]
    }
    turned = CameraEffect("camera 0", np.radians([0, 0, -1.0]), NONE).removed_from(wrong.scene)
    findings = {one.id: one for one in findings_of(turned)}
    hidden = [one for one in own if one in findings and findings[one].cause and findings[one].subject == "view"]
    codes = {findings[str(findings[one].cause)].code for one in hidden}
    assert own
    assert "RIG103" in {one.code for one in findings.values()}
    assert codes <= {"IMG401"}


def test_two_boxes_on_one_object_are_no_symptom_of_a_frame() -> None:
    twice = plant(simulated_drive(3, OPTIONS), [parse_fault("duplicate:0.15:10")], 1)
    scene = plant(twice.scene, [parse_fault("slip:1:frame")], 1).scene
    measured = measure_frames(scene, range(len(scene.frames)), Settings())
    findings = judge_scene(scene, [measured], Settings()).findings
    assert twice.truths
    assert any(one.code == "BOX306" for one in findings)
    # Labels slipped by a sweep are those of the sweep before, copied.
    assert under(findings, "DAT010")["TIM203"] == 1
    assert under(findings, "DAT010")["TRK501"] > 20
    assert under(findings, "DAT010")["BOX306"] == 0


def test_two_causes_share_their_symptoms() -> None:
    turned = CameraEffect("camera 0", np.radians([0, 0, -1.0]), NONE).removed_from(simulated_drive(3, OPTIONS))
    findings = findings_of(plant(turned, [parse_fault("slip:1:frame")], 1).scene)
    assert under(findings, "RIG103")["IMG401"] > 100
    assert under(findings, "TIM203")["TRK501"] > 20


def test_the_empty_place_of_a_displaced_box_goes_under_its_jump() -> None:
    chance = np.random.default_rng(2)
    sides = chance.uniform([-2.2, -0.94, 0.1], [2.2, -0.92, 1.6], (200, 3))
    wall = np.stack([np.linspace(-10, 30, 4000), np.full(4000, 16.0), np.tile(np.linspace(0.2, 3, 20), 200)], axis=1)
    builder = SceneBuilder()
    for frame in range(9):
        place = np.array([8.0, 6.0, 0.85]) + ([4.8, 3.0, 0.0] if frame == 4 else [0, 0, 0])
        points = np.concatenate([sides + np.array([8.0, 6.0, 0.0]), wall, np.array([[2.0, 0, 0]])])
        box = Boxes3D.upright([place], [[4.5, 2.0, 1.7]], [0.0], track=["car"], category=["car"])
        builder.frame(points.astype(np.float32), box, world_from_ego=np.eye(4))
    findings = findings_of(builder.build())
    codes = Counter(one.code for one in findings)
    assert codes == {"TRK501": 1, "BOX301": 1}
    assert under(findings, "TRK501") == {"BOX301": 1}
