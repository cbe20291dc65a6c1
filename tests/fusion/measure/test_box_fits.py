from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fusion.measure.box_fits as measured
from calibration.errors import FileProblemError
from fusion.formats.registry import open_dataset
from fusion.measure.box_fits import box_fits
from fusion.measure.face_offsets import face_offsets
from fusion.measure.frame import SyncedFrame
from fusion.measure.surface_fit import SurfaceFit, surface_fit
from fusion.measure.surface_offsets import surface_offsets
from fusion.scene.scene import Scene

CROSSING = Path(__file__).parents[3] / "sample_data/crossing/v1.0-clean"


@pytest.fixture
def street() -> Scene:
    return open_dataset(CROSSING).scene("crossing-0001")


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The frames whose sweeps were asked, in order."""
    frames: list[int] = []

    def noted(frame: SyncedFrame) -> SurfaceFit:
        frames.append(frame.index)
        return surface_fit(frame)

    monkeypatch.setattr(measured, "surface_fit", noted)
    return frames


def test_whole_boxes_and_faces_come_from_one_pass_over_the_sweeps(street: Scene, fitted: list[int]) -> None:
    surface_offsets(street)
    face_offsets(street)
    assert fitted == list(range(len(street.frames)))


def test_a_frame_without_its_sweep_tells_nothing_and_the_others_do(
    street: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(frame: SyncedFrame) -> SurfaceFit:
        if frame.index == 1:
            raise FileProblemError("sweep.bin", "is cut short")
        return surface_fit(frame)

    monkeypatch.setattr(measured, "surface_fit", torn)
    fits, frames = box_fits(street), street.labels.frame_index
    assert np.isnan(fits.moved[frames == 1]).all()
    assert not fits.returns[frames == 1].any()
    assert np.isfinite(fits.moved[frames != 1]).any(axis=1).mean() > 0.5
