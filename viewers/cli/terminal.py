"""Lines on standard output: wrapped and coloured on a terminal, plain and in one piece anywhere else."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from viewers.cli.stdout import write_result
from viewers.outputs.lines import Line, plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# The terminal's own colours, so that they suit its background; the palette of pictures expects a dark one.
STYLES = {
    "": "",
    "strong": "bold",
    "dim": "dim",
    "code": "bold cyan",
    "error": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "good": "green",
}
MIN_WIDTH = 40


def print_lines(lines: Iterable[Line]) -> None:
    """Show lines to a person."""
    if sys.stdout is not None and sys.stdout.isatty():
        write_result(painted(lines, shutil.get_terminal_size().columns, coloured=wants_colour()))
    else:
        write_result(plain(lines))


def wants_colour() -> bool:
    """Whether the terminal takes colours and the user wants them (no-color.org: any value of NO_COLOR says no)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(lines: Iterable[Line], width: int, coloured: bool) -> str:
    """The lines wrapped to a width, continued further right, and coloured."""
    from rich.console import Console
    from rich.text import Text

    width = max(width, MIN_WIDTH)
    console = Console(width=width, force_terminal=True, color_system="standard" if coloured else None, highlight=False)
    with console.capture() as capture:
        for one in lines:
            text = Text.assemble(*((span.text, STYLES[span.role]) for span in one.spans))
            indent = one.indent
            for piece in _wrapped(text, console, width - indent, width - indent - min(one.hang, width // 2)):
                console.print(Text(" " * indent) + piece, soft_wrap=True)
                indent = one.indent + min(one.hang, width // 2)
    return capture.get()


def _wrapped(text: Text, console: Console, first_width: int, width: int) -> Iterator[Text]:
    """The text in pieces, the first of another width than the rest; there is always one."""
    wanted = first_width
    while True:
        piece = next(iter(text.wrap(console, wanted, overflow="fold")), text)
        rest = text[len(piece) :]
        piece.rstrip()
        yield piece
        if not rest.plain.strip():
            return
        text, wanted = rest[len(rest.plain) - len(rest.plain.lstrip()) :], width
