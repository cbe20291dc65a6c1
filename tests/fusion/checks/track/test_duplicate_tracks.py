from __future__ import annotations

from dataclasses import replace

import pytest

from fusion.checks.finding import findings_of
from fusion.checks.settings import Settings
from fusion.checks.track.duplicate_tracks import DuplicateTracksLimits, duplicate_tracks
from fusion.run.check import check_scene


def findings(scene, limits=None):
    return findings_of(duplicate_tracks, duplicate_tracks(scene, limits), ("x",), lambda severity, excess: 0.5)


def test_reports_a_car_labelled_a_second_time_for_ten_frames(go, label) -> None:
    again = go().moved(slice(None), 0.0, 0.6).without(range(10))
    (finding,) = findings(label([go(), again, go(at_m=(0, -8))]))
    assert (finding.severity, finding.track) == ("error", "t0")
    assert finding.message == "t0 and t1 are on one object in 10 frames: overlap 0.52"
    assert {reference.track for reference in finding.labels} == {"t0", "t1"}
    assert finding.proposal is not None
    assert (finding.proposal.action, finding.proposal.target) == ("delete", "t1")
    assert len(finding.proposal.values["label_ids"]) == 10


def test_one_object_is_one_finding(go, label) -> None:
    run = check_scene(label([go(), go().moved(slice(None), 0.1)]), Settings(select=("BOX305", "BOX306", "TRK520")))
    (finding,) = run.leading
    assert finding.code == "TRK520"
    assert len(run.findings) > 20


def test_is_quiet_on_the_clean_twin_and_on_who_passes_by(go, label) -> None:
    overtaking = go(speed_mps=15.0, at_m=(5.0, 6.0))
    assert findings(label([go(), go(at_m=(10, 7.5)), overtaking])) == []


def test_what_rides_or_differs_in_kind_is_not_judged(go, label) -> None:
    rider = replace(go(), category="pedestrian")
    assessment = duplicate_tracks(label([go(), rider]))
    assert assessment.not_assessed.counts() == {"classes that may share a place": 1}


def test_holds_exactly_at_its_limit(go, label) -> None:
    scene = label([go(), go().moved(slice(None), 0.0, 0.6)])
    iou = 1.3 / 2.5
    assert [len(findings(scene, DuplicateTracksLimits(min_iou=one))) for one in (iou + 1e-6, iou - 1e-6)] == [0, 1]


@pytest.mark.parametrize(("frames", "found"), [(2, 0), (3, 1)])
def test_a_few_frames_are_left_to_the_check_of_boxes(go, label, frames: int, found: int) -> None:
    again = go().moved(slice(None), 0.0, 0.6).without(range(frames, 20))
    assert len(findings(label([go(), again]))) == found


def test_people_arm_in_arm_are_two(go, label) -> None:
    walker = go(speed_mps=1.4, category="pedestrian")
    assert findings(label([walker, walker.moved(slice(None), 0.0, 0.45)])) == []
