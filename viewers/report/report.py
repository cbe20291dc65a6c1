"""From a saved run to its report: the data set gives pictures and rates; where it is gone the report does without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from calibration.errors import BoresightError
from fusion.run.run import Run
from fusion.run.saved_run import dataset_of
from fusion.scene.dataset import Dataset
from viewers.report.calibration_panel import CalibDocument
from viewers.report.changes import Changes
from viewers.report.content import ReportContent
from viewers.report.decided import Decided
from viewers.report.images import draw_pictures
from viewers.report.label_facts import label_facts

Progress = Callable[[str, int, int], None]


def report_of(
    run: Run,
    root: str | Path | None = None,
    pictures: int = 30,
    calib: CalibDocument | None = None,
    changes: Changes | None = None,
    decided: Mapping[str, Decided] | None = None,
    progress: Progress | None = None,
) -> ReportContent:
    """What a report of a run says.

    Args:
        root: where the data set is now; left out, where it was.
        pictures: of so many leading findings, the most urgent first.
        progress: told after each picture.

    Raises:
        BoresightError: `root` was named and holds no such data set.
    """
    content = ReportContent(run.document, calib=calib, changes=changes, decided=decided or {})
    try:
        dataset = dataset_of(run, root)
    except BoresightError as error:
        if root is not None:
            raise
        return replace(content, no_data=f"Without pictures and rates, because the data are not at hand: {error}")
    return _with_data(content, dataset, pictures, run.scenes, progress)


def _with_data(
    content: ReportContent, dataset: Dataset, pictures: int, scenes: Sequence[str], progress: Progress | None
) -> ReportContent:
    facts = label_facts(dataset, [name for name in scenes if name in dataset.scene_names])
    drawn = draw_pictures(dataset, content.leading[:pictures], progress)
    no_data = "; ".join(f"{name}: {reason}" for name, reason in facts.unread.items())
    return replace(content, facts=facts, pictures=drawn, no_data=no_data)
