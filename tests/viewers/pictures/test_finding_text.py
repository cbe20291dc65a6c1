from __future__ import annotations

from collections.abc import Callable

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.scene.scene import Scene
from viewers.pictures.accused import accused_of
from viewers.pictures.finding_text import facts_of, limit_text, measured_text, whom


def test_numbers_carry_their_units(make_street: Callable[..., Scene], make_finding: Callable[..., Finding]) -> None:
    finding = make_finding(make_street(), 0, measured=2.25, limit=None, unit="mps")
    assert measured_text(finding) == "2.25 m/s"
    assert limit_text(finding) == ""
    assert measured_text(make_finding(make_street(), 0, measured=0.49062)) == "0.491 m"
    assert measured_text(make_finding(make_street(), 0, measured=12345.6, unit="")) == "12346"
    assert limit_text(make_finding(make_street(), 0, limit=0.3, unit="share")) == "limit 30 %"
    assert measured_text(make_finding(make_street(), 0, measured=178.25, unit="deg")) == "178°"


def test_the_subject_is_named_in_one_line(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_street()
    line = whom(accused_of(scene, make_finding(scene, 0, sensor="front")))
    assert (
        line
        == "car   |   track 17   |   frame 0   |   scene scene   |   front   |   score 0.90   |   id 0f3a2b1c0f3a2b1c"
    )


def test_facts_read_as_words_with_units(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_street()
    evidence = {"ground_m": -0.25, "points": 4, "seen": True, "speed_mps": None, "sizes_m": [1.5, 2.0], "why": "dim"}
    proposal = Proposal(action="set", target="0", values={"size_m": [1, 2, 3]}, reference="ego")
    facts = dict(
        facts_of(accused_of(scene, make_finding(scene, 0, evidence=evidence, proposal=proposal, source="a:1")))
    )
    assert facts["ground"] == "-0.25 m"
    assert facts["points"] == "4"
    assert facts["seen"] == "yes"
    assert facts["speed"] == "not known"
    assert facts["sizes"] == "1.5 m, 2 m"
    assert facts["proposal"] == "set size"
    assert facts["source"] == "a:1"
    assert facts["size"] == "4.50 x 1.90 x 1.60 m"
    assert int(facts["points in the box"]) >= 60


def test_a_box_without_a_sweep_says_that_its_points_are_not_known(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_street(points=None)
    facts = dict(facts_of(accused_of(scene, make_finding(scene, 0))))
    assert facts["points in the box"] == "not known: no lidar sweep in this frame"
