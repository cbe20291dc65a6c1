"""Findings for programs: JSON, one JSON a line, and CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from fusion.checks.finding import Finding
from fusion.run.document import findings_to_parquet
from fusion.run.run import Run
from viewers.outputs.lines import printable
from viewers.outputs.quantities import value_text

COLUMNS = (
    "severity",
    "code",
    "name",
    "scene",
    "frame",
    "timestamp_ns",
    "sensor",
    "label",
    "track",
    "category",
    "message",
    "measured",
    "limit",
    "unit",
    "score",
    "source",
    "proposal",
    "cause",
    "id",
)
# A spreadsheet takes a cell that starts so for a formula, and runs it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_json(run: Run) -> str:
    """The document `boresight.findings/1`."""
    return f"{run.to_json()}\n"


def as_jsonl(run: Run) -> str:
    """One finding a line, as in the document, most urgent first."""
    rows = (json.dumps(finding.model_dump(mode="json"), ensure_ascii=False) for finding in run.findings)
    return "".join(f"{row}\n" for row in rows)


def as_csv(run: Run) -> str:
    """One finding a row, most urgent first; text that a spreadsheet would run gets an apostrophe in front.

    Unlike JSON, a table has no way to write control characters, so they are written out as in the text for people.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for finding in run.findings:
        writer.writerow([cell(_value(finding, column)) for column in COLUMNS])
    return table.getvalue()


def as_parquet(run: Run) -> bytes:
    """One finding a row, with the columns of the document; what is nested travels as JSON text."""
    return findings_to_parquet(run.findings)


def _value(finding: Finding, column: str) -> Any:
    if column == "proposal" and finding.proposal is not None:
        return f"{finding.proposal.action} {finding.proposal.target} {value_text(finding.proposal.values)}".strip()
    return getattr(finding, column)


def cell(value: Any) -> Any:
    """A value as a spreadsheet may hold it: nothing that it would run, nothing that it can't show."""
    if not isinstance(value, str):
        return value
    return printable(f"'{value}" if value.startswith(FORMULA_STARTS) else value)
