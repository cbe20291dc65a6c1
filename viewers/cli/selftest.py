"""`boresight selftest`: what the checks find of faults planted on purpose, and what they say of clean data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed

Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--faults",
        metavar="FAULTS",
        help="NAME, NAME:MAGNITUDE:EXTENT or a family (box, class, track, time, rig, convention); all if left out.",
        rich_help_panel=typed.JUDGEMENT,
    ),
]
Seeds = Annotated[
    int,
    typer.Option(
        "--seeds", min=1, metavar="N", help="How often each is planted elsewhere.", rich_help_panel=typed.JUDGEMENT
    ),
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Also write it as JSON.", rich_help_panel=typed.OUTPUT)
]
SvgFile = Annotated[
    Path | None, typer.Option("--svg", metavar="FILE", help="Also draw it.", rich_help_panel=typed.OUTPUT)
]


def selftest(
    root: typed.Root,
    faults: Faults = None,
    seeds: Seeds = 1,
    json: JsonFile = None,
    svg: SvgFile = None,
    format: typed.Format = None,  # noqa: A002  (the name users type)
    scene: typed.Scenes = None,
    select: typed.Select = None,
    ignore: typed.Ignore = None,
    settings: typed.SettingsFile = None,
    tiers: typed.Tiers = None,
    workers: typed.Workers = 1,
) -> int:
    """Plant faults in data that is right, in memory, and count what is found of them and what is found besides.

    Exit codes: 0 done, 2 usage, 3 unreadable input, 4 bug, 5 environment.
    """
    from fusion.planting.selftest import self_test
    from viewers.cli.exit_codes import FINE
    from viewers.cli.inputs import opened, settings_of
    from viewers.cli.progress import progress_line
    from viewers.cli.results import require_writable
    from viewers.cli.stdout import write_file
    from viewers.cli.terminal import print_lines
    from viewers.outputs.selftest import selftest_lines
    from viewers.outputs.selftest_plot import selftest_svg

    require_writable(json, None, "--json")
    require_writable(svg, None, "--svg")
    chosen = settings_of(settings, typed.words(select), typed.words(ignore), typed.words(tiers))
    dataset = opened(root, format, scenes=scene or ())
    with progress_line("planting") as progress:
        document = self_test(dataset, typed.words(faults), seeds, chosen, scene or (), workers, progress)
    print_lines(selftest_lines(document))
    if json is not None:
        write_file(json, document.to_json() + "\n")
    if svg is not None:
        write_file(svg, selftest_svg(document))
    return FINE
