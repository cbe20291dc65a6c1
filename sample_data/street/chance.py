"""Everything random or arbitrary in the street, each drawn by its purpose so that one never shifts another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion.planting.chance import generator_for, name_for

__all__ = ["cell_noise", "generator_for", "smooth_noise", "token_for"]

Values = NDArray[Any]
TILE = 512


def token_for(*purpose: object) -> str:
    """A nuScenes token, 32 hexadecimal digits, that depends on its purpose alone."""
    return name_for(*purpose)


_tile = generator_for("noise tile").random((TILE, TILE), dtype=np.float32)


def smooth_noise(x: Values, y: Values, cell_m: float) -> Values:
    """Random values in 0..1 that vary smoothly over `cell_m`, repeating every 512 cells; (N,) from (N,), (N,)."""
    columns = x / np.float32(cell_m)
    rows = y / np.float32(cell_m)
    left = np.floor(columns)
    lower = np.floor(rows)
    across = columns - left
    along = rows - lower
    across = across * across * (3 - 2 * across)
    along = along * along * (3 - 2 * along)
    column = left.astype(np.int32) & (TILE - 1)
    row = lower.astype(np.int32) & (TILE - 1)
    next_column = (column + 1) & (TILE - 1)
    next_row = (row + 1) & (TILE - 1)
    below = _tile[row, column] * (1 - across) + _tile[row, next_column] * across
    above = _tile[next_row, column] * (1 - across) + _tile[next_row, next_column] * across
    result: Values = (below * (1 - along) + above * along).astype(np.float32)
    return result


def cell_noise(column: NDArray[np.int64], row: NDArray[np.int64]) -> Values:
    """One random value in 0..1 per whole cell: the shade of a paving slab."""
    values: Values = _tile[row & (TILE - 1), column & (TILE - 1)]
    return values
