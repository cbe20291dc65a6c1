"""`boresight report`: a run as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `check --run` wrote.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Where the page goes; RUN/report.html.", rich_help_panel=typed.OUTPUT
    ),
]
Pictures = Annotated[
    int,
    typer.Option(min=0, metavar="N", help="Draw evidence of the N most urgent findings.", rich_help_panel=typed.OUTPUT),
]
Root = Annotated[
    Path | None,
    typer.Option("--root", metavar="ROOT", help="Where the data set is now.", rich_help_panel=typed.INPUT),
]
Calib = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What `boresight calib --json` wrote.", rich_help_panel=typed.INPUT),
]

Since = Annotated[
    Path | None,
    typer.Option(metavar="RUN", help="An earlier run: say what is new and what is gone.", rich_help_panel=typed.INPUT),
]
Reviews = Annotated[
    Path | None,
    typer.Option(
        "--reviews",
        "--store",
        metavar="FILE",
        help="Review store; left out, that of the run folder.",
        rich_help_panel=typed.INPUT,
    ),
]


def report(
    run: RunFolder,
    output: Out = None,
    pictures: Pictures = 30,
    root: Root = None,
    calib: Calib = None,
    since: Since = None,
    reviews: Reviews = None,
) -> int:
    """Write a page that needs no network and no other file: numbers first, then causes, findings, evidence, coverage.

    Exit codes: 0 written, 2 usage, 3 unreadable input, 4 bug, 5 environment.
    """
    from fusion.run.diff import diff_runs
    from fusion.run.saved_run import load_run
    from viewers.cli.exit_codes import FINE
    from viewers.cli.progress import progress_line
    from viewers.cli.results import require_writable
    from viewers.cli.stdout import write_file, write_result
    from viewers.outputs.lines import printable
    from viewers.report.calibration_panel import read_calib
    from viewers.report.changes import Changes
    from viewers.report.decided import decisions, store_beside
    from viewers.report.page import report_html
    from viewers.report.report import report_of

    page = output or run / "report.html"
    loaded = load_run(run)
    require_writable(page, None)
    measured = None if calib is None else read_calib(calib)
    changes = None if since is None else Changes.of(diff_runs([load_run(since), loaded], [str(since), str(run)]))
    store = reviews or store_beside(run)
    decided = None if store is None else decisions(store, loaded.findings)
    with progress_line("drawing") as progress:
        content = report_of(loaded, root, pictures, measured, changes, decided, progress)
    write_file(page, report_html(content))
    write_result(f"{printable(page)}\n")
    return FINE
