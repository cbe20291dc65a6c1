"""`boresight learn`: priors from labels that are trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed

Out = Annotated[
    Path,
    typer.Option("-o", "--out", metavar="TOML", help="Where the priors go.", rich_help_panel=typed.OUTPUT),
]
NoPoints = Annotated[
    bool,
    typer.Option("--no-points", help="Don't count lidar points, which reads every sweep.", rich_help_panel=typed.INPUT),
]


def learn(
    root: typed.Root,
    out: Out,
    format: typed.Format = None,  # noqa: A002  (the name users type)
    scene: typed.Scenes = None,
    no_points: NoPoints = False,
) -> int:
    """Learn what objects of each class are like: size, motion, returns, track length, by range; for check --priors.

    Exit codes: 0 written, 2 usage or too few labels, 3 unreadable input, 4 bug, 5 environment.
    """
    from fusion.measure.priors import learn_priors
    from viewers.cli.exit_codes import FINE
    from viewers.cli.inputs import opened
    from viewers.cli.results import require_writable
    from viewers.cli.stdout import write_file
    from viewers.cli.terminal import print_lines
    from viewers.outputs.learn import learn_lines

    require_writable(out, None, "--out")
    names = scene or ()
    dataset = opened(root, format, scenes=names)
    priors = learn_priors((dataset.scene(name) for name in names or dataset.scene_names), not no_points)
    write_file(out, priors.to_toml())
    print_lines(learn_lines(priors, out))
    return FINE
