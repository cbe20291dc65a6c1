"""Class, range and annotator of every label of a data set, for a report to hold findings against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from calibration.arrays import FloatArray
from calibration.errors import BoresightError
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.scene.coded import Coded
from fusion.scene.dataset import Dataset
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class SceneFacts:
    """The labels on trial of one scene. ranges_m: (M,) from ego, NaN unknown; rows: by frame's key and label's id."""

    frames: int
    category: Coded
    ranges_m: FloatArray
    annotator: Coded | None
    vendor: Coded | None
    rows: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, scene: Scene) -> SceneFacts:
        """Read no points and no images for it."""
        labels, keys = scene.labels, scene.frame_table.keys
        provenance = labels.boxes.provenance
        frames = (keys[frame] if frame >= 0 else "" for frame in labels.frame_index.tolist())
        named = zip(frames, (str(label) for label in labels.boxes.label_ids), strict=True)
        return cls(
            frames=len(keys),
            category=labels.boxes.category,
            ranges_m=boxes_in_ego(scene).ranges_m,
            annotator=None if provenance is None else provenance.annotator,
            vendor=None if provenance is None else provenance.vendor,
            rows={name: row for row, name in enumerate(named)},
        )


@dataclass(frozen=True, eq=False)
class LabelFacts:
    """The scenes that could be read; unread: the others, each with its reason."""

    scenes: Mapping[str, SceneFacts] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


def label_facts(dataset: Dataset, scenes: Sequence[str] = ()) -> LabelFacts:
    """Facts of all scenes, or of some."""
    read, unread = {}, {}
    for name in scenes or dataset.scene_names:
        try:
            read[name] = SceneFacts.of(dataset.scene(name))
        except BoresightError as error:
            unread[name] = str(error)
    return LabelFacts(read, unread)
