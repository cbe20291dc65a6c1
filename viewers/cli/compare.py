"""`boresight compare`: how well label sets of the same scenes agree."""

from __future__ import annotations

import viewers.cli.compare_inputs as own
import viewers.cli.options as typed


def compare(
    roots: typed.Roots,
    format: typed.Format = None,  # noqa: A002  (the name users type)
    labels: own.LabelNames = None,
    scene: typed.Scenes = None,
    match: own.Match = "centre",
    same_class: own.SameClass = False,
    tolerance_ms: own.Tolerance = 50.0,
    weights: own.Weights = None,
    json: typed.Json = False,
    csv: own.CsvFile = None,
    consensus: own.ConsensusOut = None,
) -> int:
    """Hold label sets of the same scenes against each other: annotators, deliveries, predictions.

    Exit codes: 0 compared, 2 usage or nothing in common, 3 some scene could not be compared, 4 bug, 5 environment.
    """
    from fusion.compare.compare import compare_label_sets, sources_of
    from fusion.compare.consensus_file import write_consensus
    from viewers.cli.exit_codes import FINE, INCOMPLETE
    from viewers.cli.inputs import opened
    from viewers.cli.progress import progress_line
    from viewers.cli.results import require_writable
    from viewers.cli.stdout import write_file, write_result
    from viewers.cli.terminal import print_lines
    from viewers.outputs.compare import compare_lines
    from viewers.outputs.compare_csv import differences_csv

    require_writable(csv, None, "--csv")
    rule, voices = own.rule_of(match, same_class), own.numbers_of(weights, "--weights")
    sources = sources_of([opened(root, format) for root in roots], typed.words(labels))
    with progress_line("comparing") as progress:
        found = compare_label_sets(sources, rule, scene or (), round(tolerance_ms * 1e6), voices, progress)
    if consensus is not None:
        write_consensus(found, sources[0], consensus)
    if csv is not None:
        write_file(csv, differences_csv(found))
    if json:
        write_result(found.document.to_json() + "\n")
    else:
        print_lines(compare_lines(found.document))
    return INCOMPLETE if found.document.incomplete else FINE
