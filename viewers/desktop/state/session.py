"""Everything the viewer knows at one moment. No screen: the window asks and draws, `commands` says what keys do.

The session never reads or measures anything itself: frames are made ready by the loader. What it changes it names in
`take_changes`, so that the window redraws no more than that.
"""

from __future__ import annotations

from copy import copy
from enum import Flag, auto
from pathlib import Path
from typing import TypeVar

import numpy as np

from calibration.arrays import IntArray
from calibration.errors import BoresightError
from fusion.checks.finding import Finding
from fusion.measure.points_in_boxes import points_in_boxes
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.state.box_nudging import (
    BoxDraft,
    changes_in_words,
)
from viewers.desktop.state.camera_nudging import CameraDraft
from viewers.desktop.state.comparison import Comparison, compared_with
from viewers.desktop.state.decisions import Decisions, NoDecisions
from viewers.desktop.state.finding_list import FindingFilter, FindingList
from viewers.desktop.state.frame_content import FrameContent, FramePlace
from viewers.desktop.state.frame_loader import FrameLoader, Unavailable
from viewers.desktop.state.playlist import Place, Playlist
from viewers.desktop.state.preferences import Preferences
from viewers.desktop.state.undo import History, Step
from viewers.errors import ViewerError
from viewers.pictures.accused import Accused, accused_of
from viewers.pictures.names import box_name

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
    COMMENT = auto()  # a comment is to be typed
    CLOSE = auto()


class Session:
    """One reviewer at one data set.

    Args:
        scenes: names of all scenes, in order.
        loader: makes frames ready.
        findings: of a run, most urgent first; none to look at labels alone.
        decisions: where verdicts go.
        preferences: how things are shown; changed as keys change it.
        rig_file: where the rig with nudged cameras is written.
        playlist: places to go to one after the other, beginning with the first.
    """

    def __init__(
        self,
        scenes: tuple[str, ...],
        loader: FrameLoader,
        findings: FindingList | None = None,
        decisions: Decisions | None = None,
        preferences: Preferences | None = None,
        rig_file: Path = Path("boresight-rig.json"),
        playlist: Playlist | None = None,
    ) -> None:
        if not scenes:
            raise ViewerError("the data set has no scene to show")
        self.scenes, self.loader, self.rig_file = scenes, loader, rig_file
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
        self.help_shown = self.sliders_shown = False
        self.nudge_target = NUDGE_TARGETS[0]
        self.box_drafts: dict[tuple[str, int], BoxDraft] = {}
        self.camera_drafts: dict[str, CameraDraft] = {}
        self.compared: str | None = None
        self.places: tuple[Place, ...] = () if playlist is None else playlist.places
        self.at_place: int | None = None
        self.comment = ""
        self.message = ""
        self.history = History()
        self._live: Session | None = None
        self._followed = ""
        self._to_finding = False
        self._to_place: Place | None = None
        self._changes = Change.FRAME | Change.FINDINGS | Change.VIEW | Change.STATUS | Change.THEME
        if self.places:
            self.visit(0)
        else:
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
    def points_in_selected(self) -> IntArray:
        """Rows of the frame's cloud that lie in the selected box, where it was nudged to."""
        if self.content is None or self.selected is None:
            return np.empty(0, dtype=np.int64)
        box = self.boxes.take([self.selected])
        return points_in_boxes(self.content.cloud.points, box.centres_m, box.sizes_m, box.rotations).of(0)

    @property
    def proposed(self) -> Boxes3D:
        """Boxes that the finding on view proposes for this frame, in ego."""
        accused = self._accused
        here = accused is not None and accused.frame is not None and accused.frame.index == self.place.frame
        return accused.proposed if accused is not None and here else Boxes3D.empty()

    @property
    def comparison(self) -> Comparison | None:
        """The frame on view beside another label set, if one was asked for."""
        return None if self.content is None else compared_with(self.content, self.compared)

    @property
    def accused_rows(self) -> tuple[int, ...]:
        """The frame's boxes that the finding on view is about."""
        accused = self._accused
        if accused is None or self.content is None:
            return ()
        rows = [self.content.row_of_label(row) for row in accused.label_rows]
        return tuple(row for row in rows if row is not None)

    @property
    def _accused(self) -> Accused | None:
        """What the finding on view points at; None where there is none in this scene."""
        if self.finding is None or self.content is None or self.finding.scene != self.place.scene:
            return None
        return accused_of(self.content.frame.scene, self.finding)

    @property
    def status(self) -> str:
        """The status line: what is loading, what is missing, what was just done."""
        told = [self.message] if self.message else []
        if self.content is None or self.content.place != self.place:
            told.append(self.unavailable or f"loading {self.place.scene}, frame {self.place.frame} ...")
        else:
            if self.selected is not None:
                boxes, row = self.content.boxes, self.selected
                told.append(f"{box_name(boxes, row)}: {len(self.points_in_selected)} points")
            if self.comparison is not None:
                told.append(self.comparison.in_words())
            told += self.content.missing
        return "   |   ".join(told)

    # What the window tells.

    def frame_ready(self) -> None:
        """A frame has been made ready; if it is the one wanted it is shown."""
        if not self.settled:
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
            self.tell(str(error))

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

    def as_if_at(self, content: FrameContent) -> Session:
        """A snapshot that stands at another frame of the scene, for who draws ahead."""
        ahead = self.snapshot()
        ahead.place, ahead.content = content.place, content
        ahead.selected = content.row_of_track(self._followed) if self._followed else None
        return ahead

    @property
    def settled(self) -> bool:
        """The frame that is wanted is the one on view."""
        return self.content is not None and self.content.place == self.place

    def tick(self) -> None:
        """Time for the next frame while playing; a frame that isn't ready yet is waited for."""
        if self.playing and self.settled:
            if self.place.frame + 1 >= (self.frame_count or 0):
                self.set_playing(False)
            else:
                self.go_to(FramePlace(self.place.scene, self.place.frame + 1))

    def choose(self, finding_id: str) -> None:
        """Show a finding: its frame, its object, the camera it is about."""
        finding = self.findings.find(finding_id)
        if finding is None:
            return
        self.wander()
        self.finding, self._to_finding, self.comment = finding, True, ""
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
        if self.settled:
            self.loader.want(self.place, self._neighbours())  # drawn ahead with what is selected now
        self._changes |= Change.SELECTION | Change.OVERLAYS | Change.STATUS

    def go_to(self, place: FramePlace) -> None:
        """Show another frame."""
        last = (self.frame_count or 1) - 1 if place.scene == self.place.scene and self.content is not None else None
        frame = max(place.frame, 0) if last is None else min(max(place.frame, 0), last)
        if place.scene != self.place.scene:
            self.content, self.selected, self._followed = None, None, ""
        self.place = FramePlace(place.scene, frame)
        self._show()

    def wander(self) -> None:
        """A person goes their own way: no longer to the finding's frame or a place, and nothing plays."""
        self.playing, self._to_finding, self._to_place = False, False, None

    def visit(self, number: int) -> None:
        """Go to a place of the playlist, as soon as its scene is open.

        Raises:
            ViewerError: there is no such place, or no such scene.
        """
        if not 0 <= number < len(self.places):
            raise ViewerError("the playlist ends here" if self.places else "there is no playlist; view --playlist FILE")
        place = self.places[number]
        if place.scene not in self.scenes:
            raise ViewerError(f"place {number + 1} of {len(self.places)}: there is no scene {place.scene!r}")
        self.wander()
        self.at_place, self._to_place = number, place
        self.select(None)
        self.tell(f"place {number + 1} of {len(self.places)}" + (f": {place.note}" if place.note else ""))
        here = self.content is not None and self.content.place.scene == place.scene
        self.go_to(FramePlace(place.scene, self.place.frame if here else 0))
        self._settle_on_place()

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
        count = self.frame_count
        loaded = self.loader.want(self.place, self._neighbours())
        self._changes |= Change.STATUS
        if loaded is None:
            return
        if isinstance(loaded, Unavailable):
            self.unavailable = loaded.reason
            return
        if count is None:  # now the scene is known, so are the neighbours
            self.content = loaded
            self.loader.want(self.place, self._neighbours())
        self.content, self.unavailable = loaded, ""
        self.selected = loaded.row_of_track(self._followed) if self._followed else None
        self._changes |= Change.FRAME | Change.SELECTION | Change.OVERLAYS
        self._settle_on_finding()
        self._settle_on_place()

    def _neighbours(self) -> list[FramePlace]:
        """Where a person may go next; none as long as nobody knows how long the scene is."""
        around = [self.place.frame + step for step in (*range(1, AHEAD + 1), *range(-1, -BEHIND - 1, -1))]
        return [FramePlace(self.place.scene, frame) for frame in around if 0 <= frame < (self.frame_count or 0)]

    def _settle_on_place(self) -> None:
        """The place's own frame, once its scene is open, and the object in it."""
        place = self._to_place
        if place is None or self.content is None or self.content.place.scene != place.scene:
            return
        try:
            frame = place.frame_in(self.content.frame.scene)
            if frame != self.place.frame:
                self.go_to(FramePlace(place.scene, frame))
            elif self.settled:
                self._to_place = None
                self.select(place.row_in(self.content))
                self._changes |= Change.VIEW
        except ViewerError as error:
            self._to_place = None
            self.tell(f"{self.message}: {error}")

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
        if self.settled:
            self._to_finding = False
            self.select(accused.rows[0] if accused.rows else None)
            self._changes |= Change.VIEW

    def shown(self) -> FrameContent:
        """The frame on view.

        Raises:
            ViewerError: another one is wanted and not there yet.
        """
        if self.content is None or self.content.place != self.place:
            raise ViewerError("the frame is still being loaded")
        return self.content

    def set_playing(self, playing: bool) -> None:
        """Go on from frame to frame, or stop."""
        self.playing = playing
        self._changes |= Change.STATUS

    # Nudging.

    @property
    def label_of_selected(self) -> Boxes3D:
        """The selected box as its label has it, one row in ego; none where nothing is selected."""
        if self.content is None or self.selected is None:
            return Boxes3D.empty()
        return self.content.boxes.take([self.selected])

    @property
    def draft_of_selected(self) -> BoxDraft | None:
        """The selected box as it was nudged, or as its label has it; None where nothing is selected."""
        if self.content is None or self.selected is None:
            return None
        label = int(self.content.label_rows[self.selected])
        drafted = self.box_drafts.get((self.place.scene, label))
        return drafted or BoxDraft(self.place.scene, self.content.place.frame, label, self.label_of_selected)

    def nudge_box_to(self, draft: BoxDraft, how: str) -> None:
        """Put a box where a person wants it; steps that follow each other on one box are one to undo."""
        key = (draft.scene, draft.label_row)
        before = self.box_drafts.get(key)
        name = box_name(self.label_of_selected, 0)
        self.history.do(
            Step(
                f"{how}: {name}",
                lambda: self._set_box(key, draft),
                lambda: self._set_box(key, before),
                key=("box", key),
            )
        )
        self.tell(changes_in_words(draft, self.label_of_selected))

    def nudge_camera_to(self, draft: CameraDraft, how: str) -> None:
        """Put a camera where and when a person wants it."""
        name = draft.camera
        before = self.camera_drafts.get(name)
        self.history.do(
            Step(
                f"{how}: {name}",
                lambda: self._set_camera_draft(name, draft),
                lambda: self._set_camera_draft(name, before),
                key=("camera", name, self.nudge_target),
            )
        )
        self.tell(f"{name}: {draft.in_words()}")

    def _set_box(self, key: tuple[str, int], draft: BoxDraft | None) -> None:
        _put(self.box_drafts, key, draft)
        self._changes |= Change.SELECTION | Change.OVERLAYS

    def _set_camera_draft(self, name: str, draft: CameraDraft | None) -> None:
        _put(self.camera_drafts, name, draft)
        self._changes |= Change.OVERLAYS

    def tell(self, message: str) -> None:
        """Say something in the status line."""
        self.message = message
        self._changes |= Change.STATUS


def _put(drafts: dict[Key, Draft], key: Key, draft: Draft | None) -> None:
    """A draft in its place; None leaves none there."""
    if draft is None:
        drafts.pop(key, None)
    else:
        drafts[key] = draft
