"""What can be dragged: the selected box, or the chosen camera's place and clock, as named values with a range."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from viewers.desktop.state.box_nudging import OFFSETS, offsets_of, with_offset
from viewers.desktop.state.camera_nudging import CameraDraft
from viewers.desktop.state.session import Session
from viewers.errors import ViewerError

CAMERA_OFFSETS = ("x", "y", "z", "roll", "pitch", "yaw")
CLOCK = "clock"
# Drags reach a little further than corrections usually go; the keys go on from there.
REACH = {
    "along": (2.0, "m"),
    "left": (2.0, "m"),
    "up": (1.0, "m"),
    "turn": (45.0, "deg"),
    "length": (1.5, "m"),
    "width": (1.0, "m"),
    "height": (1.0, "m"),
    "x": (0.3, "m"),
    "y": (0.3, "m"),
    "z": (0.3, "m"),
    "roll": (3.0, "deg"),
    "pitch": (3.0, "deg"),
    "yaw": (3.0, "deg"),
    CLOCK: (100.0, "ms"),
}
MOST_SLIDERS = 7


@dataclass(frozen=True)
class Slider:
    """One value to drag, from -reach to reach; 0 is what the files say."""

    name: str
    value: float
    reach: float
    unit: str


def sliders_of(session: Session) -> list[Slider]:
    """The values of what is nudged now; none where nothing is selected."""
    return [Slider(name, value, *REACH[name]) for name, value in _values(session).items()]


def _values(session: Session) -> dict[str, float]:
    if session.nudge_target == "box":
        draft = session.draft_of_selected
        return {} if draft is None else offsets_of(draft, session.label_of_selected)
    if session.camera is None:
        return {}
    camera = session.camera_drafts.get(session.camera) or CameraDraft.none(session.camera)
    moves, turns = camera.correction[:3], np.degrees(camera.correction[3:])
    values = dict(zip(CAMERA_OFFSETS, (float(value) for value in (*moves, *turns)), strict=True))
    return values | {CLOCK: camera.clock_ns / 1e6}


def slide(session: Session, name: str, value: float) -> None:
    """Set one of the values; a drag is one step to undo.

    Raises:
        ViewerError: nothing is selected that has it.
    """
    if name in OFFSETS:
        draft = session.draft_of_selected
        if draft is None:
            raise ViewerError("select an object first: click it, or tab")
        session.nudge_box_to(with_offset(draft, session.label_of_selected, name, value), name)
        return
    if session.camera is None:
        raise ViewerError("choose a camera first: click it, or c")
    camera = session.camera_drafts.get(session.camera) or CameraDraft.none(session.camera)
    if name == CLOCK:
        session.nudge_camera_to(replace(camera, clock_ns=round(value * 1e6)), name)
        return
    correction = camera.correction.copy()
    row = CAMERA_OFFSETS.index(name)
    correction[row] = value if row < 3 else np.radians(value)
    session.nudge_camera_to(replace(camera, correction=correction), name)
