from __future__ import annotations

import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.parked_but_moving import ParkedButMovingLimits, parked_but_moving
from fusion.errors import NotMeasurableError


def findings(scene, limits=None):
    return findings_of(parked_but_moving, parked_but_moving(scene, limits), ("x",), lambda severity, excess: 0.5)


def test_reports_a_car_labelled_as_parked_at_5_metres_a_second(go, label, tick) -> None:
    scene = tick(label([go(count=30, speed_mps=5.0), go(count=30, at_m=(0, -8))]), t0="vehicle.parked")
    (finding,) = findings(scene)
    assert (finding.track, finding.severity) == ("t0", "warning")
    assert finding.message == "labelled as vehicle.parked at 5.0 m/s, for 14.5 m (30 boxes)"


@pytest.mark.parametrize(
    ("value", "speed_mps", "found"),
    [
        ("vehicle.parked", 0.5, 0),
        ("vehicle.moving", 8.0, 0),
        ("vehicle.stopped", 8.0, 1),
        ("cycle.without_rider", 1.8, 0),
        ("cycle.without_rider", 5.0, 1),
    ],
)
def test_what_is_ticked_decides(go, label, tick, value: str, speed_mps: float, found: int) -> None:
    assert len(findings(tick(label([go(count=40, speed_mps=speed_mps)]), t0=value))) == found


def test_is_quiet_where_a_stopped_car_starts_and_its_label_is_late(go, label, tick) -> None:
    values = ["vehicle.stopped"] * 15 + ["vehicle.moving"] * 25
    assert findings(tick(label([go(count=40, speed_mps=5.0)]), t0=values)) == []


def test_holds_exactly_at_its_limit(go, label, tick) -> None:
    scene = tick(label([go(count=40, speed_mps=5.0)]), t0="vehicle.parked")
    limits = [ParkedButMovingLimits(certainty=0, max_speed_mps=speed_mps) for speed_mps in (5.001, 4.999)]
    assert [len(findings(scene, one)) for one in limits] == [0, 1]


def test_says_what_it_cannot_judge(go, label, tick) -> None:
    scene = tick(label([go(), go(count=1), go(at_m=(0, -9))]), t1="vehicle.parked", t2="vehicle.parked")
    assert parked_but_moving(scene).not_assessed.counts() == {
        "nothing says that it stands": 1,
        "too few boxes in a row to have a speed": 1,
    }
    with pytest.raises(NotMeasurableError, match="no attributes about motion"):
        parked_but_moving(label([go()]))
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        parked_but_moving(tick(label([go()], poses=None, reference="ego"), t0="vehicle.parked"))


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_of_what_stands_raise_no_alarm(people_label, label, tick, rate_hz: float) -> None:
    parked = [track for track in people_label(300, rate_hz, 5) if track.manner.startswith("parks")]
    names = {f"t{number}": "vehicle.parked" for number in range(len(parked))}
    assert findings(tick(label(parked, rate_hz), **names)) == []
