"""`boresight review export`: all decisions, for other tools."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

import viewers.cli.options as typed
import viewers.cli.review_options as ours


class ExportFormat(str, Enum):
    """How decisions are written."""

    JSON = "json"
    CSV = "csv"


As = Annotated[ExportFormat, typer.Option("--output-format", help="How.", rich_help_panel=typed.OUTPUT)]
Everything = Annotated[
    bool, typer.Option("--history", help="Every event, not only what holds.", rich_help_panel=typed.OUTPUT)
]


def export(
    run: ours.RunOrStore,
    store: ours.Store = None,
    output_format: As = ExportFormat.JSON,
    output: typed.Output = None,
    everything: Everything = False,
) -> int:
    """Write the verdicts that hold, with who, when and why; or every event.

    Exit codes: 0, 2 no such store.
    """
    from viewers.cli.exit_codes import FINE
    from viewers.cli.results import require_writable
    from viewers.cli.stdout import write_file, write_result
    from viewers.outputs.review import export_text

    require_writable(output, None)
    with ours.opened_store(run, store) as reviews:
        held = [event for standing in reviews.verdicts().values() for event in standing.holding]
        events = reviews.events() if everything else sorted(held, key=lambda event: event.id)
    text = export_text(events, output_format.value)
    if output is None:
        write_result(text)
    else:
        write_file(output, text)
    return FINE
