"""`boresight review merge`: bring together what was reviewed apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed
import viewers.cli.review_options as ours

Others = Annotated[list[Path], typer.Argument(metavar="OTHER...", help="Reviews that others made elsewhere.")]


def merge(run: ours.RunOrStore, others: Others, store: ours.Store = None, json: typed.Json = False) -> int:
    """Take over the reviews of other files, each event once; where people disagree, list it for one to decide.

    Exit codes: 0 merged, 1 merged and people disagree, 2 a file is no store or its chains are broken: nothing merged.
    """
    from fusion.review.merge import merge_files
    from viewers.cli.exit_codes import FINDINGS, FINE
    from viewers.cli.stdout import write_result
    from viewers.cli.terminal import print_lines
    from viewers.outputs.review import as_json, merge_content, merge_lines

    with ours.opened_store(run, store, create=True) as reviews:
        merged = merge_files(reviews, [ours.store_path(other, None) for other in others])
    if json:
        write_result(as_json(merge_content(merged)))
    else:
        print_lines(merge_lines(merged))
    return FINDINGS if merged.conflicts else FINE
