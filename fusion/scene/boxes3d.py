"""3D boxes as frozen columns, from reader to check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.arrays import FloatArray, Int32Array, IntArray, as_column, as_rows, frozen
from calibration.clock import as_timestamps_ns
from calibration.errors import ShapeError
from calibration.transform import (
    RigidTransform,
    multiply_quaternions,
    quaternions_from_yaws,
    yaws_from_quaternions,
)
from fusion.scene.attributes import Attributes
from fusion.scene.box_geometry import corners_of_boxes
from fusion.scene.coded import Coded


@dataclass(frozen=True, eq=False)
class Provenance:
    """Where each row came from: file and line, who drew it, and whether a person or an interpolator did.

    source: file relative to the data set's root; line: (M,) 1-based, 0 where a file has none;
    interpolated: (M,) 1 yes, 0 a keyframe, -1 unknown.
    """

    source: Coded
    line: Int32Array
    annotator: Coded | None = None
    vendor: Coded | None = None
    interpolated: NDArray[np.int8] | None = None

    def take(self, rows: Any) -> Provenance:
        """The rows of an index or mask."""
        return Provenance(
            source=self.source.take(rows),
            line=self.line[rows],
            annotator=None if self.annotator is None else self.annotator.take(rows),
            vendor=None if self.vendor is None else self.vendor.take(rows),
            interpolated=None if self.interpolated is None else self.interpolated[rows],
        )

    def place(self, row: int) -> str | None:
        """`file:line` of one row, for a person."""
        name = self.source[row]
        if not name:
            return None
        return f"{name}:{self.line[row]}" if self.line[row] else name


@dataclass(frozen=True)
class Box3D:
    """One row as an object, for people and tests; code works on columns."""

    centre_m: tuple[float, float, float]
    size_m: tuple[float, float, float]
    yaw_rad: float
    category: str
    track: str
    label_id: str
    timestamp_ns: int


@dataclass(frozen=True, eq=False)
class Boxes3D:
    """M boxes, all in one frame that their owner names.

    centres_m: (M, 3) geometric centre; sizes_m: (M, 3) length, width, height;
    rotations: (M, 4) unit quaternions w x y z, frame_from_box; category, track: names by row;
    label_ids: (M,) str, the data set's own ids; timestamps_ns: (M,) the instant a box describes;
    velocities_mps: (M, 3) in the same frame, NaN where unknown; confidences: (M,) 0..1, NaN where unknown;
    recorded_point_counts: (M,) lidar points as the data set counts them, -1 unknown; recorded_radar_counts likewise.
    """

    centres_m: FloatArray
    sizes_m: FloatArray
    rotations: FloatArray
    category: Coded
    track: Coded
    label_ids: NDArray[Any]
    timestamps_ns: IntArray
    velocities_mps: FloatArray | None = None
    confidences: FloatArray | None = None
    recorded_point_counts: IntArray | None = None
    recorded_radar_counts: IntArray | None = None
    attributes: Attributes = field(default_factory=Attributes)
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        rows = len(self.centres_m)
        for name, width in (("centres_m", 3), ("sizes_m", 3), ("rotations", 4), ("velocities_mps", 3)):
            values = getattr(self, name)
            if values is not None:
                self._store(name, as_rows(values, width, name))
        for name, dtype in _COLUMN_TYPES.items():
            values = getattr(self, name)
            if values is not None:
                self._store(name, as_column(values, name, dtype))
        self._store("timestamps_ns", as_timestamps_ns(self.timestamps_ns))
        lengths = {name: len(column) for name, column in self._columns()}
        if set(lengths.values()) - {rows}:
            raise ShapeError(f"all columns of Boxes3D must have {rows} rows, got {lengths}")

    def _store(self, name: str, values: NDArray[Any]) -> None:
        object.__setattr__(self, name, frozen(values))

    def _columns(self) -> list[tuple[str, Any]]:
        named = [(name, getattr(self, name)) for name in (*_ROW_COLUMNS, *_CODED_COLUMNS)]
        named += [(f"attribute {name!r}", column) for name, column in self.attributes.items()]
        named += [] if self.provenance is None else [("provenance", self.provenance.source)]
        return [(name, column) for name, column in named if column is not None]

    @classmethod
    def upright(
        cls,
        centres_m: ArrayLike,
        sizes_m: ArrayLike,
        yaws_rad: ArrayLike | None = None,
        headings: ArrayLike | None = None,
        **columns: Any,
    ) -> Boxes3D:
        """Boxes that stand upright: yaw counter-clockwise about z, or a heading vector (M, 3) whose xy gives it.

        Category, track, ids and times may be left out (tests, arrays from a pipeline).
        """
        if yaws_rad is None:
            if headings is None:
                raise ShapeError("upright boxes need yaws_rad or headings, got neither")
            directions = np.asarray(headings, dtype=np.float64)
            yaws_rad = np.arctan2(directions[:, 1], directions[:, 0])
        rotations = quaternions_from_yaws(np.asarray(yaws_rad, dtype=np.float64))
        return cls.from_columns(centres_m, sizes_m, rotations, **columns)

    @classmethod
    def from_columns(cls, centres_m: ArrayLike, sizes_m: ArrayLike, rotations: ArrayLike, **columns: Any) -> Boxes3D:
        """Boxes from plain arrays; lists of names become `Coded`, absent columns get their empty value."""
        centres = as_rows(centres_m, 3, "centres_m")
        rows = len(centres)
        for name in ("category", "track"):
            values = columns.get(name)
            if values is None:
                columns[name] = Coded.absent(rows)
            elif not isinstance(values, Coded):
                columns[name] = Coded.from_values(values)
        if columns.get("label_ids") is None:
            columns["label_ids"] = np.asarray([str(row) for row in range(rows)], dtype=object)
        if columns.get("timestamps_ns") is None:
            columns["timestamps_ns"] = np.zeros(rows, dtype=np.int64)
        return cls(centres, as_rows(sizes_m, 3, "sizes_m"), as_rows(rotations, 4, "rotations"), **columns)

    @classmethod
    def empty(cls) -> Boxes3D:
        """No boxes."""
        return cls.from_columns(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 4)))

    @classmethod
    def concatenate(cls, parts: Sequence[Boxes3D]) -> Boxes3D:
        """The boxes below each other; columns only some parts have become unknown in the others."""
        if not parts:
            return cls.empty()
        joined: dict[str, Any] = {name: _joined(name, parts) for name in _ROW_COLUMNS}
        for name in _CODED_COLUMNS:
            joined[name] = Coded.concatenate([getattr(part, name) for part in parts])
        joined["attributes"] = Attributes.concatenate([(part.attributes, len(part)) for part in parts])
        joined["provenance"] = _joined_provenance(parts)
        return cls(**joined)

    def __len__(self) -> int:
        return len(self.centres_m)

    @cached_property
    def yaws_rad(self) -> FloatArray:
        """(M,) heading, counter-clockwise about the frame's z."""
        return yaws_from_quaternions(self.rotations)

    @cached_property
    def corners_m(self) -> FloatArray:
        """(M, 8, 3) corners in the order of `box_geometry`."""
        return corners_of_boxes(self.centres_m, self.sizes_m, self.rotations)

    @property
    def bottoms_m(self) -> FloatArray:
        """(M,) height of the bottom face under the centre."""
        return self.centres_m[:, 2] - self.sizes_m[:, 2] / 2

    @property
    def ranges_m(self) -> FloatArray:
        """(M,) horizontal distance of the centre from the frame's origin."""
        return np.hypot(self.centres_m[:, 0], self.centres_m[:, 1])

    def take(self, rows: Any) -> Boxes3D:
        """The boxes of an index or mask, in its order."""
        taken: dict[str, Any] = {
            name: (None if (c := getattr(self, name)) is None else c[rows]) for name in _ROW_COLUMNS
        }
        return Boxes3D(
            **taken,
            **{name: getattr(self, name).take(rows) for name in _CODED_COLUMNS},
            attributes=self.attributes.take(rows),
            provenance=None if self.provenance is None else self.provenance.take(rows),
        )

    def moved(self, target_from_here: RigidTransform) -> Boxes3D:
        """The same boxes seen from another frame at the same instant; velocities are turned, not re-based."""
        turn = target_from_here.quaternion_wxyz
        return replace(
            self,
            centres_m=target_from_here.apply(self.centres_m),
            rotations=multiply_quaternions(turn, self.rotations),
            velocities_mps=None if self.velocities_mps is None else target_from_here.rotate(self.velocities_mps),
        )

    def row(self, row: int) -> Box3D:
        """One box as an object, for people and tests."""
        x, y, z = (float(value) for value in self.centres_m[row])
        length, width, height = (float(value) for value in self.sizes_m[row])
        return Box3D(
            centre_m=(x, y, z),
            size_m=(length, width, height),
            yaw_rad=float(self.yaws_rad[row]),
            category=self.category[row],
            track=self.track[row],
            label_id=str(self.label_ids[row]),
            timestamp_ns=int(self.timestamps_ns[row]),
        )


_COLUMN_TYPES: dict[str, Any] = {
    "label_ids": object,
    "confidences": np.float64,
    "recorded_point_counts": np.int64,
    "recorded_radar_counts": np.int64,
}
_ROW_COLUMNS = ("centres_m", "sizes_m", "rotations", "velocities_mps", "timestamps_ns", *_COLUMN_TYPES)
_CODED_COLUMNS = ("category", "track")
_UNKNOWN: dict[str, Any] = {
    "velocities_mps": np.nan,
    "confidences": np.nan,
    "recorded_point_counts": -1,
    "recorded_radar_counts": -1,
}


def _joined(name: str, parts: Sequence[Boxes3D]) -> NDArray[Any] | None:
    columns = [getattr(part, name) for part in parts]
    if all(column is None for column in columns):
        return None
    shape = next(column.shape[1:] for column in columns if column is not None)
    filled = [
        np.full((len(part), *shape), _UNKNOWN[name]) if column is None else column
        for part, column in zip(parts, columns, strict=True)
    ]
    return np.concatenate(filled)


def _joined_provenance(parts: Sequence[Boxes3D]) -> Provenance | None:
    known = [part.provenance or _unknown_provenance(len(part)) for part in parts]
    if all(part.provenance is None for part in parts):
        return None
    return Provenance(
        source=Coded.concatenate([part.source for part in known]),
        line=np.concatenate([part.line for part in known]),
        annotator=_joined_names([part.annotator for part in known], known),
        vendor=_joined_names([part.vendor for part in known], known),
        interpolated=_joined_flags(known),
    )


def _unknown_provenance(rows: int) -> Provenance:
    return Provenance(source=Coded.absent(rows), line=np.zeros(rows, dtype=np.int32))


def _joined_names(columns: list[Coded | None], parts: list[Provenance]) -> Coded | None:
    if all(column is None for column in columns):
        return None
    return Coded.concatenate([c or Coded.absent(len(part.line)) for c, part in zip(columns, parts, strict=True)])


def _joined_flags(parts: list[Provenance]) -> NDArray[np.int8] | None:
    if all(part.interpolated is None for part in parts):
        return None
    flags = [np.full(len(p.line), -1, np.int8) if p.interpolated is None else p.interpolated for p in parts]
    return np.concatenate(flags)
