from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.broken_identity import BrokenIdentityLimits, broken_identity


def findings(scene, limits=None):
    return findings_of(broken_identity, broken_identity(scene, limits), ("x",), lambda severity, excess: 0.5)


def cut(track, at: int, lost: int = 0):
    """The track in two, without some boxes between."""
    count = len(track)
    return [track.without(list(range(at, count))), track.without(list(range(at + lost)))]


def test_reports_a_car_whose_second_half_has_a_new_id(go, label) -> None:
    (finding,) = findings(label([*cut(go(count=30), 15), go(count=30, at_m=(0, -8))]))
    assert (finding.track, finding.frame, finding.severity) == ("t0", "14", "warning")
    assert finding.message == "goes on as t1 after 0.10 s, 0.00 m from where it would be"
    assert [reference.track for reference in finding.labels] == ["t0", "t1"]
    assert finding.proposal is not None
    assert (finding.proposal.action, finding.proposal.target, finding.proposal.values) == (
        "merge",
        "t0",
        {"track": "t1"},
    )
    assert len(finding.proposal.timestamps_ns) == 15


@pytest.mark.parametrize(("lost", "found"), [(4, 1), (12, 0)], ids=["half a second", "more than a second"])
def test_a_short_gap_between_is_bridged(go, label, lost: int, found: int) -> None:
    assert len(findings(label(cut(go(count=40), 15, lost)))) == found


def test_is_quiet_on_the_clean_twin_and_on_one_who_comes_where_another_left(go, label) -> None:
    assert findings(label([go(count=30)])) == []
    left, _ = cut(go(count=30), 15)
    _, comes = cut(go(count=30, at_m=(10, 8)), 15)
    assert findings(label([left, comes])) == []


def test_another_size_or_family_is_another_object(go, label) -> None:
    first, second = cut(go(count=30), 15)
    assert findings(label([first, second.resized(slice(None), [1.6, 1.2, 1.5])])) == []
    assert findings(label([first, replace(second, category="pedestrian")])) == []


def test_holds_exactly_at_its_limit(go, label) -> None:
    first, second = cut(go(count=30), 15)
    scene = label([first, second.moved(slice(None), 0.0, 0.5)])
    limits = [BrokenIdentityLimits(max_distance_share=(distance_m - 0.2) / 4.5) for distance_m in (0.499, 0.501)]
    assert [len(findings(scene, one)) for one in limits] == [0, 1]


def test_a_track_that_lasts_to_the_end_is_not_judged(go, label) -> None:
    assert broken_identity(label(cut(go(count=30), 15))).assessed.tolist() == [True, False]


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_finds_nearly_all_broken_tracks_and_nothing_in_careful_labels(people_label, label, rng, rate_hz: float) -> None:
    tracks = people_label(120, rate_hz, 8)
    # Side by side, so that no two are in one place.
    tracks = [replace(track, xy_m=track.xy_m + np.array([0, 300.0 * number])) for number, track in enumerate(tracks)]
    assert findings(label(tracks, rate_hz)) == []
    broken = [half for track in tracks for half in cut(track, int(rng.integers(3, len(track) - 3)))]
    assert len(findings(label(broken, rate_hz))) >= 0.95 * len(tracks)


def test_frames_may_have_no_boxes(go, label) -> None:
    assert findings(label([go(count=1)], frames=4)) == []
    assert np.isfinite(broken_identity(label([go(count=1)])).column(0.0)).all()
