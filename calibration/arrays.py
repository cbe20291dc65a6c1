"""Array types, and the checks every public function makes of what it is handed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.errors import ShapeError

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]
ByteImage = NDArray[np.uint8]


def as_rows(values: ArrayLike, width: int, name: str) -> FloatArray:
    """`values` as float64 (N, width).

    Raises:
        ShapeError: they have another shape.
    """
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ShapeError(f"{name} must be (N, {width}), got {rows.shape}")
    return rows


def as_column(values: ArrayLike, name: str, dtype: Any = np.float64, length: int | None = None) -> NDArray[Any]:
    """`values` as one column (N,) of `dtype`.

    Raises:
        ShapeError: they have another shape, or not `length` rows.
    """
    column = np.asarray(values, dtype=dtype)
    if column.ndim != 1:
        raise ShapeError(f"{name} must be (N,), got {column.shape}")
    if length is not None and len(column) != length:
        raise ShapeError(f"{name} must have {length} rows, got {len(column)}")
    return column


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same values, read-only; copied only where a writable array would otherwise be shared."""
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array
