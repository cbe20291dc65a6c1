"""What can be typed after `compare`, and from there to a rule and weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import viewers.cli.options as typed

if TYPE_CHECKING:
    from fusion.measure.match_rule import MatchRule

LabelNames = Annotated[
    list[str] | None,
    typer.Option(
        "--labels", metavar="NAME", help="Label sets of one data set; repeat it.", rich_help_panel=typed.INPUT
    ),
]
Match = Annotated[
    str,
    typer.Option(metavar="MEASURE", help="centre, bev-iou or iou-3d.", rich_help_panel=typed.JUDGEMENT),
]
SameClass = Annotated[
    bool, typer.Option("--same-class", help="Match equal classes only.", rich_help_panel=typed.JUDGEMENT)
]
Tolerance = Annotated[
    float,
    typer.Option(
        "--tolerance-ms", min=0, metavar="MS", help="Frames further apart are others.", rich_help_panel=typed.JUDGEMENT
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(metavar="W,W...", help="How much each set's word counts.", rich_help_panel=typed.JUDGEMENT),
]
ConsensusOut = Annotated[
    Path | None,
    typer.Option(
        "--consensus",
        metavar="PATH",
        help="Write what most drew: a .json file, or a folder for a copy of the first data set.",
        rich_help_panel=typed.OUTPUT,
    ),
]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Every box that differs.", rich_help_panel=typed.OUTPUT)
]


def rule_of(measure: str, same_class: bool) -> MatchRule:
    """The rule of a measure's name.

    Raises:
        CommandError: there is no such measure.
    """
    from fusion.measure.match_rule import MatchMeasure, MatchRule
    from viewers.errors import CommandError

    known = [one.value for one in MatchMeasure]
    if measure not in known:
        raise CommandError(f"--match: there is no measure '{measure}'; there are {', '.join(known)}")
    return MatchRule.of(measure, same_class)


def numbers_of(text: str | None, called: str) -> list[float] | None:
    """Numbers joined by commas.

    Raises:
        CommandError: they are no numbers.
    """
    if text is None:
        return None
    try:
        return [float(word) for word in text.split(",")]
    except ValueError as error:
        from viewers.errors import CommandError

        raise CommandError(f"{called}: expected numbers such as 1,1,0.5, got '{text}'") from error
