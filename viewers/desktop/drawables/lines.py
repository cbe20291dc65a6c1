"""Straight lines with a colour each: boxes, arrows, trails, rings. Many of them are one thing to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, Int32Array, IntArray
from fusion.scene.box_geometry import BOX_EDGES, headings_of_boxes
from fusion.scene.boxes3d import Boxes3D
from viewers.pictures.palette import Colour

# Beyond this a proposal's outline would be too coarse to be told from a drawn one.
DASH_M = 0.25
ARROW_SHARE = 0.3
RING_CORNERS = 96


@dataclass(frozen=True, eq=False)
class Lines:
    """points: (K, 3) metres; segments: (S, 2) rows of `points`; colours: (S, 3) red, green, blue 0..1."""

    points: FloatArray
    segments: Int32Array
    colours: FloatArray

    @classmethod
    def empty(cls) -> Lines:
        """No lines."""
        return cls(np.empty((0, 3)), np.empty((0, 2), dtype=np.int32), np.empty((0, 3)))

    @classmethod
    def together(cls, parts: Sequence[Lines]) -> Lines:
        """All lines of several."""
        if not parts:
            return cls.empty()
        starts = np.concatenate([[0], np.cumsum([len(part.points) for part in parts])[:-1]]).astype(np.int32)
        return cls(
            np.concatenate([part.points for part in parts]),
            np.concatenate([part.segments + start for part, start in zip(parts, starts, strict=True)]),
            np.concatenate([part.colours for part in parts]),
        )

    @classmethod
    def path(cls, points: FloatArray, colour: Colour) -> Lines:
        """One line through (K, 3) points; it breaks at those without a place."""
        joined: BoolArray = np.asarray(np.isfinite(points).all(axis=1))
        steps = np.flatnonzero(joined[:-1] & joined[1:])
        segments = np.stack([steps, steps + 1], axis=1).astype(np.int32)
        return cls(np.nan_to_num(points), segments, np.tile(colour.unit, (len(segments), 1)))

    def __len__(self) -> int:
        return len(self.segments)


def box_lines(boxes: Boxes3D, colours: Sequence[Colour], dashed: bool = False) -> Lines:
    """Edges of boxes and an arrow on the bottom of each, out through its front; boxes without a place are left out."""
    placed = np.flatnonzero(np.isfinite(boxes.corners_m).all(axis=(1, 2)))
    if not len(placed):
        return Lines.empty()
    own = boxes.take(placed)
    corners = own.corners_m
    edges = np.asarray(BOX_EDGES)
    starts, ends = corners[:, edges[:, 0]].reshape(-1, 3), corners[:, edges[:, 1]].reshape(-1, 3)
    owner: IntArray = np.repeat(np.arange(len(own), dtype=np.int64), len(edges))
    tails, tips = _arrows(own)
    starts, ends = np.concatenate([starts, tails]), np.concatenate([ends, tips])
    owner = np.concatenate([owner, np.repeat(np.arange(len(own), dtype=np.int64), 3)])
    if dashed:
        starts, ends, owner = _dashes(starts, ends, owner)
    segments = np.arange(2 * len(starts), dtype=np.int32).reshape(-1, 2)
    points = np.stack([starts, ends], axis=1).reshape(-1, 3)
    table = np.array([colours[int(row)].unit for row in placed])
    return Lines(points, segments, table[owner])


def _arrows(boxes: Boxes3D) -> tuple[FloatArray, FloatArray]:
    """(3 M, 3) shaft and two barbs of each box: tails and tips."""
    headings = headings_of_boxes(boxes.rotations)
    ahead = np.concatenate([headings[:, :2], np.zeros((len(boxes), 1))], axis=1)
    aside = np.stack([-ahead[:, 1], ahead[:, 0], ahead[:, 2]], axis=1)
    bottom = boxes.centres_m - np.outer(boxes.sizes_m[:, 2] / 2, [0, 0, 1])
    reach = boxes.sizes_m[:, :1] * (0.5 + ARROW_SHARE)
    tip = bottom + ahead * reach
    barb = np.minimum(boxes.sizes_m[:, 1:2] / 4, 0.5)
    tails = np.stack([bottom, tip, tip], axis=1)
    tips = np.stack([tip, tip + (aside - ahead) * barb, tip + (-aside - ahead) * barb], axis=1)
    return tails.reshape(-1, 3), tips.reshape(-1, 3)


def _dashes(starts: FloatArray, ends: FloatArray, owner: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Every other piece of each line."""
    lengths = np.linalg.norm(ends - starts, axis=1)
    pieces = np.clip(np.ceil(lengths / DASH_M), 1, 60).astype(np.int64) | 1
    line = np.repeat(np.arange(len(starts)), pieces)
    place = np.arange(len(line)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    drawn = place % 2 == 0
    line, place = line[drawn], place[drawn]
    along = (ends - starts)[line] / pieces[line, None]
    begin = starts[line] + along * place[:, None]
    return begin, begin + along, owner[line]


def ground_grid(height_m: float, reach_m: float, step_m: float, colour: Colour) -> Lines:
    """A square grid on the ground around ego."""
    ticks = np.arange(-reach_m, reach_m + step_m / 2, step_m)
    ends = np.array([-reach_m, reach_m])
    along = np.stack(np.broadcast_arrays(ends[None, :], ticks[:, None], height_m), axis=-1)
    across = along[..., [1, 0, 2]]
    points = np.concatenate([along, across]).reshape(-1, 3)
    segments = np.arange(len(points), dtype=np.int32).reshape(-1, 2)
    return Lines(points, segments, np.tile(colour.unit, (len(segments), 1)))


def range_rings(height_m: float, radii_m: Sequence[float], colour: Colour) -> Lines:
    """Circles around ego."""
    turn = np.linspace(0, 2 * np.pi, RING_CORNERS + 1)
    circle = np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], axis=1)
    return Lines.together([Lines.path(circle * radius + [0, 0, height_m], colour) for radius in radii_m])
