"""A reviewer's day, key by key, without a screen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from viewers.desktop.state.commands import perform
from viewers.desktop.state.finding_list import FindingFilter, FindingList
from viewers.desktop.state.frame_content import FramePlace
from viewers.desktop.state.session import Change, Session
from viewers.desktop.state.shortcuts import SHORTCUTS, Command

Press = Callable[..., None]


def test_the_next_finding_brings_its_frame_its_object_and_its_numbers(session: Session, press: Press) -> None:
    press(Command.NEXT_FINDING)
    assert session.finding is not None
    assert session.content is not None
    assert session.content.key == session.finding.frame
    assert session.content.boxes.track[session.selected or 0] == session.finding.track


def test_walking_all_findings_ends_and_says_so(session: Session, press: Press) -> None:
    seen = []
    for _ in range(len(session.findings)):
        press(Command.NEXT_FINDING)
        seen.append(session.finding)
    assert len({finding.id for finding in seen if finding}) == len(session.findings)
    press(Command.NEXT_FINDING)
    assert "no finding is left" in session.message


def test_a_verdict_is_on_the_disk_at_once_and_the_next_finding_comes(
    session: Session, press: Press, store: ReviewStore
) -> None:
    press(Command.NEXT_FINDING)
    first = session.finding
    press(Command.FALSE_ALARM)
    assert first is not None
    standing = store.current(ReviewSubject.finding(first.id))
    assert standing.verdict is Verdict.FALSE_ALARM
    assert standing.event is not None
    assert standing.event.evidence_hash == first.evidence_hash
    assert session.finding is not first


def test_undo_takes_a_verdict_back_as_a_new_event(session: Session, press: Press, store: ReviewStore) -> None:
    press(Command.NEXT_FINDING)
    first = session.finding
    press(Command.CONFIRM, Command.UNDO)
    assert first is not None
    assert store.current(ReviewSubject.finding(first.id)).verdict is None
    assert [event.verdict for event in store.events()] == [Verdict.CONFIRMED, Verdict.UNDECIDED]
    press(Command.REDO)
    assert store.current(ReviewSubject.finding(first.id)).verdict is Verdict.CONFIRMED


def test_who_decided_meanwhile_is_shown_and_not_overwritten(session: Session, press: Press, store: ReviewStore) -> None:
    press(Command.NEXT_FINDING)
    finding = session.finding
    assert finding is not None
    subject = ReviewSubject.finding(finding.id)
    store.append(Decision(subject=subject, reviewer="bob", verdict=Verdict.CONFIRMED), 0)
    press(Command.FALSE_ALARM)
    assert "bob" in session.message
    assert store.current(subject).verdict is Verdict.CONFIRMED
    assert session.finding is finding
    press(Command.FALSE_ALARM)  # seen now, and decided anew
    assert store.current(subject).verdict is Verdict.FALSE_ALARM


def test_the_proposal_goes_into_the_store_with_the_confirmation(
    session: Session, press: Press, store: ReviewStore, findings: tuple[Finding, ...]
) -> None:
    proposing = next(one for one in findings if one.proposal is not None and one.cause is None)
    session.choose(proposing.id)
    press(Command.ACCEPT_PROPOSAL)
    event = store.current(ReviewSubject.finding(proposing.id)).event
    assert event is not None
    assert event.proposals == (proposing.proposal,)


def test_a_nudged_box_is_stored_in_the_frame_of_the_labels(session: Session, press: Press, store: ReviewStore) -> None:
    press(Command.NEXT_OBJECT, Command.FORWARD, Command.FORWARD, Command.TURN_LEFT)
    content = session.content
    assert content is not None
    assert session.selected is not None
    label = content.boxes.take([session.selected])
    moved = session.boxes.take([session.selected])
    assert np.linalg.norm(moved.centres_m - label.centres_m) == pytest.approx(0.10)
    assert np.degrees(moved.yaws_rad - label.yaws_rad)[0] == pytest.approx(1.0)
    press(Command.SAVE_NUDGE)
    (event,) = store.events()
    assert event.verdict is Verdict.NEW_ERROR
    (proposal,) = event.proposals
    assert proposal.reference == "world"
    assert proposal.target == str(label.label_ids[0])
    pose = content.frame.world_from_ego
    assert pose is not None
    np.testing.assert_allclose(proposal.values["centre_m"], pose.apply(moved.centres_m)[0], atol=1e-3)


def test_a_drag_is_one_step_to_undo(session: Session, press: Press) -> None:
    press(Command.NEXT_OBJECT, *[Command.FORWARD] * 5)
    assert len(session.box_drafts) == 1
    press(Command.UNDO)
    assert not session.box_drafts


def test_another_error_is_noted_at_the_object_or_else_at_the_frame(
    session: Session, press: Press, store: ReviewStore
) -> None:
    press(Command.NEW_ERROR, Command.NEXT_OBJECT, Command.NEW_ERROR)
    assert [event.subject.kind for event in store.events()] == ["frame", "label"]


def test_the_selected_object_is_followed_from_frame_to_frame(session: Session, press: Press) -> None:
    press(Command.NEXT_OBJECT)
    assert session.content is not None
    track = session.content.boxes.track[session.selected or 0]
    press(Command.NEXT_FRAME, Command.NEXT_FRAME)
    assert session.place.frame == 2
    assert session.content.boxes.track[session.selected or 0] == track


def test_the_scene_ends_at_both_ends(session: Session, press: Press) -> None:
    press(Command.PREVIOUS_FRAME)
    assert session.place.frame == 0
    assert "ends here" in session.message
    press(Command.LAST_FRAME, Command.NEXT_FRAME)
    assert session.place.frame == (session.frame_count or 0) - 1


def test_playing_stops_at_the_last_frame(session: Session, press: Press) -> None:
    session.go_to(FramePlace(session.place.scene, (session.frame_count or 0) - 1))
    press(Command.PLAY)
    session.tick()
    assert not session.playing


def test_what_is_typed_narrows_the_list(session: Session) -> None:
    everything = len(session.findings.rows())
    session.set_filter(FindingFilter(text="heading-flip"))
    assert {row.finding.code for row in session.findings.rows()} == {"TRK503"}
    session.set_filter(FindingFilter(codes=frozenset({"BOX"})))
    assert 0 < len(session.findings.rows()) < everything


def test_symptoms_open_under_their_cause(session: Session, press: Press) -> None:
    causing = next(row for row in session.findings.rows() if row.symptoms)
    session.choose(causing.finding.id)
    before = len(session.findings.rows())
    press(Command.TOGGLE_CAUSE)
    assert len(session.findings.rows()) == before + causing.symptoms


def test_without_a_store_verdicts_are_refused_in_words(session: Session, findings: tuple[Finding, ...]) -> None:
    looking = Session(session.scenes, session.loader, FindingList(findings, lambda finding: None))
    perform(looking, Command.NEXT_FINDING)
    perform(looking, Command.CONFIRM)
    assert "--run" in looking.message


def test_every_key_does_something_and_no_key_breaks_the_session(session: Session, press: Press) -> None:
    for shortcut in SHORTCUTS:
        press(shortcut.command)
        assert "does nothing here" not in session.message
    press(Command.NEXT_OBJECT)
    for shortcut in SHORTCUTS:
        press(shortcut.command)


def test_only_what_changed_is_drawn_anew(session: Session, press: Press) -> None:
    session.take_changes()
    press(Command.NEXT_COLOURING)
    changes = session.take_changes()
    assert changes & Change.POINTS
    assert not changes & Change.FRAME
    assert session.take_changes() is Change.NOTHING


def test_a_snapshot_stays_as_it_is_while_the_session_goes_on(session: Session, press: Press) -> None:
    press(Command.NEXT_OBJECT)
    still = session.snapshot()
    press(Command.DESELECT, Command.NEXT_FRAME)
    assert still.selected is not None
    assert still.place.frame == 0
    assert still.live is session


def test_a_comment_is_kept_with_the_verdict_and_with_that_one_only(
    session: Session, press: Press, store: ReviewStore
) -> None:
    press(Command.NEXT_FINDING, Command.COMMENT)
    assert session.take_changes() & Change.COMMENT
    session.comment = "the trailer is in it"
    press(Command.CONFIRM, Command.UNSURE)
    session.comment = "half a bicycle"
    press(Command.NEW_ERROR)
    assert [event.comment for event in store.events()] == ["the trailer is in it", "", "half a bicycle"]


def test_time_leads_to_the_next_frame_with_a_finding(session: Session, press: Press) -> None:
    frames = sorted({row.finding.frame_index for row in session.findings.rows() if row.finding.frame_index is not None})
    later = [frame for frame in frames if frame > 0]
    press(Command.NEXT_FINDING_IN_TIME)
    assert session.finding is not None
    assert session.finding.frame_index == later[0]
    press(Command.LAST_FRAME, Command.NEXT_FINDING_IN_TIME)
    assert "later in this scene" in session.message
