"""All scenes of the compared label sets below each other, as columns: what everything else here is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.compare.aligned import AlignedScene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import ABSENT, Coded
from fusion.scene.taxonomy import kind_of_name

# Sets that share fewer of their class names than this speak different languages.
SHARED_NAMES = 0.5


@dataclass(frozen=True, eq=False)
class ComparedSet:
    """M boxes of one set over all scenes.

    frames: (M,) common frame; tracks: (M,) number over all scenes, -1 without; annotated: (F,) whether the set was
    labelled there.
    """

    name: str
    boxes: Boxes3D
    frames: IntArray
    tracks: IntArray
    annotated: BoolArray

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def predicted(self) -> bool:
        """Whether a model drew it: its boxes have confidences."""
        confidences = self.boxes.confidences
        return confidences is not None and bool(np.isfinite(confidences).any())


@dataclass(frozen=True, eq=False)
class Delivery:
    """F common frames of all scenes.

    scene: (F,) number; keys: (F,); translations_m, rotations: (F, 3), (F, 3, 3) world_from_ego, NaN where unknown;
    vocabulary: "names", or "kinds" where the sets name their classes differently.
    """

    scenes: tuple[str, ...]
    scene: IntArray
    keys: tuple[str, ...]
    timestamps_ns: IntArray
    translations_m: FloatArray
    rotations: FloatArray
    sets: tuple[ComparedSet, ...]
    vocabulary: str


def joined(scenes: Sequence[AlignedScene], names: Sequence[str]) -> Delivery:
    """Scenes below each other; class names are translated where the sets have too few in common."""
    frames = [len(scene.keys) for scene in scenes]
    starts = np.cumsum([0, *frames])
    number = np.repeat(np.arange(len(scenes)), frames)
    sets = []
    for column, name in enumerate(names):
        parts = [scene.sets[column] for scene in scenes]
        sets.append(
            ComparedSet(
                name=name,
                boxes=Boxes3D.concatenate([part.boxes for part in parts]),
                frames=np.concatenate([part.frames + start for part, start in zip(parts, starts[:-1], strict=True)]),
                tracks=_track_numbers(parts),
                annotated=np.concatenate([part.annotated for part in parts]),
            )
        )
    sets, vocabulary = _in_one_language(sets)
    unknown = [scene.poses is None for scene in scenes]
    return Delivery(
        scenes=tuple(scene.name for scene in scenes),
        scene=number,
        keys=tuple(key for scene in scenes for key in scene.keys),
        timestamps_ns=np.concatenate([scene.timestamps_ns for scene in scenes]),
        translations_m=np.concatenate(
            [
                np.full((n, 3), np.nan) if no else s.poses.translations_m  # type: ignore[union-attr]
                for s, no, n in zip(scenes, unknown, frames, strict=True)
            ]
        ),
        rotations=np.concatenate(
            [
                np.full((n, 3, 3), np.nan) if no else s.poses.rotations  # type: ignore[union-attr]
                for s, no, n in zip(scenes, unknown, frames, strict=True)
            ]
        ),
        sets=tuple(sets),
        vocabulary=vocabulary,
    )


def _track_numbers(parts: Sequence[object]) -> IntArray:
    """The same name in another scene is another track."""
    numbers, start = [np.zeros(0, dtype=np.int64)], 0
    for part in parts:
        track: Coded = part.boxes.track  # type: ignore[attr-defined]
        numbers.append(np.where(track.codes == ABSENT, -1, track.codes.astype(np.int64) + start))
        start += len(track.names)
    return np.concatenate(numbers)


def _in_one_language(sets: list[ComparedSet]) -> tuple[list[ComparedSet], str]:
    """Class names as they are where enough are shared, else the kinds they stand for."""
    used = [_used(one.boxes.category) for one in sets]
    shares = [len(used[0] & other) / min(len(used[0]), len(other)) for other in used[1:] if other and used[0]]
    if not shares or min(shares) >= SHARED_NAMES:
        return sets, "names"
    return [replace(one, boxes=replace(one.boxes, category=_as_kinds(one.boxes.category))) for one in sets], "kinds"


def _used(category: Coded) -> set[str]:
    return {category.names[code] for code in np.unique(category.codes) if code != ABSENT}


def _as_kinds(category: Coded) -> Coded:
    names = [kind.value if (kind := kind_of_name(name)) else name.lower() for name in category.names]
    distinct = tuple(dict.fromkeys(names))
    lookup = np.asarray([*(distinct.index(name) for name in names), ABSENT], dtype=np.int32)
    return Coded(lookup[category.codes], distinct)
