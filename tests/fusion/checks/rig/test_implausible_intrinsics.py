from __future__ import annotations

from math import radians, tan
from typing import Any

import pytest

from calibration.cameras import CameraModel, camera_from_parameters
from calibration.rig import RigHistory, SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.rig.implausible_intrinsics import implausible_intrinsics
from fusion.checks.settings import Settings
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.run.check import check_dataset, check_scene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

USUAL: dict[str, Any] = {
    "kind": "pinhole",
    "width": 1600,
    "height": 900,
    "fx": 1266,
    "fy": 1266,
    "cx": 799.5,
    "cy": 449.5,
}


def lens(**changes: Any) -> CameraModel:
    return camera_from_parameters(**{**USUAL, **changes})


def rig_of(**cameras: CameraModel | None) -> SensorRig:
    return SensorRig(
        {
            name: Sensor(name, SensorKind.CAMERA, RigidTransform.identity("ego", name), camera)
            for name, camera in cameras.items()
        }
    )


def scene_of(**cameras: CameraModel | None) -> Scene:
    return scene_from_arrays(boxes=Boxes3D.empty(), timestamps_ns=[0], rig=rig_of(**cameras))


def test_reports_intrinsics_whose_rows_are_swapped() -> None:
    scene = scene_of(front=lens(cx=449.5, cy=799.5), back=lens())
    (finding,) = check_scene(scene, Settings(select=("RIG102",))).findings
    assert (finding.sensor, finding.subject, finding.severity) == ("front", "rig", "warning")
    assert finding.message == "principal point off the middle, share of the image: 0.389 where 0.2 is the limit"
    assert (finding.measured, finding.limit) == (0.388889, 0.2)


@pytest.mark.parametrize(
    ("changes", "quantity"),
    [
        ({"fx": 1400}, "focal lengths differ by a factor"),
        ({"fx": 1150}, "focal lengths differ by a factor"),
        ({"cx": 1200}, "principal point off the middle, share of the image"),
        ({"fx": 20000, "fy": 20000}, "field of view is at least"),
        ({"fx": 200, "fy": 200}, "field of view in degrees"),
        (
            {"kind": "brown-conrady", "distortion": (-0.6, 0.0, 0.0, 0.0, 0.0)},
            "share of the way to the corner that is imaged",
        ),
    ],
    ids=["wide pixels", "high pixels", "centre far off", "a telescope", "a fisheye as pinhole", "folds back"],
)
def test_names_what_is_furthest_off(changes: dict[str, Any], quantity: str) -> None:
    assessment = implausible_intrinsics(scene_of(front=lens(**changes)))
    assert assessment.violated[0]
    assert assessment.evidence["quantity"][0] == quantity


@pytest.mark.parametrize(
    "camera",
    [
        lens(),
        lens(width=3840, height=2160, fx=1900, fy=1900, cx=1919.5, cy=1079.5),
        lens(cy=330.0),
        lens(kind="brown-conrady", distortion=(-0.3, 0.1, 0.001, -0.001, 0.0)),
        lens(kind="fisheye", fx=400, fy=400, distortion=(-0.02, 0.003, 0.0, 0.0)),
    ],
    ids=["usual", "wide", "cropped from above", "distorted as lenses are", "fisheye"],
)
def test_is_quiet_on_lenses_that_are_built(camera: CameraModel) -> None:
    assessment = implausible_intrinsics(scene_of(front=camera))
    assert assessment.assessed[0]
    assert not assessment.violated[0]


@pytest.mark.parametrize(("cx", "reported"), [(799.5 + 319, False), (799.5 + 321, True)])
def test_holds_exactly_at_its_limit(cx: float, reported: bool) -> None:
    assert implausible_intrinsics(scene_of(front=lens(cx=cx))).violated[0] == reported


@pytest.mark.parametrize(("view_deg", "reported"), [(5.1, False), (4.9, True), (149.0, False), (151.0, True)])
def test_holds_at_both_ends_of_the_field_of_view(view_deg: float, reported: bool) -> None:
    focal_px = 800 / tan(radians(view_deg / 2))
    assert implausible_intrinsics(scene_of(front=lens(fx=focal_px, fy=focal_px))).violated[0] == reported


def test_the_worst_of_a_camera_s_calibrations_counts_and_each_is_judged_once() -> None:
    scene = scene_of(front=lens())
    rigs = [(time, rig_of(front=lens())) for time in range(0, 5000, 2)]
    scene.rigs = RigHistory.from_rigs([*rigs, (5001, rig_of(front=lens(cx=1200)))])
    assessment = implausible_intrinsics(scene)
    assert len(assessment) == 1
    assert assessment.violated[0]


def test_cameras_without_intrinsics_are_not_judged() -> None:
    assert len(implausible_intrinsics(scene_of(front=lens(), back=None))) == 1
    with pytest.raises(NotMeasurableError, match="no camera intrinsics"):
        implausible_intrinsics(scene_of(back=None))


@pytest.mark.parametrize("name", ["kitti-object", "nuscenes", "lyft", "argoverse2-sensor"])
def test_real_rigs_stay_silent(shared_data, name: str) -> None:
    run = check_dataset(open_dataset(shared_data / name), Settings(select=("RIG101", "RIG102")))
    assert run.findings == ()
    assert all(check.assessed for check in run.document.checks)
