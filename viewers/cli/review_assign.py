"""`boresight review assign`: who decides what."""

from __future__ import annotations

from typing import Annotated

import typer

import viewers.cli.options as typed
import viewers.cli.review_options as ours

To = Annotated[
    str,
    typer.Option("--to", metavar="NAME", help="Who gets it; '' for nobody.", rich_help_panel=ours.WHO),
]
Subjects = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SUBJECT]...", help="What; left out, all undecided that filters name."),
]


def assign(
    run: ours.Run,
    to: To,
    subjects: Subjects = None,
    store: ours.Store = None,
    who: ours.Who = None,
    select: typed.Select = None,
    scene: typed.Scenes = None,
    classes: ours.Classes = None,
    severity: ours.Severities = None,
) -> int:
    """Give findings to a reviewer: `next` hands them out to that one first, and to no other.

    Exit codes: 0, 2 no such run, store or finding.
    """
    from fusion.review.work import assign as assign_subjects
    from fusion.review.work import named_subject, work_of
    from viewers.cli.exit_codes import FINE
    from viewers.cli.stdout import write_result
    from viewers.outputs.quantities import counted

    findings = ours.findings_of_run(run).findings
    with ours.opened_store(run, store, create=True) as reviews:
        filters = ours.wanted(select, scene, classes, severity)
        meant = (
            [named_subject(one, findings, reviews) for one in subjects]
            if subjects
            else [item.subject for item in work_of(findings, reviews, filters, "undecided")]
        )
        changed = assign_subjects(reviews, meant, to.strip(), ours.reviewer(who))
    write_result(f"{counted(changed, 'finding')} given to {to.strip() or 'nobody'}\n")
    return FINE
