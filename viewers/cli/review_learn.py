"""`boresight review learn`: what reviews teach."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed
import viewers.cli.review_options as ours

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or files of reviews.")]
Out = Annotated[
    Path, typer.Option("--output", "-o", metavar="TOML", help="Where it goes.", rich_help_panel=typed.OUTPUT)
]
Propose = Annotated[
    Path | None,
    typer.Option(
        "--propose",
        metavar="TOML",
        help="Settings for noisy checks, to be read and committed by a person.",
        rich_help_panel=typed.OUTPUT,
    ),
]


def learn(runs: Runs, out: Out = Path("precision.toml"), propose: Propose = None, store: ours.Store = None) -> int:
    """How often each check is right, how many labels are wrong and how many errors no check found.

    From reviews drawn by lot alone (`review next --random --unflagged`), with 95 % intervals; used by
    `check --precision`, which moves scores and nothing else.

    Exit codes: 0 written, 2 no such store, or nothing drawn by lot is decided yet.
    """
    from fusion.review.learn import learn_from_files
    from fusion.review.proposed_settings import proposed_settings
    from viewers.cli.exit_codes import FINE
    from viewers.cli.results import require_writable
    from viewers.cli.stdout import write_file
    from viewers.cli.terminal import print_lines
    from viewers.outputs.review_learn import learned_lines

    require_writable(out, None, "--output")
    require_writable(propose, None, "--propose")
    learned = learn_from_files([ours.store_path(run, store) for run in runs])
    write_file(out, learned.to_toml())
    if propose is not None:
        write_file(propose, proposed_settings(learned))
    print_lines(learned_lines(learned, out, propose))
    return FINE
