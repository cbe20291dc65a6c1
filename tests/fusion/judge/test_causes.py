from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from fusion.checks.finding import Finding, LabelReference
from fusion.checks.proposal import Proposal
from fusion.judge.causes import leading, rolled_up

KEY = ("arrays", "drive")


def finding(code: str = "BOX304", frame: str | None = "0", track: str | None = "car", **changes: Any) -> Finding:
    """A box that floats in one frame of its track, unless told otherwise."""
    label = f"{track} in {frame}"
    known: dict[str, Any] = {
        "id": f"{code} {label} {changes.get('sensor')}",
        "code": code,
        "name": "floating-box",
        "severity": "warning",
        "score": 0.5,
        "subject": "box",
        "scene": "drive",
        "frame": frame,
        "timestamp_ns": 100 * int(frame or 0),
        "sensor": None,
        "label": label,
        "track": track,
        "category": "Car",
        "message": "0.50 m above",
        "measured": 0.5,
        "limit": 0.3,
        "unit": "m",
        "evidence": {"ground_m": 0.1},
        "evidence_hash": "",
        "labels": (LabelReference(label=label, track=track, scene="drive", frame=frame or "", set="labels"),),
    }
    return Finding(**{**known, **changes})


def jump(track: str, together: int, looked_at: int, frame: str = "3", **changes: Any) -> Finding:
    """A track that leaves its path in a frame, as so many others do."""
    evidence = {"tracks_together": together, "tracks_in_frame": looked_at}
    return finding("TRK501", frame, track, subject="track", evidence=evidence, message=f"{track} jumps", **changes)


def lift(frame: str, by_m: float, **changes: Any) -> Finding:
    proposal = Proposal(
        action="set",
        target=f"car in {frame}",
        values={"lift_m": by_m},
        reference="ego",
        timestamps_ns=(100 * int(frame),),
    )
    return finding(frame=frame, proposal=proposal, **changes)


def test_a_box_that_floats_in_every_frame_of_its_track_is_one_finding() -> None:
    boxes = [finding(frame=str(frame), score=0.5 + 0.1 * frame) for frame in range(3)]
    found = rolled_up(boxes, KEY)
    (parent,) = leading(found)
    assert (parent.subject, parent.track, parent.score, parent.code) == ("track", "car", 0.7, "BOX304")
    assert parent.message == "0.50 m above (worst of 3 frames)"
    assert parent.evidence == {"ground_m": 0.1, "frames_affected": 3, "worst_frame": "2"}
    assert [label.label for label in parent.labels] == ["car in 0", "car in 1", "car in 2"]
    assert [child.id for child in found if child.cause == parent.id] == [box.id for box in boxes]


def test_nothing_but_the_cause_of_a_child_changes() -> None:
    boxes = [finding(frame="0"), finding(frame="1")]
    _, *children = rolled_up(boxes, KEY)
    assert [child.model_copy(update={"cause": None}) for child in children] == boxes


@pytest.mark.parametrize(
    "apart",
    [
        pytest.param([finding()], id="one frame only"),
        pytest.param([finding(track="car"), finding(track="van")], id="two tracks"),
        pytest.param([finding(frame="0"), finding("BOX302", frame="1")], id="two checks"),
        pytest.param([finding(frame="0", track=None), finding(frame="1", track=None)], id="no track"),
        pytest.param(
            [finding(frame="0", sensor="left", subject="view"), finding(frame="1", sensor="right", subject="view")],
            id="two cameras",
        ),
        pytest.param([finding(frame="0", subject="scene"), finding(frame="1", subject="scene")], id="a scene's own"),
        pytest.param([finding(frame="0", subject="frame"), finding(frame="1", subject="frame")], id="no sensor"),
    ],
)
def test_what_has_no_common_owner_stays_apart(apart: list[Finding]) -> None:
    assert sorted(f.id for f in rolled_up(apart, KEY)) == sorted(f.id for f in apart)
    assert all(f.cause is None for f in rolled_up(apart, KEY))


def test_no_findings_have_no_causes() -> None:
    assert rolled_up([], KEY) == leading([]) == []


def test_a_camera_late_in_many_frames_is_one_finding_about_the_camera() -> None:
    late = [
        finding("TIM202", str(frame), None, subject="frame", sensor=sensor)
        for frame, sensor in ((0, "front"), (1, "front"), (1, "back"))
    ]
    front, back = sorted(leading(rolled_up(late, KEY)), key=lambda found: found.sensor or "", reverse=True)
    assert (front.subject, front.sensor, front.evidence["frames_affected"]) == ("sensor", "front", 2)
    assert (back.subject, back.sensor) == ("frame", "back")


def test_a_pair_is_the_same_pair_in_whichever_order() -> None:
    def overlap(frame: str, *tracks: str | None) -> Finding:
        labels = tuple(LabelReference(label="", track=t, scene="drive", frame=frame, set="labels") for t in tracks)
        return finding("BOX306", frame, tracks[0], subject="pair", labels=labels)

    (parent,) = leading(rolled_up([overlap("0", "a", "b"), overlap("1", "b", "a")], KEY))
    assert parent.subject == "track"
    assert len(parent.labels) == 4
    assert len(leading(rolled_up([overlap("0", "a", "b"), overlap("1", "a", "c")], KEY))) == 2
    assert len(leading(rolled_up([overlap("0", "a", None), overlap("1", "a", None)], KEY))) == 2


def test_when_most_tracks_jump_in_one_frame_the_frame_is_to_blame() -> None:
    found = rolled_up([jump(name, 3, 6, score=0.9 if name == "b" else 0.5) for name in "abc"], KEY)
    (parent,) = leading(found)
    assert (parent.subject, parent.frame, parent.track, parent.label, parent.category) == ("frame", "3", *[None] * 3)
    assert parent.message == "3 tracks at once, so the frame's stamp or ego pose is in doubt; worst: b jumps"
    assert (parent.evidence["tracks_affected"], parent.evidence["worst_track"]) == (3, "b")
    assert parent.proposal is None
    assert {child.track for child in found if child.cause == parent.id} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("together", "looked_at", "blamed"),
    [
        pytest.param(3, 6, True, id="half of the tracks"),
        pytest.param(3, 7, False, id="less than half"),
        pytest.param(2, 2, False, id="all, but too few"),
        pytest.param(3, 3, True, id="all of three"),
    ],
)
def test_a_frame_is_blamed_exactly_from_three_tracks_and_half_of_them_on(
    together: int, looked_at: int, blamed: bool
) -> None:
    found = leading(rolled_up([jump(str(track), together, looked_at) for track in range(together)], KEY))
    assert (len(found) == 1) == blamed


def test_jumps_in_different_frames_are_not_one() -> None:
    assert len(leading(rolled_up([jump("a", 3, 3, frame="3"), jump("b", 3, 3, frame="4")], KEY))) == 2


def test_the_same_correction_in_every_frame_is_proposed_for_the_whole_track() -> None:
    (parent,) = leading(rolled_up([lift("2", 0.5), lift("1", 0.5)], KEY))
    assert parent.proposal == Proposal(
        action="set", target="car", values={"lift_m": 0.5}, reference="ego", timestamps_ns=(100, 200)
    )


@pytest.mark.parametrize(
    "corrections",
    [
        pytest.param([lift("1", 0.5), lift("2", 0.6)], id="other values"),
        pytest.param([lift("1", 0.5), finding(frame="2")], id="one without"),
        pytest.param([finding(frame="1"), finding(frame="2")], id="none at all"),
    ],
)
def test_corrections_that_differ_are_not_joined(corrections: list[Finding]) -> None:
    (parent,) = leading(rolled_up(corrections, KEY))
    assert parent.proposal is None


def test_what_explains_is_found_again_whatever_the_order() -> None:
    boxes = [finding(frame=str(frame)) for frame in range(3)]
    assert len({leading(rolled_up(order, KEY))[0].id for order in permutations(boxes)}) == 1
    assert leading(rolled_up(boxes, ("arrays", "another drive")))[0].id != leading(rolled_up(boxes, KEY))[0].id


def test_the_most_urgent_leads() -> None:
    findings = [
        finding(track="likely", score=0.9),
        finding(track="error", severity="error", score=0.2),
        finding(track="explained", severity="error", score=0.9, cause="x"),
        finding(track="unlikely", score=0.3),
    ]
    assert [found.track for found in leading(findings)] == ["error", "likely", "unlikely"]


def test_overlaps_of_two_tracks_go_under_the_finding_that_they_are_on_one_object() -> None:
    def two(code: str, frame: str, *tracks: str) -> Finding:
        labels = tuple(
            LabelReference(label=f"{track} in {frame}", track=track, scene="drive", frame=frame, set="labels")
            for track in tracks
        )
        subject = "track" if code == "TRK520" else "pair"
        return finding(code, frame, tracks[0], subject=subject, labels=labels)

    pairs = [two("BOX306", "1", "a", "b"), two("BOX306", "2", "b", "a"), two("BOX305", "3", "a", "b")]
    other = two("BOX306", "1", "a", "c")
    double = two("TRK520", "1", "b", "a")
    found = rolled_up([*pairs, other, double], KEY)
    assert {(one.code, one.subject) for one in leading(found)} == {("TRK520", "track"), ("BOX306", "pair")}
    assert [one.id for one in leading(found) if one.code == "BOX306"] == [other.id]


def test_faces_that_are_off_go_under_the_box_that_is_off_as_a_whole() -> None:
    misfit, short, loose = (finding(code) for code in ("BOX309", "BOX307", "BOX308"))
    assert leading(rolled_up([misfit, short, loose], KEY)) == [misfit]
    assert [found.code for found in leading(rolled_up([short, loose], KEY))] == ["BOX307", "BOX308"]
    elsewhere = finding("BOX307", frame="5")
    assert {found.id for found in leading(rolled_up([misfit, elsewhere], KEY))} == {misfit.id, elsewhere.id}


def test_faces_of_single_frames_go_under_a_track_of_the_wrong_size() -> None:
    flicker = finding("TRK502", subject="track")
    short = [finding("BOX307", frame=str(frame)) for frame in range(3)]
    assert leading(rolled_up([flicker, *short], KEY)) == [flicker]
