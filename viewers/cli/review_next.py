"""`boresight review next`: what to decide now."""

from __future__ import annotations

from typing import Annotated

import typer

import viewers.cli.options as typed
import viewers.cli.review_options as ours

RANDOM = "By lot"
Random = Annotated[
    float,
    typer.Option(
        "--random",
        min=0,
        max=1,
        metavar="SHARE",
        help="This share of decisions is on findings drawn by lot: only they tell how often a check is right.",
        rich_help_panel=RANDOM,
    ),
]
Unflagged = Annotated[
    float,
    typer.Option(
        "--unflagged",
        min=0,
        max=1,
        metavar="SHARE",
        help="This share is on labels nobody flagged, and as many on flagged ones: they tell what checks miss.",
        rich_help_panel=RANDOM,
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same.", rich_help_panel=RANDOM)]
Root = Annotated[
    str | None,
    typer.Option("--root", metavar="ROOT", help="Where the data set is now.", rich_help_panel=typed.INPUT),
]
Minutes = Annotated[
    float,
    typer.Option("--minutes", min=0, metavar="N", help="How long nobody else gets it.", rich_help_panel=ours.WHO),
]


def next(  # noqa: A001  (the name users type)
    run: ours.Run,
    store: ours.Store = None,
    who: ours.Who = None,
    select: typed.Select = None,
    scene: typed.Scenes = None,
    classes: ours.Classes = None,
    severity: ours.Severities = None,
    random: Random = 0.0,
    unflagged: Unflagged = 0.0,
    seed: Seed = 0,
    root: Root = None,
    minutes: Minutes = 30.0,
    json: typed.Json = False,
) -> int:
    """Hand out what to decide next: what you were given, then the most urgent; nobody else gets it for a while.

    Exit codes: 0, also where nothing is left; 2 no such run or store, 3 the data set can't be read.
    """
    from fusion.review.run_draws import draws_of
    from fusion.review.work import next_item
    from viewers.cli.exit_codes import FINE
    from viewers.cli.stdout import write_result
    from viewers.cli.terminal import print_lines
    from viewers.outputs.review import as_json, next_lines

    document = ours.findings_of_run(run)
    name = ours.reviewer(who)
    filters = ours.wanted(select, scene, classes, severity)
    with ours.opened_store(run, store, create=True) as reviews:
        draws = draws_of(run, document, reviews, name, seed, random, unflagged, root)
        item = next_item(document.findings, reviews, name, filters, draws, minutes)
    if json:
        write_result(as_json(None if item is None else item.as_dict()))
    else:
        print_lines(next_lines(item))
    return FINE
