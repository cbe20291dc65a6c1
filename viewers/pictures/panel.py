"""Pictures put together: panels with a title on one sheet, rows of equal width, the same margins everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import ByteImage
from viewers.pictures.drawing import draw_box_outline, new_canvas
from viewers.pictures.palette import BACKGROUND, BORDER, MUTED, PANEL, SURFACE, TEXT
from viewers.pictures.text import BODY, SMALL, draw_lines, draw_text, elided, text_size, wrapped

MARGIN_PX = 16
GAP_PX = 12
TITLE_PX = 28
PAD_PX = 12


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture with what it shows: its title, and a note on how it was taken."""

    image: ByteImage
    title: str
    note: str = ""

    @property
    def framed(self) -> ByteImage:
        """With title and note drawn above it, for a sheet."""
        return titled(self.image, self.title, self.note)


def titled(image: ByteImage, title: str, note: str = "") -> ByteImage:
    """A picture under a strip with its title on the left and a note on the right."""
    height, width = image.shape[:2]
    panel = new_canvas(width, height + TITLE_PX, PANEL)
    panel[TITLE_PX:] = image
    room = width - 2 * PAD_PX
    right = draw_text(panel, elided(note, room * 0.7, SMALL), width - PAD_PX, 19, SMALL, MUTED, align=1.0)
    draw_text(panel, elided(title, room - right - GAP_PX, SMALL), PAD_PX, 19, SMALL, TEXT)
    draw_box_outline(panel, 0, 0, width - 1, height + TITLE_PX - 1, BORDER)
    return panel


def fitted(image: ByteImage, width: int, height: int) -> ByteImage:
    """A picture in the middle of a dark area of that size; what is larger is cut off."""
    canvas = new_canvas(width, height, SURFACE)
    shown = image[:height, :width]
    top, left = (height - shown.shape[0]) // 2, (width - shown.shape[1]) // 2
    canvas[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
    return canvas


def message_card(width: int, height: int, text: str) -> ByteImage:
    """A dark area that says, in its middle, why there is no picture."""
    canvas = new_canvas(width, height, SURFACE)
    lines = wrapped(text, width - 4 * PAD_PX, BODY, max_lines=max(height // BODY.line_px - 1, 1))
    top = (height - len(lines) * BODY.line_px) / 2
    for place, line in enumerate(lines):
        left = (width - text_size(line, BODY)[0]) / 2
        draw_lines(canvas, [line], left, top + place * BODY.line_px, BODY, MUTED)
    return canvas


def fact_sheet(width: int, height: int, facts: Sequence[tuple[str, str]]) -> ByteImage:
    """Names and values below each other; as many as there is room for."""
    canvas = new_canvas(width, height, SURFACE)
    top = float(PAD_PX)
    room = width - 2 * PAD_PX
    for name, value in facts:
        name_width = text_size(name, SMALL)[0]
        beside = room - name_width - GAP_PX
        on_one_line = text_size(value, SMALL)[0] <= beside
        lines = [value] if on_one_line else wrapped(value, room - PAD_PX, SMALL, max_lines=3)
        needed = SMALL.line_px * (1 if on_one_line else 1 + len(lines))
        if top + needed > height - PAD_PX / 2:
            draw_text(canvas, "...", PAD_PX, min(top + SMALL.ascent_px, height - 4), SMALL, MUTED)
            break
        draw_text(canvas, name, PAD_PX, top + SMALL.ascent_px, SMALL, MUTED)
        if on_one_line:
            draw_text(canvas, value, width - PAD_PX, top + SMALL.ascent_px, SMALL, TEXT, align=1.0)
        else:
            draw_lines(canvas, lines, 2 * PAD_PX, top + SMALL.line_px, SMALL, TEXT)
        top += needed + 3
    return canvas


def sheet(rows: Sequence[Sequence[ByteImage]]) -> ByteImage:
    """Rows of panels below each other on one background; the panels of a row share their height."""
    widths = [sum(panel.shape[1] for panel in row) + GAP_PX * (len(row) - 1) for row in rows if row]
    heights = [max(panel.shape[0] for panel in row) for row in rows if row]
    width = max(widths, default=1) + 2 * MARGIN_PX
    height = sum(heights) + GAP_PX * max(len(heights) - 1, 0) + 2 * MARGIN_PX
    canvas = new_canvas(width, height, BACKGROUND)
    top = MARGIN_PX
    for row, row_height in zip((row for row in rows if row), heights, strict=True):
        left = MARGIN_PX
        for panel in row:
            canvas[top : top + panel.shape[0], left : left + panel.shape[1]] = panel
            left += panel.shape[1] + GAP_PX
        top += row_height + GAP_PX
    return canvas


def columns(width: int, count: int) -> list[int]:
    """Widths of `count` panels that fill a row of that width."""
    free = width - GAP_PX * (count - 1)
    edges = np.rint(np.linspace(0, free, count + 1)).astype(int)
    return [int(size) for size in np.diff(edges)]
