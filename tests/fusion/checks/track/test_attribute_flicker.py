from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.attribute_flicker import AttributeFlickerLimits, attribute_flicker
from fusion.errors import NotMeasurableError
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.coded import Coded


def findings(scene, limits=None):
    return [
        finding
        for assessment in attribute_flicker.assess(scene, limits)
        for finding in findings_of(attribute_flicker, assessment, ("x",), lambda severity, excess: 0.5)
    ]


RIDDEN, RIDERLESS = "cycle.with_rider", "cycle.without_rider"


def test_reports_a_bicycle_that_loses_its_rider_for_one_frame(go, label, tick) -> None:
    (finding,) = findings(tick(label([go(), go(at_m=(0, -9))]), t0=[*[RIDDEN] * 8, RIDERLESS, *[RIDDEN] * 11]))
    assert (finding.track, finding.frame, finding.severity) == ("t0", "8", "warning")
    assert finding.message == (
        "attribute is cycle.without_rider for a moment, before and after cycle.with_rider (1 times)"
    )
    assert finding.proposal is not None
    assert finding.proposal.values == {"attributes": {"attribute": RIDDEN}}
    assert finding.proposal.timestamps_ns == (finding.timestamp_ns,)


def test_is_quiet_on_the_clean_twin_and_on_a_change_that_lasts(go, label, tick) -> None:
    assert findings(tick(label([go()]), t0=RIDDEN)) == []
    assert findings(tick(label([go()]), t0=[*[RIDDEN] * 8, *[RIDERLESS] * 12])) == []


def test_holds_exactly_at_its_limit(go, label, tick) -> None:
    scene = tick(label([go()]), t0=[*[RIDDEN] * 8, *[RIDERLESS] * 3, *[RIDDEN] * 9])
    limits = [AttributeFlickerLimits(max_flicker_s=seconds) for seconds in (0.39, 0.41)]
    assert [len(findings(scene, one)) for one in limits] == [0, 1]


@pytest.mark.parametrize(("speed_mps", "found"), [(10.0, 1), (0.0, 0)], ids=["goes on", "has stopped"])
def test_words_about_motion_flicker_where_the_speed_does_not_bear_them_out(go, label, tick, speed_mps, found) -> None:
    values = [*["vehicle.moving"] * 8, "vehicle.stopped", *["vehicle.moving"] * 11]
    assert len(findings(tick(label([go(speed_mps=speed_mps)]), t0=values))) == found


def test_what_belongs_to_the_whole_object_may_not_change_at_all(go, label) -> None:
    scene = label([go()])
    colour = AttributeColumn(Coded.from_values([*["red"] * 12, *["blue"] * 8]), scope="track")
    boxes = replace(scene.labels.boxes, attributes=Attributes({"colour": colour}))
    scene.label_sets = {"labels": replace(scene.labels, boxes=boxes)}
    (finding,) = findings(scene)
    assert (finding.frame, finding.evidence["usual"]) == ("12", "red")


def test_numbers_and_visibility_are_left_alone(go, label) -> None:
    scene = label([go()])
    visibility = AttributeColumn(Coded.from_values(["full", "part"] * 10))
    for attributes in ({"visibility": visibility}, {"doors": AttributeColumn(np.arange(20.0) % 2)}):
        scene.label_sets = {
            "labels": replace(scene.labels, boxes=replace(scene.labels.boxes, attributes=Attributes(attributes)))
        }
        with pytest.raises(NotMeasurableError, match="no attributes in words"):
            attribute_flicker(scene)


def test_says_what_it_cannot_judge(go, label, tick) -> None:
    (assessment,) = attribute_flicker.assess(tick(label([go(), go(count=2)]), t0=RIDDEN, t1=RIDDEN))
    assert assessment.not_assessed.counts() == {"fewer than three boxes say attribute": 1}
