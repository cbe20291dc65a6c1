"""Findings as annotations of a GitHub workflow.

Source: GitHub documentation, "Workflow commands for GitHub Actions": `::error file=,line=,title=::message`, with
% CR LF escaped in messages and : , besides in properties.
"""

from __future__ import annotations

from fusion.checks.finding import Finding
from fusion.run.run import Run
from viewers.outputs.human import listed, news_text, severity_counts
from viewers.outputs.lines import printable
from viewers.outputs.places import file_and_line, seen_from_here

LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
ESCAPED_IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
ESCAPED_IN_PROPERTIES = {**ESCAPED_IN_MESSAGES, ":": "%3A", ",": "%2C"}


def as_github(run: Run) -> str:
    """One annotation a finding that no other explains, most urgent first, because only the first few are shown.

    With a baseline only what is new is annotated. What could not be read follows, then a summary.
    """
    lines = [_annotation(finding, _root(run)) for finding in listed(run)]
    lines += [_command("error", {"title": "unreadable"}, f"{one.path}: {one.reason}") for one in run.incomplete]
    lines.append(_command("notice", {}, f"Boresight: {news_text(run) or severity_counts(run.leading)}"))
    return "".join(f"{line}\n" for line in lines)


def _root(run: Run) -> str:
    """Where the files are; with several data sets a finding does not tell which it is of."""
    datasets = run.document.datasets
    return datasets[0].root if len(datasets) == 1 else ""


def _annotation(finding: Finding, root: str) -> str:
    properties = {"title": f"{finding.code} {finding.name}"}
    if finding.source:
        path, number = file_and_line(finding.source)
        properties = {"file": seen_from_here(path, root), **({"line": str(number)} if number else {}), **properties}
    where = ", ".join(f"{name} {value}" for name, value in _places(finding).items() if value)
    return _command(LEVELS[finding.severity], properties, f"{finding.message} ({where})" if where else finding.message)


def _places(finding: Finding) -> dict[str, str | None]:
    return {
        "scene": finding.scene,
        "frame": finding.frame,
        "sensor": finding.sensor,
        "track": finding.track,
        "label": finding.label,
    }


def _command(level: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{name}={_escaped(value, ESCAPED_IN_PROPERTIES)}" for name, value in properties.items())
    return f"::{level}{' ' if listed else ''}{listed}::{_escaped(message, ESCAPED_IN_MESSAGES)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(letter, letter) for letter in printable(text))
