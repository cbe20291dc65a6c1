from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.assessment import Assessment
from fusion.checks.finding import Finding, findings_of
from fusion.checks.ontology.unknown_class import UnknownClassLimits, unknown_class
from fusion.checks.proposal import Proposal
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import scene_from_arrays


def judged(names: list[str | None], declared: list[str] | None = None, min_likeness: float = 0.85) -> Assessment:
    rows = len(names)
    boxes = Boxes3D.upright(np.zeros((rows, 3)), np.ones((rows, 3)), np.zeros(rows), category=names)
    return unknown_class(
        scene_from_arrays(boxes=boxes, declared_classes=declared), UnknownClassLimits(min_likeness=min_likeness)
    )


def findings(names: list[str | None], declared: list[str] | None = None) -> list[Finding]:
    return findings_of(unknown_class, judged(names, declared), ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_a_slip_and_what_was_meant() -> None:
    (finding,) = findings(["vehicle.car"] * 5 + ["vehicle.cra"] * 2)
    assert (
        finding.message == "2 labels say 'vehicle.cra', which is not one of the known classes; probably 'vehicle.car'"
    )
    assert (finding.severity, finding.subject, finding.label, finding.measured) == ("error", "scene", "5", 2)
    assert finding.proposal == Proposal(action="set", target="vehicle.cra", values={"category": "vehicle.car"})


@pytest.mark.parametrize("declared", [None, ["Car", "Van", "Pedestrian"]], ids=["no list", "declared"])
def test_is_quiet_on_the_clean_twin(declared: list[str] | None) -> None:
    assessment = judged(["Car", "Van", "Car", "Pedestrian"], declared)
    assert len(assessment) == 3
    assert not len(assessment.reported)


@pytest.mark.parametrize(
    ("names", "declared", "severity", "hint"),
    [
        pytest.param(["Car", "Cra"], None, "error", "probably 'Car'", id="two letters swapped"),
        pytest.param(
            ["Pedestrain"], ["Car", "Pedestrian"], "error", "probably 'Pedestrian'", id="slip of a declared one"
        ),
        pytest.param(["Car", "Gizmo"], ["Car"], "error", "known classes", id="foreign and without meaning"),
        pytest.param(["Car", "Bus"], ["Car"], "warning", "known classes", id="foreign, but everybody knows buses"),
        pytest.param(["Car", "Gizmo"], None, "info", "known classes", id="without meaning to us"),
        pytest.param(["Car", "Car", "car"], None, "warning", "probably 'Car'", id="spelled in two ways"),
        pytest.param(["Car", None], None, "error", "1 label has no class", id="no class"),
    ],
)
def test_what_is_wrong_with_a_name_decides_how_bad_it_is(
    names: list[str | None], declared: list[str] | None, severity: str, hint: str
) -> None:
    (finding,) = findings(names, declared)
    assert finding.severity == severity
    assert hint in finding.message


def test_holds_exactly_at_its_limit() -> None:
    likeness = 2 * 9 / 19  # nine letters in common, of nine and ten: "pedestrin" and "pedestrian" in order
    names: list[str | None] = ["pedestrin", "pedestrian"]
    at = judged(names, min_likeness=likeness)
    above = judged(names, min_likeness=float(np.nextafter(likeness, 1)))
    assert at.severity_of(0, unknown_class.severity).value == "error"
    assert above.severity_of(0, unknown_class.severity).value == "info"


def test_names_used_equally_often_are_both_fine() -> None:
    assert not len(judged(["car", "Car"]).reported)


def test_one_name_is_one_finding_however_many_labels_carry_it() -> None:
    assert len(findings(["Gizmo"] * 50)) == 1


def test_admits_that_there_are_no_classes() -> None:
    with pytest.raises(NotMeasurableError, match="labels have no classes"):
        judged([None, None])


def test_no_labels_are_no_findings() -> None:
    assert len(judged([])) == 0
