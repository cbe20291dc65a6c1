"""2D boxes in images, as frozen columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.arrays import FloatArray, Int32Array, IntArray, as_column, as_rows, frozen
from calibration.clock import as_timestamps_ns
from calibration.errors import ShapeError
from fusion.scene.attributes import Attributes
from fusion.scene.boxes3d import Provenance
from fusion.scene.coded import Coded


@dataclass(frozen=True, eq=False)
class Boxes2D:
    """B boxes drawn in images.

    camera: the sensor by row; edges_px: (B, 4) u_min, v_min, u_max, v_max, edges of the box with (0, 0) at the
    centre of the top-left pixel; timestamps_ns: (B,); frame_index: (B,) frame of the scene, -1 none;
    box3d_rows: (B,) row of the 3D box of the same object in the label set, -1 where there is none;
    derived: the data set makes them by projecting its 3D boxes, so they prove nothing (None: unknown).
    """

    camera: Coded
    edges_px: FloatArray
    category: Coded
    track: Coded
    label_ids: NDArray[Any]
    timestamps_ns: IntArray
    frame_index: Int32Array
    box3d_rows: Int32Array
    attributes: Attributes = field(default_factory=Attributes)
    provenance: Provenance | None = None
    derived: bool | None = None

    def __post_init__(self) -> None:
        rows = len(self.camera)
        object.__setattr__(self, "edges_px", frozen(as_rows(self.edges_px, 4, "edges_px")))
        for name, dtype in _COLUMN_TYPES.items():
            object.__setattr__(self, name, frozen(as_column(getattr(self, name), name, dtype, rows)))
        object.__setattr__(self, "timestamps_ns", frozen(as_timestamps_ns(self.timestamps_ns)))
        lengths = {name: len(column) for name, column in self._columns()}
        if set(lengths.values()) - {rows}:
            raise ShapeError(f"all columns of Boxes2D must have {rows} rows, got {lengths}")

    def _columns(self) -> list[tuple[str, Any]]:
        named = [(name, getattr(self, name)) for name in ("edges_px", "category", "track", "timestamps_ns")]
        named += [(f"attribute {name!r}", column) for name, column in self.attributes.items()]
        return named if self.provenance is None else [*named, ("provenance", self.provenance.source)]

    @classmethod
    def from_columns(cls, camera: Sequence[str], edges_px: ArrayLike, **columns: Any) -> Boxes2D:
        """2D boxes from plain lists and arrays; what is left out becomes absent."""
        rows = len(camera)
        for name in ("category", "track"):
            values = columns.get(name)
            if not isinstance(values, Coded):
                columns[name] = Coded.absent(rows) if values is None else Coded.from_values(values)
        columns.setdefault("label_ids", np.asarray([str(row) for row in range(rows)], dtype=object))
        columns.setdefault("timestamps_ns", np.zeros(rows, dtype=np.int64))
        columns.setdefault("frame_index", np.zeros(rows, dtype=np.int32))
        columns.setdefault("box3d_rows", np.full(rows, -1, dtype=np.int32))
        edges = np.asarray(edges_px, dtype=np.float64).reshape(rows, 4)
        return cls(camera=Coded.from_values(camera), edges_px=edges, **columns)

    def __len__(self) -> int:
        return len(self.camera)

    @property
    def areas_px2(self) -> FloatArray:
        """(B,) area; 0 where the edges are the wrong way round."""
        sides_px = np.maximum(self.edges_px[:, 2:] - self.edges_px[:, :2], 0)
        return sides_px[:, 0] * sides_px[:, 1]

    def take(self, rows: Any) -> Boxes2D:
        """The rows of an index or mask, in its order."""
        return Boxes2D(
            camera=self.camera.take(rows),
            edges_px=self.edges_px[rows],
            category=self.category.take(rows),
            track=self.track.take(rows),
            attributes=self.attributes.take(rows),
            provenance=None if self.provenance is None else self.provenance.take(rows),
            derived=self.derived,
            timestamps_ns=self.timestamps_ns[rows],
            **{name: getattr(self, name)[rows] for name in _COLUMN_TYPES},
        )


_COLUMN_TYPES: dict[str, Any] = {
    "label_ids": object,
    "frame_index": np.int32,
    "box3d_rows": np.int32,
}
