"""A box moved by hand: drafts on top of the labels, which themselves never change."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calibration.arrays import FloatArray
from calibration.errors import BoresightError
from calibration.transform import multiply_quaternions, quaternions_from_yaws
from fusion.checks.proposal import Proposal, boxes_set
from fusion.measure.frame import SyncedFrame
from fusion.measure.ground import ground_below
from fusion.measure.native_reference import native_from_ego
from fusion.measure.surface_fit import surface_fit
from fusion.scene.box_geometry import headings_of_boxes
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.state.frame_content import FrameContent
from viewers.desktop.state.shortcuts import Command
from viewers.errors import ViewerError

STEP_M = 0.05
STEP_RAD = float(np.radians(1.0))
SMALLEST_SIDE_M = 0.05

# Along length, width, height; and the turn.
MOVES: dict[Command, tuple[float, float, float]] = {
    Command.FORWARD: (STEP_M, 0, 0),
    Command.BACKWARD: (-STEP_M, 0, 0),
    Command.LEFT: (0, STEP_M, 0),
    Command.RIGHT: (0, -STEP_M, 0),
    Command.UP: (0, 0, STEP_M),
    Command.DOWN: (0, 0, -STEP_M),
}
GROWTHS: dict[Command, tuple[float, float, float]] = {
    Command.LONGER: (STEP_M, 0, 0),
    Command.SHORTER: (-STEP_M, 0, 0),
    Command.WIDER: (0, STEP_M, 0),
    Command.NARROWER: (0, -STEP_M, 0),
    Command.HIGHER: (0, 0, STEP_M),
    Command.LOWER: (0, 0, -STEP_M),
}
TURNS: dict[Command, float] = {Command.TURN_LEFT: STEP_RAD, Command.TURN_RIGHT: -STEP_RAD}
SNAPS = frozenset({Command.SNAP_POINTS, Command.SNAP_GROUND, Command.SNAP_TRACK})
OFFSETS = ("along", "left", "up", "turn", "length", "width", "height")
BOX_COMMANDS = frozenset({*MOVES, *GROWTHS, *TURNS, *SNAPS})


@dataclass(frozen=True, eq=False)
class BoxDraft:
    """One label as a person would have it. label_row: of the scene's labels; box: one row, in ego at the frame."""

    scene: str
    frame: int
    label_row: int
    box: Boxes3D


def nudged(draft: BoxDraft, command: Command, times: float = 1.0) -> BoxDraft:
    """The draft after a step: moved along its own axes, grown about its centre (its bottom stays), or turned."""
    box = draft.box
    if command in MOVES:
        return _with(draft, centres_m=box.centres_m + _along_axes(box, np.asarray(MOVES[command]) * times))
    if command in GROWTHS:
        sizes = np.maximum(box.sizes_m + np.asarray(GROWTHS[command]) * times, SMALLEST_SIDE_M)
        lifted = np.array([[0, 0, (sizes - box.sizes_m)[0, 2] / 2]])
        return _with(draft, sizes_m=sizes, centres_m=box.centres_m + lifted)
    turn = quaternions_from_yaws(np.array([TURNS[command] * times]))
    return _with(draft, rotations=multiply_quaternions(turn, box.rotations))


def snapped(draft: BoxDraft, command: Command, frame: SyncedFrame) -> BoxDraft:
    """The draft put onto its points, onto the ground, or given the median size of its track.

    Raises:
        ViewerError: the frame doesn't tell; the label and its evidence stay as they are.
    """
    if command is Command.SNAP_GROUND:
        return _on_ground(draft, frame)
    if command is Command.SNAP_TRACK:
        return _track_sized(draft, frame)
    return _on_points(draft, frame)


def _on_ground(draft: BoxDraft, frame: SyncedFrame) -> BoxDraft:
    box = draft.box
    below = ground_below(frame.ground, box.centres_m, box.sizes_m, box.rotations)
    if not np.isfinite(below.height_m[0]):
        raise ViewerError("no ground is seen below this box")
    centres = box.centres_m.copy()
    centres[0, 2] = below.height_m[0] + box.sizes_m[0, 2] / 2
    return _with(draft, centres_m=centres)


def _track_sized(draft: BoxDraft, frame: SyncedFrame) -> BoxDraft:
    labels = frame.scene.labels
    name = labels.boxes.track[draft.label_row]
    rows = np.flatnonzero(labels.boxes.track.is_any([name])) if name else np.array([draft.label_row])
    if len(rows) < 2:
        raise ViewerError("this box is alone on its track")
    sizes: FloatArray = np.median(labels.boxes.sizes_m[rows], axis=0)[None]
    lifted = np.array([[0, 0, (sizes - draft.box.sizes_m)[0, 2] / 2]])
    return _with(draft, sizes_m=sizes, centres_m=draft.box.centres_m + lifted)


def _on_points(draft: BoxDraft, frame: SyncedFrame) -> BoxDraft:
    """The surface fit of the label itself: it is made where the label stands, not where the draft was dragged."""
    row = int(np.flatnonzero(frame.label_rows == draft.label_row)[0])
    try:
        fit = surface_fit(frame)
    except BoresightError as error:
        raise ViewerError(f"no fit: {error}") from error
    if not fit.known[row]:
        raise ViewerError("too few points tell where this object's sides are")
    label = frame.boxes.take([row])
    shift = np.append(fit.shift_m[row], 0.0)
    turn = quaternions_from_yaws(fit.turn_rad[row : row + 1])
    centres = label.centres_m + _along_axes(label, shift)
    centres[:, 2] = draft.box.centres_m[:, 2]
    return _with(draft, centres_m=centres, rotations=multiply_quaternions(turn, label.rotations))


def measure_surfaces(content: FrameContent) -> None:
    """What `snapped` asks of a frame, measured ahead: it takes longer than a key may."""
    with contextlib.suppress(BoresightError):  # who snaps is told then
        surface_fit(content.frame)


def proposal_of(draft: BoxDraft, frame: SyncedFrame) -> Proposal:
    """The draft as a correction in the frame the labels were written in.

    Raises:
        NotMeasurableError: the labels are in the world and the frame has no pose.
    """
    native = native_from_ego(frame.scene, draft.box, np.array([draft.frame]))
    label = frame.scene.labels.boxes.take([draft.label_row])
    values = {}
    if not np.allclose(native.centres_m, label.centres_m, atol=1e-4):
        values["centre_m"] = native.centres_m[0]
    if not np.allclose(native.sizes_m, label.sizes_m, atol=1e-4):
        values["size_m"] = native.sizes_m[0]
    if abs(float(np.angle(np.exp(1j * (native.yaws_rad - label.yaws_rad)))[0])) > 1e-4:
        values["yaw_rad"] = native.yaws_rad[0]
    return boxes_set(frame.scene.labels, np.array([draft.label_row]), values)


def offsets_of(draft: BoxDraft, label: Boxes3D) -> dict[str, float]:
    """How far the draft is from its label, by the names of the sliders: metres along the label's axes, degrees.

    Args:
        label: one row in ego at the frame.
    """
    ahead = headings_of_boxes(label.rotations)[0]
    away = (draft.box.centres_m - label.centres_m)[0]
    grown = (draft.box.sizes_m - label.sizes_m)[0]
    turned = np.degrees(np.angle(np.exp(1j * (draft.box.yaws_rad - label.yaws_rad)))[0])
    values = (
        float(ahead @ away[:2]),
        float(ahead[0] * away[1] - ahead[1] * away[0]),
        float(draft.box.bottoms_m[0] - label.bottoms_m[0]),
        float(turned),
        *(float(part) for part in grown),
    )
    return dict(zip(OFFSETS, values, strict=True))


def with_offset(draft: BoxDraft, label: Boxes3D, name: str, value: float) -> BoxDraft:
    """The draft with one of `offsets_of` set, the others as they are."""
    offsets = offsets_of(draft, label) | {name: value}
    sizes = np.maximum(label.sizes_m + [offsets[part] for part in OFFSETS[4:]], SMALLEST_SIDE_M)
    move = _along_axes(label, np.array([offsets[part] for part in OFFSETS[:3]]))
    move[0, 2] += (sizes - label.sizes_m)[0, 2] / 2
    turn = quaternions_from_yaws(np.radians([offsets["turn"]]))
    rotations = multiply_quaternions(turn, label.rotations)
    return _with(draft, centres_m=label.centres_m + move, sizes_m=sizes, rotations=rotations)


def changes_in_words(draft: BoxDraft, label: Boxes3D) -> str:
    """How far the draft is from its label, for the status line; label: one row in ego at the frame."""
    offsets = offsets_of(draft, label)
    told = "{along:+.2f} m along, {left:+.2f} m left, {up:+.2f} m up, {turn:+.1f} deg".format(**offsets)
    grown = [offsets[part] for part in OFFSETS[4:]]
    return f"{told}, size " + " ".join(f"{part:+.2f}" for part in grown) if np.abs(grown).max() > 1e-6 else told


def _along_axes(box: Boxes3D, move: FloatArray) -> FloatArray:
    """(1, 3) a move along length, width and up, in the frame of the box."""
    ahead = headings_of_boxes(box.rotations)[0][:2]
    return np.array([[*(ahead * move[0] + np.array([-ahead[1], ahead[0]]) * move[1]), move[2]]])


def _with(draft: BoxDraft, **columns: Any) -> BoxDraft:
    return replace(draft, box=replace(draft.box, **columns))
