"""Where an attribute of a track changes for a moment, or changes although it belongs to the whole object."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.clock import SECOND_NS
from fusion.errors import NotMeasurableError
from fusion.measure.motion_attributes import claim_of, is_motion
from fusion.measure.track_motion import track_motion
from fusion.scene.attributes import AttributeColumn
from fusion.scene.coded import ABSENT, Coded
from fusion.scene.scene import Scene

# What these words are about changes from frame to frame by nature.
CHANGING = ("visib", "occlu", "trunc", "alpha", "angle", "distance", "confid", "score", "difficult", "point", "light")
# m/s: slower than the first is standing, faster than the second is moving.
STANDS_MPS, MOVES_MPS = 0.5, 1.0


@dataclass(frozen=True, eq=False)
class AttributeChanges:
    """N moments at which an attribute has another value than before and after; of a lasting one, than mostly.

    name: of the attribute; values: (M,) as labelled; lasting: it belongs to the whole track; tracks: (N,); rows: per
    moment, the rows of the labels concerned; usual: per moment, the value around; seconds: (N,) from the last box
    before to the first after.
    """

    name: str
    values: Coded
    lasting: bool
    tracks: IntArray
    rows: tuple[IntArray, ...]
    usual: tuple[str, ...]
    seconds: FloatArray


def attribute_changes(scene: Scene, max_seconds: float) -> tuple[AttributeChanges, ...]:
    """Changes of all attributes that are words and should last."""
    return tuple(
        _changes(scene, name, column, max_seconds)
        for name, column in scene.labels.boxes.attributes.items()
        if isinstance(column.values, Coded) and not any(word in name.lower() for word in CHANGING)
    )


def _changes(scene: Scene, name: str, column: AttributeColumn, max_seconds: float) -> AttributeChanges:
    values, tracks = column.as_text, scene.labels.tracks
    lasting = column.scope == "track"
    speeds_mps = _speeds(scene) if is_motion(column, name) else None
    moments: list[tuple[int, IntArray, str, float]] = []
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        rows = rows[values.codes[rows] != ABSENT]
        codes = values.codes[rows]
        if not len(rows) or (codes == codes[0]).all():
            continue
        found = _others(rows, codes) if lasting else _flickers(scene, rows, codes, max_seconds)
        moments += [
            (track, part, values.names[usual], seconds)
            for part, usual, seconds in found
            if speeds_mps is None or _unfounded(claim_of(name, values[int(part[0])]), speeds_mps[part])
        ]
    return AttributeChanges(
        name,
        values,
        lasting,
        np.asarray([track for track, *_ in moments], dtype=np.int64),
        tuple(part for _, part, *_ in moments),
        tuple(usual for *_, usual, _ in moments),
        np.asarray([seconds for *_, seconds in moments], dtype=np.float64),
    )


def _flickers(scene: Scene, rows: IntArray, codes: IntArray, max_seconds: float) -> list[tuple[IntArray, int, float]]:
    """Runs of a value with one and the same other value before and after, close in time."""
    stamps_ns = scene.labels.boxes.timestamps_ns[rows]
    starts = np.flatnonzero(np.diff(codes, prepend=codes[0] - 1))
    ends = np.append(starts[1:], len(codes))
    found: list[tuple[IntArray, int, float]] = []
    flickered = False
    for start, end in zip(starts[1:-1], ends[1:-1], strict=True):
        back = codes[start - 1] == codes[end]
        close = stamps_ns[end] - stamps_ns[start - 1] <= max_seconds * SECOND_NS
        # What follows a flicker is the value from before, and not a flicker of its own.
        flickered = bool(back and close and not flickered)
        if flickered:
            found.append((rows[start:end], int(codes[start - 1]), (stamps_ns[end] - stamps_ns[start - 1]) / SECOND_NS))
    return found


def _others(rows: IntArray, codes: IntArray) -> list[tuple[IntArray, int, float]]:
    """The rows that don't say what most say; nothing where as many say either."""
    used, counts = np.unique(codes, return_counts=True)
    usual = int(used[counts.argmax()])
    return [(rows[codes != usual], usual, 0.0)] if 2 * counts.max() > len(codes) else []


def _speeds(scene: Scene) -> FloatArray | None:
    """(M,) m/s over ground; NaN everywhere where there are no times or poses, so that no word is held against them."""
    try:
        motion = track_motion(scene)
    except NotMeasurableError:
        return np.full(len(scene.labels), np.nan)
    return np.full(len(scene.labels), np.nan) if motion.relative else motion.speeds_mps


def _unfounded(claim: str | None, speeds_mps: FloatArray) -> bool:
    """The speeds contradict what is claimed for the moment."""
    if claim in ("parked", "halted"):
        return bool((speeds_mps > MOVES_MPS).all())
    if claim == "moves":
        return bool((speeds_mps < STANDS_MPS).all())
    return True
