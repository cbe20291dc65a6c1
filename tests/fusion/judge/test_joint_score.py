from __future__ import annotations

from typing import Any

import pytest

from fusion.checks.catalogue import CATALOGUE
from fusion.checks.finding import Finding
from fusion.judge.joint_score import MOST, WITNESS, jointly_scored

BASE = 0.02


def finding(code: str, score: float, **more: Any) -> Finding:
    absent = dict.fromkeys(("frame_index", "timestamp_ns", "sensor", "category"))
    fields: dict[str, Any] = absent | {
        "id": f"{code} {more}",
        "code": code,
        "name": "some-check",
        "severity": "warning",
        "score": score,
        "subject": "box",
        "scene": "scene",
        "frame": "3",
        "label": "7",
        "track": "a",
        "message": "something",
        "measured": 1.0,
        "limit": 0.5,
        "unit": "m",
        "evidence": {},
        "evidence_hash": "",
    }
    return Finding.model_validate(fields | more)


def scores(*findings: Finding) -> list[float]:
    return [one.score for one in jointly_scored(findings, BASE)]


def test_two_witnesses_are_believed_more_than_one() -> None:
    first, second = scores(finding("BOX309", 0.5), finding("IMG401", 0.5))
    assert first == second == pytest.approx(1 / (1 + (0.02 / 0.98) ** 0.4), abs=1e-3)
    assert first > 0.8


def test_the_same_witness_twice_hardly_counts() -> None:
    alone, again = scores(finding("BOX309", 0.5), finding("BOX304", 0.5))[0], 0.5
    assert again < alone < 0.65


def test_a_finding_of_its_own_check_in_its_frame_is_no_witness() -> None:
    assert scores(finding("BOX309", 0.5), finding("BOX309", 0.9, label="8")) == [0.5, 0.9]


@pytest.mark.parametrize(
    "elsewhere",
    [{"track": "b"}, {"scene": "other"}, {"frame": "4"}, {"track": None, "label": None}],
    ids=["another track", "another scene", "another frame", "nothing named"],
)
def test_findings_about_other_things_say_nothing(elsewhere: dict[str, Any]) -> None:
    assert scores(finding("BOX309", 0.5), finding("IMG401", 0.9, **elsewhere))[0] == 0.5


def test_findings_of_a_whole_track_corroborate_each_other_whatever_their_worst_frames() -> None:
    first, second = finding("TRK503", 0.5, subject="track"), finding("BOX302", 0.5, subject="track", frame="9")
    assert min(scores(first, second)) > 0.8


def test_agreement_never_lowers_a_score_and_never_makes_it_certain() -> None:
    weak = scores(finding("BOX309", 0.9), finding("IMG401", 0.01))
    assert weak[0] == 0.9
    assert max(scores(*(finding(code, 0.99) for code in ("BOX309", "IMG401", "TRK501", "ONT601")))) <= MOST


def test_order_and_everything_else_stay() -> None:
    given = [finding("IMG401", 0.5), finding("BOX309", 0.4), finding("TRK501", 0.3, track="b", label="9")]
    joint = jointly_scored(given, BASE)
    assert [one.model_copy(update={"score": 0.0}) for one in joint] == [
        one.model_copy(update={"score": 0.0}) for one in given
    ]


def test_every_family_has_its_witness() -> None:
    assert {check.family for check in CATALOGUE} <= set(WITNESS)
