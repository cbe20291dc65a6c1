from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.finding import Finding, findings_of
from fusion.checks.track.height_jump import HeightJumpLimits, height_jump
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FRAMES = 20


def drive(
    lifted: dict[int, float] | None = None,
    slope: float = 0.0,
    jitter_m: float = 0.0,
    poses: bool = True,
    tracked: bool = True,
    frames: int = FRAMES,
    rate_hz: float = 10.0,
) -> Scene:
    """A car that drives away at 5 m/s; boxes of some frames are lifted."""
    stamps = (np.arange(frames) / rate_hz * 1e9).astype(np.int64)
    x = 10 + 5 * np.arange(frames) / rate_hz
    z = 0.8 + slope * x + np.random.default_rng(5).normal(0, jitter_m, frames)
    for frame, by_m in (lifted or {}).items():
        z[frame] += by_m
    boxes = Boxes3D.upright(
        np.stack([x, np.zeros(frames), z], axis=1),
        np.tile([4.5, 1.9, 1.6], (frames, 1)),
        np.zeros(frames),
        category=["car"] * frames,
        track=["a"] * frames if tracked else None,
        timestamps_ns=stamps,
    )
    return scene_from_arrays(
        boxes=boxes,
        box_frames=range(frames),
        timestamps_ns=stamps,
        poses=[np.eye(4)] * frames if poses else None,
        reference="world" if poses else "ego",
    )


def findings(scene: Scene, limits: HeightJumpLimits | None = None) -> list[Finding]:
    assessment = height_jump(scene, limits)
    return findings_of(height_jump, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_a_box_lifted_by_forty_centimetres_and_brings_it_down() -> None:
    (finding,) = findings(drive({8: 0.4}))
    assert finding.message == "+0.40 m above the boxes around it (1 of 20 boxes)"
    assert (finding.frame, finding.track, finding.measured) == ("8", "a", pytest.approx(0.4))
    assert finding.proposal is not None
    assert finding.proposal.values["centre_m"][0][2] == pytest.approx(0.8)


@pytest.mark.parametrize("rate_hz", [10.0, 2.0], ids=["10 Hz", "2 Hz"])
def test_one_lifted_box_is_found_at_any_rate(rate_hz: float) -> None:
    assert [finding.frame for finding in findings(drive({8: -0.4}, rate_hz=rate_hz))] == ["8"]


def test_several_in_a_row_are_one_finding() -> None:
    (finding,) = findings(drive(dict.fromkeys((8, 9, 10), 0.4)))
    assert finding.evidence["boxes"] == 3


def test_is_quiet_on_level_roads_slopes_and_careful_jitter() -> None:
    assert findings(drive()) == []
    assert findings(drive(slope=0.15)) == []
    assert findings(drive(jitter_m=0.05)) == []


def test_holds_at_its_limit() -> None:
    speed_part = 0.05
    assert findings(drive({8: 0.25 + speed_part - 0.01})) == []
    assert len(findings(drive({8: 0.25 + speed_part + 0.01}))) == 1
    assert findings(drive({8: 0.4}), HeightJumpLimits(max_stray_m=0.4)) == []


def test_without_poses_nodding_is_allowed_for() -> None:
    assert findings(drive({8: 0.4}, poses=False)) == []
    assert len(findings(drive({8: 0.45}, poses=False))) == 1


def test_ends_and_short_tracks_are_not_assessed() -> None:
    assert findings(drive({0: 0.4})) == []
    assert not height_jump(drive(frames=3)).assessed.any()
    with pytest.raises(NotMeasurableError, match="no track ids"):
        height_jump(drive(tracked=False))
