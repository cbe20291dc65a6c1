"""Brings measurements and labels together, judges them, and says which one is wrong.

>>> from fusion import open_dataset, check_dataset
>>> run = check_dataset(open_dataset("path/to/data"))

A run is kept in a folder, read back and held against an earlier one; what people decided about it is in its reviews:

>>> from fusion import ReviewStore, diff_runs, load_run
>>> run.save("today")
>>> changes = diff_runs([load_run("yesterday"), load_run("today")], ["yesterday", "today"])
>>> with ReviewStore.open("today/reviews.sqlite", create=True) as store:
...     verdicts = store.verdicts()

Two label sets of the same scenes are compared without a run:

>>> from fusion import compare_label_sets, sources_of
>>> agreement = compare_label_sets(sources_of([open_dataset("delivery_a"), open_dataset("delivery_b")]))

Names are imported when first used, so that `import fusion` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fusion.checks.finding import Finding
    from fusion.checks.settings import Settings
    from fusion.compare.compare import compare_label_sets, sources_of
    from fusion.formats.registry import open_dataset
    from fusion.review.reviewed import reviewed
    from fusion.review.store import ReviewStore
    from fusion.run.check import check_dataset, check_frame, check_scene
    from fusion.run.diff import diff_runs
    from fusion.run.repair import repair
    from fusion.run.run import Run
    from fusion.run.saved_run import dataset_of, load_run
    from fusion.scene.boxes3d import Boxes3D
    from fusion.scene.scene import Scene

_HOME = {
    "Boxes3D": "fusion.scene.boxes3d",
    "Finding": "fusion.checks.finding",
    "ReviewStore": "fusion.review.store",
    "Run": "fusion.run.run",
    "Scene": "fusion.scene.scene",
    "Settings": "fusion.checks.settings",
    "check_dataset": "fusion.run.check",
    "check_frame": "fusion.run.check",
    "check_scene": "fusion.run.check",
    "compare_label_sets": "fusion.compare.compare",
    "dataset_of": "fusion.run.saved_run",
    "diff_runs": "fusion.run.diff",
    "load_run": "fusion.run.saved_run",
    "open_dataset": "fusion.formats.registry",
    "repair": "fusion.run.repair",
    "reviewed": "fusion.review.reviewed",
    "sources_of": "fusion.compare.compare",
}

__all__ = [
    "Boxes3D",
    "Finding",
    "ReviewStore",
    "Run",
    "Scene",
    "Settings",
    "check_dataset",
    "check_frame",
    "check_scene",
    "compare_label_sets",
    "dataset_of",
    "diff_runs",
    "load_run",
    "open_dataset",
    "repair",
    "reviewed",
    "sources_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'fusion' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
