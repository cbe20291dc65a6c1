"""A copy of a data set with other labels, in its own format; the original is never touched.

Each format has a `label_writer` that takes scenes and their edits and gives back the files that differ; everything
else of the data set is copied, sensor files by link. Where a format lets rows stand for themselves, those nobody
edited stay as they were, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fusion.errors import LabelEditError
from fusion.formats.argoverse2 import recording_writer as argoverse2_recording
from fusion.formats.argoverse2.label_writer import rewritten_log
from fusion.formats.dataset_copy import copy_tree
from fusion.formats.kitti.label_writer import rewritten_label_files
from fusion.formats.nuscenes import recording_writer as nuscenes_recording
from fusion.formats.nuscenes.label_writer import rewritten_tables
from fusion.formats.openlabel.label_writer import rewritten_openlabel
from fusion.formats.safe_files import read_bytes
from fusion.scene.dataset import Dataset
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene

# Files below the scene's root that differ, by path; raises LabelEditError for what the format has no place for.
LabelWriter = Callable[[Scene, Sequence[LabelEdit], Callable[[str], bytes]], dict[str, bytes]]

WRITERS: Mapping[str, LabelWriter] = {
    "nuscenes": rewritten_tables,
    "kitti-object": rewritten_label_files,
    "kitti-tracking": rewritten_label_files,
    "argoverse2": rewritten_log,
    "openlabel": rewritten_openlabel,
}


@dataclass(frozen=True)
class WrittenCopy:
    """A copy. root: what to open it by; folder: where it starts; changed: files that differ, below the folder."""

    root: Path
    folder: Path
    changed: tuple[str, ...]


# The same for how a scene was recorded: what it was, what it is to be, and how to read a file.
RecordingWriter = Callable[[Scene, Scene, Callable[[str], bytes]], dict[str, bytes]]

RECORDING_WRITERS: Mapping[str, RecordingWriter] = {
    "nuscenes": nuscenes_recording.rewritten_recording,
    "argoverse2": argoverse2_recording.rewritten_recording,
}


def write_labels(
    dataset: Dataset, edits: Sequence[LabelEdit], out: str | Path, recordings: Sequence[Scene] = ()
) -> WrittenCopy:
    """Write a copy of a data set with edited labels.

    Args:
        edits: of any scenes, in the reference of their labels.
        recordings: scenes whose stamps, poses or mountings differ from what was read.
        out: a folder that doesn't exist yet, or is empty.

    Raises:
        LabelEditError: no writer for the format, an edit the format has no place for, or no place for the copy.
        FileProblemError: a label file can't be read.
    """
    writer = WRITERS.get(dataset.format)
    if writer is None:
        known = ", ".join(WRITERS)
        raise LabelEditError(f"labels in the format {dataset.format} can't be written; those of {known} can")
    by_scene: dict[str, list[LabelEdit]] = {}
    for edit in edits:
        by_scene.setdefault(edit.scene, []).append(edit)
    changed: dict[str, bytes] = {}
    names = dict.fromkeys([*by_scene, *(scene.name for scene in recordings)]) or dataset.scene_names[:1]
    scenes = {name: dataset.scene(name) for name in names}
    base = _base_of(list(scenes.values()), dataset)
    read = partial(_content, base=base, changed=changed)
    for name, own in by_scene.items():
        changed.update(writer(scenes[name], own, read))
    for after in recordings:
        changed.update(_recording_writer(dataset.format)(scenes[after.name], after, read))
    folder = Path(out)
    copy_tree(base, folder, changed, left_out=_other_tables(list(scenes.values()), base))
    return WrittenCopy(_root_in(folder, base, dataset), folder, tuple(changed))


def _recording_writer(dataset_format: str) -> RecordingWriter:
    if dataset_format not in RECORDING_WRITERS:
        known = ", ".join(RECORDING_WRITERS)
        raise LabelEditError(
            f"stamps, poses and mountings in the format {dataset_format} can't be written; those of {known} can"
        )
    return RECORDING_WRITERS[dataset_format]


def _content(path: str, base: Path, changed: Mapping[str, bytes]) -> bytes:
    """A file as an earlier scene left it."""
    return changed[path] if path in changed else read_bytes(base, path)


def _base_of(scenes: Sequence[Scene], dataset: Dataset) -> Path:
    """The folder that the paths of all scenes are relative to."""
    roots = {scene.root for scene in scenes}
    if len(roots) != 1 or None in roots:
        raise LabelEditError(f"{dataset.root} has no folder that holds all of its scenes")
    (base,) = roots
    return Path(str(base))


def _root_in(folder: Path, base: Path, dataset: Dataset) -> Path:
    """What the copy is opened by, as the original was."""
    root = dataset.root.absolute()
    return folder / root.relative_to(base.absolute()) if root.is_relative_to(base.absolute()) else folder


def _other_tables(scenes: Sequence[Scene], base: Path) -> frozenset[str]:
    """Other versions of the labels, beside which the one that was written could not be opened."""
    if scenes[0].dataset_format != "nuscenes":
        return frozenset()
    used = {scene.labels.name for scene in scenes}
    return frozenset(path.parent.name for path in base.glob("*/scene.json") if path.parent.name not in used)
