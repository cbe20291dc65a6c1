"""`boresight info`: what a data set holds."""

from __future__ import annotations

import viewers.cli.options as typed


def info(
    root: typed.Root,
    format: typed.Format = None,  # noqa: A002  (the name users type)
    labels: typed.Labels = None,
    rig: typed.Rig = None,
    allow_pickle: typed.AllowPickle = False,
    scene: typed.Scenes = None,
    json: typed.Json = False,
) -> int:
    """Format, scenes, sensors, rates, sync, poses and label statistics; exit code 3 if something was unreadable."""
    from fusion.run.statistics import dataset_info
    from viewers.cli.exit_codes import FINE, INCOMPLETE
    from viewers.cli.inputs import opened, rig_of
    from viewers.cli.progress import progress_line
    from viewers.cli.stdout import write_result
    from viewers.cli.terminal import print_lines
    from viewers.outputs.info import info_lines

    names = scene or ()
    dataset = opened(root, format, labels, rig_of(rig), None, allow_pickle, names)
    with progress_line("reading") as progress:
        held = dataset_info(dataset, names, progress)
    if json:
        write_result(held.to_json() + "\n")
    else:
        print_lines(info_lines(held))
    return INCOMPLETE if any(problem.lost for problem in held.problems) or not held.total.frames else FINE
