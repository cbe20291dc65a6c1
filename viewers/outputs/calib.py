"""The calibration audit as text: what is off first, then what is good, then what nobody could tell and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calibration.audit.result import AuditResult
from calibration.estimate import Verdict
from fusion.run.calibration_audit import CalibrationAudit
from viewers.outputs.lines import Line, Role, Span, line, table
from viewers.outputs.quantities import counted, quantity

TITLES: dict[Verdict, tuple[str, Role]] = {Verdict.OFF: ("Off", "error"), Verdict.GOOD: ("Good", "good")}
MAX_PROBLEMS = 20
PLAIN_RANGE = (1e-3, 1e6)


def calib_lines(audit: CalibrationAudit) -> list[Line]:
    """The whole text."""
    blocks = [
        [_head(audit)],
        _judged(audit.results, Verdict.OFF),
        _judged(audit.results, Verdict.GOOD),
        _untold(audit.results),
        _problems(audit),
    ]
    return [one for block in blocks if block for one in [*block, Line()]][:-1]


def verdict_counts(results: Iterable[AuditResult]) -> str:
    """`1 off, 12 good, 3 can't tell`."""
    verdicts = [result.verdict for result in results]
    names = {Verdict.OFF: "off", Verdict.GOOD: "good", Verdict.CANNOT_TELL: "can't tell"}
    return ", ".join(f"{verdicts.count(verdict)} {name}" for verdict, name in names.items())


def _head(audit: CalibrationAudit) -> Line:
    held = f" ({audit.format}): {counted(len(audit.scenes), 'scene')}, {verdict_counts(audit.results)}"
    return line(Span(audit.root, "strong"), held)


def _judged(results: Sequence[AuditResult], verdict: Verdict) -> list[Line]:
    """Results of one verdict as a table."""
    chosen = [result for result in results if result.verdict is verdict]
    if not chosen:
        return []
    title, role = TITLES[verdict]
    head = [Span(name, "dim") for name in ("sensor", "quantity", "in file", "estimated", "95 %", "correction", "why")]
    rows: list[list[Span | str]] = [
        [
            result.sensor,
            result.quantity + (f" to {result.relative_to}" if result.relative_to else ""),
            _number(result.in_file, result.unit),
            _number(result.estimated, result.unit),
            _half_width(result),
            _number(result.correction, result.unit, signed=True),
            result.estimate.reason,
        ]
        for result in chosen
    ]
    return [line(Span(f"{title} ({len(chosen)})", role)), *table([head, *rows], range(2, 6), indent=2)]


def _untold(results: Sequence[AuditResult]) -> list[Line]:
    """What can't be told, each reason once with everything it concerns."""
    chosen = [result for result in results if result.verdict is Verdict.CANNOT_TELL]
    if not chosen:
        return []
    by_reason: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for sensor, reason in dict.fromkeys((result.sensor, result.estimate.reason) for result in chosen):
        concerned = [one for one in chosen if (one.sensor, one.estimate.reason) == (sensor, reason)]
        quantities = tuple(one.quantity for one in concerned)
        by_reason.setdefault(reason, {}).setdefault(quantities, []).append(sensor)
    lines = [line(Span(f"Can't tell ({len(chosen)})", "warning"))]
    for reason, groups in by_reason.items():
        lines.append(line(reason, indent=2))
        for quantities, sensors in groups.items():
            lines.append(line(Span(f"{', '.join(quantities)} of {', '.join(sensors)}", "dim"), indent=4))
    return lines


def _problems(audit: CalibrationAudit) -> list[Line]:
    if not audit.problems:
        return []
    listed = [line(f"{one.place}: {one.reason}", indent=2) for one in audit.problems[:MAX_PROBLEMS]]
    more = len(audit.problems) - len(listed)
    if more > 0:
        listed.append(line(Span(f"... and {more} more", "dim"), indent=2))
    return [line(Span(f"Problems while reading ({len(audit.problems)})", "error")), *listed]


def _number(value: float | None, unit: str, signed: bool = False) -> str:
    """With five digits, and without an exponent for what is as good as zero."""
    if value is None:
        return "-"
    kept = 0.0 if abs(value) < PLAIN_RANGE[0] else value
    text = quantity(round(kept, 3), unit, digits=5)
    return f"+{text}" if signed and kept > 0 else text


def _half_width(result: AuditResult) -> str:
    interval = result.estimate.interval
    if interval is None or interval[0] == interval[1]:
        return "-"
    return f"± {(interval[1] - interval[0]) / 2:.2g}"
