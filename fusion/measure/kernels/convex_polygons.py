"""Many convex polygons at once: hulls, cuts along a line, areas and bounds, without a loop over polygons.

Vertices run counter-clockwise where y points up, so clockwise to the eye in an image.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.kernels.ragged import offsets_of

DISTANT_NEIGHBOURS = (8, 4, 2)


@dataclass(frozen=True, eq=False)
class ConvexPolygons:
    """P polygons; those of row i are `vertices[offsets[i]:offsets[i + 1]]`, none where it is empty.

    A polygon of one or two vertices is a point or a segment and has no area. vertices: (K, 2); offsets: (P + 1,).
    """

    vertices: FloatArray
    offsets: IntArray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def of_rectangles(cls, corners: FloatArray) -> ConvexPolygons:
        """(P, 4, 2) corners, counter-clockwise, as polygons."""
        return cls(corners.reshape(-1, 2), 4 * np.arange(len(corners) + 1))

    @property
    def counts(self) -> IntArray:
        """(P,) vertices of each."""
        return self.offsets[1:] - self.offsets[:-1]

    @property
    def rows(self) -> IntArray:
        """(K,) the polygon each vertex belongs to."""
        return np.repeat(np.arange(len(self)), self.counts)

    def areas(self) -> FloatArray:
        """(P,) by the shoelace formula, about each polygon's first vertex so that far-off polygons lose no digits."""
        x, y = (self.vertices - self.vertices[np.repeat(self.offsets[:-1], self.counts)]).T
        after = self._next_vertex()
        doubled = np.bincount(self.rows, weights=x * y[after] - x[after] * y, minlength=len(self))
        return np.maximum(doubled / 2, 0.0)

    def bounds(self) -> FloatArray:
        """(P, 4) smallest x and y, largest x and y; NaN for an empty polygon."""
        bounds = np.full((len(self), 4), np.nan)
        filled = np.flatnonzero(self.counts)
        if len(filled):
            bounds[filled, :2] = np.minimum.reduceat(self.vertices, self.offsets[filled])
            bounds[filled, 2:] = np.maximum.reduceat(self.vertices, self.offsets[filled])
        return bounds

    def cut(self, normals: FloatArray, limits: FloatArray | float) -> ConvexPolygons:
        """What of each polygon lies on `normal . p <= limit`.

        Args:
            normals: (2,) for all or (P, 2), a line of its own for each; any length.
            limits: one for all or (P,).

        Source: Sutherland and Hodgman 1974, "Reentrant Polygon Clipping", one line of it.
        """
        rows = self.rows
        own_normals = np.broadcast_to(normals, (len(self), 2))[rows]
        own_limits = np.broadcast_to(limits, len(self))[rows]
        room = own_limits - own_normals[:, 0] * self.vertices[:, 0] - own_normals[:, 1] * self.vertices[:, 1]
        inside = room >= 0
        if inside.all():
            return self
        after = self._next_vertex()
        crossed = inside != inside[after]
        leaving = np.flatnonzero(crossed)
        arriving = after[leaving]
        share = room[leaving] / (room[leaving] - room[arriving])
        here, there = self.vertices[leaving], self.vertices[arriving]
        crossings = here + share[:, None] * (there - here)
        normal = own_normals[leaving]
        short_by = own_limits[leaving] - (normal * crossings).sum(axis=1)  # by rounding, when an end is far away
        crossings += normal * (short_by / (normal * normal).sum(axis=1))[:, None]

        slots = np.empty((len(rows), 2, 2))  # each vertex, and where the edge after it crosses the line
        slots[:, 0] = self.vertices
        slots[leaving, 1] = crossings
        taken = np.stack([inside, crossed], axis=1)
        counts = np.bincount(rows, weights=taken.sum(axis=1), minlength=len(self)).astype(np.int64)
        return ConvexPolygons(slots[taken], offsets_of(counts))

    def cut_by_box(self, low: FloatArray, high: FloatArray) -> ConvexPolygons:
        """What of each polygon lies in an upright box: `low` and `high` (2,) for all or (P, 2)."""
        cut = self
        for axis, normal in enumerate(np.eye(2)):
            cut = cut.cut(normal, high[..., axis]).cut(-normal, -low[..., axis])
        rows = cut.rows
        lows, highs = (np.broadcast_to(limit, (len(self), 2))[rows] for limit in (low, high))
        return ConvexPolygons(np.clip(cut.vertices, lows, highs), cut.offsets)  # corners on it, not a rounding beside

    def _next_vertex(self) -> IntArray:
        """(K,) the vertex after each, round its own polygon."""
        after = np.arange(1, len(self.vertices) + 1)
        filled = self.counts > 0
        after[self.offsets[1:][filled] - 1] = self.offsets[:-1][filled]
        return after


def convex_hulls(points: FloatArray, rows: IntArray, row_count: int) -> ConvexPolygons:
    """The convex hull of the points of each row, without the points along its sides.

    Andrew's two chains, all rows together: every point that does not turn left between two others of its chain goes,
    all such points of a round at once, until none is left. A corner of the hull turns left between any two points, so
    no order of dropping loses one. Looking at distant neighbours first drops most of the rest in a few rounds.

    Args:
        points: (K, 2), finite, in any order.
        rows: (K,) the polygon each point belongs to, below `row_count`.

    Source: Andrew 1979, "Another efficient algorithm for convex hulls in two dimensions".
    """
    order = np.lexsort((points[:, 1], points[:, 0], rows))
    points, rows = points[order], rows[order]
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (rows[1:] != rows[:-1]) | (points[1:] != points[:-1]).any(axis=1)
    points, rows = points[new], rows[new]

    # Along the bottom from left to right, and back along the top: the same points in the other order.
    there_and_back = np.concatenate([points, points[::-1]])
    chain = np.concatenate([rows, 2 * row_count - 1 - rows[::-1]])
    kept = _corners_of_chains(there_and_back, chain)
    corners, chain = there_and_back[kept], chain[kept]

    # Each chain ends where the other one of its row begins; a row of one point keeps it once.
    last_of_chain = np.ones(len(chain), dtype=np.bool_)
    last_of_chain[:-1] = chain[1:] != chain[:-1]
    alone = np.bincount(rows, minlength=row_count) == 1
    row = np.where(chain < row_count, chain, 2 * row_count - 1 - chain)
    wanted = ~last_of_chain | (alone[row] & (chain < row_count))
    corners, row = corners[wanted], row[wanted]
    by_row = np.argsort(row, kind="stable")
    return ConvexPolygons(corners[by_row], offsets_of(np.bincount(row, minlength=row_count)))


def _corners_of_chains(points: FloatArray, chain: IntArray) -> IntArray:
    """Rows of `points` where their chain turns left, and both ends of each chain."""
    kept = np.arange(len(chain))
    x, y = points.T.copy()
    ends = np.ones(len(chain), dtype=np.bool_)
    ends[1:-1] = (chain[1:-1] != chain[:-2]) | (chain[1:-1] != chain[2:])
    for apart in (*DISTANT_NEIGHBOURS, *itertools.repeat(1, len(chain))):
        corner = _turns_left(x, y, chain, apart) | ends
        if corner.all():
            if apart == 1:
                break
            continue
        kept, x, y, ends, chain = kept[corner], x[corner], y[corner], ends[corner], chain[corner]
    return kept


def _turns_left(x: FloatArray, y: FloatArray, chain: IntArray, apart: int) -> BoolArray:
    """Whether the path turns left at each point, between those `apart` places before and after it in its chain.

    True where there are none; for `apart` 1 the ends of chains say nothing.
    """
    left = np.ones(len(x), dtype=np.bool_)
    if len(x) <= 2 * apart:
        return left
    step_x, step_y = x[apart:] - x[:-apart], y[apart:] - y[:-apart]
    turns = step_x[:-apart] * step_y[apart:] - step_y[:-apart] * step_x[apart:] > 0
    left[apart:-apart] = turns if apart == 1 else turns | (chain[2 * apart :] != chain[: -2 * apart])
    return left
