"""Labels grouped by attribute and class, or by attribute and value: one row a group, however many labels it has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, IntArray
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene


@dataclass(frozen=True)
class Group:
    """Labels that share two names; `labels` are those it is about, `first` is one of them to look at."""

    attribute: str
    other: str
    labels: int
    first: int

    @property
    def name(self) -> str:
        """For the id of a finding."""
        return f"{self.attribute}/{self.other}"


def boxes_with_attributes(scene: Scene) -> Boxes3D:
    """The labels' boxes.

    Raises:
        NotMeasurableError: nothing is labelled.
    """
    boxes = scene.labels.boxes
    if not len(boxes):
        raise NotMeasurableError("nothing is labelled")
    return boxes


def groups_of(attribute: str, other: Coded, rows: BoolArray) -> list[Group]:
    """The chosen rows by the other name; "" stands for none."""
    chosen = np.flatnonzero(rows)
    codes, first, counts = np.unique(other.codes[chosen], return_index=True, return_counts=True)
    return [
        Group(attribute, other.names[code] if code >= 0 else "", int(count), int(chosen[start]))
        for code, start, count in zip(codes, first, counts, strict=True)
    ]


def moments(groups: list[Group]) -> IntArray:
    """(G,) the label to look at."""
    return np.asarray([group.first for group in groups], dtype=np.int64)


def texts(values: list[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """A column of words for the evidence."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
