"""How likely a finding is a true error: the order in which a reviewer should work.

    odds = base odds x weight of the check's severity x excess^1.5

The base odds are those of any label being wrong, as the settings state them. An error is contradicted by evidence, a
warning is unusual, so they start apart; how far a measurement lies beyond its limit then moves it. Weights are a
first judgement; where precision was learned from reviews and is passed, it moves the odds of its check.
"""

from __future__ import annotations

from math import exp

from fusion.checks.severity import Severity

SEVERITY_WEIGHT = {Severity.ERROR: 200.0, Severity.WARNING: 40.0, Severity.INFO: 8.0}
EXCESS_POWER = 1.5


def score(base_rate: float, severity: Severity, excess: float, log_odds_shift: float = 0.0) -> float:
    """Probability between 0 and 1 that a finding is a true error.

    Args:
        base_rate: share of labels expected to be wrong.
        excess: measured over limit, at least 1.
        log_odds_shift: what reviews taught about the check; 0 where they taught nothing.
    """
    odds: float = base_rate / (1 - base_rate) * SEVERITY_WEIGHT[severity] * excess**EXCESS_POWER * exp(log_odds_shift)
    return odds / (1 + odds)
