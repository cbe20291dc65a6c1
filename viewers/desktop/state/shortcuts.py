"""Every key of the viewer, in one table: what `?` shows, what the window listens to, what the README prints."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Command(str, Enum):
    """What a key or a button does; the value is its name in log lines and playlists."""

    NEXT_FINDING = "next finding"
    PREVIOUS_FINDING = "previous finding"
    NEXT_UNDECIDED = "next undecided finding"
    TOGGLE_CAUSE = "symptoms of a cause"
    CONFIRM = "confirmed"
    FALSE_ALARM = "false alarm"
    ACCEPT_DEVIATION = "accepted deviation"
    FIXED = "fixed"
    UNSURE = "unsure"
    NEW_ERROR = "new error found here"
    COMMENT = "comment"
    ACCEPT_PROPOSAL = "take the proposal"
    NEXT_FRAME = "next frame"
    PREVIOUS_FRAME = "previous frame"
    FIRST_FRAME = "first frame"
    LAST_FRAME = "last frame"
    PLAY = "play"
    NEXT_FINDING_IN_TIME = "next finding in time"
    PREVIOUS_FINDING_IN_TIME = "previous finding in time"
    NEXT_PLACE = "next place"
    PREVIOUS_PLACE = "previous place"
    NEXT_SCENE = "next scene"
    PREVIOUS_SCENE = "previous scene"
    NEXT_OBJECT = "next object"
    PREVIOUS_OBJECT = "previous object"
    DESELECT = "select nothing"
    FOCUS = "focus on the object"
    NEXT_CAMERA = "next camera"
    ENLARGE_CAMERA = "enlarge the camera"
    ORBIT_VIEW = "orbit view"
    TOP_VIEW = "top view"
    CHASE_VIEW = "chase view"
    FREE_VIEW = "free view"
    NEXT_COLOURING = "colour of points"
    NEXT_BOX_COLOURING = "colour of boxes"
    MORE_SWEEPS = "more sweeps"
    FEWER_SWEEPS = "fewer sweeps"
    TOGGLE_POINTS = "points in images"
    TOGGLE_TRAILS = "trails"
    TOGGLE_GRID = "grid and range rings"
    FORWARD = "forward"
    BACKWARD = "backward"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    TURN_LEFT = "turn left"
    TURN_RIGHT = "turn right"
    LONGER = "longer"
    SHORTER = "shorter"
    WIDER = "wider"
    NARROWER = "narrower"
    HIGHER = "higher"
    LOWER = "lower"
    SNAP_POINTS = "snap to points"
    SNAP_GROUND = "snap to ground"
    SNAP_TRACK = "snap to the track's median"
    NUDGE_TARGET = "nudge box, camera or clock"
    NUDGE_PANEL = "sliders"
    SAVE_NUDGE = "keep the nudge"
    UNDO = "undo"
    REDO = "redo"
    COMPARE = "compare label sets"
    NEXT_DIFFERENCE = "next difference"
    THEME = "dark or light"
    HELP = "keys"
    QUIT = "close"


@dataclass(frozen=True)
class Shortcut:
    """keys: names as `KeyNames` spells them, with "shift+" or "ctrl+" before; group: heading in the help."""

    command: Command
    keys: tuple[str, ...]
    group: str
    text: str


FINDINGS, TIME, LOOK, NUDGE, GENERAL = "Findings", "Time and objects", "Views", "Nudging", "General"

SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut(Command.NEXT_FINDING, ("j", "down"), FINDINGS, "next finding"),
    Shortcut(Command.PREVIOUS_FINDING, ("k", "up"), FINDINGS, "previous finding"),
    Shortcut(Command.NEXT_UNDECIDED, ("n",), FINDINGS, "next finding without a verdict"),
    Shortcut(Command.TOGGLE_CAUSE, ("e",), FINDINGS, "show or hide what a cause explains"),
    Shortcut(Command.CONFIRM, ("1",), FINDINGS, "confirm: the label is wrong"),
    Shortcut(Command.FALSE_ALARM, ("2",), FINDINGS, "false alarm: the label is right"),
    Shortcut(Command.ACCEPT_DEVIATION, ("3",), FINDINGS, "true, and accepted"),
    Shortcut(Command.FIXED, ("4",), FINDINGS, "fixed"),
    Shortcut(Command.UNSURE, ("5",), FINDINGS, "unsure"),
    Shortcut(Command.NEW_ERROR, ("6",), FINDINGS, "another error here, at the object or the frame"),
    Shortcut(Command.ACCEPT_PROPOSAL, ("enter",), FINDINGS, "confirm, and take the proposal as the correction"),
    Shortcut(Command.COMMENT, (";",), FINDINGS, "a comment, kept with the verdict that follows"),
    Shortcut(Command.NEXT_FRAME, ("right", "."), TIME, "next frame"),
    Shortcut(Command.PREVIOUS_FRAME, ("left", ","), TIME, "previous frame"),
    Shortcut(Command.FIRST_FRAME, ("home",), TIME, "first frame"),
    Shortcut(Command.LAST_FRAME, ("end",), TIME, "last frame"),
    Shortcut(Command.PLAY, ("space",), TIME, "play, stop"),
    Shortcut(Command.NEXT_FINDING_IN_TIME, ("ctrl+right", "ctrl+."), TIME, "next frame with a finding"),
    Shortcut(Command.PREVIOUS_FINDING_IN_TIME, ("ctrl+left", "ctrl+,"), TIME, "previous frame with a finding"),
    Shortcut(Command.NEXT_PLACE, ("]",), TIME, "next place of the playlist"),
    Shortcut(Command.PREVIOUS_PLACE, ("[",), TIME, "previous place of the playlist"),
    Shortcut(Command.NEXT_SCENE, ("pagedown",), TIME, "next scene"),
    Shortcut(Command.PREVIOUS_SCENE, ("pageup",), TIME, "previous scene"),
    Shortcut(Command.NEXT_OBJECT, ("tab",), TIME, "next object, nearest first"),
    Shortcut(Command.PREVIOUS_OBJECT, ("shift+tab",), TIME, "previous object"),
    Shortcut(Command.DESELECT, ("escape",), TIME, "select nothing"),
    Shortcut(Command.FOCUS, ("f",), LOOK, "look at the object"),
    Shortcut(Command.NEXT_CAMERA, ("c",), LOOK, "next camera"),
    Shortcut(Command.ENLARGE_CAMERA, ("x",), LOOK, "enlarge the camera, or back"),
    Shortcut(Command.ORBIT_VIEW, ("f1",), LOOK, "orbit"),
    Shortcut(Command.TOP_VIEW, ("f2",), LOOK, "from above"),
    Shortcut(Command.CHASE_VIEW, ("f3",), LOOK, "from behind the vehicle"),
    Shortcut(Command.FREE_VIEW, ("f4",), LOOK, "free camera: fly with the mouse"),
    Shortcut(Command.NEXT_COLOURING, ("p",), LOOK, "next colour of points"),
    Shortcut(Command.NEXT_BOX_COLOURING, ("b",), LOOK, "next colour of boxes"),
    Shortcut(Command.MORE_SWEEPS, ("=",), LOOK, "one more sweep on both sides"),
    Shortcut(Command.FEWER_SWEEPS, ("-",), LOOK, "one sweep fewer"),
    Shortcut(Command.TOGGLE_POINTS, ("v",), LOOK, "points in images"),
    Shortcut(Command.TOGGLE_TRAILS, ("t",), LOOK, "trails and neighbours in time"),
    Shortcut(Command.TOGGLE_GRID, ("g",), LOOK, "grid and range rings"),
    Shortcut(Command.FORWARD, ("w",), NUDGE, "forward, along its length"),
    Shortcut(Command.BACKWARD, ("s",), NUDGE, "backward"),
    Shortcut(Command.LEFT, ("a",), NUDGE, "left"),
    Shortcut(Command.RIGHT, ("d",), NUDGE, "right"),
    Shortcut(Command.UP, ("r",), NUDGE, "up"),
    Shortcut(Command.DOWN, ("shift+r",), NUDGE, "down"),
    Shortcut(Command.TURN_LEFT, ("q",), NUDGE, "turn left"),
    Shortcut(Command.TURN_RIGHT, ("shift+q",), NUDGE, "turn right"),
    Shortcut(Command.LONGER, ("l",), NUDGE, "longer"),
    Shortcut(Command.SHORTER, ("shift+l",), NUDGE, "shorter"),
    Shortcut(Command.WIDER, ("i",), NUDGE, "wider"),
    Shortcut(Command.NARROWER, ("shift+i",), NUDGE, "narrower"),
    Shortcut(Command.HIGHER, ("h",), NUDGE, "higher"),
    Shortcut(Command.LOWER, ("shift+h",), NUDGE, "lower"),
    Shortcut(Command.SNAP_POINTS, ("7",), NUDGE, "onto its points"),
    Shortcut(Command.SNAP_GROUND, ("8",), NUDGE, "onto the ground"),
    Shortcut(Command.SNAP_TRACK, ("9",), NUDGE, "to the median size of its track"),
    Shortcut(Command.NUDGE_TARGET, ("m",), NUDGE, "what the keys move: box, camera place, camera clock"),
    Shortcut(Command.NUDGE_PANEL, ("u",), NUDGE, "sliders"),
    Shortcut(Command.SAVE_NUDGE, ("ctrl+s",), NUDGE, "keep it: a proposal, or a corrected rig file"),
    Shortcut(Command.UNDO, ("ctrl+z",), GENERAL, "undo"),
    Shortcut(Command.REDO, ("ctrl+y", "ctrl+shift+z"), GENERAL, "redo"),
    Shortcut(Command.COMPARE, ("o",), GENERAL, "next label set beside the one on trial"),
    Shortcut(Command.NEXT_DIFFERENCE, ("shift+o",), GENERAL, "next object that the other label set has not so"),
    Shortcut(Command.THEME, ("f9",), GENERAL, "dark or light"),
    Shortcut(Command.HELP, ("?", "shift+/"), GENERAL, "these keys"),
    Shortcut(Command.QUIT, ("ctrl+q",), GENERAL, "close"),
)

DECIDING = (Command.NUDGE_TARGET, Command.NUDGE_PANEL, Command.SAVE_NUDGE)
# What a key held down goes on doing; a verdict held down would decide the next finding as well.
REPEATABLE = frozenset(
    shortcut.command
    for shortcut in SHORTCUTS
    if (
        shortcut.group == NUDGE
        and shortcut.command not in (Command.NUDGE_TARGET, Command.NUDGE_PANEL, Command.SAVE_NUDGE)
    )
    or shortcut.command
    in (
        Command.NEXT_FRAME,
        Command.PREVIOUS_FRAME,
        Command.NEXT_FINDING,
        Command.PREVIOUS_FINDING,
        Command.NEXT_OBJECT,
        Command.PREVIOUS_OBJECT,
        Command.NEXT_FINDING_IN_TIME,
        Command.PREVIOUS_FINDING_IN_TIME,
        Command.UNDO,
        Command.REDO,
    )
)
_BY_KEY = {key: shortcut.command for shortcut in SHORTCUTS for key in shortcut.keys}


def command_of(key: str, shift: bool = False, ctrl: bool = False) -> Command | None:
    """What a key does; shift on a key that has no meaning with it counts as the bare key."""
    prefix = ("ctrl+" if ctrl else "") + ("shift+" if shift else "")
    return _BY_KEY.get(prefix + key) or (_BY_KEY.get(key) if shift and not ctrl else None)


def help_lines() -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of keys and what they do, for the help."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for shortcut in SHORTCUTS:
        groups.setdefault(shortcut.group, []).append((" or ".join(shortcut.keys), shortcut.text))
    return list(groups.items())
