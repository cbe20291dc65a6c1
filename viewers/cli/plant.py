"""`boresight plant`: a copy of a data set with faults in it, and the truth about them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed

Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="DIR", help="Where the copy goes; a new folder.", rich_help_panel=typed.OUTPUT),
]
FaultNames = Annotated[
    list[str],
    typer.Option(
        "--fault",
        metavar="FAULT",
        help="NAME, NAME:MAGNITUDE or NAME:MAGNITUDE:EXTENT (frame, 3, tail, track, scene), such as shift:0.5:track; "
        "may be repeated.",
        rich_help_panel=typed.JUDGEMENT,
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", help="Another seed, other objects.", rich_help_panel=typed.JUDGEMENT)
]
Count = Annotated[
    int,
    typer.Option(
        "--count", min=1, metavar="N", help="On how many objects of a scene.", rich_help_panel=typed.JUDGEMENT
    ),
]


def plant(
    root: typed.Root,
    out: Out,
    fault: FaultNames,
    seed: Seed = 0,
    count: Count = 1,
    format: typed.Format = None,  # noqa: A002  (the name users type)
    scene: typed.Scenes = None,
) -> int:
    """Copy a data set with faults planted in it; planted.json in the copy says what, where and how much.

    Exit codes: 0 planted, 2 usage or nothing to plant in, 3 unreadable input, 4 bug, 5 environment.
    """
    from fusion.planting.catalogue import parse_fault
    from fusion.planting.planted_copy import plant_copy
    from viewers.cli.exit_codes import FINE
    from viewers.cli.inputs import opened
    from viewers.cli.progress import progress_line
    from viewers.cli.terminal import print_lines
    from viewers.errors import CommandError
    from viewers.outputs.plant import plant_lines

    faults = [parse_fault(text) for text in typed.words(fault)]
    if not faults:
        raise CommandError("--fault: name a fault; `boresight plant --help` shows how")
    dataset = opened(root, format, scenes=scene or ())
    with progress_line("planting") as progress:
        planted = plant_copy(dataset, faults, out, seed, count, scene or (), progress)
    print_lines(plant_lines(planted))
    return FINE
