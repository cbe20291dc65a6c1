from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.position_jump import position_jump
from fusion.checks.track.swapped_identities import SwappedIdentitiesLimits, swapped_identities


def findings(scene, limits=None):
    return findings_of(swapped_identities, swapped_identities(scene, limits), ("x",), lambda severity, excess: 0.5)


def exchanged(first, second, at: int):
    """The two tracks with their tails exchanged."""
    mixed = []
    for one, other in ((first, second), (second, first)):
        parts = {name: np.array(getattr(one, name)) for name in ("xy_m", "yaws_rad", "sizes_m")}
        for name, values in parts.items():
            values[at:] = getattr(other, name)[at:]
        mixed.append(replace(one, **parts))
    return mixed


def test_reports_two_parked_cars_that_exchange_their_ids(go, label) -> None:
    both = exchanged(go(speed_mps=0), go(speed_mps=0, at_m=(18, 5)), 10)
    scene = label([*both, go(at_m=(0, -8))])
    (finding,) = findings(scene)
    assert (finding.track, finding.frame, finding.severity) == ("t0", "10", "error")
    assert finding.message == "exchanges its id with t1: both leap by up to 8.0 m, and go on where the other was"
    assert [reference.track for reference in finding.labels] == ["t0", "t1"]
    assert finding.proposal is not None
    assert len(finding.proposal.values["label_ids"]) == 20
    assert finding.proposal.values["track"] == ["t1"] * 10 + ["t0"] * 10
    assert not len(position_jump(scene).reported)  # one finding for one fault


def test_is_quiet_on_the_clean_twin_and_on_two_that_leap_elsewhere(go, label) -> None:
    assert findings(label([go(), go(at_m=(0, -8))])) == []
    leaps = [go().moved(slice(10, None), 0, 5), go(at_m=(0, -8)).moved(slice(10, None), 0, -5)]
    assert findings(label(leaps)) == []


def test_holds_exactly_at_its_limit(go, label) -> None:
    scene = label(exchanged(go(speed_mps=0), go(speed_mps=0, at_m=(13, 5)), 10))
    gain = findings(scene)[0].measured
    assert gain is not None
    assert findings(scene, SwappedIdentitiesLimits(min_gain=gain * 1.01)) == []
    assert len(findings(scene, SwappedIdentitiesLimits(min_gain=gain * 0.99))) == 1


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_finds_nearly_all_swaps_of_neighbours_with_a_visible_jump(people_label, label, rng, rate_hz: float) -> None:
    tracks, scenes = people_label(120, rate_hz, 9), 0
    found = 0
    for track in tracks:
        apart = rng.uniform(4, 20) * np.array([np.cos(angle := rng.uniform(0, 2 * np.pi)), np.sin(angle)])
        neighbour = replace(track, xy_m=track.xy_m + apart + rng.normal(0, 0.05, track.xy_m.shape))
        at = int(rng.integers(3, len(track) - 3))
        scene = label(exchanged(track, neighbour, at), rate_hz)
        found += bool(findings(scene)) or bool(len(position_jump(scene).reported))
        scenes += 1
    assert found >= 0.95 * scenes


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []
