"""All keys at a glance."""

from __future__ import annotations

from functools import partial

from viewers.desktop.panes.finding_pane import act
from viewers.desktop.panes.pane import PAD_PX, Hit, Pane, Theme, draw_heading
from viewers.desktop.state.session import Session
from viewers.desktop.state.shortcuts import Command, help_lines
from viewers.pictures.drawing import new_canvas
from viewers.pictures.text import BODY_BOLD, SMALL, draw_text, elided

COLUMN_PX = 400
KEYS_PX = 130


def help_pane(session: Session, theme: Theme, size: tuple[int, int]) -> Pane:
    """Groups below each other, in as many columns as there is room for; a click closes it."""
    width, height = size
    canvas = new_canvas(width, height, theme.surface)
    top = draw_heading(canvas, "Keys", "? or escape closes", theme) + PAD_PX
    left, y = float(PAD_PX), float(top)
    for group, lines in help_lines():
        if y + 3 * SMALL.line_px > height:
            left, y = left + COLUMN_PX, float(top)
        draw_text(canvas, group, left, y + BODY_BOLD.ascent_px, BODY_BOLD, theme.text)
        y += BODY_BOLD.line_px + 2
        for keys, text in lines:
            if y + SMALL.line_px > height:
                left, y = left + COLUMN_PX, float(top)
            draw_text(canvas, elided(keys, KEYS_PX - 8, SMALL), left, y + SMALL.ascent_px, SMALL, theme.accent)
            room = COLUMN_PX - KEYS_PX - PAD_PX
            draw_text(canvas, elided(text, room, SMALL), left + KEYS_PX, y + SMALL.ascent_px, SMALL, theme.text)
            y += SMALL.line_px
        y += PAD_PX
    return Pane(canvas, (Hit(0, 0, width, height, partial(act, session.live, Command.HELP)),))
