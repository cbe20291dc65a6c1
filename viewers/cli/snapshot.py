"""`boresight snapshot`: evidence pictures of findings, without a window."""

from __future__ import annotations

import viewers.cli.options as typed


def snapshot(
    root: typed.Root,
    out: typed.OutputFolder,
    findings: typed.Findings = None,
    limit: typed.Limit = 20,
    scene: typed.OneScene = None,
    frame: typed.Frame = None,
    format: typed.Format = None,  # noqa: A002  (the name users type)
    rig: typed.Rig = None,
    select: typed.Select = None,
    ignore: typed.Ignore = None,
    settings: typed.SettingsFile = None,
) -> int:
    """Draw the most urgent findings, and what all sensors see of one frame; prints the files it wrote."""
    from fusion.run.check import check_dataset
    from viewers.cli.evidence import draw, found_before
    from viewers.cli.exit_codes import FINE, INCOMPLETE
    from viewers.cli.inputs import opened, rig_of, settings_of
    from viewers.cli.progress import progress_line
    from viewers.cli.results import require_writable
    from viewers.cli.stdout import write_result
    from viewers.outputs.lines import printable

    require_writable(None, out)
    scenes = () if scene is None else (scene,)
    chosen = settings_of(settings, typed.words(select), typed.words(ignore))
    dataset = opened(root, format, rig=rig_of(rig), scenes=scenes)
    if findings is None:
        with progress_line("checking") as progress:
            run = check_dataset(dataset, chosen, scenes=scenes, progress=progress)
    else:
        run = found_before(findings, chosen)
    written = draw(dataset, run, out, limit, scene, frame)
    write_result("".join(f"{printable(path)}\n" for path in written))
    return INCOMPLETE if findings is None and run.incomplete else FINE
