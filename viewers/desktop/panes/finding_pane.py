"""The list of findings, and the page of the one that is chosen: manual, evidence, verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from calibration.arrays import ByteImage
from fusion.checks.catalogue import find_check
from fusion.checks.finding import Finding
from fusion.review.event import Verdict
from viewers.desktop.panes.pane import PAD_PX, Hit, Pane, Theme, draw_button, draw_chip, draw_heading
from viewers.desktop.state.commands import perform
from viewers.desktop.state.finding_list import FindingRow
from viewers.desktop.state.session import Session
from viewers.desktop.state.shortcuts import SHORTCUTS, Command
from viewers.pictures.accused import accused_of
from viewers.pictures.drawing import fill_box, new_canvas
from viewers.pictures.finding_text import facts_of, limit_text, measured_text
from viewers.pictures.names import short_class, short_track
from viewers.pictures.palette import GREEN, MUTED, ORANGE, OUTLINE, PURPLE, SKY, VERMILLION, Colour, severity_colour
from viewers.pictures.text import BODY, BODY_BOLD, SMALL, draw_lines, draw_text, elided, text_size, wrapped

ROW_PX = 44
INDENT_PX = 18
BUTTON_PX = 30

VERDICT_COLOURS: dict[Verdict, Colour] = {
    Verdict.CONFIRMED: VERMILLION,
    Verdict.FALSE_ALARM: GREEN,
    Verdict.ACCEPTED_DEVIATION: SKY,
    Verdict.FIXED: PURPLE,
    Verdict.UNSURE: ORANGE,
}
BUTTONS: tuple[tuple[Command, str], ...] = (
    (Command.CONFIRM, "wrong label"),
    (Command.FALSE_ALARM, "false alarm"),
    (Command.ACCEPT_DEVIATION, "accepted"),
    (Command.FIXED, "fixed"),
    (Command.UNSURE, "unsure"),
    (Command.NEW_ERROR, "other error"),
)
KEYS = {shortcut.command: shortcut.keys[0] for shortcut in SHORTCUTS}


@dataclass(frozen=True)
class ListPane:
    """The list as a picture. top: the first row shown; rows, shown: how many there are, and fit."""

    pane: Pane
    top: int
    rows: int
    shown: int


def list_pane(session: Session, theme: Theme, size: tuple[int, int], top: int, follow: bool = True) -> ListPane:
    """The findings on view.

    Args:
        top: the row the list begins with.
        follow: begin elsewhere if that hides the chosen finding.
    """
    width, height = size
    canvas = new_canvas(width, height, theme.surface)
    rows = session.findings.rows()
    title = f"{len(rows)} findings" if rows or len(session.findings) else "no findings"
    head = draw_heading(canvas, title, f"{session.findings.decided} of {len(session.findings)} decided", theme)
    room = max(int((height - head) // ROW_PX), 1)
    top = _first_row(rows, session.finding, top, room, follow)
    hits = []
    for place, row in enumerate(rows[top : top + room]):
        y = head + place * ROW_PX
        _draw_row(canvas, row, y, row.finding is session.finding, theme)
        hits.append(Hit(0, y, width, y + ROW_PX, partial(_choose, session.live, row.finding.id)))
        if row.symptoms:
            hits.append(Hit(width - 52, y, width, y + ROW_PX / 2, partial(_toggle, session.live, row.finding.id)))
    if len(rows) > room:
        bar = (height - head) * room / len(rows)
        begin = head + (height - head) * top / len(rows)
        fill_box(canvas, width - 4, begin, width, begin + max(bar, 8), theme.muted)
    return ListPane(Pane(canvas, tuple(hits)), top, len(rows), room)


def _first_row(rows: list[FindingRow], chosen: Finding | None, top: int, room: int, follow: bool) -> int:
    at = next((place for place, row in enumerate(rows) if row.finding is chosen), None)
    if follow and at is not None:
        top = min(max(top, at - room + 1), at)
    return min(max(top, 0), max(len(rows) - room, 0))


def _choose(session: Session, finding_id: str, across: float, down: float) -> None:
    session.choose(finding_id)


def _toggle(session: Session, finding_id: str, across: float, down: float) -> None:
    session.choose(finding_id)
    perform(session, Command.TOGGLE_CAUSE)


def _draw_row(canvas: ByteImage, row: FindingRow, y: float, chosen: bool, theme: Theme) -> None:
    finding, left = row.finding, INDENT_PX if row.symptom else 0
    width = canvas.shape[1]
    if chosen:
        fill_box(canvas, 0, y, width, y + ROW_PX, theme.chosen)
    fill_box(canvas, left, y + 3, left + 4, y + ROW_PX - 3, severity_colour(finding.severity))
    right = width - PAD_PX
    if row.symptoms:
        right -= draw_text(canvas, f"+{row.symptoms}", right, y + 17, SMALL, theme.muted, align=1.0) + 8
    if row.verdict is not None:
        colour = VERDICT_COLOURS.get(row.verdict, MUTED)
        right -= text_size(row.verdict.value, SMALL)[0] + 14
        draw_chip(canvas, row.verdict.value, right, y + 3, colour, OUTLINE)
    name = elided(f"{finding.code} {finding.name}", right - left - 20, BODY)
    draw_text(canvas, name, left + 12, y + 18, BODY, theme.text)
    who = " ".join(part for part in (short_class(finding.category or ""), short_track(finding.track or "")) if part)
    told = f"{who}: {finding.message}" if who else finding.message
    draw_text(canvas, elided(told, width - left - 24, SMALL), left + 12, y + 36, SMALL, theme.muted)


def detail_pane(session: Session, theme: Theme, size: tuple[int, int]) -> Pane:
    """The chosen finding: what is claimed, with what numbers, what the check can't see, and the verdicts to give."""
    width, height = size
    canvas = new_canvas(width, height, theme.surface)
    hits = _draw_buttons(canvas, session, theme)
    finding = session.finding
    if finding is None:
        draw_text(canvas, "choose a finding: j, k or a click", PAD_PX, 26, BODY, theme.muted)
        return Pane(canvas, tuple(hits))
    room, y = width - 2 * PAD_PX, 8.0
    draw_chip(canvas, finding.severity, PAD_PX, y, severity_colour(finding.severity), OUTLINE)
    score = f"score {finding.score:.2f}"
    draw_text(canvas, score, width - PAD_PX, y + 15, SMALL, theme.muted, align=1.0)
    left = PAD_PX + text_size(finding.severity, SMALL)[0] + 22
    title = elided(f"{finding.code} {finding.name}", width - left - 90, BODY_BOLD)
    draw_text(canvas, title, left, y + 15, BODY_BOLD, theme.text)
    y += 30
    y = _paragraph(canvas, finding.message, y, room, theme.text, 4)
    numbers = "   ".join(part for part in (measured_text(finding), limit_text(finding)) if part)
    if numbers:
        draw_text(canvas, numbers, PAD_PX, y + BODY.ascent_px, BODY_BOLD, theme.text)
        y += BODY.line_px + 4
    bottom = height - 2 * BUTTON_PX - 12
    y = _draw_facts(canvas, _facts(session, finding), y, bottom, theme)
    for heading, words in _manual(finding):
        if y + 3 * SMALL.line_px > bottom:
            break
        draw_text(canvas, heading, PAD_PX, y + SMALL.ascent_px, SMALL, theme.muted)
        y = _paragraph(canvas, words, y + SMALL.line_px, room, theme.text, int((bottom - y) // SMALL.line_px) - 1) + 4
    return Pane(canvas, tuple(hits))


def _facts(session: Session, finding: Finding) -> list[tuple[str, str]]:
    if session.content is None or session.content.place.scene != finding.scene:
        return []
    return facts_of(accused_of(session.content.frame.scene, finding))


def _manual(finding: Finding) -> list[tuple[str, str]]:
    manual = find_check(finding.code).manual
    return [(name, manual.sections[name]) for name in ("What it looks for", "Blind spots")]


def _paragraph(canvas: ByteImage, words: str, y: float, room: float, colour: Colour, most: int) -> float:
    lines = wrapped(words, room, SMALL, max_lines=max(most, 1))
    draw_lines(canvas, lines, PAD_PX, y, SMALL, colour)
    return y + len(lines) * SMALL.line_px + 4


def _draw_facts(canvas: ByteImage, facts: list[tuple[str, str]], y: float, bottom: float, theme: Theme) -> float:
    width = canvas.shape[1]
    for name, value in facts:
        if y + SMALL.line_px > bottom:
            break
        across = draw_text(canvas, name, PAD_PX, y + SMALL.ascent_px, SMALL, theme.muted)
        shown = elided(value, width - across - 3 * PAD_PX, SMALL)
        draw_text(canvas, shown, width - PAD_PX, y + SMALL.ascent_px, SMALL, theme.text, align=1.0)
        y += SMALL.line_px
    return y + 6


def _draw_buttons(canvas: ByteImage, session: Session, theme: Theme) -> list[Hit]:
    """Two rows at the bottom; the verdict that stands is filled."""
    height, width = canvas.shape[:2]
    standing = None if session.finding is None else session.decisions.verdict_of(session.finding)
    hits = []
    across = (width - 2 * PAD_PX) / 3
    buttons = list(BUTTONS)
    for place, (command, text) in enumerate(buttons):
        left = PAD_PX + across * (place % 3)
        top = height - (2 - place // 3) * BUTTON_PX - 4
        area = (left + 2, top, left + across - 2, top + BUTTON_PX - 4)
        active = standing is not None and standing.value == command.value.replace(" ", "-")
        draw_button(canvas, f"{KEYS[command]}  {text}", area, theme, active)
        hits.append(Hit(*area, partial(act, session.live, command)))
    return hits


def act(session: Session, command: Command, across: float, down: float) -> None:
    """What a click on a button does."""
    perform(session, command)
