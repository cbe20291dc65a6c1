"""Objects as several people saw them: one row for each, with the box of everybody who drew it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.compare.delivery import Delivery
from fusion.measure.match_rule import MatchRule
from fusion.measure.matching import match_boxes
from fusion.scene.attributes import AttributeColumn
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import ABSENT, Coded


@dataclass(frozen=True, eq=False)
class Units:
    """U objects of a frame, S sets.

    rows: (U, S) row of each set's box, -1 where it has none; frames: (U,); judged: (U, S) bool, the set was labelled
    in that frame.
    """

    rows: IntArray
    frames: IntArray
    judged: BoolArray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def drawn(self) -> BoolArray:
        """(U, S) bool."""
        drawn: BoolArray = self.rows >= 0
        return drawn


def units_of(delivery: Delivery, rule: MatchRule) -> Units:
    """Match all sets with each other: each next one with what those before have drawn."""
    rows = np.zeros((0, len(delivery.sets)), dtype=np.int64)
    frames, drawn = np.zeros(0, dtype=np.int64), Boxes3D.empty()
    for column, one in enumerate(delivery.sets):
        found = match_boxes(drawn, one.boxes, frames, one.frames, rule)
        rows[found.pairs.first, column] = found.pairs.second
        new = np.full((len(found.only_second), len(delivery.sets)), -1, dtype=np.int64)
        new[:, column] = found.only_second
        rows = np.concatenate([rows, new])
        frames = np.concatenate([frames, one.frames[found.only_second]])
        drawn = Boxes3D.concatenate([drawn, one.boxes.take(found.only_second)])
    judged = np.stack([one.annotated[frames] for one in delivery.sets], axis=1)
    return Units(rows, frames, judged)


def gathered(values: list[FloatArray], units: Units, missing: float = np.nan) -> FloatArray:
    """(U, S, ...) a column of each set by unit, `missing` where it drew no box."""
    shape = (*units.rows.shape, *values[0].shape[1:])
    table = np.full(shape, missing)
    for column, of_set in enumerate(values):
        there = units.rows[:, column] >= 0
        table[there, column] = of_set[units.rows[there, column]]
    return table


def class_codes(delivery: Delivery, units: Units) -> tuple[FloatArray, tuple[str, ...]]:
    """(U, S) class as a number into the names, NaN where no box was drawn or it has no class."""
    coded = Coded.concatenate([one.boxes.category for one in delivery.sets])
    return _codes(coded, [len(one) for one in delivery.sets], units), coded.names


def attribute_values(delivery: Delivery, units: Units, name: str) -> tuple[FloatArray, bool]:
    """(U, S) an attribute, NaN where it wasn't given; whether it is a number and not a word."""
    columns = [_attribute(one.boxes, name) for one in delivery.sets]
    known = [column for column in columns if column is not None]
    if not any(isinstance(column.values, Coded) for column in known):
        numbers = [
            np.full(len(one), np.nan) if column is None else np.asarray(column.values, dtype=np.float64)
            for one, column in zip(delivery.sets, columns, strict=True)
        ]
        return gathered(numbers, units), True
    words = [
        Coded.absent(len(one)) if column is None else column.as_text
        for one, column in zip(delivery.sets, columns, strict=True)
    ]
    return _codes(Coded.concatenate(words), [len(one) for one in delivery.sets], units), False


def attribute_names(delivery: Delivery) -> list[str]:
    """Attributes that at least two sets give, in lower case."""
    given: dict[str, int] = {}
    for one in delivery.sets:
        for name in dict.fromkeys(name.lower() for name in one.boxes.attributes):
            given[name] = given.get(name, 0) + 1
    return [name for name, sets in given.items() if sets >= 2]


def _attribute(boxes: Boxes3D, name: str) -> AttributeColumn | None:
    return next((column for own, column in boxes.attributes.items() if own.lower() == name), None)


def _codes(coded: Coded, lengths: list[int], units: Units) -> FloatArray:
    numbers = np.where(coded.codes == ABSENT, np.nan, coded.codes.astype(np.float64))
    return gathered(np.split(numbers, np.cumsum(lengths)[:-1]), units)
