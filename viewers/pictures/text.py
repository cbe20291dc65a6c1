"""Text on pictures: measured before it is drawn, readable on any background, and plain ASCII in the end.

OpenCV draws nothing else reliably, so accents are dropped ("Straße" becomes "Strasse") and letters that can't be
spelled become "?". A name never breaks a picture.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from calibration.arrays import ByteImage
from viewers.pictures.palette import OUTLINE, TEXT, Colour

SPELLED = {
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "ø": "o",
    "Ø": "O",
    "œ": "oe",
    "°": " deg",
    "µ": "u",
    "\N{MULTIPLICATION SIGN}": "x",
    "·": "-",
    "±": "+/-",
    "²": "2",
    "³": "3",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "→": "->",
    "\t": " ",
    "\n": " ",
}
UNSPELLABLE = "?"
ELLIPSIS = "..."
OUTLINE_KERNEL = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class Type:
    """A size of text. scale: of OpenCV's font; bold: the heavier face; line_px: from one line to the next."""

    scale: float
    bold: bool = False

    @property
    def face(self) -> int:
        return cv2.FONT_HERSHEY_DUPLEX if self.bold else cv2.FONT_HERSHEY_SIMPLEX

    @property
    def ascent_px(self) -> int:
        """Height of a capital."""
        return _extent("H", self)[1]

    @property
    def line_px(self) -> int:
        return round(self.ascent_px * 1.75)


SMALL = Type(0.44)
BODY = Type(0.5)
BODY_BOLD = Type(0.5, bold=True)
TITLE = Type(0.78, bold=True)


def ascii_text(text: str) -> str:
    """The same text in the characters OpenCV can draw."""
    return "".join(_spelled(letter) for letter in text)


def _spelled(letter: str) -> str:
    if " " <= letter <= "~":
        return letter
    if letter in SPELLED:
        return SPELLED[letter]
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return base if base and all(" " <= part <= "~" for part in base) else UNSPELLABLE


def text_size(text: str, kind: Type = BODY) -> tuple[int, int]:
    """Width of a line and height of its capitals, in pixels."""
    return _extent(ascii_text(text), kind)[0], kind.ascent_px


@lru_cache(maxsize=4096)
def _extent(text: str, kind: Type) -> tuple[int, int]:
    (width, height), _ = cv2.getTextSize(text, kind.face, kind.scale, 1)
    return int(width), int(height)


def draw_text(
    canvas: ByteImage,
    text: str,
    left: float,
    baseline: float,
    kind: Type = BODY,
    colour: Colour = TEXT,
    outlined: bool = False,
    align: float = 0.0,
) -> int:
    """Draw one line; where it is over the edge of the canvas it is cut off.

    Args:
        canvas: (H, W, 3) uint8, drawn into.
        left, baseline: pixels; `align` 0 puts the text's left end there, 0.5 its middle, 1 its right end.
        outlined: a dark rim, for text on photographs.

    Returns:
        Its width in pixels.
    """
    plain = ascii_text(text)
    width, _ = _extent(plain, kind)
    origin = (round(left - align * width), round(baseline))
    if not plain.strip():
        return width
    if outlined:
        _draw_outline(canvas, plain, origin, kind)
    cv2.putText(canvas, plain, origin, kind.face, kind.scale, colour.bgr, 1, cv2.LINE_AA)
    return width


def _draw_outline(canvas: ByteImage, text: str, origin: tuple[int, int], kind: Type) -> None:
    """Darken the neighbourhood of the letters: their own mask, one pixel wider."""
    width, _ = _extent(text, kind)
    pad = kind.ascent_px
    left, top = max(origin[0] - pad, 0), max(origin[1] - 2 * pad, 0)
    right, bottom = min(origin[0] + width + pad, canvas.shape[1]), min(origin[1] + pad, canvas.shape[0])
    if left >= right or top >= bottom:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    cv2.putText(mask, text, (origin[0] - left, origin[1] - top), kind.face, kind.scale, 255, 1, cv2.LINE_AA)
    blend(canvas[top:bottom, left:right], np.asarray(cv2.dilate(mask, OUTLINE_KERNEL)), OUTLINE)


def blend(canvas: ByteImage, mask: ByteImage, colour: Colour, opacity: float = 1.0) -> None:
    """Mix a colour into the canvas where the mask (H, W), 0..255, is set."""
    share = mask[..., None].astype(np.float32) * (opacity / 255.0)
    mixed = canvas.astype(np.float32) * (1 - share) + np.asarray(colour.bgr, np.float32) * share
    canvas[...] = np.rint(mixed).astype(np.uint8)


def elided(text: str, width_px: float, kind: Type = BODY) -> str:
    """The text, cut and ended by "..." where it is wider than that."""
    plain = ascii_text(text)
    if _extent(plain, kind)[0] <= width_px:
        return plain
    kept = plain
    while kept and _extent(kept + ELLIPSIS, kind)[0] > width_px:
        kept = kept[: min(len(kept) - 1, round(len(kept) * 0.97))]
    return kept.rstrip() + ELLIPSIS if kept else ""


def wrapped(text: str, width_px: float, kind: Type = BODY, max_lines: int = 99) -> list[str]:
    """The text in lines no wider than that, broken between words; the last is elided if there is more."""
    lines: list[str] = []
    words = ascii_text(text).split()
    while words:
        if len(lines) == max_lines - 1:
            return [*lines, elided(" ".join(words), width_px, kind)]
        taken = _words_that_fit(words, width_px, kind)
        lines.append(elided(" ".join(words[:taken]), width_px, kind))
        words = words[taken:]
    return lines


def _words_that_fit(words: list[str], width_px: float, kind: Type) -> int:
    taken = 1
    while taken < len(words) and _extent(" ".join(words[: taken + 1]), kind)[0] <= width_px:
        taken += 1
    return taken


def draw_lines(
    canvas: ByteImage, lines: Iterable[str], left: float, top: float, kind: Type = BODY, colour: Colour = TEXT
) -> float:
    """Lines below each other from `top`; returns where the next one would start."""
    for line in lines:
        draw_text(canvas, line, left, top + kind.ascent_px, kind, colour)
        top += kind.line_px
    return top
