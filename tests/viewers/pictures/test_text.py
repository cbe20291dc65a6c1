from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewers.pictures.drawing import new_canvas
from viewers.pictures.palette import WHITE, Colour
from viewers.pictures.text import BODY, SMALL, TITLE, ascii_text, draw_text, elided, text_size, wrapped


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("Straße", "Strasse"),
        ("piétonne", "pietonne"),
        ("トラック", "????"),
        ("12°", "12 deg"),
        ("a\x1b[2Jb", "a?[2Jb"),
        ("ﬁat", "fiat"),
        ("", ""),
    ],
    ids=["sharp s", "accent", "katakana", "degrees", "control character", "ligature", "nothing"],
)
def test_names_are_spelled_in_ascii(name: str, spelled: str) -> None:
    assert ascii_text(name) == spelled


@given(st.text(max_size=30))
def test_any_text_can_be_measured_and_drawn(text: str) -> None:
    assert all(" " <= letter <= "~" for letter in ascii_text(text))
    canvas = new_canvas(60, 20)
    assert draw_text(canvas, text, 3, 14, SMALL, outlined=True) == text_size(text, SMALL)[0]


def test_ink_stays_within_the_measured_size() -> None:
    for kind in (SMALL, BODY, TITLE):
        canvas = new_canvas(400, 60, Colour(0, 0, 0))
        width = draw_text(canvas, "HxE 17", 20, 40, kind, WHITE)
        rows, columns = np.nonzero(canvas.max(axis=2) > 60)
        assert columns.min() >= 18
        assert columns.max() <= 22 + width
        assert rows.min() >= 40 - kind.ascent_px - 3
        assert rows.max() <= 42


def test_right_aligned_text_ends_where_it_should() -> None:
    canvas = new_canvas(200, 40, Colour(0, 0, 0))
    draw_text(canvas, "12.5 m", 180, 25, BODY, WHITE, align=1.0)
    columns = np.nonzero(canvas.max(axis=2) > 60)[1]
    assert 170 < columns.max() <= 181


def test_an_outline_keeps_white_text_readable_on_white() -> None:
    canvas = new_canvas(80, 30, WHITE)
    draw_text(canvas, "car", 10, 20, BODY, WHITE, outlined=True)
    assert canvas.max(axis=2).min() < 60


@pytest.mark.parametrize("place", [(-500, 10), (10, -500), (1000, 10), (10, 1000)], ids=["left", "up", "right", "down"])
def test_text_off_the_canvas_draws_nothing(place: tuple[int, int]) -> None:
    canvas = new_canvas(100, 50)
    draw_text(canvas, "car 17", *place, outlined=True)
    assert (canvas == new_canvas(100, 50)).all()


def test_too_long_a_text_is_cut_and_says_so() -> None:
    short = elided("a rather long name of a label", 80, SMALL)
    assert short.endswith("...")
    assert text_size(short, SMALL)[0] <= 80
    assert elided("car", 80, SMALL) == "car"
    assert elided("car", 1, SMALL) == ""


def test_lines_break_between_words_and_the_last_is_cut() -> None:
    lines = wrapped("no ego pose at this frame so that nothing can be measured here", 120, SMALL, max_lines=3)
    assert len(lines) == 3
    assert all(text_size(line, SMALL)[0] <= 120 for line in lines)
    assert lines[0].startswith("no ego pose")
    assert lines[-1].endswith("...")
    assert wrapped("", 100) == []
