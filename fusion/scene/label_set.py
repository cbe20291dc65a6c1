"""One set of labels of a scene: a delivery, an annotator's work, or predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from calibration.arrays import Int32Array, IntArray, as_column, frozen
from calibration.errors import ShapeError
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scope import LabelScope
from fusion.scene.tracks import Tracks


@dataclass(frozen=True, eq=False)
class LabelSet:
    """Boxes of a whole scene in the frame they were written in.

    boxes: M rows in their native reference, so that "label or pose?" stays decidable and repairs can be written back;
    reference: "world", "ego" (at each row's frame) or a sensor's name; frame_index: (M,) frame of the scene by row;
    declared_classes: the names the data set's own ontology allows (None: it has none).
    """

    name: str
    boxes: Boxes3D
    reference: str
    frame_index: Int32Array
    scope: LabelScope = field(default_factory=LabelScope)
    boxes_2d: Boxes2D | None = None
    declared_classes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        column = as_column(self.frame_index, "frame_index", np.int32, len(self.boxes))
        object.__setattr__(self, "frame_index", frozen(column))
        if self.boxes_2d is not None and self.boxes_2d.box3d_rows.max(initial=-1) >= len(self.boxes):
            worst = int(self.boxes_2d.box3d_rows.max())
            raise ShapeError(f"box3d_rows of the 2D boxes must lie below {len(self.boxes)}, got {worst}")

    def __len__(self) -> int:
        return len(self.boxes)

    @cached_property
    def tracks(self) -> Tracks:
        """Index of the rows by object and time."""
        return Tracks.build(self.boxes.track, self.boxes.timestamps_ns)

    def rows_of_frame(self, frame: int) -> IntArray:
        """Rows of the 3D boxes of one frame."""
        return _rows_of(frame, *self._by_frame)

    def rows_2d_of_frame(self, frame: int) -> IntArray:
        """Rows of the 2D boxes of one frame."""
        return np.zeros(0, dtype=np.int64) if self._by_frame_2d is None else _rows_of(frame, *self._by_frame_2d)

    @cached_property
    def _by_frame(self) -> tuple[IntArray, IntArray]:
        return _grouped(self.frame_index)

    @cached_property
    def _by_frame_2d(self) -> tuple[IntArray, IntArray] | None:
        return None if self.boxes_2d is None else _grouped(self.boxes_2d.frame_index)


def _grouped(frame_index: Int32Array) -> tuple[IntArray, IntArray]:
    order = np.argsort(frame_index, kind="stable")
    return order, frame_index[order].astype(np.int64)


def _rows_of(frame: int, order: IntArray, sorted_frames: IntArray) -> IntArray:
    start, stop = np.searchsorted(sorted_frames, [frame, frame + 1])
    return order[start:stop]
