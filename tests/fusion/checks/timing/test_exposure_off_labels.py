from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.timing.exposure_off_labels import ExposureOffLabelsLimits, exposure_off_labels
from fusion.errors import NotMeasurableError
from fusion.judge.effects import CameraEffect
from fusion.planting.simulated_drive import DriveOptions, simulated_drive

LONG = DriveOptions(frames=40, objects=60)
NONE = np.zeros(3)


def test_reports_a_camera_stamped_40_ms_early() -> None:
    early = CameraEffect("camera 0", NONE, NONE, -0.04).removed_from(simulated_drive(3, LONG))
    assessment = exposure_off_labels(early)
    assert list(assessment.reported) == [0]
    assert np.asarray(assessment.measured)[0] == pytest.approx(0.04, abs=0.006)
    assert list(exposure_off_labels(early, ExposureOffLabelsLimits(max_offset_s=0.06)).reported) == []


def test_is_quiet_about_a_right_clock_and_about_a_turned_camera() -> None:
    drive = simulated_drive(3, LONG)
    turned = CameraEffect("camera 0", np.radians([0.0, 0.0, 0.5]), NONE).removed_from(drive)
    assert not len(exposure_off_labels(drive).reported)
    assert not len(exposure_off_labels(turned).reported)


def test_needs_real_times() -> None:
    with pytest.raises(NotMeasurableError, match="real times"):
        exposure_off_labels(replace(simulated_drive(3), time_base="synthetic"))
