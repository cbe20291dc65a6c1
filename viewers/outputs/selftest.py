"""The self-test as text: what was found of each planted fault, how sure that is, and what clean data is accused of."""

from __future__ import annotations

from collections.abc import Sequence

from fusion.planting.fault import Extent
from fusion.planting.selftest_document import (
    FalseAlarms,
    FaultResult,
    RepairResult,
    SelfTestDocument,
    Share,
    SmallestFound,
)
from viewers.outputs.lines import Line, Role, Span, line, table
from viewers.outputs.quantities import counted, quantity

# A reader sees at a glance what works, what half works and what doesn't.
GOOD_SHARE, FAIR_SHARE = 0.9, 0.5
MOST_CODES = 4
FAULT_HEAD = ("fault", "extent", "magnitude", "planted", "found", "95 %", "named", "hinted", "rank", "score", "by")
ALARM_HEAD = ("family", "alarms", "objects", "assessed", "per 1,000", "95 %", "budget", "by")
RELIABILITY_HEAD = ("score", "findings", "promised", "true")
SMALLEST_HEAD = ("fault", "extent", "from")


def selftest_lines(document: SelfTestDocument) -> list[Line]:
    """The whole text."""
    blocks = [
        [_head(document)],
        _faults(document.faults),
        _smallest(document.smallest),
        _alarms(document.false_alarms),
        _reliability(document),
        _repairs(document.repairs),
        _not_planted(document.not_planted),
    ]
    return [one for block in blocks if block for one in [*block, Line()]][:-1]


def _head(document: SelfTestDocument) -> Line:
    data = document.dataset
    planted = sum(result.found.cases for result in document.faults)
    held = f" ({data.format}): {counted(data.scenes, 'scene')}, {counted(data.labels, 'label')}, "
    return line(Span(data.root, "strong"), held, f"{counted(planted, 'planted fault')} in {document.seconds:.0f} s")


def _faults(results: Sequence[FaultResult]) -> list[Line]:
    rows: list[list[Span | str]] = [
        [
            result.fault,
            Extent.parse(result.extent).words,
            quantity(result.magnitude, result.unit) if result.unit else "",
            str(result.found.cases),
            _share(result.found),
            _interval(result.found),
            _share(result.named),
            f"{100 * (result.hinted.value or 0):.0f} %",
            "" if result.median_rank is None else f"{result.median_rank:g}",
            "" if result.median_score is None else f"{result.median_score:.2f}",
            _codes(result.codes),
        ]
        for result in results
    ]
    return [line(Span("Found", "strong")), *_table(FAULT_HEAD, rows, right=(3, 4, 6, 7, 8, 9))] if rows else []


def _smallest(found: Sequence[SmallestFound]) -> list[Line]:
    rows: list[list[Span | str]] = [
        [
            one.fault,
            Extent.parse(one.extent).words,
            Span("none of those tried", "warning") if one.magnitude is None else quantity(one.magnitude, one.unit),
        ]
        for one in found
    ]
    return [line(Span("Found nine times in ten", "strong")), *_table(SMALLEST_HEAD, rows)] if rows else []


def _alarms(alarms: Sequence[FalseAlarms]) -> list[Line]:
    rows: list[list[Span | str]] = [
        [
            one.family,
            str(one.alarms),
            str(one.objects),
            f"{one.assessed:,}",
            Span("-" if one.per_thousand is None else f"{one.per_thousand:.1f}", _alarm_role(one)),
            f"{one.low:.1f}..{one.high:.1f}" if one.assessed else "-",
            f"{one.budget:g}",
            _codes(one.codes),
        ]
        for one in alarms
    ]
    title = line(Span("Alarms on the data as it is", "strong"), " (false ones, if its labels are right)")
    return [title, *_table(ALARM_HEAD, rows, right=(1, 2, 3, 4, 6))] if rows else []


def _alarm_role(alarms: FalseAlarms) -> Role:
    return "good" if (alarms.per_thousand or 0) <= alarms.budget else "error"


def _reliability(document: SelfTestDocument) -> list[Line]:
    rows: list[list[Span | str]] = [
        [f"{one.from_score:g}..{one.to_score:g}", str(one.findings), f"{one.predicted:.2f}", f"{one.true_share:.2f}"]
        for one in document.reliability
    ]
    title = line(Span("What scores promise, and what comes true", "strong"))
    return [title, *_table(RELIABILITY_HEAD, rows, right=(1, 2, 3))] if rows else []


def _repairs(repairs: RepairResult) -> list[Line]:
    """What `fix` would do at its usual score."""
    if not repairs.good.cases and not repairs.on_clean:
        return []
    good = repairs.good
    value = "-" if good.value is None else f"{good.value:.0%}"
    told = f"{good.hits} of {good.cases} proposals ({value}) restore all they change"
    labels = f"labels: {repairs.restored} restored, {repairs.still_wrong} still wrong, {repairs.harmed} harmed"
    clean = f"on the data as it is {repairs.on_clean} labels would be changed"
    by = [f"{what} by {_listed(codes)}" for what, codes in _blamed(repairs)]
    return [
        line(Span("What applying the proposals would do (score 0.8 or more)", "strong")),
        line(f"  {told}; {labels}; {clean}"),
        *[line(f"  {one}") for one in by],
    ]


def _listed(codes: dict[str, int]) -> str:
    return ", ".join(f"{code} {count}" for code, count in codes.items())


def _blamed(repairs: RepairResult) -> list[tuple[str, dict[str, int]]]:
    """Checks whose proposals do harm."""
    both = (
        ("harmed", repairs.harmful_codes),
        ("still wrong", repairs.wrong_codes),
        ("changed on the data as it is", repairs.clean_codes),
    )
    return [(what, codes) for what, codes in both if codes]


def _not_planted(names: Sequence[str]) -> list[Line]:
    return [line("Nothing here to plant it in: ", ", ".join(names))] if names else []


def _table(head: Sequence[str], rows: Sequence[Sequence[Span | str]], right: Sequence[int] = ()) -> list[Line]:
    return table([[Span(name, "dim") for name in head], *rows], right, indent=2)


def _share(share: Share) -> Span:
    if share.value is None:
        return Span("-")
    role: Role = "good" if share.value >= GOOD_SHARE else "warning" if share.value >= FAIR_SHARE else "error"
    return Span(f"{100 * share.value:.0f} %", role)


def _interval(share: Share) -> str:
    return f"{100 * share.low:.0f}..{100 * share.high:.0f}"


def _codes(codes: dict[str, int]) -> str:
    shown = [f"{code} {count}" for code, count in list(codes.items())[:MOST_CODES]]
    return ", ".join(shown) + (", ..." if len(codes) > MOST_CODES else "")
