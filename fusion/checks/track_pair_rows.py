"""A subject of its own: two tracks at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from calibration.arrays import IntArray
from fusion.checks.subject import Described, Subject, describe_label
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class TrackPairRows(Subject):
    """Pairs of tracks; `moments` are the rows of the labels where each pair shows its defect, `others` those beside it.

    A row that turned out to have no partner has any row there.
    """

    scene: Scene
    moments: IntArray
    others: IntArray

    def __len__(self) -> int:
        return len(self.moments)

    def label_rows(self) -> IntArray:
        return self.moments

    def describe(self, row: int) -> Described:
        one, other = (describe_label(self.scene, int(rows[row]), "track") for rows in (self.moments, self.others))
        # The pair is the same whichever track comes first in the file.
        return replace(one, key=tuple(sorted((str(one.track), str(other.track)))), labels=(*one.labels, *other.labels))
