from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.track_turning import heading_strays
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def scene_of(degrees: list[float]) -> Scene:
    """One standing car with these headings, ten a second."""
    rows = len(degrees)
    stamps_ns = np.arange(rows) * 100_000_000
    boxes = Boxes3D.upright(
        np.zeros((rows, 3)), np.ones((rows, 3)), np.radians(degrees), track=["t"] * rows, timestamps_ns=stamps_ns
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns)


def test_a_stray_heading_is_told_and_its_neighbours_are_not() -> None:
    strays = heading_strays(scene_of([0, 0, 0, 30, 0, 0, 0]))
    assert np.degrees(strays.stray_rad) == pytest.approx([np.nan, 0, 0, 30, 0, 0, np.nan], nan_ok=True, abs=1e-9)
    assert strays.step_s[3] == pytest.approx(0.1)


def test_steady_turning_strays_nowhere_not_even_over_the_half_turn() -> None:
    assert np.nanmax(np.abs(heading_strays(scene_of(list(range(150, 210, 10)))).stray_rad)) == pytest.approx(
        0, abs=1e-9
    )


def test_half_turns_are_none() -> None:
    assert np.isnan(heading_strays(scene_of([0, 0, 180, 0, 0])).stray_rad[2])


def test_the_worst_heading_has_no_say_in_the_jitter() -> None:
    assert heading_strays(scene_of([0, 0, 0, 40, 0, 0, 0])).jitter_rad[3] == pytest.approx(0, abs=1e-9)
