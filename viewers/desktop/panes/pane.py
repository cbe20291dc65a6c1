"""A picture and what its places mean when they are clicked; the colours of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from calibration.arrays import ByteImage
from viewers.pictures.drawing import draw_box_outline, fill_box
from viewers.pictures.palette import BACKGROUND, BORDER, MUTED, PANEL, SKY, SURFACE, TEXT, Colour
from viewers.pictures.text import BODY, SMALL, Type, draw_text, elided, text_size

PAD_PX = 10


@dataclass(frozen=True)
class Theme:
    """Colours of the window. chosen: behind the row one is at; accent: edges of what is active."""

    name: str
    background: Colour
    panel: Colour
    surface: Colour
    border: Colour
    text: Colour
    muted: Colour
    chosen: Colour
    accent: Colour


DARK = Theme("dark", BACKGROUND, PANEL, SURFACE, BORDER, TEXT, MUTED, Colour.of("#27405A"), SKY)
LIGHT = Theme(
    "light",
    Colour.of("#E9ECF0"),
    Colour.of("#F7F8FA"),
    Colour.of("#FFFFFF"),
    Colour.of("#C3C9D2"),
    Colour.of("#15191F"),
    Colour.of("#5A6472"),
    Colour.of("#CFE4F6"),
    Colour.of("#0072B2"),
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}

Click = Callable[[float, float], None]


@dataclass(frozen=True)
class Hit:
    """A place one can click: pixels of the picture; `click` is told where, as shares 0..1 of the place."""

    left: float
    top: float
    right: float
    bottom: float
    click: Click

    def holds(self, x: float, y: float) -> bool:
        """Whether a pixel lies in it."""
        return self.left <= x < self.right and self.top <= y < self.bottom


@dataclass(frozen=True, eq=False)
class Pane:
    """A picture of part of the window. hits: places to click, those on top last."""

    image: ByteImage
    hits: tuple[Hit, ...] = field(default=())

    def click(self, x: float, y: float) -> bool:
        """Do what a place means; whether it means anything."""
        for hit in reversed(self.hits):
            if hit.holds(x, y):
                hit.click((x - hit.left) / (hit.right - hit.left), (y - hit.top) / (hit.bottom - hit.top))
                return True
        return False


def draw_chip(
    canvas: ByteImage, text: str, x: float, y: float, colour: Colour, ink: Colour, kind: Type = SMALL
) -> float:
    """A word on a coloured plate with its top left corner there; its right edge."""
    width, height = text_size(text, kind)
    fill_box(canvas, x, y, x + width + 12, y + height + 10, colour)
    draw_text(canvas, text, x + 6, y + height + 5, kind, ink)
    return x + width + 12


def draw_button(
    canvas: ByteImage, text: str, area: tuple[float, float, float, float], theme: Theme, active: bool = False
) -> None:
    """A thing to click, filled while it is active."""
    left, top, right, bottom = area
    fill_box(canvas, left, top, right, bottom, theme.chosen if active else theme.panel)
    draw_box_outline(canvas, left, top, right - 1, bottom - 1, theme.accent if active else theme.border)
    shown = elided(text, right - left - 8, SMALL)
    draw_text(canvas, shown, (left + right) / 2, (top + bottom) / 2 + SMALL.ascent_px / 2, SMALL, theme.text, align=0.5)


def draw_heading(canvas: ByteImage, text: str, note: str, theme: Theme) -> float:
    """A strip at the top with a title and a note at its right; the height it takes."""
    height, width = BODY.line_px + 8, canvas.shape[1]
    fill_box(canvas, 0, 0, width, height, theme.panel)
    right = draw_text(canvas, note, width - PAD_PX, height - 9, SMALL, theme.muted, align=1.0) if note else 0.0
    draw_text(canvas, elided(text, width - right - 3 * PAD_PX, BODY), PAD_PX, height - 9, BODY, theme.text)
    return height
