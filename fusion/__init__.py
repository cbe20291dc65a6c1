"""Brings measurements and labels together, judges them, and says which one is wrong.

>>> from fusion import open_dataset, check_dataset
>>> run = check_dataset(open_dataset("path/to/data"))

Names are imported when first used, so that `import fusion` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fusion.checks.settings import Settings
    from fusion.formats.registry import open_dataset
    from fusion.run.check import check_dataset, check_frame, check_scene
    from fusion.run.diff import diff_runs
    from fusion.run.saved_run import load_run
    from fusion.scene.boxes3d import Boxes3D
    from fusion.scene.scene import Scene

_HOME = {
    "Boxes3D": "fusion.scene.boxes3d",
    "Scene": "fusion.scene.scene",
    "Settings": "fusion.checks.settings",
    "check_dataset": "fusion.run.check",
    "check_frame": "fusion.run.check",
    "check_scene": "fusion.run.check",
    "diff_runs": "fusion.run.diff",
    "load_run": "fusion.run.saved_run",
    "open_dataset": "fusion.formats.registry",
}

__all__ = [
    "Boxes3D",
    "Scene",
    "Settings",
    "check_dataset",
    "check_frame",
    "check_scene",
    "diff_runs",
    "load_run",
    "open_dataset",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'fusion' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
