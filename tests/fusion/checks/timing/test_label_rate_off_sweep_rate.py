from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.clock import SECOND_NS
from fusion.checks.timing.label_rate_off_sweep_rate import LabelRateOffSweepRateLimits, label_rate_off_sweep_rate
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

START_NS = 1_600_000_000 * SECOND_NS
POINTS = np.ones((3, 3), dtype=np.float32)


def scene_of(sweeps_s: list[float], labels_s: list[float]) -> Scene:
    """Sweeps and labels at these times; both share a frame where they agree to the nanosecond."""
    sweeps_ns, labels_ns = (
        START_NS + np.round(np.asarray(seconds) * SECOND_NS).astype(np.int64) for seconds in (sweeps_s, labels_s)
    )
    stamps_ns = np.union1d(sweeps_ns, labels_ns)
    count = len(labels_ns)
    boxes = Boxes3D.upright(
        np.tile([10.0, 0.0, 1.0], (count, 1)),
        np.tile([4.0, 2.0, 1.5], (count, 1)),
        np.zeros(count),
        category=["car"] * count,
        timestamps_ns=labels_ns,
    )
    return scene_from_arrays(
        boxes=boxes,
        timestamps_ns=stamps_ns,
        points=[POINTS if stamp in sweeps_ns else None for stamp in stamps_ns],
    )


def every(period_s: float, count: int, first_s: float = 0.0) -> list[float]:
    return [first_s + period_s * number for number in range(count)]


def test_reports_labels_at_12_hz_on_sweeps_at_10_hz() -> None:
    assessment = label_rate_off_sweep_rate(scene_of(every(0.1, 50), every(1 / 12, 60)))
    assert list(assessment.reported) == [0]
    assert np.asarray(assessment.measured) == pytest.approx(0.6, abs=0.1)


RIGHT_RATES = [
    pytest.param(every(0.1, 50), every(0.1, 50), id="every sweep"),
    pytest.param(every(0.05, 100), every(0.5, 10), id="keyframes"),
    pytest.param(every(0.1, 50), every(0.1, 50, 0.03), id="stamped at another moment of the sweep"),
    pytest.param(every(0.1, 20) + every(0.1, 20, 2.5), every(0.1, 45), id="lost sweeps"),
    pytest.param(every(0.1, 50), every(0.1, 20) + every(0.1, 20, 3.0), id="empty frames"),
]


@pytest.mark.parametrize(("sweeps_s", "labels_s"), RIGHT_RATES)
def test_is_quiet_about_labels_that_go_by_the_sweeps(sweeps_s: list[float], labels_s: list[float]) -> None:
    assessment = label_rate_off_sweep_rate(scene_of(sweeps_s, labels_s))
    assert not len(assessment.reported)
    assert assessment.assessed.all()


def test_holds_exactly_at_its_limit() -> None:
    sweeps, labels = every(0.1, 50), every(0.1, 50)
    labels[10] += 0.05
    limits = LabelRateOffSweepRateLimits(max_share=1 / 50)
    assert not len(label_rate_off_sweep_rate(scene_of(sweeps, labels), limits).reported)
    labels[20] += 0.05
    assert len(label_rate_off_sweep_rate(scene_of(sweeps, labels), limits).reported)


def test_says_why_it_cannot_tell() -> None:
    few = label_rate_off_sweep_rate(scene_of(every(0.1, 50), every(0.1, 4)))
    assert few.not_assessed is not None
    assert few.not_assessed.counts() == {"too few labelled frames or sweeps": 1}
    scene = scene_of(every(0.1, 50), every(0.1, 50))
    with pytest.raises(NotMeasurableError, match="real times"):
        label_rate_off_sweep_rate(replace(scene, time_base="synthetic"))
    with pytest.raises(NotMeasurableError, match="no lidar"):
        label_rate_off_sweep_rate(replace(scene, frame_table=replace(scene.frame_table, reference_lidar=None)))
