"""`boresight check`: the main job."""

from __future__ import annotations

import viewers.cli.options as typed


def check(
    roots: typed.Roots,
    format: typed.Format = None,  # noqa: A002  (the name users type)
    labels: typed.Labels = None,
    rig: typed.Rig = None,
    predictions: typed.Predictions = None,
    allow_pickle: typed.AllowPickle = False,
    scene: typed.Scenes = None,
    select: typed.Select = None,
    ignore: typed.Ignore = None,
    settings: typed.SettingsFile = None,
    priors: typed.Priors = None,
    precision: typed.Precision = None,
    reviews: typed.Reviews = None,
    tiers: typed.Tiers = None,
    output_format: typed.OutputAs = None,
    json: typed.Json = False,
    output: typed.Output = None,
    run: typed.RunFolder = None,
    restart: typed.Restart = False,
    top: typed.Top = 10,
    fail_on: typed.FailAt = typed.FailOn.ERROR,
    baseline: typed.Baseline = None,
    min_assessed: typed.MinAssessed = 0.0,
    require: typed.Require = None,
    workers: typed.Workers = 1,
    engine: typed.Engine = "local",
) -> int:
    """Find wrong labels, calibration, clocks and files, and rank what was found.

    Exit codes: 0 nothing at or above --fail-on, 1 findings (with --baseline: new ones), 2 usage, 3 unreadable input,
    or too little assessed, 4 bug, 5 environment.
    """
    from fusion.run.check import check_dataset
    from viewers.cli.earlier_runs import against, baseline_of
    from viewers.cli.inputs import opened, rig_of, settings_of
    from viewers.cli.progress import progress_line
    from viewers.cli.remembered import require_reviews, without_dismissed
    from viewers.cli.results import chosen_format, hand_out, require_file_for, require_writable, say
    from viewers.cli.verdict import exit_code_of, required_checks

    written_as = chosen_format(output_format, json)
    chosen = settings_of(settings, typed.words(select), typed.words(ignore), typed.words(tiers), priors, precision)
    required = required_checks(typed.words(require))
    known = baseline_of(baseline)
    require_writable(output, run)
    require_file_for(written_as, output)
    require_reviews(reviews)
    sensors = rig_of(rig)
    datasets = [opened(root, format, labels, sensors, predictions, allow_pickle, scene or (), True) for root in roots]
    with progress_line("checking") as progress:
        result = check_dataset(datasets, chosen, workers, engine, scene or (), progress, run, restart, say)
    if reviews is not None:
        result = without_dismissed(result, reviews)
    result = against(known, result)
    hand_out(result, written_as, output, top)
    return exit_code_of(result, fail_on, min_assessed, required)
