from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from fusion.measure.surface_offsets import surface_offsets
from fusion.scene.scene import Scene

OddScene = Callable[[int, Sequence[str]], Scene]


@pytest.mark.parametrize("seed", range(24))
def test_no_box_makes_the_fit_stumble(odd_scene: OddScene, seed: int) -> None:
    scene = odd_scene(seed, ("Car", "Bus", "Pedestrian", "Bicycle", "Misc"))
    offsets = surface_offsets(scene)
    assert len(offsets.turn_rad) == len(scene.labels)
    assert np.isfinite(offsets.noise_m).all()
    assert np.isfinite(offsets.shift_m[offsets.known]).all()
