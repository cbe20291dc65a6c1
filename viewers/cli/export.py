"""`boresight export`: findings for other tools."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed


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
    typer.Option("--out", metavar="DIR", help="Where it goes, one folder a scene.", rich_help_panel=typed.OUTPUT),
]
Root = Annotated[
    Path | None,
    typer.Option("--root", metavar="ROOT", help="Where the data set is now.", rich_help_panel=typed.INPUT),
]


def export(run: RunFolder, to: To, out: Out, root: Root = None) -> int:
    """Write labels with comments where a run found something, and the corrections it proposes beside them.

    Exit codes: 0 written, 2 usage, 3 unreadable input, 4 bug, 5 environment.
    """
    import sys

    from fusion.run.repair import dataset_of, read_run
    from viewers.cli.exit_codes import FINE
    from viewers.cli.progress import progress_line
    from viewers.cli.results import require_writable
    from viewers.cli.stdout import write_result
    from viewers.exports.annotation_tools import export_findings
    from viewers.outputs.lines import printable
    from viewers.outputs.quantities import counted

    saved = read_run(run)
    require_writable(None, out)
    dataset = dataset_of(saved, root)
    with progress_line("exporting") as progress:
        exported = export_findings(dataset, saved.document.findings, to.value, out, progress)
    write_result("".join(f"{printable(path)}\n" for path in exported.files))
    told = f"boresight: {counted(exported.boxes, 'box', 'boxes')} with a comment or a correction"
    left = counted(len(exported.left_out), "finding")
    print(f"{told}; {left} about no label left out" if exported.left_out else told, file=sys.stderr)
    return FINE
