"""A finding in words: its numbers with their units, whom it is about, its evidence as names and values."""

from __future__ import annotations

from typing import Any

from calibration.errors import BoresightError
from fusion.checks.finding import Finding
from fusion.checks.rounding import unit_of
from fusion.measure.frame import SyncedFrame
from viewers.outputs.quantities import quantity
from viewers.pictures.accused import Accused
from viewers.pictures.names import short_class, short_track

# Enough for a person who looks at a picture.
DIGITS = 3


def measured_text(finding: Finding) -> str:
    """The measured number with its unit, "" where there is none."""
    return "" if finding.measured is None else quantity(finding.measured, finding.unit, DIGITS)


def limit_text(finding: Finding) -> str:
    """The limit with its unit, "" where there is none."""
    return "" if finding.limit is None else f"limit {quantity(finding.limit, finding.unit, DIGITS)}"


def whom(accused: Accused) -> str:
    """One line: object, frame, scene, sensor, score."""
    finding = accused.finding
    parts = [
        short_class(finding.category) if finding.category else "",
        f"track {short_track(finding.track)}" if finding.track else "",
        f"label {short_track(finding.label)}" if finding.label and not finding.track else "",
        f"frame {_frame_name(accused)}" if finding.frame else "",
        f"scene {finding.scene}" if finding.scene else "",
        finding.sensor or "",
        f"score {finding.score:.2f}",
        f"id {finding.id}",
    ]
    return "   |   ".join(part for part in parts if part)


def facts_of(accused: Accused) -> list[tuple[str, str]]:
    """Names and values: the evidence of the finding, its proposal, where its label stands."""
    finding = accused.finding
    facts = evidence_facts(finding)
    if accused.rows and accused.frame is not None:
        facts += _box_facts(accused.frame, accused.rows[0])
    if accused.why_no_boxes:
        facts.append(("box not shown", accused.why_no_boxes))
    if finding.proposal is not None:
        changes = ", ".join(_spaced(name) for name in finding.proposal.values)
        facts.append(("proposal", f"{finding.proposal.action} {changes}".strip()))
    if finding.cause is not None:
        facts.append(("explained by", finding.cause))
    if finding.source is not None:
        facts.append(("source", finding.source))
    return [(name, value) for name, value in facts if value]


def evidence_facts(finding: Finding) -> list[tuple[str, str]]:
    """Names and values of a finding's evidence."""
    return [(_spaced(name), _value(name, value)) for name, value in finding.evidence.items()]


def _box_facts(frame: SyncedFrame, row: int) -> list[tuple[str, str]]:
    boxes = frame.boxes
    length, width, height = boxes.sizes_m[row]
    facts = [
        ("size", f"{length:.2f} x {width:.2f} x {height:.2f} m"),
        ("range", f"{float(boxes.ranges_m[row]):.1f} m"),
    ]
    try:
        facts.append(("points in the box", str(int(frame.point_counts[row]))))
    except BoresightError as error:
        facts.append(("points in the box", f"not known: {error}"))
    return facts


def _frame_name(accused: Accused) -> str:
    """The frame's key, where it is in the scene, and which one is shown if it is another."""
    keys = accused.scene.frame_table.keys
    own = accused.finding.frame or ""
    if own not in keys:
        return short_track(own)
    index, count = keys.index(own), len(keys)
    name = own if own == str(index) else f"{short_track(own)} ({index} of 0-{count - 1})"
    if accused.frame is None or accused.frame.index == index:
        return name
    return f"{name}, shown: {accused.frame.index} of 0-{count - 1}"


def _spaced(name: str) -> str:
    """A name without its unit, which goes to the value: "ground_m" reads "ground"."""
    unit = unit_of(name)
    return name.removesuffix(f"_{unit}" if unit else "").replace("_", " ")


def _value(name: str, value: Any) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_value(name, item) for item in value)
    unit = unit_of(name)
    if isinstance(value, float) or (unit and isinstance(value, int)):
        return quantity(value, unit, DIGITS)
    return str(value)
