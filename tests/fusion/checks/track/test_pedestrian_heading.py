from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.pedestrian_heading import PedestrianHeadingLimits, pedestrian_heading


def findings(scene, limits=None):
    return findings_of(pedestrian_heading, pedestrian_heading(scene, limits), ("x",), lambda severity, excess: 0.5)


def walking(go, count: int = 40, speed_mps: float = 1.4, rate_hz: float = 10.0):
    return go(count=count, speed_mps=speed_mps, rate_hz=rate_hz, category="pedestrian")


def test_reports_a_person_who_turns_by_165_degrees_in_half_a_second(go, label) -> None:
    (finding,) = findings(label([walking(go, 8, rate_hz=2).turned(slice(6, None), 165.0)], rate_hz=2))
    assert (finding.frame, finding.severity) == ("6", "warning")
    assert finding.message == "turns within a step by 165 degrees; up to 146 are plausible"
    assert finding.proposal is not None
    assert finding.proposal.values["yaw_rad"] == pytest.approx(2 * [np.radians(-15)], abs=1e-4)


def test_reports_a_person_who_walks_back_first(go, label) -> None:
    (finding,) = findings(label([walking(go).turned(slice(None), 180.0)]))
    assert finding.severity == "error"
    assert finding.message == "walks for a while at 180 degrees to its heading; up to 90 are plausible"
    assert finding.proposal is None


def test_is_quiet_on_the_clean_twin(go, label) -> None:
    assert findings(label([walking(go), walking(go, speed_mps=0), walking(go).turned(slice(None), 60.0)])) == []


def test_who_turns_round_and_walks_back_has_turned(go, label) -> None:
    there = walking(go, 10, rate_hz=2).turned(slice(5, None), 180.0)
    xy_m = there.xy_m.copy()
    xy_m[5:] = xy_m[4::-1]
    assert findings(label([replace(there, xy_m=xy_m)], rate_hz=2)) == []


def test_holds_exactly_at_its_limit(go, label) -> None:
    limits = PedestrianHeadingLimits(turn_rate=3.0)
    degrees = 60 + np.degrees(0.3)
    assert findings(label([walking(go, speed_mps=0).turned(slice(9, None), degrees - 0.1)]), limits) == []
    assert len(findings(label([walking(go, speed_mps=0).turned(slice(9, None), degrees + 0.1)]), limits)) == 1


def test_without_poses_the_turns_remain(go, label) -> None:
    tracks = [walking(go).turned(slice(None), 180.0), walking(go).turned(8, 120.0)]
    (finding,) = findings(label(tracks, poses=None, reference="ego"))
    assert finding.track == "t1"


def test_says_what_it_cannot_judge(go, label) -> None:
    assessment = pedestrian_heading(label([go(), walking(go), walking(go, count=1)]))
    assert assessment.not_assessed.counts() == {"no person": 1, "no two boxes close in time": 1}


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []
