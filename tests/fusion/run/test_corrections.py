from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.run.corrections import Correction, corrections_of
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FRAMES, STEP_NS = 4, 100_000_000


def drive(tracks: tuple[str, ...] = ("7", "8")) -> Scene:
    """Two tracks over four frames; labels are called "7.0", "7.1" and so on; all yaws are 0.5."""
    keys = [(track, frame) for track in tracks for frame in range(FRAMES)]
    boxes = Boxes3D.upright(
        [[10.0 * row, 0, 0.8] for row in range(len(keys))],
        np.tile([4.5, 1.9, 1.6], (len(keys), 1)),
        np.full(len(keys), 0.5),
        category=["car"] * len(keys),
        track=[track for track, _ in keys],
        label_ids=np.array([f"{track}.{frame}" for track, frame in keys], dtype=object),
        timestamps_ns=[frame * STEP_NS for _, frame in keys],
    )
    return scene_from_arrays(
        boxes=boxes, box_frames=[frame for _, frame in keys], timestamps_ns=np.arange(FRAMES) * STEP_NS
    )


def finding(proposal: Proposal | None, score: float = 0.9, code: str = "TRK501", **more: Any) -> Finding:
    absent = dict.fromkeys(("frame", "frame_index", "timestamp_ns", "sensor", "label", "track", "category"))
    fields: dict[str, Any] = absent | {
        "evidence": {},
        "id": f"{code}{score}",
        "code": code,
        "name": "some-check",
        "severity": "error",
        "subject": "track",
        "scene": "scene",
        "message": "something",
        "measured": 1.0,
        "limit": 0.5,
        "unit": "m",
        "evidence_hash": "",
    }
    return Finding.model_validate(fields | {"score": score, "proposal": proposal} | more)


def correction(proposal: Proposal, scene: Scene | None = None) -> Correction:
    (one,) = corrections_of(scene or drive(), [finding(proposal)])
    return one


def test_a_label_is_set_by_its_own_id() -> None:
    (edit,) = correction(Proposal(action="set", target="7.1", values={"centre_m": [[1, 2, 3]]})).edits
    assert (edit.action, edit.label, edit.centre_m) == ("set", "7.1", (1.0, 2.0, 3.0))


def test_a_track_is_set_at_its_times_with_one_value_or_one_each() -> None:
    times = (STEP_NS, 2 * STEP_NS)
    each = correction(Proposal(action="set", target="7", values={"yaw_rad": [0.5, 1.5]}, timestamps_ns=times)).edits
    assert [edit.label for edit in each] == ["7.1", "7.2"]
    same = correction(Proposal(action="set", target="7", values={"size_m": [4, 2, 1]}, timestamps_ns=times)).edits
    assert [edit.size_m for edit in same] == [(4, 2, 1)] * 2


def test_a_new_yaw_turns_about_the_upright_axis() -> None:
    (edit,) = correction(Proposal(action="set", target="7.1", values={"yaw_rad": [0.5 + np.pi]})).edits
    assert edit.rotation is not None
    turned = Boxes3D.upright([[0, 0, 0]], [[1, 1, 1]], [0.5 + np.pi]).rotations[0]
    assert abs(np.dot(edit.rotation, turned)) == pytest.approx(1)


def test_a_class_name_is_set_on_all_that_carry_it() -> None:
    edits = correction(Proposal(action="set", target="car", values={"category": "Car"})).edits
    assert len(edits) == 2 * FRAMES
    assert {edit.category for edit in edits} == {"Car"}


def test_labels_are_deleted_one_by_one_or_by_track() -> None:
    assert [edit.label for edit in correction(Proposal(action="delete", target="7.1")).edits] == ["7.1"]
    listed = Proposal(action="delete", target="7", values={"label_ids": ["7.0", "7.3"]})
    assert [edit.label for edit in correction(listed).edits] == ["7.0", "7.3"]
    assert len(correction(Proposal(action="delete", target="8")).edits) == FRAMES


def test_a_missing_box_is_added_like_its_nearest() -> None:
    scene = drive()
    kept = np.flatnonzero(scene.labels.boxes.label_ids != "7.1")
    (labels,) = scene.label_sets.values()
    fields = labels.__dict__ | {"boxes": labels.boxes.take(kept), "frame_index": labels.frame_index[kept]}
    fields = {name: fields[name] for name in type(labels).__dataclass_fields__}
    scene.label_sets = {labels.name: type(labels)(**fields)}
    proposal = Proposal(
        action="add",
        target="7",
        values={"centre_m": [[10, 0, 0.8]], "size_m": [4, 2, 1], "yaw_rad": [0.7]},
        timestamps_ns=(STEP_NS,),
    )
    (edit,) = correction(proposal, scene).edits
    assert (edit.action, edit.like, edit.frame, edit.timestamp_ns, edit.size_m) == ("add", "7.0", 1, STEP_NS, (4, 2, 1))


def test_tracks_are_merged_and_split() -> None:
    merged = correction(Proposal(action="merge", target="7", values={"track": "8"})).edits
    assert {(edit.label[0], edit.track) for edit in merged} == {("8", "7")}
    tail = {"label_ids": ["7.2", "7.3"]}
    assert {edit.track for edit in correction(Proposal(action="split", target="7", values=tail)).edits} == {"9"}
    swap = {"label_ids": ["7.2", "8.2"], "track": ["8", "7"]}
    swapped = correction(Proposal(action="split", target="7", values=swap)).edits
    assert [(edit.label, edit.track) for edit in swapped] == [("7.2", "8"), ("8.2", "7")]


def test_a_new_track_in_words_is_one_that_nobody_has() -> None:
    proposal = Proposal(action="split", target="a", values={"label_ids": ["a.2"]})
    assert correction(proposal, drive(("a", "a-2"))).edits[0].track == "a-3"


def test_the_more_urgent_finding_wins_and_the_other_says_so() -> None:
    sure = finding(Proposal(action="set", target="7.1", values={"centre_m": [[1, 2, 3]]}), 0.9)
    doubtful = finding(Proposal(action="set", target="7.1", values={"centre_m": [[3, 2, 1]]}), 0.8)
    other = finding(Proposal(action="set", target="7.1", values={"category": "van"}), 0.7)
    first, second, third = corrections_of(drive(), [doubtful, other, sure])
    assert first.edits[0].category == "van"
    assert (second.finding.score, third.skipped) == (0.9, "a more urgent finding changes the same")


def test_sizes_are_settled_before_places() -> None:
    place = finding(Proposal(action="set", target="7.1", values={"centre_m": [[1, 2, 3]]}), 0.9)
    size = finding(Proposal(action="set", target="7.1", values={"size_m": [4, 2, 1], "centre_m": [[0, 0, 1]]}), 0.8)
    first, second = corrections_of(drive(), [place, size])
    assert first.edits[0].size_m == (4, 2, 1)
    assert second.skipped == "a more urgent finding changes the same"


def test_a_misspelt_class_is_left_alone_on_tracks_of_another_class() -> None:
    scene = drive()
    (labels,) = scene.label_sets.values()
    names = ["cra", "bus", "bus", "bus", "cra", "cra", "cra", "cra"]
    boxes = replace(labels.boxes, category=Coded.from_values(names))
    scene = replace(scene, label_sets={labels.name: replace(labels, boxes=boxes)})
    edits = correction(Proposal(action="set", target="cra", values={"category": "car"}), scene).edits
    assert [edit.label for edit in edits] == ["8.0", "8.1", "8.2", "8.3"]


def test_what_is_deleted_is_not_set() -> None:
    gone = finding(Proposal(action="delete", target="7.1"), 0.9)
    late = finding(Proposal(action="set", target="7.1", values={"category": "van"}), 0.8)
    assert corrections_of(drive(), [gone, late])[1].skipped == "a more urgent finding deletes the label"


def test_a_symptom_is_left_to_its_cause_where_that_proposes_something() -> None:
    cause = finding(Proposal(action="delete", target="7"), 0.9)
    symptom = finding(Proposal(action="delete", target="7.1"), 0.8, cause=cause.id)
    assert [one.finding.id for one in corrections_of(drive(), [cause, symptom])] == [cause.id]
    silent = finding(None, 0.9)
    orphan = symptom.model_copy(update={"cause": silent.id})
    assert [one.finding.id for one in corrections_of(drive(), [silent, orphan])] == [orphan.id]


@pytest.mark.parametrize(
    ("proposal", "reason"),
    [
        (Proposal(action="delete", target="nobody"), "no label, track or class is called 'nobody'"),
        (Proposal(action="set", target="7", values={"centre_m": [[1, 2, 3]] * 3}), "it has 3 values for 4 labels"),
        (Proposal(action="set", target="7.1", values={"colour": "red"}), "it sets colour, which is no label column"),
        (Proposal(action="merge", target="7", values={"track": "9"}), "no track is called '9'"),
        (Proposal(action="retime", target="7"), "it doesn't say by how much time"),
        (
            Proposal(action="add", target="7", values={"centre_m": [[0, 0, 0]]}, timestamps_ns=(5,)),
            "no frame at 5 ns",
        ),
    ],
    ids=["unknown", "lengths", "column", "no such track", "retime", "no frame"],
)
def test_what_says_nothing_about_these_labels_is_skipped_with_a_reason(proposal: Proposal, reason: str) -> None:
    one = correction(proposal)
    assert (one.edits, one.skipped) == ((), reason)


def test_a_track_that_is_two_objects_is_taken_apart_before_anything_else_is_said_of_it() -> None:
    swap = {"label_ids": ["7.2", "8.2"], "track": ["8", "7"]}
    parted = finding(Proposal(action="split", target="7", values=swap), 0.9, code="TRK518")
    size = finding(Proposal(action="set", target="8", values={"size_m": [4, 2, 1]}), 0.8, code="TRK502", track="8")
    reasons = [one.skipped for one in corrections_of(drive(), [parted, size])]
    assert reasons == ["", "a more urgent finding says which object the track is first"]


def test_a_box_seen_through_is_deleted_only_where_nothing_of_its_track_stands() -> None:
    one = finding(Proposal(action="delete", target="7.1"), code="BOX301")
    whole = finding(Proposal(action="delete", target="7"), code="BOX301")
    (kept,) = corrections_of(drive(), [one])
    assert kept.skipped == "the rest of its track stands, so its object is elsewhere and not nowhere"
    assert len(corrections_of(drive(), [whole])[0].edits) == FRAMES
