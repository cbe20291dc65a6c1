from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fusion.checks.box.tilted_box import TiltedBoxLimits, tilted_box
from fusion.checks.finding import Finding, findings_of
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays


def frame_of(roll_deg: float = 0.0, pitch_deg: float = 0.0, category: str = "Car") -> SyncedFrame:
    x, y, z, w = Rotation.from_euler("ZYX", [40, pitch_deg, roll_deg], degrees=True).as_quat()
    boxes = Boxes3D.from_columns([[15, 2, 0.8]], [[4.5, 1.9, 1.6]], [[w, x, y, z]], category=[category])
    frame: SyncedFrame = scene_from_arrays(boxes=boxes).frames[0]
    return frame


def findings(frame: SyncedFrame, limits: TiltedBoxLimits | None = None) -> list[Finding]:
    return findings_of(tilted_box, tilted_box(frame, limits), ("arrays", "scene"), lambda severity, excess: 0.5)


@pytest.mark.parametrize(("angles", "severity"), [({"roll_deg": 30}, "warning"), ({"pitch_deg": -60}, "error")])
def test_reports_a_car_that_leans(angles: dict[str, float], severity: str) -> None:
    (finding,) = findings(frame_of(**angles))
    (angle,) = angles.values()
    assert (finding.message, finding.severity) == (f"leans by {abs(angle)} degrees", severity)


def test_is_quiet_on_level_and_on_sloping_streets() -> None:
    assert findings(frame_of()) == []
    assert findings(frame_of(pitch_deg=8, roll_deg=2)) == []


def test_holds_at_its_limit() -> None:
    assert findings(frame_of(roll_deg=20), TiltedBoxLimits(max_tilt_deg=20.01)) == []
    assert len(findings(frame_of(roll_deg=20), TiltedBoxLimits(max_tilt_deg=19.99))) == 1


def test_a_barrel_that_rolls_about_is_not_assessed() -> None:
    assert not tilted_box(frame_of(roll_deg=90, category="animal")).assessed.any()


def test_a_rotation_without_numbers_is_not_assessed() -> None:
    boxes = Boxes3D.from_columns([[15, 2, 0.8]], [[4.5, 1.9, 1.6]], [[np.nan] * 4], category=["Car"])
    assert not tilted_box(scene_from_arrays(boxes=boxes).frames[0]).assessed.any()
