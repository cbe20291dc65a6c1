from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from calibration.sensors import SensorKind
from fusion.checks.finding import Finding, findings_of
from fusion.checks.timing.irregular_stream import IrregularStreamLimits, irregular_stream
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays
from fusion.scene.stream import Stream

START_NS, PERIOD_NS = 1_600_000_000_000_000_000, 50_000_000


def recorded(steps: Sequence[float], time_base: str = "utc") -> Scene:
    """A camera whose stamps are so many periods after the start."""
    scene = scene_from_arrays(timestamps_ns=[START_NS], time_base=time_base)
    stamps_ns = START_NS + np.rint(PERIOD_NS * np.asarray(steps)).astype(np.int64)
    scene.streams = {"front": Stream("front", SensorKind.CAMERA, stamps_ns, load=lambda index: None)}
    return scene


def findings(scene: Scene, limits: IrregularStreamLimits | None = None) -> list[Finding]:
    (assessment,) = irregular_stream.assess(scene, limits)
    return findings_of(irregular_stream, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def without(*lost: int, count: int = 100) -> list[float]:
    return [step for step in range(count) if step not in lost]


def test_reports_three_pictures_lost_in_a_row() -> None:
    (finding,) = findings(recorded(without(40, 41, 42)))
    assert finding.message == "3 measurements are missing among 97, the longest step is 0.200 s"
    assert finding.evidence["after_ns"] == START_NS + 39 * PERIOD_NS
    assert (finding.sensor, finding.subject, finding.measured, finding.limit) == ("front", "sensor", 0.03, 0.01)


def test_is_quiet_on_the_complete_twin_and_on_a_little_jitter() -> None:
    jitter = np.random.default_rng(4).normal(0, 0.05, 100)
    assert findings(recorded(without())) == []
    assert findings(recorded(np.arange(100) + jitter)) == []


def test_holds_exactly_at_its_limit() -> None:
    assert findings(recorded(without(40))) == []
    assert len(findings(recorded(without(40, 60)))) == 1
    assert findings(recorded(without(40, 60)), IrregularStreamLimits(max_lost_share=0.02)) == []


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        pytest.param(range(9), "too few measurements for a period", id="short"),
        pytest.param(np.cumsum([1, 1, 3] * 8), "no steady period", id="uneven"),
    ],
)
def test_streams_without_a_rhythm_are_not_assessed(steps: Sequence[float], reason: str) -> None:
    assessment = irregular_stream(recorded(steps))
    assert assessment.not_assessed is not None
    assert assessment.not_assessed.counts() == {reason: 1}


def test_made_up_times_and_missing_sensors_can_not_be_judged() -> None:
    with pytest.raises(NotMeasurableError, match="no real times"):
        irregular_stream(recorded(without(), time_base="synthetic"))
    with pytest.raises(NotMeasurableError, match="no sensor recordings"):
        irregular_stream(scene_from_arrays(timestamps_ns=[START_NS], time_base="utc"))
