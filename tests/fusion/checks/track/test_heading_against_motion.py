from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.heading_against_motion import HeadingAgainstMotionLimits, heading_against_motion
from fusion.errors import NotMeasurableError


def findings(scene, limits=None):
    return findings_of(
        heading_against_motion, heading_against_motion(scene, limits), ("x",), lambda severity, excess: 0.5
    )


def test_reports_a_car_labelled_back_to_front_all_along(go, label) -> None:
    (finding,) = findings(label([go(), go(at_m=(0, -5)).turned(slice(None))]))
    assert (finding.track, finding.severity) == ("t1", "error")
    assert finding.message == "points 180 degrees off where it goes at 10.0 m/s (20 of 20 boxes)"
    assert finding.proposal is not None
    assert finding.proposal.target == "t1"
    assert np.cos(finding.proposal.values["yaw_rad"]) == pytest.approx(np.ones(20), abs=1e-6)


@pytest.mark.parametrize(
    ("speed_mps", "count", "severities"), [(4.0, 30, ["warning"]), (2.0, 40, []), (2.0, 90, ["info"])]
)
def test_reversing_is_slow_and_short(go, label, speed_mps: float, count: int, severities: list[str]) -> None:
    reported = findings(label([go(count=count, speed_mps=speed_mps).turned(slice(None))]))
    assert [finding.severity for finding in reported] == severities


def test_is_quiet_on_the_clean_twin(go, label) -> None:
    assert findings(label([go(), go(speed_mps=0), go().turned(slice(None), 90.0)])) == []


def test_holds_exactly_at_its_limit(go, label) -> None:
    limits = HeadingAgainstMotionLimits(certainty=0)
    assert findings(label([go().turned(slice(None), 119.9)]), limits) == []
    assert len(findings(label([go().turned(slice(None), 120.1)]), limits)) == 1


def test_half_turns_along_the_way_are_left_to_the_check_of_flips(go, label) -> None:
    assert findings(label([go(count=30).turned(slice(15, None)), go(count=30).turned(7)])) == []


def test_says_what_it_cannot_judge(go, label) -> None:
    assessment = heading_against_motion(label([go(), go(category="pedestrian"), go(speed_mps=0.5)]))
    assert assessment.not_assessed.counts() == {
        "not longer than wide, or no fixed front": 1,
        "too slow, or too few boxes, to have a course": 1,
    }
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        heading_against_motion(label([go()], poses=None, reference="ego"))


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []
