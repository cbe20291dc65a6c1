"""Whether scores mean what they say: of findings that promise 80 %, are 80 % about a planted fault?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from fusion.checks.finding import Finding
from fusion.planting.fault import Truth
from fusion.planting.selftest_document import ReliabilityBin
from fusion.planting.verdicts import is_about, new_findings

EDGES = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0)


@dataclass
class ScoredFindings:
    """Scores of the findings of many planted scenes, whether each is about a fault, and how much of one it is worth."""

    scores: list[float] = field(default_factory=list)
    true: list[bool] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, truths: Sequence[Truth], after: Sequence[Finding], before: Sequence[Finding], labels: int) -> None:
        """Add the findings of one planted scene.

        What is about a fault is weighed by how much rarer faults are in data with a base rate of one half, and the
        rest counts as it is; `bins` brings in the base rate.
        """
        new = {finding.id for finding in new_findings(before, after)}
        wrong = len({label for truth in truths for label in truth.labels})
        for finding in after:
            if finding.severity == "info" and finding.id not in new:
                continue
            about = finding.id in new and any(is_about(finding, truth) for truth in truths)
            self.scores.append(finding.score)
            self.true.append(about)
            self.weights.append(max(labels - wrong, 1) / max(wrong, 1) if about else 1.0)

    def extend(self, other: ScoredFindings) -> None:
        """Add those of other trials."""
        self.scores += other.scores
        self.true += other.true
        self.weights += other.weights

    def bins(self, base_rate: float) -> tuple[ReliabilityBin, ...]:
        """Promised and true shares by range of scores, where faults are as frequent as the base rate says."""
        scores, true = np.asarray(self.scores), np.asarray(self.true, dtype=bool)
        weights = np.asarray(self.weights) * np.where(true, base_rate / (1 - base_rate), 1.0)
        places = np.digitize(scores, EDGES[1:-1])
        filled = []
        for place, (low, high) in enumerate(pairwise(EDGES)):
            own = places == place
            if not own.any():
                continue
            total = weights[own].sum()
            filled.append(
                ReliabilityBin(
                    from_score=low,
                    to_score=high,
                    findings=int(own.sum()),
                    predicted=round(float((scores * weights)[own].sum() / total), 3),
                    true_share=round(float(weights[own & true].sum() / total), 3),
                )
            )
        return tuple(filled)
