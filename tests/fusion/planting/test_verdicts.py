from __future__ import annotations

from typing import Any

import pytest

from fusion.checks.finding import Finding, LabelReference
from fusion.planting.fault import Truth
from fusion.planting.verdicts import verdicts_on


def finding(name: str, **parts: Any) -> Finding:
    fields: dict[str, Any] = {
        "id": name, "code": "TRK501", "name": "n", "severity": "warning", "score": 0.5, "subject": "box", "scene": "s",
        "frame": "f3", "frame_index": 3, "timestamp_ns": 0, "sensor": None, "label": None, "track": None,
        "category": None, "message": "", "measured": 1.0, "limit": 0.5, "unit": "m", "evidence": {},
        "evidence_hash": "",
    }  # fmt: skip
    return Finding(**{**fields, **parts})


def truth(**parts: Any) -> Truth:
    fields: dict[str, Any] = {
        "fault": "shift", "scene": "s", "frames": (3,), "keys": ("f3",), "tracks": ("car",), "labels": ("a",),
        "sensor": None, "magnitude": 1.0, "unit": "m", "extent": "frame", "expected_codes": ("TRK501",),
    }  # fmt: skip
    return Truth(**{**fields, **parts})


@pytest.mark.parametrize(
    ("parts", "found", "named"),
    [
        pytest.param({"track": "car"}, True, True, id="by its track"),
        pytest.param({"label": "a"}, True, True, id="by its label"),
        pytest.param({"track": "car", "code": "BOX305"}, True, False, id="under another name"),
        pytest.param({"track": "bus", "label": "b"}, False, False, id="another object"),
        pytest.param({"track": "car", "severity": "info"}, False, False, id="a hint"),
    ],
)
def test_a_fault_is_found_by_a_warning_about_its_object(parts: dict[str, Any], found: bool, named: bool) -> None:
    (verdict,) = verdicts_on([truth()], [], [finding("x", **parts)])
    assert (verdict.found, verdict.named) == (found, named)


def test_the_other_box_of_a_pair_counts() -> None:
    other = LabelReference(label="a", track="car", scene="s", frame="f3", set="labels")
    (verdict,) = verdicts_on([truth()], [], [finding("x", track="bus", label="b", labels=(other,))])
    assert verdict.found


def test_what_the_clean_scene_says_as_well_proves_nothing() -> None:
    old = finding("x", track="car")
    (verdict,) = verdicts_on([truth()], [old], [old])
    assert not verdict.found
    (verdict,) = verdicts_on([truth()], [old], [finding("x", track="car", severity="error")])
    assert verdict.found


def test_the_rank_counts_what_a_reviewer_sees_first_but_for_other_planted_faults() -> None:
    other = truth(tracks=("bus",), labels=("b",))
    after = [
        finding("false alarm", severity="error", track="tram"),
        finding("other", score=0.9, track="bus"),
        finding("cause", score=0.8, track=None),
        finding("ours", score=0.95, track="car", cause="cause"),
    ]
    verdict, of_other = verdicts_on([truth(), other], [], after)
    assert (verdict.rank, of_other.rank) == (2, 2)


def test_faults_of_time_are_found_in_their_frames_and_those_of_sensors_by_name() -> None:
    slip = truth(fault="slip", tracks=(), labels=())
    (near,) = verdicts_on([slip], [], [finding("x", frame="f4", frame_index=4)])
    (far,) = verdicts_on([slip], [], [finding("x", frame="f9", frame_index=9)])
    assert (near.found, far.found) == (True, False)
    late = truth(fault="camera-delay", sensor="front", expected_codes=("TIM207",))
    (named,) = verdicts_on([late], [], [finding("x", code="TIM207", sensor="front")])
    (wrong,) = verdicts_on([late], [], [finding("x", code="TIM207", sensor="rear")])
    assert (named.named, wrong.found) == (True, False)
