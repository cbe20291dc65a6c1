from __future__ import annotations

import pytest

from fusion.checks.finding import Finding
from fusion.review.event import Verdict
from viewers.desktop.state.finding_list import FindingFilter, FindingList, filter_of


def finding(name: str, code: str = "BOX304", cause: str | None = None, **fields: object) -> Finding:
    usual: dict[str, object] = {
        "id": name,
        "code": code,
        "name": "floating-box",
        "severity": "warning",
        "score": 0.5,
        "subject": "box",
        "scene": "scene-0061",
        "frame": "f",
        "timestamp_ns": 0,
        "sensor": None,
        "label": name,
        "track": None,
        "category": "car",
        "message": "hangs",
        "measured": 1.0,
        "limit": 0.3,
        "unit": "m",
        "evidence": {},
        "evidence_hash": "",
        "cause": cause,
    }
    return Finding.model_validate(usual | fields)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("", FindingFilter(), id="nothing"),
        pytest.param("BOX TRK501", FindingFilter(codes=frozenset({"BOX", "TRK501"})), id="codes"),
        pytest.param(
            "error undecided",
            FindingFilter(severities=frozenset({"error"}), verdicts=frozenset({"undecided"})),
            id="severity and verdict",
        ),
        pytest.param(
            "class:car scene:0061",
            FindingFilter(categories=frozenset({"car"}), scenes=frozenset({"0061"})),
            id="fields",
        ),
        pytest.param("ab:cd floating", FindingFilter(text="ab:cd floating"), id="words"),
    ],
)
def test_what_is_typed_means(words: str, expected: FindingFilter) -> None:
    assert filter_of(words) == expected


def test_a_cause_stays_while_one_of_its_symptoms_is_wanted() -> None:
    listed = FindingList([finding("a", "RIG104"), finding("b", "IMG401", cause="a")], lambda one: None)
    listed.filter = filter_of("IMG401")
    assert [row.finding.id for row in listed.rows()] == ["a"]


def test_symptoms_of_symptoms_stand_under_the_first_cause() -> None:
    listed = FindingList([finding("a"), finding("b", cause="a"), finding("c", cause="b")], lambda one: None)
    listed.toggle("a")
    assert [(row.finding.id, row.symptom) for row in listed.rows()] == [("a", False), ("b", True), ("c", True)]


def test_decided_ones_are_passed_over() -> None:
    verdicts = {"b": Verdict.CONFIRMED}
    listed = FindingList([finding("a"), finding("b"), finding("c")], lambda one: verdicts.get(one.id))
    reached = listed.after("a", undecided=True)
    assert reached is not None
    assert reached.id == "c"
    assert listed.decided == 1
    assert listed.after("c") is None
    assert listed.after("a", step=-1) is None


def test_scenes_and_classes_are_found_by_a_part_of_their_names() -> None:
    listed = FindingList([finding("a"), finding("b", scene="scene-0103", category="truck")], lambda one: None)
    listed.filter = filter_of("scene:0103")
    assert [row.finding.id for row in listed.rows()] == ["b"]
    listed.filter = filter_of("class:CAR")
    assert [row.finding.id for row in listed.rows()] == ["a"]
