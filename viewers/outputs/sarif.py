"""Findings as SARIF, for code scanning services.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.27 (result) and 3.49
(reportingDescriptor). Services take a few thousand results; the most urgent are kept, and a note says so.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from fusion.checks.catalogue import CATALOGUE
from fusion.checks.finding import Finding
from fusion.run.run import Run
from viewers.outputs.places import file_and_line

LEVELS = {"error": "error", "warning": "warning", "info": "note"}
MAX_RESULTS = 5000


def as_sarif(run: Run) -> str:
    """One result a finding that no other explains, most urgent first."""
    summaries = {check.code: check.manual.summary for check in CATALOGUE}
    rules = [
        {
            "id": check.code,
            "name": check.name,
            "shortDescription": {"text": summaries.get(check.code, check.name)},
            "defaultConfiguration": {"level": LEVELS[check.severity]},
        }
        for check in run.document.checks
    ]
    unread = [{"level": "error", "message": {"text": f"{one.path}: {one.reason}"}} for one in run.incomplete]
    left_out = len(run.leading) - MAX_RESULTS
    if left_out > 0:
        unread.append({"level": "note", "message": {"text": f"{left_out} less urgent findings are left out"}})
    document = {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {**run.document.tool.model_dump(), "rules": rules}},
                "invocations": [{"executionSuccessful": not run.incomplete, "toolExecutionNotifications": unread}],
                "results": [_result(finding) for finding in run.leading[:MAX_RESULTS]],
            }
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _result(finding: Finding) -> dict[str, Any]:
    parts = (finding.scene, finding.frame, finding.sensor, finding.track or finding.label)
    name = "/".join(part for part in parts if part)
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": name}]} if name else {}
    if finding.source:
        location["physicalLocation"] = _file(finding.source)
    return {
        "ruleId": finding.code,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [location] if location else [],
        "partialFingerprints": {"boresight/1": finding.id},
        "rank": round(finding.score * 100, 2),
    }


def _file(source: str) -> dict[str, Any]:
    path, number = file_and_line(source)
    location = {"artifactLocation": {"uri": quote(path, errors="backslashreplace")}}
    return {**location, **({"region": {"startLine": number}} if number else {})}
