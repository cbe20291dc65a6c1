"""`boresight review list`: what there is to decide, and what was decided."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

import viewers.cli.options as typed
import viewers.cli.review_options as ours


class Shown(str, Enum):
    """Which findings are listed."""

    UNDECIDED = "undecided"
    DECIDED = "decided"
    CONTESTED = "contested"
    DISMISSED = "dismissed"
    ALL = "all"


Status = Annotated[Shown, typer.Option("--status", help="Which findings.", rich_help_panel=typed.JUDGEMENT)]
AssignedTo = Annotated[
    str | None,
    typer.Option("--assigned-to", metavar="NAME", help="Only what they were given.", rich_help_panel=typed.JUDGEMENT),
]
Most = Annotated[
    int, typer.Option("--top", min=0, metavar="N", help="Most to list, 0 for all.", rich_help_panel=typed.OUTPUT)
]


def list(  # noqa: A001  (the name users type)
    run: ours.Run,
    store: ours.Store = None,
    select: typed.Select = None,
    scene: typed.Scenes = None,
    classes: ours.Classes = None,
    severity: ours.Severities = None,
    status: Status = Shown.UNDECIDED,
    assigned_to: AssignedTo = None,
    top: Most = 20,
    json: typed.Json = False,
) -> int:
    """List findings with where each stands, the most urgent first.

    Exit codes: 0, 2 no such run or store.
    """
    from fusion.review.work import work_of
    from viewers.cli.exit_codes import FINE
    from viewers.cli.stdout import write_result
    from viewers.cli.terminal import print_lines
    from viewers.outputs.review import as_json, work_lines

    document = ours.findings_of_run(run)
    filters = ours.wanted(select, scene, classes, severity, assigned_to)
    with ours.opened_store(run, store, create=store is None) as reviews:
        items = work_of(document.findings, reviews, filters, status.value)
    shown = items[:top] if top else items
    if json:
        write_result(as_json([item.as_dict() for item in shown]))
    else:
        print_lines(work_lines(shown, len(items), status.value))
    return FINE
