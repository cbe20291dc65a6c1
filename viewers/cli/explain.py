"""`boresight explain`: the manual of a check, printed from the docstring beside its code."""

from __future__ import annotations

from typing import Annotated

import typer

Name = Annotated[str | None, typer.Argument(metavar="[CODE]", help="BOX304 or floating-box; left out, all checks.")]


def explain(name: Name = None) -> int:
    """What a check looks for, why it matters, where it is blind, and its limits with their reasons."""
    from fusion.checks.catalogue import CATALOGUE, find_check
    from viewers.cli.terminal import print_lines
    from viewers.outputs.manuals import catalogue_lines, manual_lines

    print_lines(catalogue_lines(CATALOGUE) if name is None else manual_lines(find_check(name)))
    return 0
