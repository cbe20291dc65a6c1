from __future__ import annotations

from typing import Any

from fusion.checks.finding import Finding
from fusion.judge.delivery import across_scenes


def off(scene: str, low: float, high: float, **changes: Any) -> Finding:
    """A camera that a scene says is turned."""
    known: dict[str, Any] = {
        "id": f"{scene} {changes.get('sensor', 'front')}",
        "code": "RIG103",
        "name": "extrinsic-off",
        "severity": "warning",
        "score": 0.5,
        "subject": "rig",
        "scene": scene,
        "frame": None,
        "timestamp_ns": None,
        "sensor": "front",
        "label": None,
        "track": None,
        "category": None,
        "message": "turned",
        "measured": (low + high) / 2,
        "limit": 0.15,
        "unit": "deg",
        "evidence": {"low": low, "high": high, "quantity": "yaw"},
        "evidence_hash": "",
    }
    return Finding(**{**known, **changes})


def test_scenes_that_agree_on_a_camera_are_one_finding() -> None:
    findings = across_scenes([off("b", 0.4, 0.7), off("a", 0.3, 0.6), off("c", 0.5, 0.55)], "nuscenes")
    (parent,) = [one for one in findings if one.cause is None]
    assert len(findings) == 4
    assert {one.cause for one in findings} == {None, parent.id}
    assert parent.evidence["scenes_affected"] == 3
    # The surest of them speaks.
    assert parent.measured == (0.5 + 0.55) / 2
    assert "3 scenes agree, from a to c" in parent.message


def test_scenes_that_disagree_keep_their_own() -> None:
    given = [off("a", 0.3, 0.6), off("b", -0.6, -0.3), off("c", 0.3, 0.6, sensor="left")]
    assert across_scenes(given, "nuscenes") == given


def test_from_a_date_on_another_number_holds() -> None:
    given = [off("a", 0.3, 0.6), off("b", 0.3, 0.6), off("c", 0.9, 1.2), off("d", 0.9, 1.2)]
    parents = [one for one in across_scenes(given, "nuscenes") if one.cause is None]
    assert [(one.evidence["first_scene"], one.evidence["last_scene"]) for one in parents] == [("a", "b"), ("c", "d")]


def test_what_has_no_interval_or_a_cause_is_left_alone() -> None:
    given = [off("a", 0.3, 0.6, evidence={}), off("b", 0.3, 0.6, evidence={}), off("c", 0.3, 0.6, cause="x")]
    assert across_scenes(given, "nuscenes") == given
