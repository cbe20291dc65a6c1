from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from calibration.sensors import SensorKind
from fusion.checks.settings import Settings
from fusion.checks.timing.disordered_timestamps import DisorderedTimestampsLimits, disordered_timestamps
from fusion.errors import NotMeasurableError
from fusion.run.check import check_scene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays
from fusion.scene.stream import Stream

START_NS, PERIOD_NS = 1_600_000_000_000_000_000, 50_000_000


def recorded(time_base: str = "utc", **steps_by_sensor: Sequence[int]) -> Scene:
    """Streams whose stamps are so many periods after the start."""
    scene = scene_from_arrays(boxes=Boxes3D.empty(), timestamps_ns=[START_NS], time_base=time_base)
    scene.streams = {name: stream(name, steps) for name, steps in steps_by_sensor.items()}
    return scene


def stream(name: str, steps: Sequence[int]) -> Stream[None]:
    stamps_ns = START_NS + PERIOD_NS * np.asarray(steps, dtype=np.int64)
    return Stream(name, SensorKind.CAMERA, stamps_ns, load=lambda index: None)


def test_reports_a_camera_that_repeats_one_stamp_and_runs_back_once() -> None:
    scene = recorded(front=[0, 1, 1, 2, 3], back=[0, 1, 2, 3, 4], left=[0, 1, 4, 2, 5])
    front, left = sorted(
        check_scene(scene, Settings(select=("TIM201",))).findings, key=lambda found: found.sensor or ""
    )
    assert (front.sensor, front.subject, front.severity, front.measured) == ("front", "sensor", "error", 1.0)
    assert front.message == f"1 stamps repeat and 0 run backwards, first at {START_NS + PERIOD_NS} ns"
    assert (left.sensor, left.evidence["backwards"], left.evidence["furthest_back_s"]) == ("left", 1, 0.1)
    assert left.evidence["first_ns"] == START_NS + 2 * PERIOD_NS


def test_is_quiet_on_the_clean_twin_however_uneven_its_steps() -> None:
    assessment = disordered_timestamps(recorded(front=[0, 1, 2, 3], back=[0, 1, 7, 8]))
    assert assessment.assessed.all()
    assert not assessment.violated.any()


def test_holds_exactly_at_its_limit() -> None:
    scene = recorded(front=[0, 0, 1, 1, 2])
    assert disordered_timestamps(scene, DisorderedTimestampsLimits(max_disordered=1)).violated[0]
    assert not disordered_timestamps(scene, DisorderedTimestampsLimits(max_disordered=2)).violated[0]


def test_how_far_back_counts_from_the_latest_stamp() -> None:
    assessment = disordered_timestamps(recorded(front=[0, 10, 4, 5, 6]))
    assert assessment.measured[0] == 1
    assert assessment.evidence["furthest_back_s"][0] == pytest.approx(0.3)


def test_admits_that_one_measurement_has_no_order() -> None:
    assessment = disordered_timestamps(recorded(front=[0], back=[0, 0]))
    assert assessment.not_assessed.counts() == {"a single measurement": 1}
    assert assessment.violated.tolist() == [False, True]


def test_without_a_clock_or_sensors_it_says_so() -> None:
    with pytest.raises(NotMeasurableError, match="no real times"):
        disordered_timestamps(recorded("synthetic", front=[0, 0]))
    with pytest.raises(NotMeasurableError, match="no sensor recordings"):
        disordered_timestamps(recorded())
