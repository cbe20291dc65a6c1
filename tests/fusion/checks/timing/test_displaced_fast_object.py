from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fusion.checks.timing.displaced_fast_object as module
from fusion.checks.finding import Finding, findings_of
from fusion.checks.settings import Settings
from fusion.checks.timing.displaced_fast_object import DisplacedFastObjectLimits, displaced_fast_object
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.judge.effects import StampEffect
from fusion.measure.displacement import CommonDelay, displacements
from fusion.run.corrections import corrections_of
from fusion.run.phases import judge_scene, measure_frames
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

CROSSING = Path(__file__).parents[4] / "sample_data/crossing/v1.0-clean"


def findings(scene: Scene, limits: DisplacedFastObjectLimits | None = None) -> list[Finding]:
    assessments = displaced_fast_object.assess(scene, limits)
    return [
        one
        for part in assessments
        for one in findings_of(displaced_fast_object, part, ("arrays", "scene"), lambda severity, excess: 0.5)
    ]


def late(scene: Scene, seconds: float) -> Scene:
    """Everything that moves is labelled where it was so much earlier."""
    frames = np.arange(len(scene.frame_table))
    return StampEffect(frames, np.full(len(frames), seconds), over_ground=True).removed_from(scene)


@pytest.fixture(scope="module")
def crossing() -> Scene:
    return open_dataset(CROSSING).scene("crossing-0001")


def test_reports_a_drive_whose_boxes_are_late_once(crossing: Scene) -> None:
    (finding,) = findings(late(crossing, 0.06))
    assert (finding.severity, finding.subject) == ("warning", "sensor")
    assert finding.evidence["late_s"] == pytest.approx(0.06, abs=0.015)
    assert "behind their points" in finding.message


def test_admits_where_a_hand_may_have_drawn_as_well(crossing: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = displacements(crossing)
    tracks = len(seen.track)
    aside = replace(
        seen,
        late_s=np.full(tracks, 0.15),
        sigma_s=np.full(tracks, 0.01),
        along_m=np.full(tracks, 1.0),
        varies=np.zeros(tracks, dtype=bool),
    )
    monkeypatch.setattr(module, "displacements", lambda scene: aside)
    _, by_track = displaced_fast_object.assess(crossing)
    assert not len(by_track.reported)
    assert by_track.not_assessed is not None
    assert by_track.not_assessed.counts() == {"its speed and the ends seen do not tell a time from a hand": tracks}


def test_is_quiet_on_the_clean_twin(crossing: Scene) -> None:
    assert findings(crossing) == []


@pytest.mark.parametrize(("late_s", "reported"), [(0.05, 0), (0.051, 1)], ids=["at the limit", "beyond"])
def test_holds_at_its_limit(crossing: Scene, monkeypatch: pytest.MonkeyPatch, late_s: float, reported: int) -> None:
    delay = CommonDelay(late_s, 0.001, False, 5, 1.0, np.full(5, late_s))
    monkeypatch.setattr(module, "common_delay", lambda scene: delay)
    assert len(findings(crossing, DisplacedFastObjectLimits(max_common_s=0.05))) == reported


def test_boxes_beside_their_points_go_under_it(crossing: Scene) -> None:
    settings = Settings(select=("TIM205", "BOX309"))
    scene = late(crossing, 0.06)
    found = judge_scene(scene, [measure_frames(scene, range(len(scene.frames)), settings)], settings).findings
    (cause,) = [one for one in found if one.code == "TIM205"]
    boxes = [one for one in found if one.code == "BOX309" and one.subject == "box"]
    assert sum(one.cause == cause.id for one in boxes) > 10
    assert sum(one.cause != cause.id for one in boxes) <= 6


def test_an_object_that_lags_by_a_frame_is_reported_and_can_be_retimed(
    crossing: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = displacements(crossing)
    lags = np.arange(len(seen.track)) == 1
    one = replace(
        seen,
        late_s=np.where(lags, 0.104, 0.0),
        sigma_s=np.full(len(lags), 0.015),
        along_m=np.where(lags, 0.6, 0.0),
        across_m=np.zeros(len(lags)),
    )
    monkeypatch.setattr(module, "displacements", lambda scene: one)
    (finding,) = findings(crossing)
    assert finding.proposal is not None
    assert (finding.proposal.action, finding.proposal.values) == ("retime", {"late_s": 0.1})
    (correction,) = corrections_of(crossing, [finding])
    rows = crossing.labels.tracks.rows(int(seen.track[1]))
    centres = crossing.labels.boxes.centres_m[rows]
    moved = np.asarray([edit.centre_m for edit in correction.edits])
    assert moved[:-1] == pytest.approx(centres[1:], abs=1e-6)


def test_a_hand_that_drew_aside_is_no_time(crossing: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = displacements(crossing)
    aside = replace(
        seen,
        late_s=np.full(len(seen.track), 0.1),
        sigma_s=np.full(len(seen.track), 0.015),
        along_m=seen.speed_mps * 0.1,
    )
    aside = replace(aside, across_m=0.8 * aside.along_m, varies=np.zeros(len(seen.track), dtype=bool))
    monkeypatch.setattr(module, "displacements", lambda scene: aside)
    assert findings(crossing) == []


def test_without_poses_nothing_is_said() -> None:
    with pytest.raises(NotMeasurableError):
        displaced_fast_object.assess(SceneBuilder().frame(np.zeros((1, 3), dtype=np.float32)).build())
