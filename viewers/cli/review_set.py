"""`boresight review set`: decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed
import viewers.cli.review_options as ours

Subject = Annotated[
    str, typer.Argument(metavar="SUBJECT", help="The start of a finding's id, or label:SCENE/ID, frame:SCENE/KEY, ...")
]
Said = Annotated[
    str,
    typer.Argument(
        metavar="VERDICT",
        help="confirmed, false-alarm, accepted-deviation, fixed, unsure, new-error, correct; undecided takes back.",
    ),
]
Comment = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="Why.", rich_help_panel=ours.WHO)]
ErrorType = Annotated[
    str, typer.Option("--type", metavar="NAME", help="What kind of error it is.", rich_help_panel=ours.WHO)
]
Revision = Annotated[
    int | None,
    typer.Option("--revision", min=0, metavar="N", help="The revision you saw; needed to overrule another's verdict."),
]
Proposals = Annotated[
    Path | None,
    typer.Option("--proposals", metavar="FILE", help="Corrections: JSON, as a finding's proposal."),
]


def set(  # noqa: A001  (the name users type)
    run: ours.Run,
    subject: Subject,
    verdict: Said,
    store: ours.Store = None,
    who: ours.Who = None,
    comment: Comment = "",
    error_type: ErrorType = "",
    revision: Revision = None,
    proposals: Proposals = None,
    json: typed.Json = False,
) -> int:
    """Store a verdict; it is on the disk when this returns.

    Exit codes: 0 stored, 1 somebody else decided: nothing stored, 2 usage.
    """
    from fusion.review.deciding import decide
    from viewers.cli.exit_codes import FINE
    from viewers.cli.review_files import proposals_of, verdict_of
    from viewers.cli.stdout import write_result
    from viewers.cli.terminal import print_lines
    from viewers.outputs.review import as_json, event_lines

    findings = ours.findings_of_run(run).findings
    said, name, corrections = verdict_of(verdict), ours.reviewer(who), proposals_of(proposals)
    with ours.opened_store(run, store, create=True) as reviews:
        event = decide(reviews, findings, subject, name, said, revision, comment, error_type, corrections)
    if json:
        write_result(as_json(event.as_dict()))
    else:
        print_lines(event_lines([event]))
    return FINE
