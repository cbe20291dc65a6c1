from __future__ import annotations

import numpy as np

from fusion.checks.box.box_out_of_range import BoxOutOfRangeLimits, box_out_of_range
from fusion.checks.finding import Finding, findings_of
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays

RETURNS = np.array([[70.0, 0, 0], [10, 5, 0], [np.nan, 0, 0]], dtype=np.float32)


def frame_of(x_m: float, points: np.ndarray | None = RETURNS) -> SyncedFrame:
    boxes = Boxes3D.upright([[x_m, 0, 0.8]], [[4.0, 3.0, 1.6]], [0.0])
    frame: SyncedFrame = scene_from_arrays(boxes=boxes, points=points).frames[0]
    return frame


def findings(frame: SyncedFrame, limits: BoxOutOfRangeLimits | None = None) -> list[Finding]:
    assessment = box_out_of_range(frame, limits)
    return findings_of(box_out_of_range, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_a_car_far_beyond_the_last_return() -> None:
    (finding,) = findings(frame_of(180.0))
    assert finding.message == "178 m away, the farthest return is at 70 m"
    assert (finding.severity, finding.limit) == ("warning", 91.0)


def test_the_absurd_is_an_error_and_needs_no_lidar() -> None:
    assert findings(frame_of(500.0))[0].severity == "error"
    assert findings(frame_of(500.0, points=None))[0].severity == "error"
    assert findings(frame_of(180.0, points=None)) == []


def test_is_quiet_within_range_and_a_little_beyond() -> None:
    assert findings(frame_of(60.0)) == []
    assert findings(frame_of(85.0)) == []


def test_holds_at_its_limit() -> None:
    assert findings(frame_of(93.4)) == []
    assert len(findings(frame_of(93.6))) == 1
    assert findings(frame_of(93.6), BoxOutOfRangeLimits(beyond_share=1.4)) == []


def test_short_streets_do_not_count() -> None:
    assert findings(frame_of(75.0, points=np.array([[20.0, 0, 0]], dtype=np.float32))) == []
