"""The manual of a check as text, and the catalogue as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fusion.checks.check import Check
from viewers.outputs.lines import Line, Role, Span, line, table

TIERS = {
    "labels": "reads labels and tables only",
    "points": "reads the sweeps",
    "search": "searches the sweeps for what is not labelled",
    "pixels": "decodes images",
}


def catalogue_lines(checks: Sequence[Check[Any]]) -> list[Line]:
    """One line a check, in code order."""
    rows = [
        (Span(check.code, "code"), check.name, Span(check.severity.value, _role(check)), check.manual.summary)
        for check in checks
    ]
    return [*table(rows), Line(), line(Span("`boresight explain CODE` prints a check's manual and limits", "dim"))]


def manual_lines(check: Check[Any]) -> list[Line]:
    """What a check looks for, why, where it is blind, and its limits with their reasons."""
    manual = check.manual
    lines = [
        line(Span(f"{manual.code} {manual.name}", "code"), f": {manual.summary}"),
        line("Severity: ", Span(check.severity.value, _role(check)), f"; {TIERS[check.tier]} (tier {check.tier})"),
    ]
    for heading, words in manual.sections.items():
        lines += [Line(), line(Span(f"{heading}: ", "strong"), words)]
    return [*lines, Line(), *_limits(check)]


def _limits(check: Check[Any]) -> list[Line]:
    fields = check.limits_type.model_fields
    if not fields:
        return [line("It has no limits: the defect is there or it is not.")]
    rows = [(f"{name} = {field.default!r}", field.description or "") for name, field in fields.items()]
    title = line(Span("Limits", "strong"), f", as they stand in a settings file under [checks.{check.name}]:")
    return [title, *table(rows, indent=2)]


def _role(check: Check[Any]) -> Role:
    return check.severity.value
