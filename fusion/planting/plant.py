"""Faults planted in a scene in memory: the corrupted scene, and the truth about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fusion.planting.chance import generator_for
from fusion.planting.fault import Change, Fault, Truth
from fusion.planting.streams import changed
from fusion.planting.velocities import with_velocities_renewed
from fusion.scene.label_edits import LabelEdit, edited, joined
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class PlantedScene:
    """A scene with faults in it.

    truths: of each fault; edits: to its labels; labels_only: sensors, times and poses are as they were.
    """

    scene: Scene
    truths: tuple[Truth, ...]
    edits: tuple[LabelEdit, ...]
    labels_only: bool = True


def plant(scene: Scene, faults: Sequence[Fault], seed: int = 0, most: int = 1) -> PlantedScene:
    """Plant faults in a scene, one after the other, each on an object of its own.

    Args:
        faults: those that befall single objects come on up to `most` objects each; a fault the scene offers nothing
            for is left out, and has no truth.
        seed: the same faults and seed always choose the same.

    The scene handed in stays as it was; labels are on trial, no other set is touched.
    """
    taken: frozenset[str] = frozenset()
    truths: list[Truth] = []
    edits: list[LabelEdit] = []
    current, labels_only = scene, True
    for fault in sorted(faults, key=lambda fault: fault.kind.family in ("time", "rig", "convention")):
        rng = generator_for(seed, scene.name, fault.text)
        for _ in range(most if fault.kind.on_objects else 1):
            source = scene if fault.kind.on_objects else current
            change = fault.kind.plant(source, fault, rng, taken)
            if change is None or not (change.edits or change.scene):
                break
            taken |= {*change.tracks, *change.labels}
            truths.append(Truth.of(fault, change, source))
            edits += change.edits
            current, only = _applied(current, change)
            labels_only &= only
    return PlantedScene(current, tuple(truths), tuple(joined(edits)), labels_only)


def _applied(scene: Scene, change: Change) -> tuple[Scene, bool]:
    if change.scene is not None:
        return change.scene, False
    before = scene.labels
    after = with_velocities_renewed(before, edited(before, change.edits))
    return changed(scene, label_sets={**scene.label_sets, scene.labels_on_trial: after}), True
