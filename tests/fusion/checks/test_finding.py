from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from fusion.checks.assessment import Assessment
from fusion.checks.check import Check
from fusion.checks.finding import Finding, findings_of
from fusion.checks.limits import NoLimits
from fusion.checks.manual import HEADINGS, Manual
from fusion.checks.proposal import Proposal
from fusion.checks.severity import Severity
from fusion.checks.subject import Described, Subject

MANUAL = Manual("BOX399", "flat-box", "a box is flat.", dict.fromkeys(HEADINGS, "x"))
CHECK: Check[NoLimits] = Check(MANUAL, Severity.WARNING, NoLimits, lambda *_: NotImplemented, "frame", "labels")
KEY = ("kitti-object", "training")
NAMED = {"label": "17", "track": None, "scene": "training", "frame": "000003", "set": "labels"}


@dataclass(frozen=True)
class Labels(Subject):
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def describe(self, row: int) -> Described:
        name = self.names[row]
        return Described(
            "box", ("000003", name), "training", "000003", 3, 5, None, name, labels=({**NAMED, "label": name},)
        )


def judged(measured: Any = (0.51234567, 0.1), **more: Any) -> Assessment:
    column = np.asarray(measured, dtype=np.float64)
    labels = Labels(tuple(str(17 + row) for row in range(len(column))))
    fields: dict[str, Any] = {"message": "{measured:+.2f} m", "unit": "m", "violated": np.abs(column) > 0.3, **more}
    return Assessment(labels, measured=column, limit=0.3, **fields)


def found(assessment: Assessment, severity: Severity | None = None, key: tuple[str, ...] = KEY) -> list[Finding]:
    return findings_of(CHECK, assessment, key, lambda weight, excess: weight.rank + excess / 100, severity)


def test_only_violated_rows_become_findings() -> None:
    (finding,) = found(judged())
    assert (finding.code, finding.name, finding.severity) == ("BOX399", "flat-box", "warning")
    assert (finding.label, finding.frame, finding.frame_index, finding.subject) == ("17", "000003", 3, "box")
    assert finding.labels[0].label == "17"


def test_numbers_are_rounded_on_the_way_out_and_whole_in_the_message() -> None:
    (finding,) = found(judged(evidence={"ground_m": np.array([0.123456, 0.0]), "points": np.array([7, 8])}))
    assert (finding.measured, finding.limit, finding.unit) == (0.5123, 0.3, "m")
    assert finding.evidence == {"ground_m": 0.1235, "points": 7}
    assert finding.message == "+0.51 m"


def test_an_id_is_made_of_names_and_never_of_numbers() -> None:
    (one,), (other,) = found(judged([0.5])), found(judged([0.9]))
    assert one.id == other.id
    assert one.evidence_hash != other.evidence_hash


@pytest.mark.parametrize("key", [("nuscenes", "training"), ("kitti-object", "testing")])
def test_an_id_depends_on_the_data_set_and_scene(key: tuple[str, ...]) -> None:
    assert found(judged())[0].id != found(judged(), key=key)[0].id


def test_different_labels_have_different_ids() -> None:
    one, other = found(judged([0.5, 0.5]))
    assert one.id != other.id


def test_evidence_may_be_named_in_the_message() -> None:
    (finding,) = found(
        judged([0.5], message="{points} points of {of}", evidence={"points": 3, "of": np.array(["a{b}"])})
    )
    assert finding.message == "3 points of a{b}"


def test_what_is_no_number_is_null() -> None:
    (finding,) = found(judged([np.inf], violated=np.array([True]), evidence={"gap_m": np.array([np.nan])}))
    assert finding.measured is None
    assert finding.evidence == {"gap_m": None}


def test_settings_replace_the_severity_even_of_rows_that_are_errors() -> None:
    assessment = judged([0.5], errors=np.array([True]))
    assert found(assessment)[0].severity == "error"
    assert found(assessment, Severity.INFO)[0].severity == "info"


def test_a_score_is_of_the_severity_and_the_excess() -> None:
    (finding,) = found(judged([0.6]), Severity.ERROR)
    assert finding.score == 2.02


def test_the_most_urgent_comes_first() -> None:
    (finding,) = found(judged([0.5]))
    worse = finding.model_copy(update={"severity": "error"})
    surer = finding.model_copy(update={"score": finding.score + 0.1})
    assert sorted([finding, surer, worse], key=lambda one: one.rank) == [worse, surer, finding]


def test_ties_always_fall_the_same_way() -> None:
    one, other = found(judged([0.5, 0.5]))
    assert sorted([one, other], key=lambda f: f.rank) == sorted([other, one], key=lambda f: f.rank)


def test_a_proposal_is_rounded_and_made_of_plain_values() -> None:
    def propose(row: int) -> Proposal:
        values = {"size_m": np.array([4.123456, 1.8, np.nan]), "yaw_rad": np.float64(0.1234567)}
        return Proposal(action="set", target="17", values=values, timestamps_ns=(np.int64(5),))

    (finding,) = found(judged([0.5], propose=propose))
    content = finding.model_dump(mode="json")["proposal"]
    assert content["values"] == {"size_m": [4.1235, 1.8, None], "yaw_rad": 0.12346}
    assert content["timestamps_ns"] == [5]


def test_a_finding_has_no_other_fields() -> None:
    (finding,) = found(judged([0.5]))
    with pytest.raises(ValidationError):
        Finding(**{**finding.model_dump(), "extra": 1})


def test_a_check_whose_manual_is_of_another_code_is_a_bug() -> None:
    from fusion.checks.check import frame_check

    with pytest.raises(ValueError, match="the docstring must start with"):
        frame_check("BOX399", Severity.ERROR, NoLimits)(lambda frame, limits: judged())


def test_a_check_that_gives_one_assessment_may_be_called() -> None:
    check = replace(CHECK, function=lambda target, limits: judged())
    assert len(check("frame")) == 2
    assert len(check.assess("frame")) == 1
