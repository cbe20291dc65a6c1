"""Label files: the objects of a whole sequence, each after the number of its frame and of its track."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, IntArray
from calibration.errors import FileProblemError
from fusion.formats.kitti.label_file import LabelRow, LabelRows, label_of

# Frame and track stand before the columns of the object set.
LEADING = 2
# File names have six digits; a larger number is a slip that would make a scene of millions of empty frames.
MAX_FRAME = 999_999
NO_TRACK = -1
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,15}", re.ASCII)

# The development kit says Person_sitting, the files Person.
CLASSES = (
    *("Car", "Van", "Truck", "Pedestrian", "Person", "Person_sitting", "Cyclist", "Tram", "Misc"),
    "DontCare",
)


@dataclass(frozen=True, eq=False)
class TrackedRows:
    """M rows as they stand in a label file; frames, tracks: (M,), a track of -1 is none."""

    frames: IntArray
    tracks: IntArray
    rows: LabelRows

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, LabelRow]]) -> TrackedRows:
        """From (frame, track, label) one by one."""
        return cls(
            frames=np.asarray([frame for frame, _, _ in rows], dtype=np.int64),
            tracks=np.asarray([track for _, track, _ in rows], dtype=np.int64),
            rows=LabelRows.of([label for _, _, label in rows]),
        )

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, chosen: BoolArray) -> TrackedRows:
        """The rows of an (M,) mask."""
        return TrackedRows(self.frames[chosen], self.tracks[chosen], self.rows.take(chosen))


def tracked_rows(lines: Iterable[str], path: str) -> Iterator[tuple[int, int, LabelRow] | FileProblemError]:
    """Each line that isn't blank: its frame, its track (-1 for none) and its label; or what is wrong with it."""
    for line, text in enumerate(lines, start=1):
        words = text.split()
        if not words:
            continue
        try:
            label = label_of(words, path, line, LEADING)
            yield _frame_of(words[0], path, line), _track_of(words[1], path, line), label
        except FileProblemError as error:
            yield error


def _frame_of(word: str, path: str, line: int) -> int:
    if not WHOLE_NUMBER.fullmatch(word) or not 0 <= int(word) <= MAX_FRAME:
        raise FileProblemError(path, f"column 1 (frame) must be a whole number up to {MAX_FRAME}, got '{word}'", line)
    return int(word)


def _track_of(word: str, path: str, line: int) -> int:
    if not WHOLE_NUMBER.fullmatch(word) or int(word) < NO_TRACK:
        raise FileProblemError(
            path, f"column 2 (track id) must be a whole number from {NO_TRACK} on, got '{word}'", line
        )
    return int(word)
