"""The page's colours, light and dark, all from the palette."""

from __future__ import annotations

from viewers.pictures.palette import (
    BACKGROUND,
    BLUE,
    BORDER,
    GREEN,
    MUTED,
    OUTLINE,
    PANEL,
    SEVERITIES,
    SKY,
    SURFACE,
    TEXT,
    UNKNOWN,
    WHITE,
    Colour,
)

ERROR, WARNING = SEVERITIES["error"], SEVERITIES["warning"]

# Yellow and near-white are no colours on white: bars get darker there, chips keep theirs under dark letters.
LIGHT: dict[str, Colour] = {
    "ground": WHITE.mixed(BORDER, 0.06),
    "panel": WHITE,
    "sunk": WHITE.mixed(BORDER, 0.09),
    "border": WHITE.mixed(BORDER, 0.22),
    "text": BACKGROUND,
    "muted": MUTED.mixed(BACKGROUND, 0.52),
    "link": BLUE.mixed(OUTLINE, 0.15),
    "good": GREEN.mixed(OUTLINE, 0.25),
    "bad": ERROR.mixed(OUTLINE, 0.25),
    "error": ERROR,
    "warning": WARNING.mixed(OUTLINE, 0.22),
    "info": UNKNOWN.mixed(BACKGROUND, 0.3),
    "chip-error": ERROR,
    "chip-warning": WARNING,
    "chip-info": UNKNOWN.mixed(WHITE, 0.5),
    "chip-text": OUTLINE,
}
DARK: dict[str, Colour] = {
    "ground": BACKGROUND,
    "panel": PANEL,
    "sunk": SURFACE,
    "border": BORDER,
    "text": TEXT,
    "muted": MUTED,
    "link": SKY,
    "good": GREEN.mixed(WHITE, 0.25),
    "bad": ERROR.mixed(WHITE, 0.25),
    "error": ERROR,
    "warning": WARNING,
    "info": UNKNOWN,
    "chip-error": ERROR,
    "chip-warning": WARNING,
    "chip-info": UNKNOWN,
    "chip-text": OUTLINE,
}


def variables(colours: dict[str, Colour]) -> str:
    """As style properties."""
    return " ".join(f"--{name}: {colour.hex};" for name, colour in colours.items())
