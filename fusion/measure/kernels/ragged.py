"""Rows of different lengths in flat arrays: row i has `counts[i]` entries, one row after the other."""

from __future__ import annotations

import numpy as np

from calibration.arrays import IntArray


def spread(counts: IntArray) -> tuple[IntArray, IntArray]:
    """For each entry its row, and its position within that row: `[2, 0, 3]` gives `[0 0 2 2 2]` and `[0 1 0 1 2]`."""
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(starts_of(counts), counts)


def starts_of(counts: IntArray) -> IntArray:
    """Where each row begins."""
    starts: IntArray = np.cumsum(counts) - counts
    return starts


def offsets_of(counts: IntArray) -> IntArray:
    """Where each row begins, and at last where the last one ends: one more than there are rows."""
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets
