"""`boresight review verify`: prove that nobody changed what was decided."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed
import viewers.cli.review_options as ours

Head = Annotated[
    Path | None,
    typer.Option("--head", metavar="FILE", help="Heads written down before: shows what was cut off the end since."),
]
WriteHead = Annotated[
    Path | None,
    typer.Option("--write-head", metavar="FILE", help="Write the heads down; keep them where the store is not."),
]


def verify(
    run: ours.RunOrStore,
    store: ours.Store = None,
    head: Head = None,
    write_head: WriteHead = None,
    json: typed.Json = False,
) -> int:
    """Check every reviewer's chain of events: none changed, removed, put elsewhere or forged.

    Exit codes: 0 whole, 1 broken, 2 no such store or heads.
    """
    from fusion.review.heads_file import heads_text, read_heads
    from viewers.cli.exit_codes import FINDINGS, FINE
    from viewers.cli.results import require_writable
    from viewers.cli.stdout import write_file, write_result
    from viewers.cli.terminal import print_lines
    from viewers.outputs.review import as_json, verify_content, verify_lines

    require_writable(write_head, None, "--write-head")
    kept = [] if head is None else read_heads(head)
    with ours.opened_store(run, store) as reviews:
        faults, heads = reviews.verify(kept), reviews.heads()
    if json:
        write_result(as_json(verify_content(faults, heads)))
    else:
        print_lines(verify_lines(faults, heads))
    if write_head is not None and not faults:
        write_file(write_head, heads_text(heads))
    return FINDINGS if faults else FINE
