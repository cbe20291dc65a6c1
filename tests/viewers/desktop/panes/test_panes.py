"""The flat panes are pictures; a click on a place means what is drawn there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fusion.review.event import Verdict
from viewers.desktop.panes.camera_pane import camera_pane
from viewers.desktop.panes.finding_pane import ROW_PX, detail_pane, list_pane
from viewers.desktop.panes.help_pane import help_pane
from viewers.desktop.panes.object_pane import object_pane
from viewers.desktop.panes.pane import DARK, LIGHT, Pane, Theme
from viewers.desktop.panes.time_pane import time_pane
from viewers.desktop.state.session import Session
from viewers.desktop.state.shortcuts import Command

Press = Callable[..., None]
SIZE = (420, 400)


def drawn(name: str, session: Session, theme: Theme, size: tuple[int, int]) -> Pane:
    if name == "list":
        return list_pane(session, theme, size, 0).pane
    panes = {
        "detail": detail_pane,
        "cameras": camera_pane,
        "object": object_pane,
        "time": time_pane,
        "help": help_pane,
    }
    return panes[name](session, theme, size)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("name", ["list", "detail", "cameras", "object", "time", "help"])
def test_each_pane_fills_exactly_its_place(session: Session, press: Press, name: str, theme: Theme) -> None:
    for command in (Command.FOCUS, Command.NEXT_FINDING, Command.DESELECT):
        press(command)
        for size in (SIZE, (761, 233), (200, 180)):
            image = drawn(name, session, theme, size).image
            assert image.shape == (size[1], size[0], 3)
            assert image.std() > 0


def test_a_click_on_a_row_chooses_its_finding(session: Session) -> None:
    shown = list_pane(session, DARK, SIZE, 0)
    first = shown.pane.hits[0]
    assert shown.pane.click(50, first.top + 1.2 * ROW_PX)
    assert session.finding is session.findings.rows()[1].finding


def test_the_list_follows_the_chosen_finding(session: Session, press: Press) -> None:
    press(*[Command.NEXT_FINDING] * 10)
    shown = list_pane(session, DARK, SIZE, 0)
    assert shown.top <= 9 < shown.top + shown.shown
    assert list_pane(session, DARK, SIZE, 0, follow=False).top == 0


def test_a_click_on_a_button_gives_the_verdict(session: Session, press: Press) -> None:
    press(Command.NEXT_FINDING)
    finding = session.finding
    pane = detail_pane(session, DARK, SIZE)
    assert pane.click(pane.hits[1].left + 5, pane.hits[1].top + 5)
    assert finding is not None
    assert session.decisions.verdict_of(finding) is Verdict.FALSE_ALARM


def test_a_click_on_an_object_in_an_image_selects_it(session: Session, press: Press) -> None:
    press(Command.NEXT_FINDING)
    chosen = session.selected
    pane = camera_pane(session, DARK, (900, 600))
    press(Command.DESELECT)
    places = [
        (hit.left + share * (hit.right - hit.left), (hit.top + hit.bottom) / 2)
        for hit in pane.hits
        for share in np.linspace(0.05, 0.95, 40)
    ]
    selected = set()
    for x, y in places:
        pane.click(x, y)
        selected.add(session.selected)
    assert chosen in selected


def test_a_click_on_the_bar_goes_to_that_frame(session: Session) -> None:
    pane = time_pane(session, DARK, (700, 220))
    bar = pane.hits[0]
    pane.click(bar.right - 3, bar.top + 30)
    assert session.place.frame == (session.frame_count or 0) - 1
    pane.click(bar.left + 3, bar.top + 30)
    assert session.place.frame == 0


def test_a_click_on_a_curve_goes_to_that_moment(session: Session, press: Press) -> None:
    press(Command.NEXT_OBJECT)
    pane = time_pane(session, DARK, (900, 260))
    curve = pane.hits[1]
    pane.click((curve.left + curve.right) / 2, curve.top + 80)
    assert session.place.frame == pytest.approx((session.frame_count or 0) / 2, abs=1.5)


def test_a_click_closes_the_help(session: Session, press: Press) -> None:
    press(Command.HELP)
    help_pane(session, DARK, SIZE).click(10, 10)
    assert not session.help_shown
