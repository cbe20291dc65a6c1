from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fusion.checks.image.camera_seam import CameraSeamLimits, camera_seam
from fusion.errors import NotMeasurableError

Make = Callable[..., Any]


def test_reports_a_car_that_only_one_of_two_cameras_has(picture: Make, judge: Make) -> None:
    (finding,) = judge(camera_seam, picture(lost_2d=[(4, 1, "side")], cameras=("front", "side")))
    assert (finding.frame, finding.sensor) == ("4", "side")
    assert finding.message.startswith("front has its 2D box, this camera shows it 73 px high and has none")


def test_is_quiet_on_the_complete_twin_and_where_both_lack_it(picture: Make, judge: Make) -> None:
    cameras = ("front", "side")
    assert judge(camera_seam, picture(cameras=cameras)) == []
    assert judge(camera_seam, picture(lost_2d=[(4, 1, "side"), (4, 1, "front")], cameras=cameras)) == []


def test_where_a_camera_draws_few_none_is_missed(picture: Make, judge: Make) -> None:
    lost = [(frame, car, "side") for frame in range(10) for car in range(2)]
    scene = picture(lost_2d=lost, cameras=("front", "side"))
    assert judge(camera_seam, scene) == []
    assert len(judge(camera_seam, scene, CameraSeamLimits(min_rule=0.3))) == 20


def test_one_camera_has_no_seam(picture: Make, judge: Make) -> None:
    with pytest.raises(NotMeasurableError, match="no two cameras"):
        judge(camera_seam, picture())
