"""Evidence of all checks on the same object, weighed together.

Each finding comes with the probability its own measurement gives it. Findings on one object, or in one frame on the
same sensor, corroborate each other; but witnesses that look at the same thing (two checks that both read the returns)
mostly repeat each other, and even points and pixels share the box they judge. So of the other findings' log odds over
the base rate only a part is added: the strongest of each other kind of witness counts in part, more of the same kind
hardly.

    logit(joint) = logit(own) + sum over kinds w(kind) max(0, logit(other) - logit(base rate))
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from fusion.checks.finding import Finding
from fusion.checks.rounding import rounded

# What each family looks at. Checks of one witness see the same numbers.
WITNESS = {
    "BOX": "points",
    "MIS": "points",
    "IMG": "pixels",
    "TRK": "motion",
    "TIM": "motion",
    "RIG": "pixels",
    "ONT": "names",
    "DAT": "files",
}
OTHER_WITNESS, SAME_WITNESS = 0.4, 0.1
# However much agrees, nothing is certain: one in a thousand is something nobody thought of.
MOST = 0.999

Object = tuple[str, ...]


def jointly_scored(findings: Sequence[Finding], base_rate: float) -> list[Finding]:
    """The findings with scores that take the others on the same object into account, in the same order.

    Args:
        base_rate: share of labels expected to be wrong.
    """
    groups: dict[Object, list[Finding]] = defaultdict(list)
    for finding in findings:
        for one in _objects(finding):
            groups[one].append(finding)
    return [_rescored(finding, _others(finding, groups), base_rate) for finding in findings]


def _objects(finding: Finding) -> set[Object]:
    """What a finding is about, as names that other findings share; empty for what stands alone."""
    if finding.track:
        return {("track", finding.scene, finding.track)}
    if finding.label:
        return {("label", finding.scene, finding.label)}
    return set()


def _others(finding: Finding, groups: dict[Object, list[Finding]]) -> list[Finding]:
    """Findings on the same object in frames that both are about; those of its own check repeat it."""
    others = {
        other.id: other
        for one in _objects(finding)
        for other in groups[one]
        if other.code != finding.code and _together(finding, other)
    }
    return list(others.values())


def _together(one: Finding, other: Finding) -> bool:
    """A box of one frame says nothing about a box of another; a whole track speaks for all its frames."""
    whole = "track" in (one.subject, other.subject) and one.subject == other.subject
    return whole or one.frame == other.frame or one.frame is None or other.frame is None


def _rescored(finding: Finding, others: Iterable[Finding], base_rate: float) -> Finding:
    own = WITNESS[finding.code[:3]]
    strongest: dict[str, float] = {}
    for other in others:
        gained = max(_logit(other.score) - _logit(base_rate), 0.0)
        witness = WITNESS[other.code[:3]]
        strongest[witness] = max(strongest.get(witness, 0.0), gained)
    if not strongest:
        return finding
    added = sum(gained * (SAME_WITNESS if witness == own else OTHER_WITNESS) for witness, gained in strongest.items())
    joint = 1 / (1 + math.exp(-(_logit(finding.score) + added)))
    return finding.model_copy(update={"score": rounded(max(finding.score, min(joint, MOST)), "ratio")})


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
