"""Which rows belong to the same object, in time order: an index over boxes, built once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from calibration.arrays import Int32Array, IntArray
from fusion.scene.coded import ABSENT, Coded


@dataclass(frozen=True, eq=False)
class Tracks:
    """T tracks over the rows of a `Boxes3D`.

    order: (K,) rows that belong to a track, by track and then time;
    offsets: (T + 1,) track t owns order[offsets[t]:offsets[t + 1]]; names: (T,) the data set's ids.
    """

    order: IntArray
    offsets: IntArray
    names: tuple[str, ...]

    @classmethod
    def build(cls, track: Coded, timestamps_ns: IntArray) -> Tracks:
        """Index of the rows that have a track id."""
        rows = np.flatnonzero(track.codes != ABSENT)
        order = rows[np.lexsort((timestamps_ns[rows], track.codes[rows]))]
        codes, starts = np.unique(track.codes[order], return_index=True)
        return cls(order, np.append(starts, len(order)).astype(np.int64), tuple(track.names[code] for code in codes))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def lengths(self) -> IntArray:
        """(T,) boxes by track."""
        return np.diff(self.offsets)

    def rows(self, track: int) -> IntArray:
        """Rows of one track in time order."""
        return self.order[self.offsets[track] : self.offsets[track + 1]]

    @cached_property
    def track_of_position(self) -> IntArray:
        """(K,) the track each entry of `order` belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def steps(self) -> tuple[IntArray, IntArray]:
        """(S,), (S,) positions in `order` of consecutive boxes of the same track."""
        first = np.flatnonzero(self.track_of_position[1:] == self.track_of_position[:-1])
        return first, first + 1

    def of_rows(self, row_count: int) -> Int32Array:
        """(row_count,) track by row of the boxes, -1 where a row has none."""
        track = np.full(row_count, ABSENT, dtype=np.int32)
        track[self.order] = self.track_of_position
        return track
