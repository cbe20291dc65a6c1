"""`boresight export`: findings for other tools."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed
from viewers.cli.review_options import Reviewed, Store


class Tool(str, Enum):
    """Where findings can go; `viewers.exports.annotation_tools` writes them."""

    CVAT = "cvat"
    SUSTECHPOINTS = "sustechpoints"
    OPENLABEL = "openlabel"
    FIFTYONE = "fiftyone"


RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `check --run` wrote.")]
To = Annotated[Tool, typer.Option("--to", help="The tool that will read it.", rich_help_panel=typed.OUTPUT)]
Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="DIR", help="Where it goes, one folder a scene.", rich_help_panel=typed.OUTPUT),
]
Root = Annotated[
    Path | None,
    typer.Option("--root", metavar="ROOT", help="Where the data set is now.", rich_help_panel=typed.INPUT),
]


def export(run: RunFolder, to: To, out: Out, root: Root = None, reviewed: Reviewed = False, store: Store = None) -> int:
    """Write labels with comments where a run found something, and the corrections it proposes beside them.

    Reviews count where the run has any: what was dismissed is left out, a reviewer's correction replaces the run's.

    Exit codes: 0 written, 2 usage, 3 unreadable input, 4 bug, 5 environment.
    """
    import sys

    from fusion.run.saved_run import dataset_of, findings_about, load_run
    from viewers.cli.exit_codes import FINE
    from viewers.cli.progress import progress_line
    from viewers.cli.results import require_writable
    from viewers.cli.reviewed_findings import reviewed_findings
    from viewers.cli.stdout import write_result
    from viewers.exports.annotation_tools import export_findings
    from viewers.outputs.lines import printable
    from viewers.outputs.quantities import counted

    saved = load_run(run)
    require_writable(None, out)
    dataset = dataset_of(saved, root)
    said = reviewed_findings(findings_about(saved, root), run, store, dataset, reviewed)
    with progress_line("exporting") as progress:
        exported = export_findings(dataset, said.by_people if reviewed else said.findings, to.value, out, progress)
    write_result("".join(f"{printable(path)}\n" for path in exported.files))
    told = f"boresight: {counted(exported.boxes, 'box', 'boxes')} with a comment or a correction"
    left = counted(len(exported.left_out), "finding")
    print(f"{told}; {left} about no label left out" if exported.left_out else told, file=sys.stderr)
    return FINE
