from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.finding import Finding, findings_of
from fusion.checks.proposal import Proposal
from fusion.checks.track.class_flicker import ClassFlickerLimits, class_flicker
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

PERIOD_NS = 100_000_000


def scene_of(*classes: str | None, track: str | None = "t") -> Scene:
    """One object that says these classes, frame by frame."""
    rows = len(classes)
    boxes = Boxes3D.upright(
        np.zeros((rows, 3)),
        np.ones((rows, 3)),
        np.zeros(rows),
        category=list(classes),
        track=[track] * rows,
        timestamps_ns=np.arange(rows) * PERIOD_NS,
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=np.arange(rows) * PERIOD_NS)


def findings(scene: Scene) -> list[Finding]:
    return findings_of(class_flicker, class_flicker(scene), ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_a_car_that_is_a_pedestrian_in_one_of_ten_frames() -> None:
    (finding,) = findings(scene_of(*["Car"] * 4, "Pedestrian", *["Car"] * 5))
    assert finding.message == "1 of 10 boxes say Pedestrian, most say Car (frames 4)"
    assert (finding.severity, finding.subject, finding.frame, finding.label) == ("error", "track", "4", "4")
    assert finding.evidence["changes"] == 2
    assert finding.proposal == Proposal(
        action="set", target="4", values={"category": "Car"}, reference="ego", timestamps_ns=(4 * PERIOD_NS,)
    )


def test_is_quiet_on_the_clean_twin() -> None:
    assessment = class_flicker(scene_of(*["Car"] * 10))
    assert assessment.assessed.tolist() == [True]
    assert not len(assessment.reported)


def test_holds_exactly_at_its_limit() -> None:
    scene = scene_of(*["Car"] * 7, "Van", "Car", "Van")
    assert not len(class_flicker(scene, ClassFlickerLimits(max_boxes=2)).reported)
    assert len(class_flicker(scene, ClassFlickerLimits(max_boxes=1)).reported) == 1


@pytest.mark.parametrize(
    ("other", "severity"),
    [
        pytest.param("Van", "warning", id="a matter of judgement"),
        pytest.param("Motorcycle", "warning", id="both go by 'vehicle'"),
        pytest.param("Cone", "error", id="another family"),
        pytest.param("Misc", "warning", id="no family"),
        pytest.param("Gizmo", "warning", id="no meaning"),
    ],
)
def test_the_family_of_the_classes_decides_how_bad_it_is(other: str, severity: str) -> None:
    (finding,) = findings(scene_of("Car", "Car", other, "Car"))
    assert finding.severity == severity


def test_of_equally_frequent_classes_none_is_proposed() -> None:
    (finding,) = findings(scene_of("Van", "Car", "Van", "Car"))
    assert finding.message == "2 of 4 boxes say Car, as many say Van (frames 1, 3)"
    assert finding.proposal is None


def test_many_frames_are_counted_not_listed() -> None:
    (finding,) = findings(scene_of(*["Car"] * 9, *["Van"] * 7))
    assert finding.message.endswith("(frames 9, 10, 11, 12, 13 and 2 more)")
    assert finding.proposal is not None
    assert finding.proposal.target == "t"
    assert len(finding.proposal.timestamps_ns) == 7


@pytest.mark.parametrize(
    ("classes", "reported"),
    [
        pytest.param(["Pedestrian", "Pedestrian", "Cyclist"], 0, id="mounts"),
        pytest.param(["Pedestrian", "Cyclist", "Pedestrian"], 1, id="mounts and dismounts within two frames"),
        pytest.param(["Car", "Car", "Van"], 1, id="a car becomes a van"),
    ],
)
def test_a_person_may_change_once(classes: list[str], reported: int) -> None:
    assert len(findings(scene_of(*classes))) == reported


def test_another_spelling_is_no_other_class() -> None:
    assert findings(scene_of("Car", "car", "Car")) == []


def test_boxes_without_a_class_are_left_to_the_check_of_classes() -> None:
    assert findings(scene_of("Car", None, "Car")) == []
    (reason,) = (class_flicker(scene_of("Car", None)).not_assessed,)
    assert reason is not None
    assert reason.counts() == {"fewer than two boxes with a class": 1}


def test_admits_that_there_are_no_tracks() -> None:
    with pytest.raises(NotMeasurableError, match="labels have no track ids"):
        class_flicker(scene_of("Car", track=None))
