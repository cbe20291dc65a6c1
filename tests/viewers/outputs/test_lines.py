from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewers.cli.terminal import painted
from viewers.outputs.lines import Span, cells_wide, line, plain, printable, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Fußgänger 行人", "Fußgänger 行人", id="letters of any script"),
        pytest.param("\x1b[2J", "\\x1b[2J", id="clear the screen"),
        pytest.param("a\nerror b", "a\\nerror b", id="a line of its own"),
        pytest.param("a\rb", "a\\rb", id="overwrite the line"),
        pytest.param("\x9b31m", "\\x9b31m", id="the eight bit escape"),
        pytest.param("\u202egnp.exe", "\\u202egnp.exe", id="written backwards"),
        pytest.param("car\u200b", "car\\u200b", id="no width at all"),
        pytest.param("\udcff.txt", "\\udcff.txt", id="a file name in no encoding"),
        pytest.param("[red]car[/red]", "[red]car[/red]", id="markup is plain text"),
        pytest.param("\u2028", "\\u2028", id="a line separator"),
        pytest.param(17, "17", id="a number"),
    ],
)
def test_what_could_do_something_is_written_out(text: object, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_no_text_at_all_can_move_the_cursor(text: str) -> None:
    assert all(unicodedata.category(letter)[0] != "C" for letter in printable(text))


@given(st.text(), st.text(), st.booleans())
def test_nothing_in_a_line_makes_two_of_it_or_colours_it(text: str, more: str, coloured: bool) -> None:
    lines = [line(Span(text, "error"), more)]
    assert plain(lines).count("\n") == 1
    if not coloured:
        assert "\x1b" not in painted(lines, 40, coloured=False)


def test_columns_lie_under_each_other() -> None:
    rows = [("car", "9", "x"), ("pedestrian", "1,000", Span("y", "dim"))]
    assert [one.text for one in table(rows, right=[1], indent=2)] == [
        "  car             9  x",
        "  pedestrian  1,000  y",
    ]


def test_wide_letters_take_two_columns() -> None:
    assert [cells_wide(text) for text in ("car", "行人", "e\u0301")] == [3, 4, 1]
    assert [one.text for one in table([("行人", "a"), ("car", "b")])] == ["行人  a", "car   b"]


def test_a_table_of_nothing_has_no_lines() -> None:
    assert table([]) == []


def test_a_narrow_terminal_wraps_and_goes_on_further_right() -> None:
    shown = painted([line("one two three four five six seven eight nine ten", indent=4, hang=2)], 40, coloured=False)
    first, *rest = shown.splitlines()
    assert first.startswith("    one two")
    assert rest
    assert all(one.startswith("      ") and len(one) <= 40 for one in rest)


@given(st.text(), st.integers(0, 30))
def test_wrapping_loses_nothing_but_spaces(text: str, hang: int) -> None:
    lines = [line(text, indent=3, hang=hang)]
    assert "".join(painted(lines, 40, coloured=False).split()) == "".join(plain(lines).split())


def test_a_word_longer_than_the_terminal_is_cut_and_not_lost() -> None:
    shown = painted([line("x" * 100)], 40, coloured=False)
    assert shown.count("x") == 100
    assert max(len(one) for one in shown.splitlines()) <= 40


def test_roles_are_colours() -> None:
    shown = painted([line(Span("error", "error"), " plain ", Span("warning", "warning"))], 80, coloured=True)
    assert "\x1b[1;31merror\x1b[0m plain \x1b[33mwarning\x1b[0m" in shown


def test_an_empty_line_stays_one() -> None:
    assert painted([line(), line("a")], 40, coloured=False) == plain([line(), line("a")]) == "\na\n"
