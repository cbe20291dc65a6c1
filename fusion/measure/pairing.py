"""Pairs between two sets of rows: all of the same group, and the best one-to-one choice among weighted ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from calibration.arrays import FloatArray, IntArray, as_column
from calibration.errors import ShapeError
from fusion.measure.kernels.ragged import spread, starts_of

PAIRS_AT_A_TIME = 2**20
# Lifts a pair of weight 0 above no pair at all, and is far below what any measurement resolves.
PAIRED_AT_ALL = 1e-9


def pairs_within_groups(first_group: ArrayLike, second_group: ArrayLike) -> Iterator[tuple[IntArray, IntArray]]:
    """Rows of two sets that share a group (a frame, a scene), in blocks of about a million pairs.

    Args:
        first_group: (M,) integers; second_group: (N,).

    Yields:
        (P,) rows of the first and (P,) of the second; over all blocks every pair comes once.
    """
    first, second = as_column(first_group, "first_group", np.int64), as_column(second_group, "second_group", np.int64)
    rows, their_rows = np.argsort(first, kind="stable"), np.argsort(second, kind="stable")
    begin = np.searchsorted(second[their_rows], first[rows], side="left")
    counts = np.searchsorted(second[their_rows], first[rows], side="right") - begin
    before = starts_of(counts)
    start = 0
    while start < len(rows):
        stop = max(int(np.searchsorted(before, before[start] + PAIRS_AT_A_TIME, side="left")), start + 1)
        row, position = spread(counts[start:stop])
        yield rows[start + row], their_rows[begin[start + row] + position]
        start = stop


def best_assignment(first: IntArray, second: IntArray, weights: FloatArray) -> IntArray:
    """Which of the pairs to keep, so that no row is used twice and their weights add up to the most.

    Two poor pairs never beat a good one merely by being two. Pairs of rows that compete for each other are solved
    together (Hungarian method), the others stand for themselves.

    Args:
        first: (P,) rows of one set; second: (P,) of the other, no pair twice; weights: (P,) not negative.

    Returns:
        (K,) positions among the pairs, ascending.

    Raises:
        ShapeError: a weight is negative or not finite.
    """
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ShapeError("weights of pairs must be finite and not negative")
    if not len(first):
        return np.zeros(0, dtype=np.int64)
    first_names, a = np.unique(first, return_inverse=True)
    second_names, b = np.unique(second, return_inverse=True)
    nodes = len(first_names) + len(second_names)
    links = coo_array((np.ones(len(a), dtype=np.int8), (a, b + len(first_names))), shape=(nodes, nodes))
    group = connected_components(links, directed=False)[1][a]
    order = np.argsort(group, kind="stable")
    edges = np.flatnonzero(np.diff(group[order], prepend=-1))
    chosen = [order[edges[np.diff(edges, append=len(order)) == 1]]]
    chosen += [_solved(pairs, a, b, weights) for pairs in np.split(order, edges[1:]) if len(pairs) > 1]
    return np.sort(np.concatenate(chosen))


def _solved(pairs: IntArray, a: IntArray, b: IntArray, weights: FloatArray) -> IntArray:
    """The best of the pairs of one component."""
    rows, row = np.unique(a[pairs], return_inverse=True)
    columns, column = np.unique(b[pairs], return_inverse=True)
    worth = np.zeros((len(rows), len(columns)))
    worth[row, column] = weights[pairs] + PAIRED_AT_ALL
    position = np.full(worth.shape, -1, dtype=np.int64)
    position[row, column] = pairs
    kept: IntArray = position[linear_sum_assignment(worth, maximize=True)]
    return kept[kept >= 0]
