"""A run as Markdown: the summary of a workflow, or a comment under a delivery.

Source: GitHub documentation, "Workflow commands for GitHub Actions", adding a job summary: Markdown is appended to the
file that GITHUB_STEP_SUMMARY names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from fusion.checks.finding import Finding
from fusion.run.document import CheckSummary
from fusion.run.run import Run
from viewers.outputs.human import OF_DATASET, listed, news_text, severity_counts
from viewers.outputs.lines import printable
from viewers.outputs.quantities import counted, quantity

# A summary is read at a glance; the rest is in the report.
MOST_FINDINGS = 25
MOST_REASONS = 10
MOST_LETTERS = 300
ESCAPED = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]<>()#|!~"} | {"@": "@\u2060"})


def as_markdown(run: Run) -> str:
    """Numbers, findings by check, the most urgent ones, what was not assessed and what could not be read."""
    blocks = [_head(run), _by_check(run), _urgent(run), _not_assessed(run.document.checks), _unread(run)]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(run: Run) -> list[str]:
    datasets = run.document.datasets
    held = [
        f"{told(one.root or 'in memory')} ({one.format}): {counted(one.scenes, 'scene')}, "
        f"{counted(one.frames, 'frame')}, {counted(one.labels, 'label')}"
        for one in datasets
    ]
    share = run.document.assessed_share
    judged = "" if share is None else f" {100 * share:.0f} % of what the checks were handed could be judged."
    symptoms = len(run.findings) - len(run.leading)
    folded = f" {counted(symptoms, 'more finding')} explained by these." if symptoms else ""
    return [
        f"## Boresight: {news_text(run) or severity_counts(run.leading)}",
        "",
        *held,
        "",
        f"{folded}{judged}".strip(),
    ]


def _by_check(run: Run) -> list[str]:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for finding in listed(run):
        counts[finding.code, finding.name][finding.severity] += 1
    if not counts:
        return []
    rows = [
        f"| {code} {name} | {found['error'] or ''} | {found['warning'] or ''} | {found['info'] or ''} |"
        for (code, name), found in counts.items()
    ]
    return ["| check | errors | warnings | info |", "|---|--:|--:|--:|", *rows]


def _urgent(run: Run) -> list[str]:
    rows = [_row(finding) for finding in listed(run)[:MOST_FINDINGS]]
    if not rows:
        return []
    more = len(listed(run)) - len(rows)
    left = ["", f"and {counted(more, 'more finding')}"] if more else []
    return ["### Most urgent", "", "| | check | what | where | measured |", "|---|---|---|---|--:|", *rows, *left]


def _row(finding: Finding) -> str:
    who = " ".join(part for part in (finding.category, finding.track) if part) or finding.sensor or ""
    frame = "" if finding.frame is None else f"frame {finding.frame}"
    where = ", ".join(part for part in (finding.scene or OF_DATASET, frame, finding.source or "") if part)
    measured = quantity(finding.measured, finding.unit, digits=3)
    cells = (finding.severity, f"{finding.code} {finding.name}", f"{who}: {finding.message}", where, measured)
    return f"| {' | '.join(told(cell) for cell in cells)} |"


def _not_assessed(checks: Iterable[CheckSummary]) -> list[str]:
    times: Counter[str] = Counter()
    for check in checks:
        times.update(check.not_assessed)
    rows = [f"| {number:,} | {told(reason)} |" for reason, number in times.most_common(MOST_REASONS)]
    return ["### Not assessed", "", "| times | why |", "|--:|---|", *rows] if rows else []


def _unread(run: Run) -> list[str]:
    if not run.incomplete:
        return []
    rows = [f"- {told(one.path)}: {told(one.reason)}" for one in run.incomplete[:MOST_REASONS]]
    more = len(run.incomplete) - len(rows)
    return [
        f"### Could not be read ({len(run.incomplete)}): what lies there is unchecked",
        "",
        *rows,
        *([f"- and {more} more"] if more > 0 else []),
    ]


def told(text: str) -> str:
    """A name or sentence from a data set, with nothing in it that Markdown would act on."""
    shown = printable(text)
    return (shown if len(shown) <= MOST_LETTERS else f"{shown[:MOST_LETTERS]}...").translate(ESCAPED)
