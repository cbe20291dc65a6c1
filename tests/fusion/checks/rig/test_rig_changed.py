from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.cameras import camera_from_parameters
from calibration.rig import RigHistory, SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.finding import Finding, findings_of
from fusion.checks.rig.rig_changed import RigChangedLimits, rig_changed
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def rig(turn_deg: float = 0.0, x_m: float = 1.0, focal_px: float = 500.0) -> SensorRig:
    rotation = Rotation.from_euler("z", turn_deg, degrees=True).as_matrix()
    lens = camera_from_parameters("pinhole", 640, 480, focal_px, focal_px, 320, 240)
    place = RigidTransform.from_rotation("ego", "front", rotation, [x_m, 0, 1.5])
    roof = RigidTransform.identity("ego", "roof")
    return SensorRig.of(Sensor("front", SensorKind.CAMERA, place, lens), Sensor("roof", SensorKind.LIDAR, roof))


def drive(*rigs: SensorRig) -> Scene:
    scene = scene_from_arrays(timestamps_ns=np.arange(4), time_base="utc")
    return replace(scene, rigs=RigHistory.from_rigs(list(enumerate(rigs))))


def findings(scene: Scene, limits: RigChangedLimits | None = None) -> list[Finding]:
    (assessment,) = rig_changed.assess(scene, limits)
    return findings_of(rig_changed, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


@pytest.mark.parametrize(
    ("later", "message"),
    [
        (rig(turn_deg=1.0), "moves by 0.000 m and turns by 1.00 deg within the scene, from 1 ns on"),
        (rig(x_m=1.2), "moves by 0.200 m and turns by 0.00 deg within the scene, from 1 ns on"),
        (
            rig(focal_px=510.0),
            "moves by 0.000 m and turns by 0.00 deg within the scene, with another lens, from 1 ns on",
        ),
    ],
    ids=["turned", "moved", "another lens"],
)
def test_reports_the_sensor_that_changes(later: SensorRig, message: str) -> None:
    (finding,) = findings(drive(rig(), later, later))
    assert (finding.message, finding.sensor, finding.subject) == (message, "front", "rig")


def test_is_quiet_on_the_same_rig_twice_and_at_its_limits() -> None:
    assert findings(drive(rig(), rig())) == []
    assert findings(drive(rig(), rig(turn_deg=1.0)), RigChangedLimits(max_turn_deg=1.0 + 1e-6)) == []
    assert findings(drive(rig(), rig(x_m=1.2)), RigChangedLimits(max_move_m=0.2 + 1e-9)) == []


def test_frames_of_different_drives_may_have_different_rigs() -> None:
    with pytest.raises(NotMeasurableError, match="no real times"):
        rig_changed(replace(drive(rig(), rig(turn_deg=1.0)), time_base="synthetic"))


def test_one_rig_says_nothing_about_change() -> None:
    assert not rig_changed(drive(rig())).assessed.any()
