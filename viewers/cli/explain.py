"""`boresight explain`: the manual of a check, or a label specification as a handbook."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[CODE]", help="BOX304 or floating-box; a label specification (.toml); left out, all checks."
    ),
]


class HandbookFormat(str, Enum):
    """How a label specification is printed."""

    MARKDOWN = "markdown"
    HTML = "html"


As = Annotated[HandbookFormat, typer.Option("--as", help="How to print a label specification.")]


def explain(name: Name = None, form: As = HandbookFormat.MARKDOWN) -> int:
    """What a check looks for, why it matters, where it is blind, and its limits with their reasons.

    Of a label specification: whether it holds together, and the handbook for annotators that it makes.
    """
    from fusion.checks.catalogue import CATALOGUE, find_check
    from viewers.cli.terminal import print_lines
    from viewers.outputs.manuals import catalogue_lines, manual_lines

    if name is not None and name.lower().endswith(".toml"):
        from fusion.checks.specification import LabelSpecification
        from viewers.cli.stdout import write_result
        from viewers.report.handbook import FORMATS

        write_result(FORMATS[form.value](LabelSpecification.from_toml(name)))
        return 0
    print_lines(catalogue_lines(CATALOGUE) if name is None else manual_lines(find_check(name)))
    return 0
