"""`boresight accept`: accept or reject a delivery from a sample."""

from __future__ import annotations

import viewers.cli.accept_inputs as own
import viewers.cli.options as typed
from viewers.cli.review_options import Store, store_path


def accept(
    run: own.RunFolder,
    root: own.Root = None,
    store: Store = None,
    aql: own.Aql = None,
    rql: own.Rql = None,
    aql_missing: own.AqlMissing = None,
    rql_missing: own.RqlMissing = None,
    producer_risk: own.ProducerRisk = None,
    consumer_risk: own.ConsumerRisk = None,
    plan: own.Plan = None,
    scenes_at_most: own.ScenesAtMost = None,
    seed: own.Seed = None,
    json: typed.Json = False,
    page: own.Page = None,
    signed_by: own.SignedBy = None,
) -> int:
    """Draw tracks and frame sectors of a delivery once, and say what the verdicts on them decide.

    Judge what it lists with `boresight review set RUN SUBJECT correct` or `new-error`, and ask again.

    Exit codes: 0 accepted, 1 rejected, 3 go on inspecting, 2 usage, 4 bug, 5 environment.
    """
    from fusion.review.acceptance import accept_delivery
    from fusion.run.saved_run import dataset_of, load_run
    from viewers.cli.exit_codes import FINDINGS, FINE, INCOMPLETE
    from viewers.cli.stdout import write_file, write_result
    from viewers.cli.terminal import print_lines
    from viewers.errors import CommandError
    from viewers.outputs.accept import accept_lines
    from viewers.report.acceptance_page import acceptance_page

    own.require_page(page)
    options = own.options_of(
        plan,
        scenes_at_most,
        seed,
        aql=aql,
        rql=rql,
        aql_missing=aql_missing,
        rql_missing=rql_missing,
        producer_risk=producer_risk,
        consumer_risk=consumer_risk,
    )
    saved, reviews = load_run(run), store_path(run, store)
    if store is not None and not reviews.exists():
        raise CommandError(f"--store: {reviews}: no such review store")
    verdict = accept_delivery(saved, dataset_of(saved, root), reviews, options, signed_by)
    if page is not None:
        write_file(page, acceptance_page(verdict, page.suffix.lower()))
    if json:
        write_result(verdict.to_json() + "\n")
    else:
        print_lines(accept_lines(verdict))
    return {"accept": FINE, "reject": FINDINGS, "continue": INCOMPLETE}[verdict.decision]
