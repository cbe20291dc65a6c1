from __future__ import annotations

import numpy as np
import pytest

from fusion.errors import NotMeasurableError
from fusion.measure.track_drift import track_drifts
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

STAMPS_NS = np.arange(9) * 100_000_000


def boxes(yaw_rad: float) -> Boxes3D:
    return Boxes3D.upright(
        np.column_stack([np.arange(9.0), np.zeros((9, 2))]),
        np.ones((9, 3)),
        np.full(9, yaw_rad),
        track=["t"] * 9,
        timestamps_ns=STAMPS_NS,
    )


@pytest.mark.parametrize(("yaw_deg", "along", "across"), [(0, 6, 0), (90, 0, -6), (-90, 0, 6)])
def test_the_way_is_told_along_and_across_the_heading(yaw_deg: float, along: float, across: float) -> None:
    scene = scene_from_arrays(boxes=boxes(np.radians(yaw_deg)), timestamps_ns=STAMPS_NS, reference="world")
    drifts = track_drifts(scene)
    assert (drifts.along_m[0], drifts.across_m[0]) == pytest.approx((along, across), abs=1e-9)
    assert (drifts.distance_m[0], drifts.seconds[0]) == pytest.approx((6, 0.6))


def test_without_poses_what_stands_seems_to_move() -> None:
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        track_drifts(scene_from_arrays(boxes=boxes(0), timestamps_ns=STAMPS_NS))
