"""The class of each tracked object: what most of its boxes say, and which of them say otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, IntArray
from fusion.scene.coded import ABSENT, Coded
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class TrackClasses:
    """Classes along T tracks; names that differ in capitals or separators only are one class.

    usual_rows: (T,) row of the first box of the class that most boxes of the track have, -1 where none has a class;
    tied: (T,) bool, another class has as many; named: (T,) boxes with a class; changes: (T,) how often the class
    changes from one of them to the next; other: (M,) bool, the row has another class than most of its track.
    """

    usual_rows: IntArray
    tied: BoolArray
    named: IntArray
    changes: IntArray
    other: BoolArray


def track_classes(scene: Scene) -> TrackClasses:
    """Classes along all tracks of a scene."""
    return scene.measurements.get("track classes", lambda: _track_classes(scene))


def _track_classes(scene: Scene) -> TrackClasses:
    tracks, classes = scene.labels.tracks, _spelled_once(scene.labels.boxes.category)
    usual_rows = np.full(len(tracks), -1, dtype=np.int64)
    tied = np.zeros(len(tracks), dtype=bool)
    named, changes = np.zeros(len(tracks), dtype=np.int64), np.zeros(len(tracks), dtype=np.int64)
    other = np.zeros(len(scene.labels), dtype=bool)
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        rows = rows[classes[rows] != ABSENT]
        if not len(rows):
            continue
        own = classes[rows]
        used, first, counts = np.unique(own, return_index=True, return_counts=True)
        usual = used[counts == counts.max()][np.argmin(first[counts == counts.max()])]
        usual_rows[track] = rows[first[used == usual][0]]
        tied[track] = np.count_nonzero(counts == counts.max()) > 1
        named[track], changes[track] = len(rows), np.count_nonzero(own[1:] != own[:-1])
        other[rows[own != usual]] = True
    return TrackClasses(usual_rows, tied, named, changes, other)


def _spelled_once(category: Coded) -> IntArray:
    """(M,) a number by class, the same for all spellings of a name, -1 where a row has none."""
    number_of: dict[str, int] = {}
    letters = ["".join(letter for letter in name.lower() if letter.isalnum()) for name in category.names]
    numbers = [number_of.setdefault(spelling, len(number_of)) for spelling in letters]
    return np.asarray([*numbers, ABSENT], dtype=np.int64)[category.codes]
