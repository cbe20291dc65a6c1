"""`boresight fix`: a corrected copy of a data set, from what a run proposed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed
from viewers.cli.review_options import Reviewed, Store

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `check --run` wrote.")]
Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="DIR", help="Where the copy goes; a new folder.", rich_help_panel=typed.OUTPUT),
]
MinScore = Annotated[
    float,
    typer.Option(
        "--min-score",
        min=0.0,
        max=1.0,
        metavar="P",
        help="Apply proposals of findings that are at least this likely to be right.",
        rich_help_panel=typed.JUDGEMENT,
    ),
]
Root = Annotated[
    Path | None,
    typer.Option(
        "--root",
        metavar="ROOT",
        help="Where the data set is now; of a run over several, which.",
        rich_help_panel=typed.INPUT,
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Go on although the data set has changed since the run; what no longer fits is skipped.",
        rich_help_panel=typed.INPUT,
    ),
]


def fix(
    run: RunFolder,
    out: Out,
    select: typed.Select = None,
    min_score: MinScore = 0.8,
    reviewed: Reviewed = False,
    store: Store = None,
    root: Root = None,
    force: Force = False,
) -> int:
    """Apply a run's proposals to a copy of the data set, in its own format; boresight-changes.json lists each change.

    Reviews count where the run has any: what was confirmed or corrected is applied whatever its score, the reviewer's
    correction in place of the run's; what was dismissed, fixed, disputed or left unsure never is.

    Exit codes: 0 written, 2 usage or nothing to apply, 3 unreadable input, 4 bug, 5 environment.
    """
    from fusion.run.repair import repair
    from fusion.run.saved_run import dataset_of, findings_about, load_run, require_unchanged
    from viewers.cli.exit_codes import FINE
    from viewers.cli.reviewed_findings import reviewed_findings
    from viewers.cli.terminal import print_lines
    from viewers.outputs.fix import fix_lines

    saved = load_run(run)
    dataset = dataset_of(saved, root)
    if not force:
        require_unchanged(saved, dataset, root)
    said = reviewed_findings(findings_about(saved, root), run, store, dataset, reviewed)
    wanted = said.by_people if reviewed else said.findings
    repaired = repair(dataset, wanted, out, typed.words(select), min_score, said.meant, said.left_out)
    print_lines(fix_lines(repaired))
    return FINE
