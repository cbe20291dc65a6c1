from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.audit.result import AuditResult, ScanCurve
from calibration.estimate import Estimate, Verdict
from calibration.transform import RigidTransform
from fusion import open_dataset
from fusion.scene.given_rig import with_rig
from fusion.scene.scene import Scene
from viewers.pictures.calibration import before_and_after, scan_curves

SCAN = ScanCurve(np.linspace(-1, 1, 21), 1 - np.linspace(-1, 1, 21) ** 2, "correlation")


def result(scan: ScanCurve | None) -> AuditResult:
    return AuditResult("front", "poses", "clock.offset", "ms", 0.0, Estimate(0, None, "ms", Verdict.GOOD, "", 9), scan)


def sample(crossing: Path) -> Scene:
    dataset = open_dataset(crossing / "v1.0-truth")
    return dataset.scene(dataset.scene_names[0])


def test_both_placements_stand_side_by_side_and_differ(crossing: Path) -> None:
    scene = sample(crossing)
    rig = scene.rig_at(0)
    camera = rig.sensor("CAM_FRONT")
    turn = RigidTransform.from_rotation("ego", "ego", Rotation.from_euler("z", 3, degrees=True).as_matrix(), [0, 0, 0])
    turned = type(camera)(**{**camera.__dict__, "ego_from_sensor": turn @ camera.ego_from_sensor})
    right = with_rig(scene, rig.with_sensor(turned))
    view = scene.frames[0].cameras["CAM_FRONT"]
    both = before_and_after(view, right.frames[0].cameras["CAM_FRONT"], "yaw +3 deg")
    alike = before_and_after(view, view)
    alone = before_and_after(view, None)
    assert both.shape == alike.shape
    assert both.shape[1] == alone.shape[1]
    assert both.shape[0] < alone.shape[0]
    half = both.shape[1] // 2
    np.testing.assert_array_equal(both[:, : half - 20], alike[:, : half - 20])
    assert (both[:, half:] != alike[:, half:]).any(axis=2).mean() > 0.02


def test_curves_are_drawn_two_in_a_row_and_only_where_something_was_tried() -> None:
    assert scan_curves([result(None)]) is None
    one, three = scan_curves([result(SCAN)]), scan_curves([result(SCAN)] * 3 + [result(None)])
    assert one is not None
    assert three is not None
    assert three.shape[0] > 1.8 * one.shape[0]
    assert three.shape[1] > 1.8 * one.shape[1]


def test_a_street_without_lens_is_drawn_as_a_message(make_street: Callable[..., Scene]) -> None:
    view = next(iter(make_street().frames[0].cameras.values()))
    assert before_and_after(view, None).ndim == 3
