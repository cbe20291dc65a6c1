from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from calibration.cameras import camera_from_parameters
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.checks.settings import Settings
from fusion.checks.timing.exposure_off_sweep import exposure_off_sweep
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.measure.frame import SyncedFrame
from fusion.run.check import check_dataset, check_scene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

STAMP_NS, MS = 1_600_000_000_000_000_000, 1_000_000
TURN_NS = 100 * MS
# From x right, y down, z forward to x forward, y left, z up.
EGO_FROM_CAMERA = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]], dtype=float)


def looking(name: str, degrees: float) -> Sensor:
    """A camera 60 degrees wide that looks there, counter-clockwise from the front."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    lens = camera_from_parameters("pinhole", 100, 60, 86.6, 86.6, 49.5, 29.5)
    return Sensor(
        name, SensorKind.CAMERA, RigidTransform.from_rotation("ego", name, turn @ EGO_FROM_CAMERA, [0, 0, 0]), lens
    )


def turn_of_a_lidar(with_times: bool, with_span: bool = True) -> LidarSweep:
    """A clockwise turn that starts and ends behind the car and is stamped with its end."""
    azimuths = np.radians(np.linspace(180, -180, 720, endpoint=False))
    fired_ns = STAMP_NS - TURN_NS + (TURN_NS * np.arange(720) // 720)
    return LidarSweep.from_columns(
        sensor="lidar",
        points=np.column_stack([20 * np.cos(azimuths), 20 * np.sin(azimuths), np.zeros(720)]),
        ego_from_points=RigidTransform.identity("ego", "lidar"),
        reference_ns=STAMP_NS,
        motion=Motion.RAW,
        start_ns=STAMP_NS - TURN_NS if with_span else None,
        end_ns=STAMP_NS if with_span else None,
        times_ns=fired_ns if with_times else None,
    )


def frame(exposures_ms: Mapping[str, float], sweep: LidarSweep | None, time_base: str | None = None) -> SyncedFrame:
    """A frame whose cameras expose so many milliseconds after the sweep's stamp."""
    directions = {"front": 0.0, "left": 90.0, "right": -90.0, "back": 180.0}
    images = {
        name: [CameraImage(name, STAMP_NS + int(late_ms * MS), load=lambda: np.zeros((60, 100, 3), np.uint8))]
        for name, late_ms in exposures_ms.items()
    }
    rig = SensorRig({name: looking(name, directions[name]) for name in exposures_ms})
    scene = scene_from_arrays(
        boxes=Boxes3D.empty(), timestamps_ns=[STAMP_NS], points=[sweep], images=images, rig=rig, time_base=time_base
    )
    handle: SyncedFrame = scene.frames[0]
    return handle


# The beam crosses the left after a quarter of the turn, the front after half of it, the right after three quarters.
IN_STEP_MS = {"front": -50.0, "left": -75.0, "right": -25.0, "back": 0.0}


def test_reports_a_camera_stamped_60_ms_late() -> None:
    late = frame({**IN_STEP_MS, "front": 10.0 + 6.0}, turn_of_a_lidar(with_times=True))
    (finding,) = check_scene(late.scene, Settings(select=("TIM202",))).findings
    assert (finding.sensor, finding.severity, finding.subject) == ("front", "warning", "frame")
    assert finding.measured == pytest.approx(0.060, abs=0.002)
    assert finding.message == f"exposure is {finding.measured:+.3f} s from the sweep over its view"
    assert finding.evidence["told_by_points"] is True
    assert finding.evidence["points_in_view"] == pytest.approx(120, abs=3)


def test_is_quiet_when_cameras_are_triggered_by_the_beam_even_across_its_seam() -> None:
    assessment = exposure_off_sweep(frame(IN_STEP_MS, turn_of_a_lidar(with_times=True)))
    assert assessment.assessed.all()
    assert np.abs(assessment.measured).max() < 0.01
    assert not assessment.violated.any()


@pytest.mark.parametrize(("late_ms", "reported"), [(58.5, False), (60.5, True), (-58.5, False), (-60.5, True)])
def test_holds_at_its_limit_in_both_directions(late_ms: float, reported: bool) -> None:
    """A quarter of the points in view fires within 4.2 ms of its middle, so 55 ms from them are 59.2 ms from that."""
    assessment = exposure_off_sweep(frame({"front": -50.0 + late_ms}, turn_of_a_lidar(with_times=True)))
    assert assessment.violated[0] == reported


@pytest.mark.parametrize(
    ("late_ms", "gap_ms"),
    [(-100, 0), (-50, 0), (0, 0), (56, 56), (-140, -40), (-156, -56)],
    ids=["at the start", "within", "at the end", "after the end", "shortly before", "before the start"],
)
def test_without_times_of_points_start_and_end_of_the_sweep_tell(late_ms: float, gap_ms: float) -> None:
    assessment = exposure_off_sweep(frame({"front": late_ms}, turn_of_a_lidar(with_times=False)))
    assert assessment.measured[0] == pytest.approx(gap_ms / 1000)
    assert assessment.violated[0] == (abs(gap_ms) > 55)
    assert not assessment.evidence["told_by_points"][0]
    assert assessment.evidence["points_in_view"][0] == 0


def test_admits_that_it_knows_no_firing_times() -> None:
    assessment = exposure_off_sweep(frame(IN_STEP_MS, turn_of_a_lidar(with_times=False, with_span=False)))
    assert assessment.not_assessed.counts() == {"sweeps say neither when points fired nor when they began and ended": 4}
    assert len(assessment.reported) == 0


def test_one_blind_camera_does_not_silence_the_others() -> None:
    ahead_only = turn_of_a_lidar(with_times=True).take(np.arange(300, 420))
    assessment = exposure_off_sweep(frame({"front": 20.0, "back": 0.0}, ahead_only))
    assert assessment.not_assessed.counts() == {"the camera sees no point of the sweep": 1}
    assert assessment.violated.tolist() == [True, False]


def test_a_camera_without_a_lens_is_not_assessed() -> None:
    seen = frame({"front": -50.0}, turn_of_a_lidar(with_times=True))
    bare = Sensor("front", SensorKind.CAMERA, RigidTransform.identity("ego", "front"))
    scene = scene_from_arrays(
        boxes=Boxes3D.empty(),
        timestamps_ns=[STAMP_NS],
        points=[seen.lidars["lidar"]],
        images={"front": [np.zeros((60, 100, 3), np.uint8)]},
        rig=SensorRig({"front": bare}),
    )
    assert exposure_off_sweep(scene.frames[0]).not_assessed.counts() == {"front has no intrinsics in the rig": 1}


def test_says_what_is_missing() -> None:
    sweep = turn_of_a_lidar(with_times=True)
    with pytest.raises(NotMeasurableError, match="no real times"):
        exposure_off_sweep(frame({"front": 0.0}, sweep, time_base="synthetic"))
    with pytest.raises(NotMeasurableError, match="no lidar sweep"):
        exposure_off_sweep(frame({"front": 0.0}, None))
    with pytest.raises(NotMeasurableError, match="no image"):
        exposure_off_sweep(frame({}, sweep))


def test_a_real_keyframe_is_in_step(shared_data) -> None:
    """nuScenes: exposures lie 0.5 to 43 ms before the sweep's stamp, within its 50 ms."""
    run = check_dataset(open_dataset(shared_data / "nuscenes"), Settings(select=("TIM202",)))
    assert run.findings == ()
    assert run.document.checks[0].assessed == 6


def test_the_sample_data_are_in_step(crossing) -> None:
    run = check_dataset(open_dataset(crossing / "v1.0-clean"), Settings(select=("TIM202",)))
    assert run.findings == ()
    assert run.document.checks[0].assessed == 60
