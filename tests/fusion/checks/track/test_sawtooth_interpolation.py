from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.sawtooth_interpolation import SawtoothInterpolationLimits, sawtooth_interpolation


def findings(scene, limits=None):
    return findings_of(
        sawtooth_interpolation, sawtooth_interpolation(scene, limits), ("x",), lambda severity, excess: 0.5
    )


def lagging(go, tooth_m: float, every: int = 5, noise_m: float = 0.0):
    """A car whose boxes lag more and more and are put right in every so many frames."""
    track = go(count=40)
    lag_m = tooth_m / (every - 1) * (np.arange(40) % every)
    noise = np.random.default_rng(3).normal(0, noise_m, (40, 2)) if noise_m else 0
    return replace(track, xy_m=track.xy_m - np.column_stack([lag_m, 0 * lag_m]) + noise)


@pytest.mark.parametrize("noise_m", [0.0, 0.02])
def test_reports_a_car_put_right_in_every_fifth_frame(go, label, noise_m: float) -> None:
    (finding,) = findings(label([lagging(go, 0.4, noise_m=noise_m), go(count=40, at_m=(0, -8))]))
    assert (finding.track, finding.frame, finding.severity) == ("t0", "5", "warning")
    assert finding.measured == pytest.approx(0.5, abs=0.06)  # the tooth, and the lag that the next step lacks
    assert finding.message.endswith("in every 5 boxes, always the same way (7 times)")


def test_is_quiet_on_the_clean_twin_and_on_a_few_leaps(go, label) -> None:
    assert findings(label([go(count=40), go(count=40).moved([7, 19, 33], 0.0, 0.5)])) == []


def test_teeth_must_come_regularly(go, label) -> None:
    shifted = go(count=40)
    for start in (7, 18, 22, 35):
        shifted = shifted.moved(slice(start, None), 0.4)
    assert findings(label([shifted])) == []


def test_holds_exactly_at_its_limit(go, label) -> None:
    scene = label([lagging(go, 0.4)])
    limits = [SawtoothInterpolationLimits(max_size_m=metres) for metres in (0.51, 0.49)]
    assert [len(findings(scene, one)) for one in limits] == [0, 1]


def test_says_what_it_cannot_judge(go, label) -> None:
    assert sawtooth_interpolation(label([go(), go(count=6)])).assessed.tolist() == [True, False]


@pytest.mark.parametrize("rate_hz", [10, 20])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []
