from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.dataset.uneven_file_counts import UnevenFileCountsLimits, uneven_file_counts
from fusion.checks.finding import Finding, findings_of
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

SWEEP = np.ones((5, 3), dtype=np.float32)


def drive(*lacking: int, frames: int = 10) -> Scene:
    """Two lidars, one of which has nothing in some frames."""
    second = [None if frame in lacking else SWEEP for frame in range(frames)]
    return scene_from_arrays(
        points={"roof": [SWEEP] * frames, "bumper": second}, timestamps_ns=np.arange(frames) * 100_000_000
    )


def findings(scene: Scene, limits: UnevenFileCountsLimits | None = None) -> list[Finding]:
    (assessment,) = uneven_file_counts.assess(scene, limits)
    return findings_of(uneven_file_counts, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_the_sensor_that_lacks_frames() -> None:
    (finding,) = findings(drive(4, 7))
    assert finding.message == "2 of 10 frames have no measurement of this sensor, first frame 4"
    assert (finding.sensor, finding.subject, finding.measured) == ("bumper", "sensor", 2)


def test_is_quiet_on_the_complete_twin_and_at_its_limit() -> None:
    assert findings(drive()) == []
    assert findings(drive(4, 7), UnevenFileCountsLimits(max_lacking=2)) == []


def test_a_sensor_that_is_in_few_frames_is_slower_and_not_assessed() -> None:
    assessment = uneven_file_counts(drive(1, 3, 5))
    assert assessment.assessed.tolist() == [True, False]


def test_labels_without_sensors_can_not_be_judged() -> None:
    with pytest.raises(NotMeasurableError, match="no sensor recordings"):
        uneven_file_counts(scene_from_arrays(timestamps_ns=[0]))
