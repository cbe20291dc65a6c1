"""Lines on standard output: wrapped and coloured on a terminal, plain and in one piece anywhere else."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable

from viewers.cli.stdout import write_result
from viewers.outputs.lines import Line, plain

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
            hang = min(one.hang, width // 2)
            text = Text.assemble(*((span.text, STYLES[span.role]) for span in one.spans))
            pieces = text.wrap(console, width - one.indent - hang, overflow="fold") or [Text()]
            for number, piece in enumerate(pieces):
                piece.rstrip()
                console.print(Text(" " * (one.indent + (hang if number else 0))) + piece, soft_wrap=True)
    return capture.get()
