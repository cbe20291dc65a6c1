"""Two label sets in one frame: which of their boxes are the same object, and which are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import IntArray
from fusion.measure.matching import match_boxes
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.state.frame_content import FrameContent

# Annotators who look at the same points differ by less; more is worth a look.
MOVED_M = 0.30
TURNED_RAD = float(np.radians(10.0))


@dataclass(frozen=True, eq=False)
class Comparison:
    """A frame's M boxes and the N of another set.

    others: N boxes in ego; partner: (N,) row of the frame's box that is the same object, -1 for none; missed: rows of
    the frame's boxes that the other set has not; apart: rows that it has elsewhere, turned, or as another class.
    """

    name: str
    others: Boxes3D
    partner: IntArray
    missed: IntArray
    apart: IntArray

    @property
    def only_there(self) -> IntArray:
        """Rows of `others` that the frame's own labels have not."""
        return np.flatnonzero(self.partner < 0)

    @property
    def differing(self) -> tuple[int, ...]:
        """Rows of the frame's boxes that the other set has not, or not so."""
        return tuple(int(row) for row in np.union1d(self.missed, self.apart))

    def in_words(self) -> str:
        """For the status line."""
        counts = (
            (len(self.missed), "only here"),
            (len(self.only_there), "only there"),
            (len(self.apart), f"apart by over {MOVED_M:.1f} m or 10 deg, or of another class"),
        )
        told = ", ".join(f"{count} {words}" for count, words in counts if count) or "no difference"
        return f"beside {self.name}: {told}"

    def beside(self, row: int) -> Boxes3D:
        """How the other set has one of the frame's boxes; none if it has not."""
        return self.others.take(np.flatnonzero(self.partner == row))


def compared_with(content: FrameContent, name: str | None) -> Comparison | None:
    """The frame's labels beside another set; None where there is none of that name. Measured once and kept."""
    scene = content.frame.scene
    if name is None or name not in scene.label_sets:
        return None
    kept: dict[str, Comparison] = content.comparisons
    if name not in kept:
        kept[name] = _compared(content, name, _boxes_of(content, name))
    return kept[name]


def _compared(content: FrameContent, name: str, others: Boxes3D) -> Comparison:
    own = content.boxes
    found = match_boxes(own, others, np.zeros(len(own), np.int64), np.zeros(len(others), np.int64))
    pairs = found.pairs
    partner = np.full(len(others), -1, dtype=np.int64)
    partner[pairs.second] = pairs.first
    turned = np.abs(np.angle(np.exp(1j * (own.yaws_rad[pairs.first] - others.yaws_rad[pairs.second]))))
    apart = (pairs.centre_gap_m > MOVED_M) | (turned > TURNED_RAD) | ~pairs.same_class
    return Comparison(name, others, partner, found.only_first, pairs.first[apart])


def _boxes_of(content: FrameContent, name: str) -> Boxes3D:
    """The other set's boxes of the frame, in ego; none where its frame of reference can't be reached."""
    scene = content.frame.scene
    other = scene.label_sets[name]
    boxes = other.boxes.take(other.rows_of_frame(content.place.frame))
    if other.reference == "world":
        pose = content.frame.world_from_ego
        return Boxes3D.empty() if pose is None else boxes.moved(pose.inverse())
    if other.reference == "ego":
        return boxes
    return boxes.moved(scene.rig_at(content.timestamp_ns).transform("ego", other.reference))
