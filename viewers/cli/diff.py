"""`boresight diff`: what is new, fixed, still open or back since earlier runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed

Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN RUN...", help="Run folders or findings.json files, oldest first.")
]
Reviews = Annotated[
    Path | None,
    typer.Option(
        "--reviews",
        "--store",
        metavar="FILE",
        help="Review store: what it calls fixed is back.",
        rich_help_panel=typed.INPUT,
    ),
]


def diff(
    runs: Runs,
    reviews: Reviews = None,
    json: typed.Json = False,
    output: typed.Output = None,
    top: typed.Top = 10,
    fail_on: typed.FailAt = typed.FailOn.ERROR,
) -> int:
    """Hold the last run against those before it: by id, then by scene, time, class and overlap of the boxes.

    Exit codes: 0 nothing new or back at or above --fail-on, 1 something is, 2 usage, 3 unreadable or incomplete run.
    """
    from fusion.run.diff import diff_runs
    from fusion.run.saved_run import load_run
    from viewers.cli.earlier_runs import said_fixed
    from viewers.cli.exit_codes import FINDINGS, FINE, INCOMPLETE, strongest
    from viewers.cli.results import require_writable, say
    from viewers.cli.stdout import write_file, write_result
    from viewers.cli.terminal import print_lines
    from viewers.cli.verdict import reaches
    from viewers.errors import CommandError
    from viewers.outputs.diff import diff_json, diff_lines
    from viewers.outputs.lines import plain

    if len(runs) < 2:
        raise CommandError("diff needs two runs or more, oldest first")
    require_writable(output, None)
    result = diff_runs([load_run(run) for run in runs], [str(run) for run in runs], said_fixed(reviews))
    if output is not None:
        write_file(output, diff_json(result) if json else plain(diff_lines(result, top)))
    elif json:
        write_result(diff_json(result))
    else:
        print_lines(diff_lines(result, top))
    lost = result.runs[-1].incomplete
    if lost:
        say(f"{runs[-1]} could not read all of its data ({lost}), so what is gone from it need not be fixed")
    return strongest([INCOMPLETE if lost else FINE, FINDINGS if reaches(result.failing, fail_on) else FINE])
