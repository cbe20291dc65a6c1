"""`boresight review history`: everything that was said about one thing."""

from __future__ import annotations

import viewers.cli.options as typed
import viewers.cli.review_options as ours
from viewers.cli.review_set import Subject


def history(run: ours.Run, subject: Subject, store: ours.Store = None, json: typed.Json = False) -> int:
    """Everything that was said about a finding, label, track, frame or region, oldest first.

    Exit codes: 0, 2 no such run, store or finding.
    """
    from fusion.review.work import named_subject
    from viewers.cli.exit_codes import FINE
    from viewers.cli.stdout import write_result
    from viewers.cli.terminal import print_lines
    from viewers.outputs.review import as_json, event_lines

    findings = ours.findings_of_run(run).findings
    with ours.opened_store(run, store) as reviews:
        meant = named_subject(subject, findings, reviews)
        events = reviews.history(meant)
    if json:
        write_result(as_json([event.as_dict() for event in events]))
    else:
        print_lines(event_lines(events, f"{meant}: nobody said anything yet"))
    return FINE
