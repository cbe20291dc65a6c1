"""`boresight view`: the desktop viewer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed
from viewers.cli.review_options import Store, Who

Run = Annotated[
    Path | None,
    typer.Option("--run", metavar="DIR", help="Walk the findings of this run.", rich_help_panel=typed.INPUT),
]
Places = Annotated[
    Path | None,
    typer.Option("--playlist", metavar="FILE", help="Go through the places of this list.", rich_help_panel=typed.INPUT),
]
Log = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Append what happens, a line each.", rich_help_panel=typed.OUTPUT),
]


def view(
    root: typed.Root,
    run: Run = None,
    playlist: Places = None,
    store: Store = None,
    who: Who = None,
    format: typed.Format = None,  # noqa: A002  (the name users type)
    labels: typed.Labels = None,
    rig: typed.Rig = None,
    predictions: typed.Predictions = None,
    log: Log = None,
) -> int:
    """Open a window: findings, points, images, cuts and curves; verdicts are kept at once.

    Without --run there are labels to look at and no findings. `?` shows the keys.

    Exit codes: 0 closed, 2 usage, 3 unreadable input, 4 bug, 5 no display or no Vulkan.
    """
    from viewers.cli.exit_codes import FINE
    from viewers.cli.inputs import opened, rig_of
    from viewers.cli.review_options import findings_of_run
    from viewers.cli.reviewing import decisions_of, logged_to
    from viewers.desktop.launch import require_window
    from viewers.desktop.launch import view as show
    from viewers.desktop.state.playlist import read_playlist

    places = None if playlist is None else read_playlist(playlist)
    require_window()
    dataset = opened(root, format, labels, rig_of(rig), predictions)
    findings = () if run is None else findings_of_run(run).findings
    with decisions_of(run, store, who) as decisions, logged_to(log) as report:
        show(dataset, findings, decisions, f"Boresight: {root.name}", report, playlist=places)
    return FINE
