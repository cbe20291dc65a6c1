from __future__ import annotations

from typing import Any

from fusion.checks.finding import Finding, LabelReference
from fusion.planting.false_alarms import alarms_of


def finding(name: str, track: str, label: str, **parts: Any) -> Finding:
    fields: dict[str, Any] = {
        "id": name, "code": "TRK501", "name": "n", "severity": "warning", "score": 0.5, "subject": "box", "scene": "s",
        "frame": "f", "timestamp_ns": 0, "sensor": None, "label": label, "track": track, "category": None,
        "message": "", "measured": 1.0, "limit": 0.5, "unit": "m", "evidence": {}, "evidence_hash": "",
        "labels": (LabelReference(label=label, track=track, scene="s", frame="f", set="labels"),),
    }  # fmt: skip
    return Finding(**{**fields, **parts})


def test_a_label_counts_once_however_many_checks_touch_it() -> None:
    alarms = alarms_of([finding("1", "car", "a"), finding("2", "car", "a", code="TRK502"), finding("3", "car", "b")])
    assert alarms["TRK"].count == 2
    assert alarms["TRK"].codes == {"TRK501": 2, "TRK502": 1}


def test_a_track_counts_once_and_covers_its_labels() -> None:
    alarms = alarms_of([finding("1", "car", "a", subject="track"), finding("2", "car", "b"), finding("3", "bus", "c")])
    assert alarms["TRK"].count == 2


def test_infos_and_sums_of_other_findings_are_no_alarms() -> None:
    hint = finding("1", "car", "a", severity="info")
    parts = [finding("2", "bus", "b", cause="sum"), finding("3", "bus", "c", cause="sum")]
    alarms = alarms_of([hint, *parts, finding("sum", "bus", "b", subject="track")])
    assert alarms["TRK"].count == 2


def test_families_are_counted_apart() -> None:
    alarms = alarms_of([finding("1", "car", "a"), finding("2", "car", "a", code="BOX304")])
    assert {family: one.count for family, one in alarms.items()} == {"TRK": 1, "BOX": 1}
