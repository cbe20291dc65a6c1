"""What every key does to a session."""

from __future__ import annotations

from collections.abc import Callable

from calibration.errors import BoresightError
from calibration.rig_file import write_rig_file
from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.review.event import Verdict
from viewers.desktop.state.box_nudging import BOX_COMMANDS, SNAPS, nudged, proposal_of, snapped
from viewers.desktop.state.camera_nudging import CameraDraft, clock_nudged, place_nudged, rig_as_drafted
from viewers.desktop.state.frame_content import FramePlace
from viewers.desktop.state.preferences import BOX_COLOURINGS, COLOURINGS, ViewName
from viewers.desktop.state.session import NUDGE_TARGETS, Change, Session
from viewers.desktop.state.shortcuts import Command
from viewers.desktop.state.undo import Step
from viewers.errors import ViewerError

VERDICTS: dict[Command, Verdict] = {
    Command.CONFIRM: Verdict.CONFIRMED,
    Command.FALSE_ALARM: Verdict.FALSE_ALARM,
    Command.ACCEPT_DEVIATION: Verdict.ACCEPTED_DEVIATION,
    Command.FIXED: Verdict.FIXED,
    Command.UNSURE: Verdict.UNSURE,
}
VIEWS: dict[Command, ViewName] = {
    Command.ORBIT_VIEW: "orbit",
    Command.TOP_VIEW: "top",
    Command.CHASE_VIEW: "chase",
    Command.FREE_VIEW: "free",
}
TOGGLES: dict[Command, str] = {
    Command.TOGGLE_POINTS: "points_in_images",
    Command.TOGGLE_TRAILS: "trails",
    Command.TOGGLE_GRID: "grid",
}


def perform(session: Session, command: Command, times: float = 1.0) -> None:
    """Do what a key means; what can't be done is said in the status line.

    Args:
        times: how many steps of a nudge, or frames.
    """
    try:
        session.tell("")
        _ACTIONS.get(command, _unknown)(session, command, times)
    except BoresightError as error:
        session.tell(str(error))


def _step_finding(session: Session, command: Command, times: float) -> None:
    step = -1 if command is Command.PREVIOUS_FINDING else 1
    here = None if session.finding is None else session.finding.id
    found = session.findings.after(here, step, undecided=command is Command.NEXT_UNDECIDED)
    if found is None:
        raise ViewerError("no finding is left there" if len(session.findings) else "there are no findings")
    session.choose(found.id)


def _step_in_time(session: Session, command: Command, times: float) -> None:
    """To the nearest frame that way with a finding of the list, the first in the list where it has several."""
    step = 1 if command is Command.NEXT_FINDING_IN_TIME else -1
    ahead = [
        ((row.finding.frame_index - session.place.frame) * step, place, row.finding)
        for place, row in enumerate(session.findings.rows())
        if row.finding.scene == session.place.scene and row.finding.frame_index is not None
    ]
    nearest = min((one for one in ahead if one[0] > 0), default=None, key=lambda one: one[:2])
    if nearest is None:
        raise ViewerError(f"no finding of the list is {'later' if step > 0 else 'earlier'} in this scene")
    session.choose(nearest[2].id)


def _step_place(session: Session, command: Command, times: float) -> None:
    step = 1 if command is Command.NEXT_PLACE else -1
    session.visit(0 if session.at_place is None else session.at_place + step)


def _comment(session: Session, command: Command, times: float) -> None:
    session.touch(Change.COMMENT)


def _toggle_cause(session: Session, command: Command, times: float) -> None:
    if session.finding is not None:
        session.findings.toggle(session.finding.id)
        session.touch(Change.FINDINGS)


def _decide(session: Session, command: Command, times: float, correction: Proposal | None = None) -> None:
    finding, comment = _chosen_finding(session), session.comment
    verdict, before = VERDICTS[command], session.decisions.verdict_of(finding) or Verdict.UNDECIDED
    following = session.findings.after(finding.id, undecided=True) if session.preferences.auto_advance else None
    session.history.do(
        Step(
            f"{verdict.value}: {finding.code} {finding.name}",
            lambda: session.decisions.decide(finding, verdict, correction, comment),
            lambda: session.decisions.decide(finding, before),
        )
    )
    session.comment = ""
    session.touch(Change.FINDINGS)
    if following is not None:
        session.choose(following.id)
    left = len(session.findings) - session.findings.decided
    session.tell(f"{verdict.value}: {finding.code} {finding.name}; {left} to go")


def _accept_proposal(session: Session, command: Command, times: float) -> None:
    finding = _chosen_finding(session)
    if finding.proposal is None:
        raise ViewerError(f"{finding.code} proposes nothing here; nudge the box, or decide with 1 to 5")
    _decide(session, Command.CONFIRM, times, finding.proposal)


def _new_error(session: Session, command: Command, times: float) -> None:
    content = session.shown()
    label, correction = None, None
    if session.selected is not None:
        label = str(content.boxes.label_ids[session.selected])
        draft = session.draft_of_selected
        nudged_here = draft is not None and (draft.scene, draft.label_row) in session.box_drafts
        correction = proposal_of(draft, content.frame) if draft is not None and nudged_here else None
    session.decisions.report(session.place.scene, content.key, label, correction, session.comment)
    session.comment = ""
    session.touch(Change.FINDINGS)
    session.tell(f"new error noted at {'label ' + label if label else 'frame ' + content.key}")


def _step_frame(session: Session, command: Command, times: float) -> None:
    session.wander()
    last = (session.frame_count or 1) - 1
    frame = {
        Command.NEXT_FRAME: session.place.frame + round(times),
        Command.PREVIOUS_FRAME: session.place.frame - round(times),
        Command.FIRST_FRAME: 0,
        Command.LAST_FRAME: last,
    }[command]
    if not 0 <= frame <= last:
        raise ViewerError("the scene ends here; page up and page down go to other scenes")
    session.go_to(FramePlace(session.place.scene, frame))


def _step_scene(session: Session, command: Command, times: float) -> None:
    index = session.scenes.index(session.place.scene) + (1 if command is Command.NEXT_SCENE else -1)
    if not 0 <= index < len(session.scenes):
        raise ViewerError("there is no other scene that way")
    session.wander()
    session.go_to(FramePlace(session.scenes[index], 0))


def _toggle_play(session: Session, command: Command, times: float) -> None:
    session.set_playing(not session.playing)


def _step_object(session: Session, command: Command, times: float) -> None:
    """Nearest first, round and round."""
    content = session.shown()
    if not len(content.boxes):
        raise ViewerError("there is no box in this frame")
    order = [int(row) for row in content.boxes.ranges_m.argsort(kind="stable")]
    step = 1 if command is Command.NEXT_OBJECT else -1
    place = order.index(session.selected) + step if session.selected in order else (0 if step > 0 else -1)
    session.select(order[place % len(order)])


def _deselect(session: Session, command: Command, times: float) -> None:
    if session.help_shown:
        _toggle_help(session, command, times)
    elif session.enlarged:
        _enlarge(session, command, times)
    else:
        session.select(None)


def _focus(session: Session, command: Command, times: float) -> None:
    if session.selected is None:
        raise ViewerError("select an object first: click it, or tab")
    session.touch(Change.VIEW)


def _next_camera(session: Session, command: Command, times: float) -> None:
    names = list(session.shown().views)
    if not names:
        raise ViewerError("this frame has no camera")
    place = names.index(session.camera) + 1 if session.camera in names else 0
    session.set_camera(names[place % len(names)])


def _enlarge(session: Session, command: Command, times: float) -> None:
    session.enlarged = not session.enlarged
    session.touch(Change.OVERLAYS | Change.LAYOUT)


def _set_view(session: Session, command: Command, times: float) -> None:
    session.preferences.view = VIEWS[command]
    session.touch(Change.VIEW)


def _next_colouring(session: Session, command: Command, times: float) -> None:
    if command is Command.NEXT_COLOURING:
        place = COLOURINGS.index(session.preferences.colouring) + 1
        session.preferences.colouring = COLOURINGS[place % len(COLOURINGS)]
        session.tell(f"points by {session.preferences.colouring}")
    else:
        place = BOX_COLOURINGS.index(session.preferences.box_colouring) + 1
        session.preferences.box_colouring = BOX_COLOURINGS[place % len(BOX_COLOURINGS)]
        session.tell(f"boxes by {session.preferences.box_colouring}")
    session.touch(Change.POINTS | Change.SELECTION | Change.OVERLAYS)


def _change_sweeps(session: Session, command: Command, times: float) -> None:
    wanted = session.preferences.sweeps + (1 if command is Command.MORE_SWEEPS else -1)
    session.preferences.sweeps = min(max(wanted, 0), 20)
    session.tell(f"{2 * session.preferences.sweeps + 1} sweeps together" if session.preferences.sweeps else "one sweep")
    session.touch(Change.POINTS)


def _toggle(session: Session, command: Command, times: float) -> None:
    name = TOGGLES[command]
    setattr(session.preferences, name, not getattr(session.preferences, name))
    session.touch(Change.OVERLAYS | Change.SELECTION)


def _toggle_theme(session: Session, command: Command, times: float) -> None:
    session.preferences.theme = "light" if session.preferences.theme == "dark" else "dark"
    session.touch(Change.THEME | Change.FRAME)


def _toggle_help(session: Session, command: Command, times: float) -> None:
    session.help_shown = not session.help_shown
    session.touch(Change.HELP)


def _close(session: Session, command: Command, times: float) -> None:
    session.touch(Change.CLOSE)


def _compare(session: Session, command: Command, times: float) -> None:
    scene = session.shown().frame.scene
    others = [name for name in scene.label_sets if name != scene.labels_on_trial]
    if not others:
        raise ViewerError("this scene has one label set only; open it with --labels or --predictions")
    choices: list[str | None] = [*others, None]
    session.compared = choices[
        (choices.index(session.compared) + 1) % len(choices) if session.compared in others else 0
    ]
    session.tell("" if session.compared else "alone")
    session.touch(Change.SELECTION | Change.OVERLAYS)


def _next_difference(session: Session, command: Command, times: float) -> None:
    comparison = session.comparison
    if comparison is None:
        raise ViewerError("no label set is shown beside; o shows one")
    if not comparison.differing:
        raise ViewerError("no box of this frame differs")
    later = [row for row in comparison.differing if session.selected is None or row > session.selected]
    session.select((later or list(comparison.differing))[0])
    session.touch(Change.VIEW)


def _next_target(session: Session, command: Command, times: float) -> None:
    place = NUDGE_TARGETS.index(session.nudge_target) + 1
    session.touch(Change.OVERLAYS)
    session.nudge_target = NUDGE_TARGETS[place % len(NUDGE_TARGETS)]
    session.history.seal()
    session.tell(f"keys move the {session.nudge_target}")


def _nudge(session: Session, command: Command, times: float) -> None:
    if session.nudge_target == "box" or command in SNAPS:
        _nudge_box(session, command, times)
    else:
        _nudge_camera(session, command, times)


def _nudge_box(session: Session, command: Command, times: float) -> None:
    content, draft = session.shown(), session.draft_of_selected
    if draft is None:
        raise ViewerError("select an object first: click it, or tab")
    after = snapped(draft, command, content.frame) if command in SNAPS else nudged(draft, command, times)
    session.nudge_box_to(after, command.value)


def _nudge_camera(session: Session, command: Command, times: float) -> None:
    if session.camera is None or session.camera not in session.shown().views:
        raise ViewerError("choose a camera first: click it, or c")
    before = session.camera_drafts.get(session.camera) or CameraDraft.none(session.camera)
    move = place_nudged if session.nudge_target == "camera place" else clock_nudged
    session.nudge_camera_to(move(before, command, times), command.value)


def _toggle_sliders(session: Session, command: Command, times: float) -> None:
    session.sliders_shown = not session.sliders_shown
    session.touch(Change.LAYOUT)


def _save_nudge(session: Session, command: Command, times: float) -> None:
    """A nudged box becomes the correction of the finding about it, or else of an error found here."""
    if session.nudge_target != "box":
        _write_rig(session)
        return
    content, draft = session.shown(), session.draft_of_selected
    if draft is None or (draft.scene, draft.label_row) not in session.box_drafts:
        raise ViewerError("nothing was nudged here")
    correction = proposal_of(draft, content.frame)
    label = str(session.label_of_selected.label_ids[0])
    if session.finding is not None and session.selected in session.accused_rows:
        _decide(session, Command.CONFIRM, times, correction)
    else:
        session.decisions.report(session.place.scene, content.key, label, correction, session.comment)
        session.comment = ""
        session.touch(Change.FINDINGS)
        session.tell(f"correction of label {label} kept")


def _write_rig(session: Session) -> None:
    if not any(draft.changed for draft in session.camera_drafts.values()):
        raise ViewerError("no camera was nudged")
    rig = session.shown().frame.scene.rig_at(session.shown().timestamp_ns)
    write_rig_file(rig_as_drafted(rig, session.camera_drafts), session.rig_file)
    session.tell(f"{session.rig_file} written: boresight check ROOT --rig {session.rig_file}")


def _undo(session: Session, command: Command, times: float) -> None:
    name = session.history.undo() if command is Command.UNDO else session.history.redo()
    if name is None:
        raise ViewerError(f"nothing to {command.value}")
    session.touch(Change.FINDINGS | Change.SELECTION | Change.OVERLAYS)
    session.tell(f"{command.value}: {name}")


def _unknown(session: Session, command: Command, times: float) -> None:
    raise ViewerError(f"'{command.value}' does nothing here")


def _chosen_finding(session: Session) -> Finding:
    if session.finding is None:
        raise ViewerError("choose a finding first")
    return session.finding


Action = Callable[[Session, Command, float], None]

_ACTIONS: dict[Command, Action] = {
    Command.NEXT_FINDING: _step_finding,
    Command.PREVIOUS_FINDING: _step_finding,
    Command.NEXT_UNDECIDED: _step_finding,
    Command.TOGGLE_CAUSE: _toggle_cause,
    Command.NEXT_FINDING_IN_TIME: _step_in_time,
    Command.PREVIOUS_FINDING_IN_TIME: _step_in_time,
    Command.NEXT_PLACE: _step_place,
    Command.PREVIOUS_PLACE: _step_place,
    Command.COMMENT: _comment,
    **dict.fromkeys(VERDICTS, _decide),
    Command.ACCEPT_PROPOSAL: _accept_proposal,
    Command.NEW_ERROR: _new_error,
    Command.NEXT_FRAME: _step_frame,
    Command.PREVIOUS_FRAME: _step_frame,
    Command.FIRST_FRAME: _step_frame,
    Command.LAST_FRAME: _step_frame,
    Command.NEXT_SCENE: _step_scene,
    Command.PREVIOUS_SCENE: _step_scene,
    Command.PLAY: _toggle_play,
    Command.NEXT_OBJECT: _step_object,
    Command.PREVIOUS_OBJECT: _step_object,
    Command.DESELECT: _deselect,
    Command.FOCUS: _focus,
    Command.NEXT_CAMERA: _next_camera,
    Command.ENLARGE_CAMERA: _enlarge,
    **dict.fromkeys(VIEWS, _set_view),
    Command.NEXT_COLOURING: _next_colouring,
    Command.NEXT_BOX_COLOURING: _next_colouring,
    Command.MORE_SWEEPS: _change_sweeps,
    Command.FEWER_SWEEPS: _change_sweeps,
    **dict.fromkeys(TOGGLES, _toggle),
    **dict.fromkeys(BOX_COMMANDS, _nudge),
    Command.NUDGE_TARGET: _next_target,
    Command.NUDGE_PANEL: _toggle_sliders,
    Command.SAVE_NUDGE: _save_nudge,
    Command.UNDO: _undo,
    Command.REDO: _undo,
    Command.COMPARE: _compare,
    Command.NEXT_DIFFERENCE: _next_difference,
    Command.THEME: _toggle_theme,
    Command.HELP: _toggle_help,
    Command.QUIT: _close,
}
