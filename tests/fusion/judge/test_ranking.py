from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.checks.severity import Severity
from fusion.judge.ranking import score

BASE_RATES = st.floats(0.001, 0.5)
EXCESSES = st.floats(1.0, 10.0)


@pytest.mark.parametrize(
    ("severity", "excess", "odds"),
    [
        pytest.param(Severity.ERROR, 1.0, 2.0, id="an error at its limit"),
        pytest.param(Severity.WARNING, 1.0, 0.4, id="a warning at its limit"),
        pytest.param(Severity.INFO, 1.0, 0.08, id="a hint at its limit"),
        pytest.param(Severity.WARNING, 4.0, 3.2, id="a warning at four times its limit"),
    ],
)
def test_one_label_in_a_hundred_and_one_wrong_gives_these_odds(severity: Severity, excess: float, odds: float) -> None:
    assert score(1 / 101, severity, excess) == pytest.approx(odds / (1 + odds))


@given(BASE_RATES, EXCESSES)
def test_an_error_comes_before_a_warning_and_a_warning_before_a_hint(base_rate: float, excess: float) -> None:
    error, warning, info = (
        score(base_rate, severity, excess) for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
    )
    assert 1 > error > warning > info > 0


@given(BASE_RATES, EXCESSES, st.sampled_from(Severity))
def test_further_beyond_the_limit_is_more_likely_wrong(base_rate: float, excess: float, severity: Severity) -> None:
    assert score(base_rate, severity, 1.01 * excess) > score(base_rate, severity, excess)


@given(BASE_RATES, EXCESSES, st.sampled_from(Severity))
def test_worse_labels_make_every_finding_more_likely(base_rate: float, excess: float, severity: Severity) -> None:
    assert score(1.01 * base_rate, severity, excess) > score(base_rate, severity, excess)


def test_a_warning_far_beyond_its_limit_comes_before_an_error_at_its_own() -> None:
    assert score(0.01, Severity.WARNING, 3.0) > score(0.01, Severity.ERROR, 1.0)
