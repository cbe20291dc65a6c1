"""Findings as SARIF, for code scanning services.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.27 (result) and 3.49
(reportingDescriptor). Services take a few thousand results; the most urgent are kept, and a note says so. Code scanning
refuses a result without a file and a rule without help, so that a finding of no file points at the folder of the data.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from fusion.checks.catalogue import CATALOGUE
from fusion.checks.finding import Finding
from fusion.checks.manual import Manual
from fusion.run.document import CheckSummary
from fusion.run.run import Run
from viewers.outputs.lines import printable
from viewers.outputs.places import file_and_line, in_workspace

LEVELS = {"error": "error", "warning": "warning", "info": "note"}
MAX_RESULTS = 5000
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
WHOLE_FOLDER = "./"


def as_sarif(run: Run) -> str:
    """One result a finding that no other explains, most urgent first."""
    manuals = {check.code: check.manual for check in CATALOGUE}
    rules = [
        {
            "id": check.code,
            "name": check.name,
            **_described(check, manuals.get(check.code)),
            "defaultConfiguration": {"level": LEVELS[check.severity]},
        }
        for check in run.document.checks
    ]
    unread = [{"level": "error", "message": {"text": printable(f"{one.path}: {one.reason}")}} for one in run.incomplete]
    left_out = len(run.leading) - MAX_RESULTS
    if left_out > 0:
        unread.append({"level": "note", "message": {"text": f"{left_out} less urgent findings are left out"}})
    datasets = run.document.datasets
    root = datasets[0].root if len(datasets) == 1 else ""
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {**run.document.tool.model_dump(), "rules": rules}},
                "invocations": [{"executionSuccessful": not run.incomplete, "toolExecutionNotifications": unread}],
                "results": [{**_result(one, root), **_state(run, one)} for one in run.leading[:MAX_RESULTS]],
            }
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _described(check: CheckSummary, manual: Manual | None) -> dict[str, Any]:
    """Its manual in short, in full, and as help."""
    if manual is None:
        return {name: {"text": check.name} for name in ("shortDescription", "fullDescription", "help")}
    return {
        "shortDescription": {"text": manual.summary},
        "fullDescription": {"text": manual.sections["What it looks for"]},
        "help": {"text": manual.text()},
    }


def _state(run: Run, finding: Finding) -> dict[str, str]:
    """Section 3.27.24, only where there is a baseline to tell from."""
    return {} if run.new is None else {"baselineState": "new" if run.is_new(finding) else "unchanged"}


def _result(finding: Finding, root: str) -> dict[str, Any]:
    parts = (finding.scene, finding.frame, finding.sensor, finding.track or finding.label)
    name = "/".join(part for part in parts if part)
    location: dict[str, Any] = {"physicalLocation": _file(finding.source or WHOLE_FOLDER, root)}
    if name:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(name)}]
    return {
        "ruleId": finding.code,
        "level": LEVELS[finding.severity],
        "message": {"text": printable(finding.message)},
        "locations": [location],
        "partialFingerprints": {"boresight/1": finding.id},
        "rank": round(finding.score * 100, 2),
    }


def _file(source: str, root: str) -> dict[str, Any]:
    path, number = file_and_line(source)
    location = {"artifactLocation": {"uri": quote(in_workspace(path, root), errors="backslashreplace")}}
    return {**location, **({"region": {"startLine": number}} if number else {})}
