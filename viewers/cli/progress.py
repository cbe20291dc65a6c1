"""The one progress line: on stderr, and only where a person is watching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from viewers.outputs.lines import printable


@contextmanager
def progress_line(doing: str) -> Iterator[Callable[[str, int, int], None] | None]:
    """Told what was done last, how much is done and how much there is; None where nobody is watching."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(doing, total=None)

        def update(name: str, done: int, total: int) -> None:
            progress.update(task, description=f"{doing} {printable(name)}", completed=done, total=total)

        yield update
