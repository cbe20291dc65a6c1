from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.drifting_static_object import DriftingStaticObjectLimits, drifting_static_object
from fusion.errors import NotMeasurableError


def findings(scene, limits=None):
    return findings_of(
        drifting_static_object, drifting_static_object(scene, limits), ("x",), lambda severity, excess: 0.5
    )


def creeping(go, metres: float, category: str = "cone", across: float = 0.0, count: int = 30):
    """From the first third to the last it gets so far, along x and to the left."""
    share = np.linspace(0, 1.5, count)
    track = go(count=count, speed_mps=0, category=category)
    return replace(track, xy_m=track.xy_m + share[:, None] * np.array([metres, across]))


def test_reports_a_cone_that_creeps_a_metre(go, label) -> None:
    (finding,) = findings(label([creeping(go, 1.0), go(speed_mps=0, category="cone", at_m=(0, -8))]))
    assert (finding.track, finding.severity) == ("t0", "warning")
    assert finding.message == "cone drifts by 1.03 m in 2.0 s"


def test_further_than_any_drawing_is_an_error(go, label) -> None:
    (finding,) = findings(label([creeping(go, 2.5)]))
    assert finding.severity == "error"


def test_reports_a_slow_car_that_drifts_sideways_and_none_that_rolls(go, label) -> None:
    tracks = [creeping(go, 0.2, "car", across=1.2), creeping(go, 1.5, "car", across=0.2)]
    (finding,) = findings(label(tracks))
    assert finding.track == "t0"


def test_is_quiet_on_the_clean_twin(go, label) -> None:
    assert findings(label([go(speed_mps=0, category="cone"), go(), go(speed_mps=0)])) == []


def test_holds_exactly_at_its_limit(go, label) -> None:
    scene = label([creeping(go, 1.0)])
    limits = [DriftingStaticObjectLimits(drift_per_range=0, max_drift_m=metres) for metres in (1.04, 1.02)]
    assert [len(findings(scene, one)) for one in limits] == [0, 1]


def test_when_most_static_things_drift_the_ego_pose_does(go, label) -> None:
    tracks = [replace(one := creeping(go, 1.0), xy_m=one.xy_m + np.array([0, 5.0 * row])) for row in range(5)]
    assert drifting_static_object(label(tracks)).not_assessed.counts() == {
        "most static things drift, so the ego pose does": 5
    }


def test_a_leap_is_no_drift(go, label) -> None:
    leapt = go(speed_mps=0, count=30, category="cone").moved(slice(15, None), 0.0, 2.0)
    assert drifting_static_object(label([leapt])).not_assessed.counts() == {"leaps, which is another matter": 1}


def test_says_what_it_cannot_judge(go, label) -> None:
    assessment = drifting_static_object(label([go(category="pedestrian"), go(count=4, category="cone"), go()]))
    assert assessment.not_assessed.counts() == {"can move": 1, "fewer than six boxes": 1, "faster than a walk": 1}
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        drifting_static_object(label([go()], poses=None, reference="ego"))


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []
