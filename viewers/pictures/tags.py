"""Name tags beside boxes, on a dark plate: pushed aside where they would cover each other, else left out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from calibration.arrays import ByteImage
from fusion.scene.coded import Coded
from viewers.pictures.drawing import draw_path, fill_box
from viewers.pictures.palette import SURFACE, TEXT, Colour, groups_in
from viewers.pictures.text import SMALL, Type, draw_text, text_size

PLATE_OPACITY = 0.78
PAD_PX = 5
TAB_PX = 4
GAP_PX = 6

# So many of the places tried are next to what is named; the others need a line.
NEAR_SPOTS = 4

Area = tuple[float, float, float, float]


@dataclass(frozen=True)
class Tag:
    """A name for something on a canvas: bounds (left, top, right, bottom) it belongs to."""

    text: str
    bounds: Area
    colour: Colour
    kind: Type = SMALL

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the plate."""
        width, height = text_size(self.text, self.kind)
        return width + 2 * PAD_PX + TAB_PX, height + 2 * PAD_PX


@dataclass
class TagLayout:
    """Places tags one after the other; the first ones get the best places."""

    width: int
    height: int
    taken: list[Area] = field(default_factory=list)

    def place(self, tag: Tag, insist: bool = False) -> Area | None:
        """A free place for a tag, None where there is none; `insist` looks further away and takes the best one then."""
        candidates = [self._kept_inside(spot) for spot in _spots(tag)[: None if insist else NEAR_SPOTS]]
        chosen = next((spot for spot in candidates if self._is_free(spot)), None)
        if chosen is None and insist:
            chosen = candidates[0]
        if chosen is not None:
            self.taken.append(chosen)
        return chosen

    def _kept_inside(self, spot: Area) -> Area:
        left, top, right, bottom = spot
        across = min(max(left, 2), max(self.width - 2 - (right - left), 2)) - left
        down = min(max(top, 2), max(self.height - 2 - (bottom - top), 2)) - top
        return left + across, top + down, right + across, bottom + down

    def _is_free(self, spot: Area) -> bool:
        left, top, right, bottom = spot
        return not any(left < r + 2 and right > x - 2 and top < b + 2 and bottom > y - 2 for x, y, r, b in self.taken)


def _spots(tag: Tag) -> list[Area]:
    """Above, below, then beside and further up; above all where it doesn't hide what it names."""
    left, top, right, bottom = tag.bounds
    width, height = tag.size
    corners = [
        (left, top - GAP_PX - height),
        (right - width, top - GAP_PX - height),
        (left, bottom + GAP_PX),
        (right - width, bottom + GAP_PX),
        (right + GAP_PX, top),
        (left - GAP_PX - width, top),
        (left, top - 2 * (GAP_PX + height)),
        (left, bottom + 2 * GAP_PX + height),
    ]
    return [(x, y, x + width, y + height) for x, y in corners]


def draw_tag(canvas: ByteImage, tag: Tag, spot: Area) -> None:
    """A tag at its place, with a line to what it names where it was pushed away."""
    left, top, right, bottom = spot
    _draw_leader(canvas, tag, spot)
    fill_box(canvas, left, top, right, bottom, SURFACE, PLATE_OPACITY)
    fill_box(canvas, left, top, left + TAB_PX, bottom, tag.colour)
    draw_text(canvas, tag.text, left + TAB_PX + PAD_PX, bottom - PAD_PX, tag.kind, TEXT)


def _draw_leader(canvas: ByteImage, tag: Tag, spot: Area) -> None:
    own = np.array([(spot[0] + spot[2]) / 2, (spot[1] + spot[3]) / 2])
    low, high = np.array(tag.bounds[:2]), np.array(tag.bounds[2:])
    nearest = np.clip(own, low, high)
    if np.abs(nearest - own).max() > tag.size[1] + 2 * GAP_PX:
        draw_path(canvas, np.stack([own, nearest]), tag.colour, 1, 0.7)


def draw_class_key(canvas: ByteImage, category: Coded) -> None:
    """Which colour stands for which classes, in the lower right corner; only those of the column."""
    groups = groups_in(category)
    if not groups:
        return
    height, width = canvas.shape[:2]
    line = SMALL.line_px + 2
    across = max(text_size(name, SMALL)[0] for name, _ in groups) + 34
    left, top = width - across - 8, height - 16 - len(groups) * line
    fill_box(canvas, left, top, width - 8, height - 8, SURFACE, PLATE_OPACITY)
    for place, (name, colour) in enumerate(groups):
        middle = top + 4 + (place + 0.5) * line
        fill_box(canvas, left + 8, middle - 5, left + 18, middle + 5, colour)
        draw_text(canvas, name, left + 26, middle + SMALL.ascent_px / 2, SMALL, TEXT)
