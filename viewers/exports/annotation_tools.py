"""Findings into annotation tools, one folder a scene: the labeller opens their own tool at the right object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibration.errors import BoresightError
from fusion.checks.finding import Finding
from fusion.judge.causes import leading
from fusion.scene.dataset import Dataset
from viewers.exports.annotated import AnnotatedScene
from viewers.exports.cvat import cvat_files
from viewers.exports.fiftyone import fiftyone_files
from viewers.exports.openlabel import openlabel_files
from viewers.exports.sustechpoints import sustechpoints_files
from viewers.outputs.lines import printable

TOOLS: dict[str, Callable[[AnnotatedScene], dict[str, bytes]]] = {
    "cvat": cvat_files,
    "sustechpoints": sustechpoints_files,
    "openlabel": openlabel_files,
    "fiftyone": fiftyone_files,
}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Exported:
    """files: written; boxes: labels and proposals with something said of them; left_out: findings about no label."""

    files: Sequence[Path]
    boxes: int
    left_out: Sequence[Finding]


def export_findings(
    dataset: Dataset, findings: Sequence[Finding], tool: str, folder: Path, progress: Progress | None = None
) -> Exported:
    """Write what a tool reads of every scene that has findings.

    Args:
        tool: a name of `TOOLS`.
        progress: told after each scene.

    Raises:
        BoresightError: a scene can't be read, or the folder can't be written.
    """
    files: list[Path] = []
    boxes = 0
    names = [name for name in dataset.scene_names if any(finding.scene == name for finding in findings)]
    left_out = [finding for finding in leading(findings) if finding.scene not in names]
    for done, name in enumerate(names, start=1):
        annotated = AnnotatedScene.of(dataset.scene(name), findings)
        for path, content in TOOLS[tool](annotated).items():
            files.append(_written(folder / _folder_name(name) / path, content))
        boxes += int(annotated.annotated.sum())
        left_out += annotated.elsewhere
        if progress is not None:
            progress(name, done, len(names))
    return Exported(files, boxes, left_out)


def _folder_name(scene: str) -> str:
    """A scene's name as one folder, which stays where it is put."""
    name = printable(scene).replace("/", "_").replace("\\", "_")
    return name if name.strip(".") else f"scene{name}"


def _written(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise BoresightError(f"{path}: can't be written: {error.strerror or error}") from error
    return path
