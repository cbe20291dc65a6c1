"""What a sample says about a delivery, as text."""

from __future__ import annotations

from fusion.review.acceptance import AcceptanceVerdict, LotVerdict
from viewers.outputs.lines import Line, Role, Span, line, table
from viewers.outputs.quantities import counted

SAID: dict[str, tuple[str, Role]] = {
    "accept": ("Accepted", "good"),
    "reject": ("Rejected", "error"),
    "continue": ("Not decided yet", "warning"),
}
WHAT = {"track": "wrong tracks", "frame sector": "frame sectors with something missing"}


def accept_lines(verdict: AcceptanceVerdict) -> list[Line]:
    """The whole text."""
    said, role = SAID[verdict.decision]
    lines = [
        line(Span(said, role), f": {verdict.root}, {verdict.plan} plan, drawn {verdict.drawn} with seed {verdict.seed}")
    ]
    names = ("", "", "delivery", "inspected", "defects", "share", "95 %", "acceptable", "rejectable", "risks")
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in names]]
    rows += [_row(lot) for lot in verdict.lots]
    lines += table(rows, range(2, 9), indent=2)
    lines += [line(why(lot), indent=2) for lot in verdict.lots]
    for lot in verdict.lots:
        if lot.next:
            lines.append(
                line(
                    Span(f"Next {lot.unit}s to judge", "strong"),
                    " (boresight review set RUN SUBJECT correct, or new-error)",
                )
            )
            lines += [line(subject, indent=2) for subject in lot.next]
    if verdict.reviewers:
        who = ", ".join(f"{name} {counted(number, 'verdict')}" for name, number in verdict.reviewers.items())
        lines.append(line(Span("Reviewers", "strong"), f": {who}; store {verdict.store_hash[:16]}"))
    return lines


def _row(lot: LotVerdict) -> list[Span | str]:
    said, role = SAID[lot.decision]
    return [
        Span(said, role),
        WHAT[lot.unit],
        f"{lot.size:,}",
        f"{lot.inspected} of {lot.sample}",
        f"{lot.defects}",
        "-" if lot.share is None else f"{lot.share:.1%}",
        f"{lot.low:.1%} to {lot.high:.1%}",
        f"{lot.aql:.2%}",
        f"{lot.rql:.2%}",
        f"producer {lot.producer_risk:.1%}, consumer {lot.consumer_risk:.1%}",
    ]


def why(lot: LotVerdict) -> str:
    """The rule that decided, or what is still needed."""
    what = f"{WHAT[lot.unit]}: {counted(lot.defects, 'defect')} in {lot.inspected}"
    if lot.decision == "accept":
        return f"{what}, and up to {lot.accept_at} there accept"
    if lot.decision == "reject":
        return f"{what}, and {lot.reject_at} there reject"
    limits = [f"accept at {lot.accept_at} or fewer"] if lot.accept_at is not None else []
    limits += [f"reject at {lot.reject_at} or more"] if lot.reject_at is not None else []
    beyond = (
        f"; {lot.judged_beyond} later in the order are judged and wait for those before them"
        if lot.judged_beyond
        else ""
    )
    rule = " and ".join(limits) or "too early to tell"
    return (
        f"{what}: {rule}; at most {lot.sample} are inspected, about {lot.mean_inspected:.0f} of a good delivery{beyond}"
    )
