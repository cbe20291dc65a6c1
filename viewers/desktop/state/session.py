"""Everything the viewer knows at one moment, and what every key does to it. No screen: the window asks and draws.

The session never reads or measures anything itself: frames are made ready by the loader. What it changes it names in
`take_changes`, so that the window redraws no more than that.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from enum import Flag, auto
from typing import TypeVar

from calibration.errors import BoresightError
from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.review.event import Verdict
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.state.box_nudging import (
    BOX_COMMANDS,
    SNAPS,
    BoxDraft,
    changes_in_words,
    nudged,
    proposal_of,
    snapped,
)
from viewers.desktop.state.camera_nudging import CameraDraft, clock_nudged, place_nudged
from viewers.desktop.state.decisions import Decisions, NoDecisions
from viewers.desktop.state.finding_list import FindingFilter, FindingList
from viewers.desktop.state.frame_content import FrameContent, FramePlace
from viewers.desktop.state.frame_loader import FrameLoader, Unavailable
from viewers.desktop.state.preferences import BOX_COLOURINGS, COLOURINGS, Preferences, ViewName
from viewers.desktop.state.shortcuts import Command
from viewers.desktop.state.undo import History, Step
from viewers.errors import ViewerError
from viewers.pictures.accused import accused_of

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
NUDGE_TARGETS = ("box", "camera place", "camera clock")
Key = TypeVar("Key")
Draft = TypeVar("Draft")

# Made ready while a person looks at one frame: the next ones, and the one before.
AHEAD, BEHIND = 2, 1


class Change(Flag):
    """What has to be drawn anew."""

    NOTHING = 0
    FRAME = auto()  # another frame, or its content has arrived
    SELECTION = auto()
    FINDINGS = auto()  # the list or the finding chosen in it
    OVERLAYS = auto()  # what is drawn over images
    POINTS = auto()  # colours or number of points
    VIEW = auto()  # where the 3D pane looks from
    STATUS = auto()
    THEME = auto()
    LAYOUT = auto()  # panes take other places
    HELP = auto()
    CLOSE = auto()


class Session:
    """One reviewer at one data set.

    Args:
        scenes: names of all scenes, in order.
        loader: makes frames ready.
        findings: of a run, most urgent first; none to look at labels alone.
        decisions: where verdicts go.
        preferences: how things are shown; changed as keys change it.
    """

    def __init__(
        self,
        scenes: tuple[str, ...],
        loader: FrameLoader,
        findings: FindingList | None = None,
        decisions: Decisions | None = None,
        preferences: Preferences | None = None,
    ) -> None:
        if not scenes:
            raise ViewerError("the data set has no scene to show")
        self.scenes, self.loader = scenes, loader
        self.decisions: Decisions = decisions or NoDecisions()
        self.findings = findings or FindingList((), self.decisions.verdict_of)
        self.preferences = preferences or Preferences()
        self.place = FramePlace(scenes[0], 0)
        self.content: FrameContent | None = None
        self.unavailable = ""
        self.finding: Finding | None = None
        self.selected: int | None = None
        self.camera: str | None = None
        self.enlarged = False
        self.playing = False
        self.help_shown = False
        self.nudge_target = NUDGE_TARGETS[0]
        self.box_drafts: dict[tuple[str, int], BoxDraft] = {}
        self.camera_drafts: dict[str, CameraDraft] = {}
        self.compared: str | None = None
        self.message = ""
        self.history = History()
        self._live: Session | None = None
        self._followed = ""
        self._to_finding = False
        self._changes = Change.FRAME | Change.FINDINGS | Change.VIEW | Change.STATUS | Change.THEME
        self._show()

    # What the window asks.

    def take_changes(self) -> Change:
        """What has changed since this was asked last."""
        changes, self._changes = self._changes, Change.NOTHING
        return changes

    @property
    def frame_count(self) -> int | None:
        """Frames of the scene on view; None while it is still being opened."""
        return None if self.content is None else len(self.content.frame.scene.frames)

    @property
    def boxes(self) -> Boxes3D:
        """The frame's boxes, those that were nudged as they are now."""
        if self.content is None:
            return Boxes3D.empty()
        boxes = self.content.boxes
        for row, label in enumerate(self.content.label_rows):
            draft = self.box_drafts.get((self.place.scene, int(label)))
            if draft is not None:
                rows = [boxes.take(slice(0, row)), draft.box, boxes.take(slice(row + 1, None))]
                boxes = Boxes3D.concatenate(rows)
        return boxes

    @property
    def proposed(self) -> Boxes3D:
        """Boxes that the finding on view proposes for this frame, in ego."""
        if self.finding is None or self.content is None or self.finding.scene != self.place.scene:
            return Boxes3D.empty()
        accused = accused_of(self.content.frame.scene, self.finding)
        here = accused.frame is not None and accused.frame.index == self.place.frame
        return accused.proposed if here else Boxes3D.empty()

    @property
    def accused_rows(self) -> tuple[int, ...]:
        """The frame's boxes that the finding on view is about."""
        if self.finding is None or self.content is None or self.finding.scene != self.place.scene:
            return ()
        rows = [self.content.row_of_label(row) for row in self._accused_labels]
        return tuple(row for row in rows if row is not None)

    @property
    def _accused_labels(self) -> tuple[int, ...]:
        if self.finding is None or self.content is None:
            return ()
        return accused_of(self.content.frame.scene, self.finding).label_rows

    @property
    def status(self) -> str:
        """The status line: what is loading, what is missing, what was just done."""
        told = [self.message] if self.message else []
        if self.content is None or self.content.place != self.place:
            told.append(self.unavailable or f"loading {self.place.scene}, frame {self.place.frame} ...")
        else:
            told += self.content.missing
        return "   |   ".join(told)

    # What the window tells.

    def frame_ready(self) -> None:
        """A frame has been made ready; if it is the one wanted it is shown."""
        if self.content is None or self.content.place != self.place:
            self._show()

    def touch(self, changes: Change) -> None:
        """Have this drawn anew: the window has changed, not what it shows."""
        self._changes |= changes

    def look_for_others(self) -> None:
        """Take over what other reviewers have decided since."""
        try:
            if self.decisions.refresh():
                self._changes |= Change.FINDINGS
        except BoresightError as error:
            self._tell(str(error))

    @property
    def live(self) -> Session:
        """The session itself; of a snapshot, the one it was taken of: what clicks on its picture act on."""
        return self._live or self

    def snapshot(self) -> Session:
        """The session as it is now, for who draws in another thread while this one goes on."""
        still = copy(self)
        still._live = self.live
        still.preferences = self.preferences.model_copy()
        still.box_drafts, still.camera_drafts = dict(self.box_drafts), dict(self.camera_drafts)
        return still

    @property
    def settled(self) -> bool:
        """The frame that is wanted is the one on view."""
        return self.content is not None and self.content.place == self.place

    def tick(self) -> None:
        """Time for the next frame while playing; a frame that isn't ready yet is waited for."""
        if self.playing and self.content is not None and self.content.place == self.place:
            if self.place.frame + 1 >= (self.frame_count or 0):
                self._play(False)
            else:
                self.go_to(FramePlace(self.place.scene, self.place.frame + 1))

    def perform(self, command: Command, times: float = 1.0) -> None:
        """Do what a key means; what can't be done is said in the status line."""
        try:
            self._tell("")
            _ACTIONS.get(command, Session._unknown)(self, command, times)
        except BoresightError as error:
            self._tell(str(error))

    def choose(self, finding_id: str) -> None:
        """Show a finding: its frame, its object, the camera it is about."""
        finding = self.findings.find(finding_id)
        if finding is None:
            return
        self.finding, self._to_finding, self.playing = finding, True, False
        self.camera = finding.sensor or self.camera
        self.history.seal()
        self._changes |= Change.FINDINGS | Change.SELECTION | Change.STATUS
        scene = finding.scene if finding.scene in self.scenes else self.place.scene
        self.go_to(FramePlace(scene, finding.frame_index or 0))
        self._settle_on_finding()

    def select(self, row: int | None) -> None:
        """Select one of the frame's boxes, or none; it stays selected from frame to frame while its track goes on."""
        self.selected = row
        self._followed = "" if row is None or self.content is None else self.content.boxes.track[row]
        self._changes |= Change.SELECTION | Change.OVERLAYS | Change.STATUS

    def go_to(self, place: FramePlace) -> None:
        """Show another frame."""
        last = (self.frame_count or 1) - 1 if place.scene == self.place.scene and self.content is not None else None
        frame = max(place.frame, 0) if last is None else min(max(place.frame, 0), last)
        if place.scene != self.place.scene:
            self.content, self.selected, self._followed = None, None, ""
        self.place = FramePlace(place.scene, frame)
        self._show()

    def set_filter(self, wanted: FindingFilter) -> None:
        """Show other findings in the list."""
        self.findings.filter = wanted
        self._changes |= Change.FINDINGS

    def set_camera(self, name: str) -> None:
        """Look through another camera."""
        self.camera = name
        self._changes |= Change.OVERLAYS

    # What keys do.

    def _show(self) -> None:
        around = [self.place.frame + step for step in (*range(1, AHEAD + 1), *range(-1, -BEHIND - 1, -1))]
        count = self.frame_count
        neighbours = [FramePlace(self.place.scene, frame) for frame in around if 0 <= frame < (count or 0)]
        loaded = self.loader.want(self.place, neighbours)
        self._changes |= Change.STATUS
        if loaded is None:
            return
        if isinstance(loaded, Unavailable):
            self.unavailable = loaded.reason
            return
        if count is None:  # now the scene is known, so are the neighbours
            self.content = loaded
            self.loader.want(self.place, [FramePlace(self.place.scene, frame) for frame in around if frame >= 0])
        self.content, self.unavailable = loaded, ""
        self.selected = loaded.row_of_track(self._followed) if self._followed else None
        self._changes |= Change.FRAME | Change.SELECTION | Change.OVERLAYS
        self._settle_on_finding()

    def _settle_on_finding(self) -> None:
        """The finding's own frame, once its scene is open, and the object in it."""
        if not self._to_finding or self.finding is None or self.content is None:
            return
        if self.content.place.scene != self.finding.scene:
            return
        accused = accused_of(self.content.frame.scene, self.finding)
        if accused.frame is not None and accused.frame.index != self.place.frame:
            self.go_to(FramePlace(self.place.scene, accused.frame.index))
            return
        if self.content.place == self.place:
            self._to_finding = False
            self.select(accused.rows[0] if accused.rows else None)
            self._changes |= Change.VIEW

    def _step_finding(self, command: Command, times: float) -> None:
        step = -1 if command is Command.PREVIOUS_FINDING else 1
        found = self.findings.after(self._finding_id, step, undecided=command is Command.NEXT_UNDECIDED)
        if found is None:
            raise ViewerError("no finding is left there" if len(self.findings) else "there are no findings")
        self.choose(found.id)

    @property
    def _finding_id(self) -> str | None:
        return None if self.finding is None else self.finding.id

    def _toggle_cause(self, command: Command, times: float) -> None:
        if self.finding is not None:
            self.findings.toggle(self.finding.id)
            self._changes |= Change.FINDINGS

    def _decide(self, command: Command, times: float, correction: Proposal | None = None) -> None:
        finding = self._chosen_finding()
        verdict, before = VERDICTS[command], self.decisions.verdict_of(finding) or Verdict.UNDECIDED
        following = self.findings.after(finding.id, undecided=True) if self.preferences.auto_advance else None
        self.history.do(
            Step(
                f"{verdict.value}: {finding.code} {finding.name}",
                lambda: self.decisions.decide(finding, verdict, correction),
                lambda: self.decisions.decide(finding, before),
            )
        )
        self._changes |= Change.FINDINGS
        if following is not None:
            self.choose(following.id)
        left = len(self.findings) - self.findings.decided
        self._tell(f"{verdict.value}: {finding.code} {finding.name}; {left} to go")

    def _chosen_finding(self) -> Finding:
        if self.finding is None:
            raise ViewerError("choose a finding first")
        return self.finding

    def _accept_proposal(self, command: Command, times: float) -> None:
        finding = self._chosen_finding()
        if finding.proposal is None:
            raise ViewerError(f"{finding.code} proposes nothing here; nudge the box, or decide with 1 to 5")
        self._decide(Command.CONFIRM, times, finding.proposal)

    def _new_error(self, command: Command, times: float) -> None:
        content = self._shown()
        label, correction = None, None
        if self.selected is not None:
            label = str(content.boxes.label_ids[self.selected])
            draft = self._draft_of_selected()
            correction = None if draft is None else proposal_of(draft, content.frame)
        self.decisions.report(self.place.scene, content.key, label, correction)
        self._changes |= Change.FINDINGS
        self._tell(f"new error noted at {'label ' + label if label else 'frame ' + content.key}")

    def _shown(self) -> FrameContent:
        if self.content is None or self.content.place != self.place:
            raise ViewerError("the frame is still being loaded")
        return self.content

    def _step_frame(self, command: Command, times: float) -> None:
        self.playing, self._to_finding = False, False
        last = (self.frame_count or 1) - 1
        frame = {
            Command.NEXT_FRAME: self.place.frame + round(times),
            Command.PREVIOUS_FRAME: self.place.frame - round(times),
            Command.FIRST_FRAME: 0,
            Command.LAST_FRAME: last,
        }[command]
        if not 0 <= frame <= last:
            raise ViewerError("the scene ends here; page up and page down go to other scenes")
        self.go_to(FramePlace(self.place.scene, frame))

    def _step_scene(self, command: Command, times: float) -> None:
        index = self.scenes.index(self.place.scene) + (1 if command is Command.NEXT_SCENE else -1)
        if not 0 <= index < len(self.scenes):
            raise ViewerError("there is no other scene that way")
        self.playing, self._to_finding = False, False
        self.go_to(FramePlace(self.scenes[index], 0))

    def _toggle_play(self, command: Command, times: float) -> None:
        self._play(not self.playing)

    def _play(self, playing: bool) -> None:
        self.playing = playing
        self._changes |= Change.STATUS

    def _step_object(self, command: Command, times: float) -> None:
        """Nearest first, round and round."""
        content = self._shown()
        if not len(content.boxes):
            raise ViewerError("there is no box in this frame")
        order = [int(row) for row in content.boxes.ranges_m.argsort(kind="stable")]
        step = 1 if command is Command.NEXT_OBJECT else -1
        place = order.index(self.selected) + step if self.selected in order else (0 if step > 0 else -1)
        self.select(order[place % len(order)])

    def _deselect(self, command: Command, times: float) -> None:
        if self.help_shown:
            self._toggle_help(command, times)
        elif self.enlarged:
            self._enlarge(command, times)
        else:
            self.select(None)

    def _focus(self, command: Command, times: float) -> None:
        if self.selected is None:
            raise ViewerError("select an object first: click it, or tab")
        self._changes |= Change.VIEW

    def _next_camera(self, command: Command, times: float) -> None:
        names = list(self._shown().views)
        if not names:
            raise ViewerError("this frame has no camera")
        place = names.index(self.camera) + 1 if self.camera in names else 0
        self.set_camera(names[place % len(names)])

    def _enlarge(self, command: Command, times: float) -> None:
        self.enlarged = not self.enlarged
        self._changes |= Change.OVERLAYS | Change.LAYOUT

    def _set_view(self, command: Command, times: float) -> None:
        self.preferences.view = VIEWS[command]
        self._changes |= Change.VIEW

    def _next_colouring(self, command: Command, times: float) -> None:
        if command is Command.NEXT_COLOURING:
            place = COLOURINGS.index(self.preferences.colouring) + 1
            self.preferences.colouring = COLOURINGS[place % len(COLOURINGS)]
            self._tell(f"points by {self.preferences.colouring}")
        else:
            place = BOX_COLOURINGS.index(self.preferences.box_colouring) + 1
            self.preferences.box_colouring = BOX_COLOURINGS[place % len(BOX_COLOURINGS)]
            self._tell(f"boxes by {self.preferences.box_colouring}")
        self._changes |= Change.POINTS | Change.SELECTION | Change.OVERLAYS

    def _change_sweeps(self, command: Command, times: float) -> None:
        wanted = self.preferences.sweeps + (1 if command is Command.MORE_SWEEPS else -1)
        self.preferences.sweeps = min(max(wanted, 0), 20)
        self._tell(f"{2 * self.preferences.sweeps + 1} sweeps together" if self.preferences.sweeps else "one sweep")
        self._changes |= Change.POINTS

    def _toggle(self, command: Command, times: float) -> None:
        name = TOGGLES[command]
        setattr(self.preferences, name, not getattr(self.preferences, name))
        self._changes |= Change.OVERLAYS | Change.SELECTION

    def _toggle_theme(self, command: Command, times: float) -> None:
        self.preferences.theme = "light" if self.preferences.theme == "dark" else "dark"
        self._changes |= Change.THEME | Change.FRAME

    def _toggle_help(self, command: Command, times: float) -> None:
        self.help_shown = not self.help_shown
        self._changes |= Change.HELP

    def _close(self, command: Command, times: float) -> None:
        self._changes |= Change.CLOSE

    def _compare(self, command: Command, times: float) -> None:
        scene = self._shown().frame.scene
        others = [name for name in scene.label_sets if name != scene.labels_on_trial]
        if not others:
            raise ViewerError("this scene has one label set only; open it with --labels or --predictions")
        choices: list[str | None] = [*others, None]
        self.compared = choices[(choices.index(self.compared) + 1) % len(choices) if self.compared in others else 0]
        self._tell(f"beside {self.compared}" if self.compared else "alone")
        self._changes |= Change.SELECTION | Change.OVERLAYS

    # Nudging.

    def _next_target(self, command: Command, times: float) -> None:
        place = NUDGE_TARGETS.index(self.nudge_target) + 1
        self.nudge_target = NUDGE_TARGETS[place % len(NUDGE_TARGETS)]
        self.history.seal()
        self._tell(f"keys move the {self.nudge_target}")

    def _nudge(self, command: Command, times: float) -> None:
        if self.nudge_target == "box" or command in SNAPS:
            self._nudge_box(command, times)
        else:
            self._nudge_camera(command, times)

    def _nudge_box(self, command: Command, times: float) -> None:
        content = self._shown()
        if self.selected is None:
            raise ViewerError("select an object first: click it, or tab")
        key = (self.place.scene, int(content.label_rows[self.selected]))
        before = self.box_drafts.get(key)
        row = self.selected
        draft = before or BoxDraft(*key[:1], self.place.frame, key[1], content.boxes.take([row]))
        after = snapped(draft, command, content.frame) if command in SNAPS else nudged(draft, command, times)
        self.history.do(
            Step(
                f"{command.value}: {content.boxes.track[row] or content.boxes.label_ids[row]}",
                lambda: self._set_box(key, after),
                lambda: self._set_box(key, before),
                key=("box", key),
            )
        )
        self._tell(changes_in_words(after, content.boxes.take([row])))

    def _set_box(self, key: tuple[str, int], draft: BoxDraft | None) -> None:
        _put(self.box_drafts, key, draft)
        self._changes |= Change.SELECTION | Change.OVERLAYS

    def _nudge_camera(self, command: Command, times: float) -> None:
        if self.camera is None or self.camera not in self._shown().views:
            raise ViewerError("choose a camera first: click it, or c")
        name = self.camera
        before = self.camera_drafts.get(name)
        move = place_nudged if self.nudge_target == "camera place" else clock_nudged
        after = move(before or CameraDraft.none(name), command, times)
        self.history.do(
            Step(
                f"{command.value}: {name}",
                lambda: self._set_camera_draft(name, after),
                lambda: self._set_camera_draft(name, before),
                key=("camera", name, self.nudge_target),
            )
        )
        self._tell(f"{name}: {after.in_words()}")

    def _set_camera_draft(self, name: str, draft: CameraDraft | None) -> None:
        _put(self.camera_drafts, name, draft)
        self._changes |= Change.OVERLAYS

    def _draft_of_selected(self) -> BoxDraft | None:
        if self.selected is None or self.content is None:
            return None
        return self.box_drafts.get((self.place.scene, int(self.content.label_rows[self.selected])))

    def _save_nudge(self, command: Command, times: float) -> None:
        """A nudged box becomes the correction of the finding about it, or else of an error found here."""
        content = self._shown()
        draft = self._draft_of_selected()
        if draft is None:
            raise ViewerError("nothing was nudged here; cameras are kept with the button that writes a rig file")
        correction = proposal_of(draft, content.frame)
        label = str(content.boxes.label_ids[self.selected or 0])
        if self.finding is not None and self.selected in self.accused_rows:
            self._decide(Command.CONFIRM, times, correction)
        else:
            self.decisions.report(self.place.scene, content.key, label, correction)
            self._changes |= Change.FINDINGS
            self._tell(f"correction of label {label} kept")

    def _undo(self, command: Command, times: float) -> None:
        name = self.history.undo() if command is Command.UNDO else self.history.redo()
        if name is None:
            raise ViewerError(f"nothing to {command.value}")
        self._changes |= Change.FINDINGS | Change.SELECTION | Change.OVERLAYS
        self._tell(f"{command.value}: {name}")

    def _unknown(self, command: Command, times: float) -> None:
        raise ViewerError(f"'{command.value}' does nothing here")

    def _tell(self, message: str) -> None:
        self.message = message
        self._changes |= Change.STATUS


Action = Callable[[Session, Command, float], None]

_ACTIONS: dict[Command, Action] = {
    Command.NEXT_FINDING: Session._step_finding,
    Command.PREVIOUS_FINDING: Session._step_finding,
    Command.NEXT_UNDECIDED: Session._step_finding,
    Command.TOGGLE_CAUSE: Session._toggle_cause,
    **dict.fromkeys(VERDICTS, Session._decide),
    Command.ACCEPT_PROPOSAL: Session._accept_proposal,
    Command.NEW_ERROR: Session._new_error,
    Command.NEXT_FRAME: Session._step_frame,
    Command.PREVIOUS_FRAME: Session._step_frame,
    Command.FIRST_FRAME: Session._step_frame,
    Command.LAST_FRAME: Session._step_frame,
    Command.NEXT_SCENE: Session._step_scene,
    Command.PREVIOUS_SCENE: Session._step_scene,
    Command.PLAY: Session._toggle_play,
    Command.NEXT_OBJECT: Session._step_object,
    Command.PREVIOUS_OBJECT: Session._step_object,
    Command.DESELECT: Session._deselect,
    Command.FOCUS: Session._focus,
    Command.NEXT_CAMERA: Session._next_camera,
    Command.ENLARGE_CAMERA: Session._enlarge,
    **dict.fromkeys(VIEWS, Session._set_view),
    Command.NEXT_COLOURING: Session._next_colouring,
    Command.NEXT_BOX_COLOURING: Session._next_colouring,
    Command.MORE_SWEEPS: Session._change_sweeps,
    Command.FEWER_SWEEPS: Session._change_sweeps,
    **dict.fromkeys(TOGGLES, Session._toggle),
    **dict.fromkeys(BOX_COMMANDS, Session._nudge),
    Command.NUDGE_TARGET: Session._next_target,
    Command.SAVE_NUDGE: Session._save_nudge,
    Command.UNDO: Session._undo,
    Command.REDO: Session._undo,
    Command.COMPARE: Session._compare,
    Command.THEME: Session._toggle_theme,
    Command.HELP: Session._toggle_help,
    Command.QUIT: Session._close,
}


def _put(drafts: dict[Key, Draft], key: Key, draft: Draft | None) -> None:
    """A draft in its place; None leaves none there."""
    if draft is None:
        drafts.pop(key, None)
    else:
        drafts[key] = draft
