from __future__ import annotations

import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.moving_but_standing import MovingButStandingLimits, moving_but_standing
from fusion.errors import NotMeasurableError


def findings(scene, limits=None):
    return findings_of(moving_but_standing, moving_but_standing(scene, limits), ("x",), lambda severity, excess: 0.5)


def test_reports_a_parked_car_labelled_as_moving(go, label, tick) -> None:
    (finding,) = findings(
        tick(label([go(count=40, speed_mps=0), go(count=40)]), t0="vehicle.moving", t1="vehicle.moving")
    )
    assert (finding.track, finding.severity, finding.frame) == ("t0", "warning", "0")
    assert finding.message == "labelled as vehicle.moving but stands for 3.9 s (40 boxes within 0.00 m)"


@pytest.mark.parametrize(("value", "speed_mps"), [("vehicle.parked", 0.0), ("vehicle.moving", 0.4)])
def test_is_quiet_on_the_clean_twin(go, label, tick, value: str, speed_mps: float) -> None:
    assert findings(tick(label([go(count=40, speed_mps=speed_mps)]), t0=value)) == []


def test_holds_exactly_at_its_limit(go, label, tick) -> None:
    scene = tick(label([go(count=40, speed_mps=0)]), t0="vehicle.moving")
    limits = [MovingButStandingLimits(min_duration_s=seconds) for seconds in (3.91, 3.89)]
    assert [len(findings(scene, one)) for one in limits] == [0, 1]


def test_says_what_it_cannot_judge(go, label, tick) -> None:
    scene = tick(label([go(), go(count=8, at_m=(0, -9))]), t1="vehicle.moving")
    assert moving_but_standing(scene).not_assessed.counts() == {
        "nothing says that it moves": 1,
        "not labelled as moving for long enough": 1,
    }
    with pytest.raises(NotMeasurableError, match="no attributes about motion"):
        moving_but_standing(label([go()]))


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_of_what_moves_raise_no_alarm(people_label, label, tick, rate_hz: float) -> None:
    moving = [track for track in people_label(200, rate_hz, 5) if track.manner in ("goes straight", "turns", "cycles")]
    names = {f"t{number}": "vehicle.moving" for number in range(len(moving))}
    assert findings(tick(label(moving, rate_hz), **names)) == []
