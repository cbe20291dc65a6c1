"""`boresight calib`: numbers instead of eyeballing for calibration and clocks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import viewers.cli.options as typed

PlotFolder = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        metavar="DIR",
        help="Draw timelines, points in images before and after correction, and what was tried.",
        rich_help_panel=typed.OUTPUT,
    ),
]
RigOutput = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="RIG", help="Write a corrected rig file, for check --rig.", rich_help_panel=typed.OUTPUT
    ),
]


def calib(
    root: typed.Root,
    format: typed.Format = None,  # noqa: A002  (the name users type)
    labels: typed.Labels = None,
    rig: typed.Rig = None,
    scene: typed.Scenes = None,
    json: typed.Json = False,
    plot: PlotFolder = None,
    out: RigOutput = None,
) -> int:
    """Audit clocks, lenses, mountings and poses: estimate, interval and verdict of each; no labels are judged.

    What labels say of the cameras they are drawn in stands on lines of its own, "to labels".

    Exit codes: 0 nothing is off, 1 something is, 2 usage, 3 unreadable input, 4 bug, 5 environment.
    """
    from fusion.run.calibration_audit import audit_calibration
    from viewers.cli.calibration_files import (
        draw_overlays,
        draw_scans,
        draw_timelines,
        require_places,
        write_corrected_rig,
    )
    from viewers.cli.exit_codes import FINDINGS, FINE, INCOMPLETE, strongest
    from viewers.cli.inputs import opened, rig_of
    from viewers.cli.progress import progress_line
    from viewers.cli.stdout import write_result
    from viewers.cli.terminal import print_lines
    from viewers.outputs.calib import calib_lines

    names = scene or ()
    require_places(out, plot)
    dataset = opened(root, format, labels, rig_of(rig), scenes=names)
    with progress_line("auditing") as progress:
        audit = audit_calibration(dataset, names, progress)
    if json:
        write_result(audit.to_json() + "\n")
    else:
        print_lines(calib_lines(audit))
    if plot is not None:
        draw_timelines(dataset, audit, plot)
        draw_overlays(dataset, audit, plot)
        draw_scans(audit, plot)
    if out is not None:
        write_corrected_rig(audit, out)
    unread = any(problem.lost for problem in audit.problems)
    return strongest([FINDINGS if audit.off else FINE, INCOMPLETE if unread else FINE])
