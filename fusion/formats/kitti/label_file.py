"""Label files: one object a line, 15 columns and sometimes a score."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, Int32Array
from calibration.errors import FileProblemError
from fusion.formats.kitti.text_numbers import finite_number, is_number

# The columns after the type, as the development kit's readme.txt names them.
COLUMNS = (
    "truncated",
    "occluded",
    "alpha",
    "left",
    "top",
    "right",
    "bottom",
    "height",
    "width",
    "length",
    "x",
    "y",
    "z",
    "rotation_y",
    "score",
)
ROW_LENGTH = 1 + len(COLUMNS)

IGNORED_TYPE = "DontCare"
CLASSES = ("Car", "Van", "Truck", "Pedestrian", "Person_sitting", "Cyclist", "Tram", "Misc", IGNORED_TYPE)

# What stands for "there is none".
NO_LOCATION = -1000.0
NO_EDGE = -1.0
NOT_TOLD = {"truncated": -1.0, "occluded": -1.0, "alpha": -10.0}

# Type, the numbers in the order of `COLUMNS`, and the line.
LabelRow = tuple[str, list[float], int]


@dataclass(frozen=True, eq=False)
class LabelRows:
    """M rows as they stand in label files.

    types: (M,); numbers: (M, 15) in the order of `COLUMNS`, score NaN where a row has none; lines: (M,) 1-based.
    """

    types: tuple[str, ...]
    numbers: FloatArray
    lines: Int32Array

    @classmethod
    def of(cls, rows: Sequence[LabelRow]) -> LabelRows:
        """From rows one by one."""
        return cls(
            types=tuple(row[0] for row in rows),
            numbers=np.asarray([row[1] for row in rows], dtype=np.float64).reshape(-1, len(COLUMNS)),
            lines=np.asarray([row[2] for row in rows], dtype=np.int32),
        )

    @classmethod
    def concatenate(cls, parts: Sequence[LabelRows]) -> LabelRows:
        """The rows of several files below each other."""
        return cls(
            types=tuple(name for part in parts for name in part.types),
            numbers=np.concatenate([np.empty((0, len(COLUMNS))), *(part.numbers for part in parts)]),
            lines=np.concatenate([np.empty(0, np.int32), *(part.lines for part in parts)]),
        )

    def __len__(self) -> int:
        return len(self.types)

    def take(self, chosen: BoolArray) -> LabelRows:
        """The rows of an (M,) mask."""
        types = tuple(name for name, kept in zip(self.types, chosen, strict=True) if kept)
        return LabelRows(types, self.numbers[chosen], self.lines[chosen])

    def column(self, *names: str) -> FloatArray:
        """(M,) numbers of one column, or (M, K) of several."""
        indices = [COLUMNS.index(name) for name in names]
        return self.numbers[:, indices[0] if len(indices) == 1 else indices]

    @property
    def dimensions(self) -> FloatArray:
        """(M, 3) height, width, length in metres."""
        return self.column("height", "width", "length")

    @property
    def locations(self) -> FloatArray:
        """(M, 3) centre of the bottom face, rectified camera 0, metres."""
        return self.column("x", "y", "z")

    @property
    def rotations_y(self) -> FloatArray:
        """(M,) about the camera's y axis, which points down; 0 along its x axis."""
        return self.column("rotation_y")

    @property
    def edges_px(self) -> FloatArray:
        """(M, 4) left, top, right, bottom."""
        return self.column("left", "top", "right", "bottom")

    @property
    def has_box_3d(self) -> BoolArray:
        """(M,) bool: the row places an object in space.

        Not where the location is -1000 three times, the dimensions and location are all 0 (2D tools write that), or
        an ignored region has dimensions of nothing. Other impossible sizes stay: they are for the checks to find.
        """
        dimensions, locations = self.dimensions, self.locations
        nowhere = (locations == NO_LOCATION).all(axis=1)
        all_zero = (dimensions == 0).all(axis=1) & (locations == 0).all(axis=1)
        ignored = np.asarray([name == IGNORED_TYPE for name in self.types], dtype=np.bool_)
        return np.asarray(~nowhere & ~all_zero & ~(ignored & (dimensions <= 0).any(axis=1)))

    @property
    def has_box_2d(self) -> BoolArray:
        """(M,) bool: the row has a box in the image; not where all four edges are -1, or all are 0."""
        edges_px = self.edges_px
        return np.asarray(~((edges_px == NO_EDGE).all(axis=1) | (edges_px == 0).all(axis=1)))


def label_rows(lines: Iterable[str], path: str) -> Iterator[LabelRow | FileProblemError]:
    """Each line that isn't blank: its type, its 15 numbers and its line number; or what is wrong with it."""
    for line, text in enumerate(lines, start=1):
        words = text.split()
        if not words:
            continue
        try:
            yield label_of(words, path, line)
        except FileProblemError as error:
            yield error


def label_of(words: Sequence[str], path: str, line: int, leading: int = 0) -> LabelRow:
    """The label in the words of a line, of which the first `leading` say something else.

    Raises:
        FileProblemError: too few or too many words, a number for a type or a word for a number.
    """
    row_length = leading + ROW_LENGTH
    if len(words) not in (row_length - 1, row_length):
        expected = f"{row_length - 1} columns, or {row_length} with a score"
        raise FileProblemError(path, f"a label needs {expected}; got {len(words)}", line)
    name = words[leading]
    # Without its type a row with a score has as many columns as a good one without; class numbers are whole.
    if is_number(name) and not name.isdecimal():
        raise FileProblemError(path, f"column {leading + 1} (type) must be a class name, got '{name}'", line)
    numbers = [
        finite_number(word, f"column {position} ({column})", path, line)
        for position, (word, column) in enumerate(zip(words[leading + 1 :], COLUMNS, strict=False), start=leading + 2)
    ]
    return name, numbers if len(words) == row_length else [*numbers, math.nan], line
