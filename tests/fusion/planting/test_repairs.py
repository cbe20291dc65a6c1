from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.planting.repairs import Repairs
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_edits import LabelEdit, edited
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FRAMES, STEP_NS = 3, 100_000_000


def drive() -> Scene:
    boxes = Boxes3D.upright(
        [[10.0 + frame, 0, 0.8] for frame in range(FRAMES)],
        np.tile([4.5, 1.9, 1.6], (FRAMES, 1)),
        np.zeros(FRAMES),
        category=["car"] * FRAMES,
        track=["a"] * FRAMES,
        label_ids=np.array([f"a{frame}" for frame in range(FRAMES)], dtype=object),
        timestamps_ns=np.arange(FRAMES) * STEP_NS,
    )
    return scene_from_arrays(boxes=boxes, box_frames=range(FRAMES), timestamps_ns=np.arange(FRAMES) * STEP_NS)


def changed(scene: Scene, *edits: LabelEdit) -> Scene:
    return replace(scene, label_sets={scene.labels.name: edited(scene.labels, edits)})


def finding(proposal: Proposal, score: float = 0.9) -> Finding:
    absent = dict.fromkeys(("frame", "frame_index", "timestamp_ns", "sensor", "label", "track", "category"))
    fields: dict[str, Any] = {
        "id": str(hash(proposal.model_dump_json())), "code": "TRK501", "name": "some-check", "severity": "error",
        "subject": "box", "scene": "scene", "message": "", "measured": 1.0, "limit": 0.5, "unit": "m",
        "evidence": {}, "evidence_hash": "",
    }  # fmt: skip
    return Finding.model_validate(absent | fields | {"score": score, "proposal": proposal})


MOVED = LabelEdit("set", "scene", "a1", centre_m=(12.0, 0.0, 0.8))


def trial(proposal: Proposal, score: float = 0.9, fault: LabelEdit = MOVED) -> Repairs:
    clean, repairs = drive(), Repairs()
    repairs.add_trial(clean, changed(clean, fault), [finding(proposal, score)], [])
    return repairs


@pytest.mark.parametrize(
    ("x_m", "restored", "still_wrong"), [(11.1, 1, 0), (11.2, 0, 1)], ids=["within 0.15 m", "beyond"]
)
def test_a_box_brought_back_is_restored_when_it_is_near_enough(x_m: float, restored: int, still_wrong: int) -> None:
    repairs = trial(Proposal(action="set", target="a1", values={"centre_m": [[x_m, 0, 0.8]]}))
    assert (repairs.restored, repairs.still_wrong, repairs.harmed) == (restored, still_wrong, 0)
    assert (repairs.proposals, repairs.good_proposals) == (1, restored)


def test_a_right_label_that_is_changed_is_harmed() -> None:
    repairs = trial(Proposal(action="set", target="a2", values={"yaw_rad": [np.pi]}))
    assert (repairs.restored, repairs.harmed, repairs.good_proposals) == (0, 1, 0)
    assert repairs.harmful_codes["TRK501"] == 1


def test_a_right_label_that_is_deleted_is_harmed_and_a_ghost_is_not() -> None:
    assert trial(Proposal(action="delete", target="a2")).harmed == 1
    ghost = LabelEdit("add", "scene", "ghost", centre_m=(30.0, 5.0, 0.8), like="a1", frame=1, timestamp_ns=STEP_NS)
    repairs = trial(Proposal(action="delete", target="ghost"), fault=ghost)
    assert (repairs.restored, repairs.harmed) == (1, 0)


def test_a_missing_box_that_is_added_in_its_place_is_restored() -> None:
    values = {"centre_m": [[11, 0, 0.8]], "size_m": [4.5, 1.9, 1.6], "yaw_rad": [0.0]}
    proposal = Proposal(action="add", target="a", values=values, timestamps_ns=(STEP_NS,))
    assert trial(proposal, fault=LabelEdit("delete", "scene", "a1")).restored == 1


def test_doubtful_findings_and_those_known_before_change_nothing() -> None:
    proposal = Proposal(action="set", target="a1", values={"centre_m": [[11, 0, 0.8]]})
    assert trial(proposal, score=0.7).proposals == 0
    repairs, clean = Repairs(), drive()
    repairs.add_trial(clean, changed(clean, MOVED), [finding(proposal)], [finding(proposal)])
    assert repairs.proposals == 0


def test_changes_of_clean_data_are_counted() -> None:
    repairs = Repairs()
    repairs.add_clean(drive(), [finding(Proposal(action="delete", target="a"))])
    assert (repairs.on_clean, repairs.clean_codes["TRK501"]) == (FRAMES, FRAMES)
    total = Repairs()
    total.add(repairs)
    total.add(repairs)
    assert total.on_clean == 2 * FRAMES
