"""Names short enough for a picture: of classes, of tracks, of times."""

from __future__ import annotations

from fusion.scene.boxes3d import Boxes3D

LONGEST_TRACK = 8
SHORT_TRACK = 5
LONGEST_CLASS = 22
LONGEST_IN_MS_NS = 2_000_000_000


def short_class(name: str) -> str:
    """A class name without the group in front: "vehicle.car" is a "car"; "?" where there is none."""
    parts = name.split(".")
    kept = ".".join(parts[1:]) if len(parts) > 1 and parts[1] else name
    return (kept or "?")[:LONGEST_CLASS]


def short_track(name: str) -> str:
    """A track id that can be read out: short ones as they are, long ones by their first characters."""
    return name if len(name) <= LONGEST_TRACK else f"{name[:SHORT_TRACK]}~"


def box_name(boxes: Boxes3D, row: int) -> str:
    """Class and track of a box; its own id where it has no track."""
    track = boxes.track[row] or str(boxes.label_ids[row])
    return f"{short_class(boxes.category[row])} {short_track(track)}".strip()


def brief_name(boxes: Boxes3D, row: int) -> str:
    """The same for a crowd: the class in one word, and the track only if it is a number one can read."""
    word = short_class(boxes.category[row]).partition(".")[0]
    track = boxes.track[row]
    return f"{word} {track}" if track and len(track) <= SHORT_TRACK else word


def short_time(nanoseconds: int) -> str:
    """A time difference with its sign, in milliseconds where those can still be read: "-38 ms", "+12.50 s"."""
    return f"{nanoseconds / 1e6:+.0f} ms" if abs(nanoseconds) < LONGEST_IN_MS_NS else seconds(nanoseconds)


def seconds(nanoseconds: int) -> str:
    """A time difference with its sign: "+0.50 s"."""
    return f"{nanoseconds / 1e9:+.2f} s"
