from __future__ import annotations

import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.sideways_slip import SidewaysSlipLimits, sideways_slip
from fusion.errors import NotMeasurableError


def findings(scene, limits=None):
    return findings_of(sideways_slip, sideways_slip(scene, limits), ("x",), lambda severity, excess: 0.5)


def test_reports_a_car_whose_heading_is_50_degrees_off_its_course(go, label) -> None:
    (finding,) = findings(label([go(count=30), go(count=30, at_m=(0, -5)).turned(slice(None), 50.0)]))
    assert (finding.track, finding.severity, finding.measured) == ("t1", "warning", pytest.approx(50.0, abs=0.01))
    assert finding.message == "goes 50 degrees off its heading for 2.9 s, 22.2 m sideways"


def test_a_car_that_goes_across_its_heading_is_impossible(go, label) -> None:
    (finding,) = findings(label([go(count=30).turned(slice(None), -90.0)]))
    assert finding.severity == "error"


def test_is_quiet_on_the_clean_twin(go, label) -> None:
    assert findings(label([go(count=30), go(count=30).turned(slice(None), 180.0)])) == []


def test_holds_exactly_at_its_limit(go, label) -> None:
    limits = SidewaysSlipLimits(certainty=0)
    assert findings(label([go(count=30).turned(slice(None), 29.9)]), limits) == []
    assert len(findings(label([go(count=30).turned(slice(None), 30.1)]), limits)) == 1


def test_what_lasts_less_than_a_second_is_left_alone(go, label) -> None:
    assert findings(label([go(count=30).turned(slice(5, 14), 60.0)])) == []


def test_says_what_it_cannot_judge(go, label) -> None:
    assessment = sideways_slip(label([go(), go(category="pedestrian"), go(speed_mps=0.5)]))
    assert assessment.not_assessed.counts() == {
        "not longer than wide, or no fixed front": 1,
        "too slow, or too few boxes, to have a course": 1,
    }
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        sideways_slip(label([go()], poses=None, reference="ego"))


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []
