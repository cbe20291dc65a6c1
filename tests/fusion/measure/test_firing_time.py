from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.cameras import Pinhole
from calibration.errors import FileProblemError
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.transform import RigidTransform
from fusion.measure.firing_time import FiringTimes, firing_times
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays
from fusion.scene.stream import Stream

STAMP_NS, MS = 1_600_000_000_000_000_000, 1_000_000
EGO_FROM_CAMERA = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])
AHEAD, BEHIND = (10.0, 0.0, 0.0), (-10.0, 0.0, 0.0)


def camera(name: str = "front", lens: bool = True) -> Sensor:
    """Looks ahead, and sees `AHEAD` and not `BEHIND`."""
    mounted = RigidTransform.from_rotation("ego", name, EGO_FROM_CAMERA, [0, 0, 0])
    return Sensor(name, SensorKind.CAMERA, mounted, Pinhole(100, 60, 90, 90, 49.5, 29.5) if lens else None)


def sweep(
    *fired: tuple[tuple[float, float, float], float],
    lidar: str = "lidar",
    timed: bool = True,
    span_ms: tuple[float, float] | None = None,
) -> LidarSweep:
    """Points and their times in milliseconds after the stamp."""
    start_ms, end_ms = span_ms or (None, None)
    return LidarSweep.from_columns(
        sensor=lidar,
        points=np.asarray([point for point, _ in fired]).reshape(-1, 3),
        ego_from_points=RigidTransform.identity("ego", lidar),
        reference_ns=STAMP_NS,
        motion=Motion.RAW,
        times_ns=[STAMP_NS + round(at_ms * MS) for _, at_ms in fired] if timed else None,
        start_ns=None if start_ms is None else STAMP_NS + round(start_ms * MS),
        end_ns=None if end_ms is None else STAMP_NS + round(end_ms * MS),
    )


def times_of(
    *sweeps: LidarSweep, exposed_ms: float = 0.0, cameras: tuple[Sensor, ...] | None = None, **parts: Any
) -> FiringTimes:
    seen_by = (camera(),) if cameras is None else cameras
    image = np.zeros((60, 100, 3), np.uint8)
    scene = scene_from_arrays(
        boxes=Boxes3D.empty(),
        timestamps_ns=[STAMP_NS],
        points={part.sensor: [part] for part in sweeps},
        images={one.name: [CameraImage(one.name, STAMP_NS + round(exposed_ms * MS), lambda: image)] for one in seen_by},
        rig=SensorRig.of(*seen_by),
        **parts,
    )
    return firing_times(scene.frames[0])


@pytest.mark.parametrize(("exposed_ms", "gap_s"), [(30.0, 0.02), (10.0, 0.0), (-45.0, -0.055)])
def test_the_gap_is_exposure_minus_firing(exposed_ms: float, gap_s: float) -> None:
    times = times_of(sweep((AHEAD, 10.0)), exposed_ms=exposed_ms)
    assert times.gap_s.tolist() == [gap_s]
    assert (times.told_by_points.tolist(), times.points.tolist(), times.why_not) == ([True], [1], ("",))


def test_points_out_of_view_say_nothing() -> None:
    times = times_of(sweep((BEHIND, 0.0), (AHEAD, 40.0), ((np.nan,) * 3, 0.0)))
    assert times.gap_s.tolist() == [-0.04]
    assert times.points.tolist() == [1]


def test_across_the_seam_of_a_turn_the_nearer_end_counts() -> None:
    """Half of the view was swept first, the other half 100 ms later."""
    seam = [(AHEAD, 0.0)] * 4 + [(AHEAD, 100.0)] * 4
    assert times_of(sweep(*seam), exposed_ms=98.0).gap_s.tolist() == [-0.002]
    assert times_of(sweep(*seam), exposed_ms=3.0).gap_s.tolist() == [0.003]


def test_one_stray_point_in_time_is_not_enough() -> None:
    points = [(AHEAD, 0.0)] + [(AHEAD, 80.0)] * 19
    assert times_of(sweep(*points)).gap_s.tolist() == [-0.08]


def test_only_the_lidar_that_has_times_is_asked() -> None:
    timeless = sweep(*[(AHEAD, 0.0)] * 20, lidar="bumper", timed=False, span_ms=(-100.0, 0.0))
    times = times_of(timeless, sweep((AHEAD, 40.0), (AHEAD, 40.0)))
    assert (times.gap_s.tolist(), times.points.tolist()) == ([-0.04], [2])


@pytest.mark.parametrize(
    ("exposed_ms", "gap_s"),
    [(-130.0, -0.03), (-100.0, 0.0), (-50.0, 0.0), (20.0, 0.0), (27.0, 0.007)],
    ids=["before it began", "at its start", "within", "at its end", "after it ended"],
)
def test_without_times_of_points_the_span_of_all_sweeps_tells(exposed_ms: float, gap_s: float) -> None:
    first = sweep((AHEAD, 0.0), timed=False, span_ms=(-100.0, 0.0))
    second = sweep((AHEAD, 0.0), lidar="bumper", timed=False, span_ms=(-80.0, 20.0))
    times = times_of(first, second, exposed_ms=exposed_ms)
    assert times.gap_s.tolist() == [gap_s]
    assert (times.told_by_points.tolist(), times.points.tolist()) == ([False], [0])


def test_each_camera_says_on_its_own_why_nothing_tells() -> None:
    backwards = RigidTransform.from_rotation("ego", "back", EGO_FROM_CAMERA * [[-1], [-1], [1]], [0, 0, 0])
    back = Sensor("back", SensorKind.CAMERA, backwards, camera().camera)
    times = times_of(sweep((AHEAD, 10.0)), cameras=(camera("bare", lens=False), back, camera()))
    assert times.why_not == (
        "bare has no intrinsics in the rig",
        "the camera sees no point of the sweep",
        "",
    )
    np.testing.assert_array_equal(times.gap_s, [np.nan, np.nan, -0.01])


def test_admits_that_nothing_has_a_time() -> None:
    times = times_of(sweep((AHEAD, 0.0), timed=False))
    assert times.why_not == ("sweeps say neither when points fired nor when they began and ended",)
    assert np.isnan(times.gap_s).all()


def test_a_frame_without_cameras_has_no_gaps() -> None:
    times = times_of(sweep((AHEAD, 0.0)), cameras=())
    assert (len(times.gap_s), len(times.points), times.why_not) == (0, 0, ())


def test_a_sweep_that_cannot_be_read_is_a_problem_of_its_file() -> None:
    def load(index: int) -> LidarSweep:
        raise FileProblemError("sweep.bin", "truncated")

    scene = scene_from_arrays(boxes=Boxes3D.empty(), timestamps_ns=[STAMP_NS], points=[sweep((AHEAD, 0.0))])
    scene.streams = {"lidar": Stream("lidar", SensorKind.LIDAR, np.array([STAMP_NS]), load)}
    with pytest.raises(FileProblemError, match="truncated"):
        firing_times(scene.frames[0])
