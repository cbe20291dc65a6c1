from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fusion.checks.finding import Finding, LabelReference
from fusion.checks.proposal import Proposal
from fusion.scene.coded import Coded
from viewers.report.breakdown import TouchedLabels, by_field, charts
from viewers.report.label_facts import LabelFacts, SceneFacts

Make = Callable[..., Finding]


@pytest.fixture
def facts() -> LabelFacts:
    """Four labels of frame 3: cars 17, 18 at 5 m, a van 19 at 25 m, one without a class far away."""
    names = ["17", "18", "19", "20"]
    scene = SceneFacts(
        frames=4,
        category=Coded.from_values(["car", "car", "van", None]),
        ranges_m=np.array([5.0, 5.0, 25.0, np.nan]),
        annotator=Coded.from_values(["ann", "ben", "ann", "ben"]),
        vendor=None,
        rows={("3", name): row for row, name in enumerate(names)},
    )
    return LabelFacts({"dusk": scene})


def test_labels_are_counted_by_the_worst_that_is_said_of_them(finding: Make, facts: LabelFacts) -> None:
    findings = [finding("a"), finding("b", severity="error"), finding("c", label="19")]
    touched = TouchedLabels.of(findings, facts)
    assert (touched.number_with(), touched.number_with("error"), touched.number_with("warning")) == (2, 1, 1)
    car, van, rest = touched.counted(lambda scene: scene.category)
    assert (car.name, dict(car.counts), car.total, car.per_thousand) == ("car", {"error": 1}, 2, 500)
    assert (van.name, van.found, rest.name, rest.found) == ("van", 1, "(none)", 0)


def test_ranges_are_bands_and_labels_of_unknown_range_are_in_none(finding: Make, facts: LabelFacts) -> None:
    bars = TouchedLabels.of([finding(label="19")], facts).by_range()
    assert [(bar.name, bar.found, bar.total) for bar in bars] == [("0 to 10 m", 0, 2), ("20 to 30 m", 1, 1)]


def test_a_track_touches_all_its_labels_and_a_pair_the_first(finding: Make, facts: LabelFacts) -> None:
    both = tuple(
        LabelReference(label=label, track="7", scene="dusk", frame="3", set="labels") for label in ("17", "18")
    )
    assert TouchedLabels.of([finding(subject="track", labels=both)], facts).number_with() == 2
    assert TouchedLabels.of([finding(subject="pair", labels=both)], facts).number_with() == 1


def test_a_class_to_rename_concerns_all_its_labels_and_a_calibration_none(finding: Make, facts: LabelFacts) -> None:
    rename = Proposal(action="set", target="car", values={"category": "van"})
    assert TouchedLabels.of([finding(subject="scene", proposal=rename)], facts).number_with() == 2
    assert TouchedLabels.of([finding(subject="rig")], facts).number_with() == 0


def test_without_the_data_findings_are_counted(finding: Make) -> None:
    leading = [finding("a"), finding("b", category="van"), finding("c", category="van", sensor="left")]
    made = charts(leading, TouchedLabels(LabelFacts()))
    assert [(chart.title, chart.counted) for chart in made] == [("By class", "findings"), ("By sensor", "findings")]
    assert [(bar.name, bar.found, bar.total) for bar in made[0].bars] == [("van", 2, None), ("car", 1, None)]
    assert by_field(leading, lambda one: one.sensor)[0].name == "left"


def test_every_annotator_has_a_bar_and_vendors_nobody_names_have_no_chart(finding: Make, facts: LabelFacts) -> None:
    made = {chart.title: chart for chart in charts([finding()], TouchedLabels.of([finding()], facts))}
    assert [(bar.name, bar.found, bar.total) for bar in made["By annotator"].bars] == [("ann", 1, 2), ("ben", 0, 2)]
    assert "By vendor" not in made
