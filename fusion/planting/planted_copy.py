"""Faults planted in a copy of a data set, in its own format, with the truth beside the data."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fusion.errors import PlantingError
from fusion.formats.label_writing import WrittenCopy, write_labels
from fusion.measure.recounted import recounted
from fusion.planting.fault import Fault, Truth
from fusion.planting.plant import plant
from fusion.scene.dataset import Dataset
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene

TRUTHS = "planted.json"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class PlantedCopy:
    """A corrupted copy, and the truth about it; not_planted: faults that no scene offers anything for."""

    copy: WrittenCopy
    truths: tuple[Truth, ...]
    not_planted: tuple[str, ...]


def plant_copy(
    dataset: Dataset,
    faults: Sequence[Fault],
    out: str | Path,
    seed: int = 0,
    most: int = 1,
    scenes: Sequence[str] = (),
    progress: Progress | None = None,
) -> PlantedCopy:
    """Write a copy of a data set with faults in it, and `planted.json` with the truth about each.

    Args:
        faults: each is planted in every scene that offers an object for it; most: on how many objects of a scene.
        scenes: only these; all if empty.
        progress: told after each scene: its name, how many are done, how many there are.

    Raises:
        PlantingError: nothing could be planted.
        LabelEditError: the format has no writer, or no place for a fault, or there is no place for the copy.
    """
    names = tuple(scenes) or dataset.scene_names
    truths: list[Truth] = []
    edits: list[LabelEdit] = []
    recordings: list[Scene] = []
    for done, name in enumerate(names, start=1):
        planted = plant(dataset.scene(name), faults, seed, most)
        truths += planted.truths
        edits += recounted(planted.scene, planted.edits)
        recordings += [] if planted.labels_only else [planted.scene]
        if progress is not None:
            progress(name, done, len(names))
    missing = tuple(fault.text for fault in faults if all(fault.kind.name != truth.fault for truth in truths))
    if not truths:
        raise PlantingError(f"{dataset.root} offers nothing to plant {', '.join(missing)} in")
    copy = write_labels(dataset, edits, out, recordings)
    lines = ",\n".join(json.dumps(truth.record, ensure_ascii=False) for truth in truths)
    (copy.folder / TRUTHS).write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return PlantedCopy(copy, tuple(truths), missing)
