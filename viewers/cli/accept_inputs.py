"""What can be typed after `accept`, and from there to what both sides agreed on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import viewers.cli.options as typed

if TYPE_CHECKING:
    from fusion.review.acceptance_sample import AcceptanceOptions

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `check --run` wrote.")]


def _percent(text: str) -> Any:
    return typer.Option(min=0, max=100, metavar="PCT", help=text, rich_help_panel=typed.JUDGEMENT)


Aql = Annotated[float | None, _percent("Wrong tracks that are acceptable; 2.")]
Rql = Annotated[float | None, _percent("Wrong tracks at which it is to be rejected; 8.")]
AqlMissing = Annotated[float | None, _percent("Frame sectors with something missing that are acceptable; 2.")]
RqlMissing = Annotated[float | None, _percent("Frame sectors with something missing at which to reject; 8.")]
ProducerRisk = Annotated[float | None, _percent("Risk that a good delivery is rejected; 5.")]
ConsumerRisk = Annotated[float | None, _percent("Risk that a bad delivery is accepted; 10.")]
Plan = Annotated[
    str | None,
    typer.Option(metavar="KIND", help="sequential (default) or single.", rich_help_panel=typed.JUDGEMENT),
]
ScenesAtMost = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Draw from so many scenes only.", rich_help_panel=typed.JUDGEMENT),
]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Of the draw; 0.", rich_help_panel=typed.JUDGEMENT)]
Root = Annotated[
    Path | None, typer.Option("--root", metavar="ROOT", help="Where the data set is now.", rich_help_panel=typed.INPUT)
]
Page = Annotated[
    Path | None,
    typer.Option("--page", metavar="FILE", help="Summary to file away: .html or .md.", rich_help_panel=typed.OUTPUT),
]
SignedBy = Annotated[
    str | None, typer.Option("--signed-by", metavar="NAME", help="Who signs it.", rich_help_panel=typed.OUTPUT)
]


def options_of(
    kind: str | None, scenes_at_most: int | None, seed: int | None, **percent: float | None
) -> AcceptanceOptions | None:
    """What was typed, None where nothing was.

    Raises:
        CommandError: no such kind of plan.
    """
    from fusion.review.acceptance_sample import AcceptanceOptions
    from viewers.errors import CommandError

    if kind not in (None, "single", "sequential"):
        raise CommandError(f"--plan: there is no kind '{kind}'; there are single and sequential")
    shares = {name: None if value is None else round(value / 100, 9) for name, value in percent.items()}
    typed_in: dict[str, object] = {**shares, "kind": kind, "scenes_at_most": scenes_at_most, "seed": seed}
    given = {name: value for name, value in typed_in.items() if value is not None}
    return AcceptanceOptions.model_validate(given) if given else None


def require_page(page: Path | None) -> None:
    """Find out before the work whether the page has a place and a known kind.

    Raises:
        CommandError: it has none.
    """
    from viewers.cli.results import require_writable
    from viewers.errors import CommandError

    if page is not None and page.suffix.lower() not in (".html", ".md"):
        raise CommandError(f"--page: '{page}' should end in .html or .md")
    require_writable(page, None, "--page")
