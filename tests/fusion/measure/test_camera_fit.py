from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.arrays import FloatArray
from calibration.estimate import Verdict
from fusion.errors import NotMeasurableError
from fusion.judge.effects import CameraEffect, renewed
from fusion.measure.camera_fit import QUANTITIES, camera_fit
from fusion.measure.camera_verdict import HARMLESS, camera_verdict
from fusion.measure.outline_shifts import cameras_drawn_in, outline_shifts
from fusion.planting.simulated_drive import DriveOptions, simulated_drive
from fusion.scene.scene import Scene

CAMERA = "camera 0"
LONG = DriveOptions(frames=40, objects=60)


def correction(**parts: float) -> FloatArray:
    return np.array([parts.get(name, 0.0) for name in QUANTITIES])


def off_by(scene: Scene, **parts: float) -> Scene:
    """The scene with a camera whose files lack this correction."""
    return CameraEffect.of(CAMERA, correction(**parts)).opposite().removed_from(scene)


PLANTED = [
    pytest.param({"yaw": np.radians(0.5)}, "rotation", id="yaw"),
    pytest.param({"pitch": np.radians(-0.5)}, "rotation", id="pitch"),
    pytest.param({"roll": np.radians(1.0)}, "rotation", id="roll"),
    pytest.param({"y": 0.3}, "translation", id="sideways"),
    pytest.param({"time": 0.04}, "time", id="late"),
    pytest.param({"time": -0.04}, "time", id="early"),
]


@pytest.mark.parametrize(("planted", "cause"), PLANTED)
def test_names_the_cause_and_its_size(planted: dict[str, float], cause: str) -> None:
    fit = camera_fit(off_by(simulated_drive(1, LONG), **planted), CAMERA)
    (name,) = planted
    verdict = camera_verdict(fit, HARMLESS)
    assert verdict.told == cause
    assert verdict.estimates[name].verdict is Verdict.OFF
    assert fit.correction(cause)[QUANTITIES.index(name)] == pytest.approx(planted[name], rel=0.35)


@pytest.mark.parametrize("seed", range(4))
def test_a_right_camera_has_no_cause(seed: int) -> None:
    verdict = camera_verdict(camera_fit(simulated_drive(seed, LONG), CAMERA), HARMLESS)
    assert verdict.told == ""
    assert Verdict.OFF not in {estimate.verdict for estimate in verdict.estimates.values()}


def test_without_the_error_nothing_is_left_of_it() -> None:
    scene = off_by(simulated_drive(1, LONG), yaw=np.radians(1.0))
    found = camera_fit(scene, CAMERA).correction("rotation")
    assert not camera_fit(CameraEffect.of(CAMERA, found).removed_from(scene), CAMERA).is_off


def test_one_wrong_label_is_no_camera() -> None:
    scene = simulated_drive(2, LONG)
    boxes = scene.labels.boxes
    rows = np.flatnonzero(boxes.track.codes == np.bincount(boxes.track.codes).argmax())
    centres = boxes.centres_m.copy()
    centres[rows, 1] += 1.0
    labels = replace(scene.labels, boxes=replace(boxes, centres_m=centres))
    wrong = renewed(scene, label_sets={"labels": labels})
    assert camera_verdict(camera_fit(wrong, CAMERA), HARMLESS).told == ""


def test_an_even_drive_past_standing_objects_says_what_it_cannot_tell_apart() -> None:
    even = DriveOptions(frames=60, objects=60, even=True, moving_share=0.0, camera_yaws_deg=(90.0,))
    verdict = camera_verdict(camera_fit(simulated_drive(1, even), CAMERA), HARMLESS)
    assert verdict.estimates["time"].verdict is Verdict.CANNOT_TELL
    assert "inseparable from y" in verdict.estimates["time"].reason


def test_without_speeds_time_cannot_be_told() -> None:
    scene = replace(simulated_drive(1, LONG), time_base="synthetic")
    verdict = camera_verdict(camera_fit(off_by(scene, yaw=np.radians(0.5)), CAMERA), HARMLESS)
    assert verdict.told == "rotation"
    assert "speeds are unknown" in verdict.estimates["time"].reason


def test_boxes_made_by_projection_prove_nothing() -> None:
    scene = simulated_drive(1)
    derived = replace(scene.labels.boxes_2d, derived=True) if scene.labels.boxes_2d else None
    told = renewed(scene, label_sets={"labels": replace(scene.labels, boxes_2d=derived)})
    with pytest.raises(NotMeasurableError, match="projections"):
        cameras_drawn_in(told)
    exact = DriveOptions(drawn_sigma_px=0.0, label_sigma_m=0.0, wander_sigma_m=0.0)
    same = simulated_drive(1, exact)
    assert same.labels.boxes_2d is not None
    shifts = outline_shifts(same, CAMERA)
    edges = same.labels.boxes_2d.edges_px.copy()
    of_row = {int(row): index for index, row in enumerate(same.labels.boxes_2d.box3d_rows)}
    drawn = [of_row[int(row)] for row in shifts.rows]
    edges[drawn] -= np.tile(shifts.shift_px, 2)
    projected = replace(same.labels.boxes_2d, edges_px=edges)
    with pytest.raises(NotMeasurableError, match="better than people draw"):
        camera_fit(renewed(same, label_sets={"labels": replace(same.labels, boxes_2d=projected)}), CAMERA)


def test_few_objects_are_not_enough() -> None:
    with pytest.raises(NotMeasurableError, match="objects can be compared"):
        camera_fit(simulated_drive(1, DriveOptions(objects=3)), CAMERA)
