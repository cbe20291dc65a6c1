"""What a fault is: its name, how far it reaches, how large it is, and what should be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from fusion.errors import PlantingError
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene

Family = Literal["box", "class", "track", "time", "rig", "convention"]
Reach = Literal["frames", "tail", "track", "scene"]


@dataclass(frozen=True)
class Extent:
    """How far a fault reaches: some frames in a row, the rest of a track from a frame on, a whole track, all labels."""

    reach: Reach
    frames: int = 1

    @classmethod
    def parse(cls, text: str) -> Extent:
        """From "frame", a number of frames, "tail", "track" or "scene".

        Raises:
            PlantingError: anything else.
        """
        if text == "frame" or (text.isdigit() and int(text) > 0):
            return cls("frames", 1 if text == "frame" else int(text))
        for reach in ("tail", "track", "scene"):
            if text == reach:
                return cls(reach)
        raise PlantingError(f"an extent is frame, a number of frames, tail, track or scene, got {text!r}")

    def __str__(self) -> str:
        if self.reach != "frames":
            return self.reach
        return "frame" if self.frames == 1 else f"{self.frames}"

    @property
    def words(self) -> str:
        """For a person."""
        if self.reach == "frames":
            return "1 frame" if self.frames == 1 else f"{self.frames} frames"
        return {"tail": "tail", "track": "whole track", "scene": "all labels"}[self.reach]


# Does a fault to a scene, sparing the tracks and labels that are taken; None where the scene offers nothing for it.
Planter = Callable[[Scene, "Fault", np.random.Generator, frozenset[str]], "Change | None"]


@dataclass(frozen=True, eq=False)
class FaultKind:
    """One row of the fault library.

    summary: what happens, in the words of the people it happens to; unit: of the magnitude, "" where it has none;
    magnitudes, extents: what is tried, the first is the usual one; expected_codes: checks any of which names the
    fault, in `codes_at` those that go with one reach only; plant: does it to a scene.
    """

    name: str
    summary: str
    family: Family
    unit: str
    magnitudes: tuple[float, ...]
    extents: tuple[str, ...]
    expected_codes: tuple[str, ...]
    plant: Planter
    codes_at: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def codes(self, extent: Extent) -> tuple[str, ...]:
        """The checks that should name it at this extent."""
        return tuple(sorted({*self.expected_codes, *self.codes_at.get(extent.reach, ())}))

    @property
    def on_objects(self) -> bool:
        """Whether it befalls single objects, so that several can be planted in a scene side by side."""
        return self.family in ("box", "class", "track")


@dataclass(frozen=True, eq=False)
class Fault:
    """A kind of fault, with its size and reach."""

    kind: FaultKind
    magnitude: float
    extent: Extent

    @property
    def text(self) -> str:
        """As the command line takes it: "shift:0.5:frame"."""
        return f"{self.kind.name}:{self.magnitude:g}:{self.extent}"

    @property
    def expected_codes(self) -> tuple[str, ...]:
        """The checks any of which names it."""
        return self.kind.codes(self.extent)


@dataclass(frozen=True, eq=False)
class Change:
    """What planting one fault did.

    edits: to labels; scene: the scene with other sensors, times or poses, None where only labels changed;
    tracks, frames, sensor: whom it befell; labels: ids of those it changed, added or removed.
    """

    edits: tuple[LabelEdit, ...] = ()
    scene: Scene | None = None
    tracks: tuple[str, ...] = ()
    frames: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    sensor: str | None = None


@dataclass(frozen=True)
class Truth:
    """The truth about one planted fault, as `planted.json` holds it; category: of the object before."""

    fault: str
    scene: str
    frames: tuple[int, ...]
    keys: tuple[str, ...]
    tracks: tuple[str, ...]
    labels: tuple[str, ...]
    sensor: str | None
    magnitude: float
    unit: str
    extent: str
    expected_codes: tuple[str, ...]
    category: str = ""

    @classmethod
    def of(cls, fault: Fault, change: Change, scene: Scene) -> Truth:
        """The truth about a fault of a scene."""
        return cls(
            fault=fault.kind.name,
            scene=scene.name,
            frames=change.frames,
            keys=tuple(scene.frame_table.keys[frame] for frame in change.frames),
            tracks=change.tracks,
            labels=change.labels,
            sensor=change.sensor,
            magnitude=fault.magnitude,
            unit=fault.kind.unit,
            extent=str(fault.extent),
            expected_codes=fault.expected_codes,
            category=_category_of(change.labels, scene) if fault.kind.on_objects else "",
        )

    @property
    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


def _category_of(labels: tuple[str, ...], scene: Scene) -> str:
    rows = np.flatnonzero(np.isin(scene.labels.boxes.label_ids, labels[:1]))
    return scene.labels.boxes.category[int(rows[0])] if len(rows) else ""
