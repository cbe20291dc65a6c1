from __future__ import annotations

import numpy as np
import pytest

from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.box.box_in_ego_vehicle import BoxInEgoVehicleLimits, box_in_ego_vehicle
from fusion.checks.finding import Finding, findings_of
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

ROOF = Sensor("roof", SensorKind.LIDAR, RigidTransform("ego", "roof", np.eye(3), np.array([1.0, 0.0, 1.8])))


def frame_of(x_m: float, y_m: float = 0.0, yaw_deg: float = 0.0, rig: bool = True) -> SyncedFrame:
    """A car 4.5 x 1.9 x 2.2 m that stands on the ground, and another far away."""
    boxes = Boxes3D.upright([[x_m, y_m, 1.1], [40, 0, 1.1]], [[4.5, 1.9, 2.2]] * 2, [np.deg2rad(yaw_deg), 0.0])
    frame: SyncedFrame = scene_from_arrays(boxes=boxes, rig=SensorRig({"roof": ROOF} if rig else {})).frames[0]
    return frame


def findings(frame: SyncedFrame, limits: BoxInEgoVehicleLimits | None = None) -> list[Finding]:
    assessment = box_in_ego_vehicle(frame, limits)
    return findings_of(box_in_ego_vehicle, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_a_box_around_the_roof_lidar() -> None:
    (finding,) = findings(frame_of(1.0))
    assert finding.message == "roof of the recording vehicle is 0.40 m inside"
    assert (finding.severity, finding.label) == ("error", "0")


@pytest.mark.parametrize(("x_m", "y_m", "yaw_deg"), [(3.8, 0.0, 0.0), (1.0, 1.5, 0.0), (2.6, 0.0, 90.0)])
def test_is_quiet_on_what_stands_close(x_m: float, y_m: float, yaw_deg: float) -> None:
    assert findings(frame_of(x_m, y_m, yaw_deg)) == []


def test_holds_at_its_limit() -> None:
    assert findings(frame_of(1.0), BoxInEgoVehicleLimits(min_depth_m=0.401)) == []
    assert len(findings(frame_of(1.0), BoxInEgoVehicleLimits(min_depth_m=0.399))) == 1


def test_without_a_rig_nobody_knows() -> None:
    with pytest.raises(NotMeasurableError, match="where the vehicle's sensors are"):
        box_in_ego_vehicle(frame_of(1.0, rig=False))
