from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.linear_interpolation import LinearInterpolationLimits, linear_interpolation


def findings(scene, limits=None):
    return findings_of(linear_interpolation, linear_interpolation(scene, limits), ("x",), lambda severity, excess: 0.5)


def on_a_bend(go, every: int, speed_mps: float = 8.0, radius_m: float = 20.0):
    """A car on a circle, labelled in every so many frames and straight between."""
    count = 4 * every + 1 if every > 1 else 41
    angles = speed_mps / radius_m * np.arange(count) / 10
    circle = radius_m * np.column_stack([np.sin(angles), 1 - np.cos(angles)])
    keys = np.arange(0, count, every)
    xy_m = np.column_stack([np.interp(np.arange(count), keys, axis[keys]) for axis in circle.T])
    return replace(go(count=count), xy_m=xy_m, yaws_rad=angles)


def test_reports_a_bend_labelled_in_every_tenth_frame(go, label) -> None:
    (finding,) = findings(label([on_a_bend(go, 10), go(count=41, at_m=(0, -30))]))
    assert (finding.track, finding.severity) == ("t0", "warning")
    assert finding.measured == pytest.approx(8 * 0.4 / 8, abs=0.01)
    assert "3 keyframes: 10, 20, 30" in finding.message


def test_is_quiet_on_the_clean_twin_and_where_keyframes_are_close(go, label) -> None:
    assert findings(label([on_a_bend(go, 1)])) == []
    assert findings(label([on_a_bend(go, 4)])) == []


def test_a_single_bend_is_how_somebody_drove(go, label) -> None:
    xy_m = go(count=41).xy_m.copy()
    xy_m[21:, 1] += 0.5 * np.arange(1, 21)
    assert findings(label([replace(go(count=41), xy_m=xy_m)])) == []


def test_holds_exactly_at_its_limit(go, label) -> None:
    scene = label([on_a_bend(go, 10)])
    (finding,) = findings(scene)
    assert finding.measured is not None
    limits = [LinearInterpolationLimits(max_sag_m=finding.measured * factor, min_bends=1) for factor in (1.01, 0.99)]
    assert [len(findings(scene, one)) for one in limits] == [0, 1]


def test_says_what_it_cannot_judge(go, label) -> None:
    assert linear_interpolation(label([go(), go(count=6)])).assessed.tolist() == [True, False]


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []
