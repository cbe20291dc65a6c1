from __future__ import annotations

import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.identity_on_two_objects import IdentityOnTwoObjectsLimits, identity_on_two_objects
from fusion.checks.track.position_jump import position_jump


def findings(scene, limits=None):
    return findings_of(
        identity_on_two_objects, identity_on_two_objects(scene, limits), ("x",), lambda severity, excess: 0.5
    )


def test_reports_a_parked_car_whose_id_is_on_a_car_12_metres_away(go, label) -> None:
    scene = label([go(speed_mps=0).moved(slice(10, None), 12.0), go(at_m=(0, -8))])
    (finding,) = findings(scene)
    assert (finding.track, finding.frame, finding.severity) == ("t0", "10", "error")
    assert finding.message == "goes on 12.0 m from its own path after 0.10 s: another object under the same id"
    assert finding.proposal is not None
    assert (finding.proposal.action, len(finding.proposal.values["label_ids"])) == ("split", 10)
    assert not len(position_jump(scene).reported)  # one finding for one fault


def test_reports_an_id_that_is_back_where_nothing_can_have_got_to(go, label) -> None:
    walker = go(count=60, speed_mps=1.0, category="pedestrian").without(list(range(20, 40)))
    (finding,) = findings(label([walker.moved(slice(20, None), 90.0)]))
    assert finding.evidence["gap_s"] == pytest.approx(2.1)


def test_is_quiet_on_the_clean_twin_and_after_a_gap(go, label) -> None:
    assert findings(label([go(), go(count=60).without(list(range(20, 40)))])) == []


def test_a_stray_box_and_a_slipped_path_are_left_to_the_check_of_jumps(go, label) -> None:
    scene = label([go().moved(8, 0.0, 15.0), go(at_m=(0, -20)).moved(slice(10, None), 0.0, 3.0)])
    assert findings(scene) == []
    assert len(position_jump(scene).reported) == 2


def test_when_most_tracks_leap_the_frame_is_to_blame(go, label) -> None:
    tracks = [go(at_m=(0, 9.0 * lane)).moved(slice(10, None), 20.0) for lane in range(4)]
    assert findings(label(tracks)) == []


def test_holds_exactly_at_its_limit(go, label) -> None:
    scene = label([go(speed_mps=0).moved(slice(10, None), 12.0)])
    (finding,) = findings(scene)
    assert finding.limit is not None
    limits = [IdentityOnTwoObjectsLimits(tolerance=factor * 12.0 / finding.limit) for factor in (1.001, 0.999)]
    assert [len(findings(scene, one)) for one in limits] == [0, 1]


def test_says_what_it_cannot_judge(go, label) -> None:
    assert identity_on_two_objects(label([go(), go(count=3)])).assessed.tolist() == [True, False]


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []
