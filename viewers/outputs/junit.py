"""Findings as JUnit XML, which every build server shows.

A suite is a scene, a case is a check: failed with its findings, passed, or skipped with the reason it saw nothing.
Source: the Ant JUnit report format as Jenkins reads it (testsuites, testsuite, testcase, failure, error, skipped).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from fusion.checks.finding import Finding
from fusion.run.document import CheckSummary, Incomplete
from fusion.run.run import Run
from viewers.outputs.human import OF_DATASET, finding_lines, listed
from viewers.outputs.lines import plain, printable


def as_junit(run: Run) -> str:
    """The report; checks that found nothing anywhere are one suite. With a baseline, only what is new is a failure."""
    found: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in listed(run):
        found[finding.scene][finding.code].append(finding)
    root = ElementTree.Element("testsuites", name="boresight")
    for scene, by_code in found.items():
        _suite(root, scene or OF_DATASET, [c for c in run.document.checks if c.code in by_code], by_code)
    failed = {finding.code for finding in listed(run)}
    _suite(root, "no findings", [check for check in run.document.checks if check.code not in failed], {})
    if run.incomplete:
        _unread(root, run.incomplete)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(
    root: ElementTree.Element, name: str, checks: Sequence[CheckSummary], findings: Mapping[str, Sequence[Finding]]
) -> None:
    shown = printable(name)
    counts = {"tests": str(len(checks)), "failures": str(len(findings))}
    suite = ElementTree.SubElement(root, "testsuite", {"name": shown, **counts})
    for check in checks:
        case = ElementTree.SubElement(suite, "testcase", classname=shown, name=f"{check.code} {check.name}")
        if check.code in findings:
            _failure(case, findings[check.code])
        elif not check.assessed and check.not_assessed:
            ElementTree.SubElement(case, "skipped", message=printable("; ".join(check.not_assessed)))


def _failure(case: ElementTree.Element, findings: Sequence[Finding]) -> None:
    first = findings[0]
    failure = ElementTree.SubElement(case, "failure", type=first.severity, message=printable(first.message))
    failure.text = plain(line for finding in findings for line in finding_lines(finding))


def _unread(root: ElementTree.Element, incomplete: Sequence[Incomplete]) -> None:
    counts = {"tests": str(len(incomplete)), "errors": str(len(incomplete))}
    suite = ElementTree.SubElement(root, "testsuite", {"name": "unreadable", **counts})
    for one in incomplete:
        case = ElementTree.SubElement(suite, "testcase", classname="unreadable", name=printable(one.path))
        ElementTree.SubElement(case, "error", message=printable(one.reason))
