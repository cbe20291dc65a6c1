"""The rows one fault falls on, and the edits it makes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.transform import multiply_quaternions, quaternions_from_yaws
from fusion.measure.native_reference import native_from_ego, native_from_world
from fusion.planting.chance import name_for
from fusion.planting.fault import Change
from fusion.planting.objects import Objects, objects_of
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene

UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Spot:
    """K label rows of a scene, in time order."""

    scene: Scene
    rows: IntArray

    @property
    def objects(self) -> Objects:
        """All objects of the scene."""
        return objects_of(self.scene)

    @property
    def frames(self) -> IntArray:
        """(K,) frame of each row."""
        return self.scene.labels.frame_index[self.rows].astype(np.int64)

    @property
    def ids(self) -> tuple[str, ...]:
        """The labels' ids."""
        return tuple(str(label) for label in self.scene.labels.boxes.label_ids[self.rows])

    @property
    def tracks(self) -> tuple[str, ...]:
        """The objects the rows belong to, each once."""
        names = self.scene.labels.boxes.track.take(self.rows).values
        return tuple(dict.fromkeys(str(name) for name in names if name))

    @property
    def in_ego(self) -> Boxes3D:
        """The boxes in the ego frame of their own frames."""
        return self.objects.in_ego.take(self.rows)

    def change(self, edits: Sequence[LabelEdit], labels: Sequence[str] = (), tracks: Sequence[str] = ()) -> Change:
        """What was done, to these rows and to `labels` and `tracks` besides."""
        return Change(
            edits=tuple(edits),
            tracks=tuple(dict.fromkeys([*self.tracks, *tracks])),
            frames=tuple(dict.fromkeys(self.frames.tolist())),
            labels=(*self.ids, *labels),
        )

    def placed(self, in_ego: Boxes3D) -> list[LabelEdit]:
        """Edits that give the rows these boxes, in ego at their own frames; only what differs is set."""
        return edits_to(self, native_from_ego(self.scene, in_ego, self.frames))

    def placed_in_world(self, in_world: Boxes3D) -> list[LabelEdit]:
        """Edits that give the rows these boxes, in the world."""
        return edits_to(self, native_from_world(self.scene, in_world, self.frames))

    def deleted(self) -> list[LabelEdit]:
        """Edits that delete the rows."""
        return [LabelEdit("delete", self.scene.name, label) for label in self.ids]

    def renamed(self, track: str | None = None, category: str | None = None) -> list[LabelEdit]:
        """Edits that give the rows another track or class."""
        return [LabelEdit("set", self.scene.name, label, track=track, category=category) for label in self.ids]

    def copied(self, in_ego: Boxes3D, purpose: str, track: str | None) -> list[LabelEdit]:
        """Edits that add a copy of each row, with these boxes and a track of its own."""
        native = native_from_ego(self.scene, in_ego, self.frames)
        return added_to(self, native, self.frames, purpose, track)


def edits_to(spot: Spot, native: Boxes3D) -> list[LabelEdit]:
    """Edits that give the rows boxes in the labels' reference; only columns that differ are set."""
    own = spot.scene.labels.boxes.take(spot.rows)
    moved = np.asarray(~np.isclose(native.centres_m, own.centres_m, rtol=0, atol=1e-6).all(axis=1))
    resized = np.asarray(~np.isclose(native.sizes_m, own.sizes_m, rtol=0, atol=1e-9).all(axis=1))
    turned: BoolArray = np.abs(np.sum(native.rotations * own.rotations, axis=1)) < 1 - 1e-12
    return [
        LabelEdit(
            "set",
            spot.scene.name,
            label,
            centre_m=vector(native.centres_m[row]) if moved[row] else None,
            size_m=vector(native.sizes_m[row]) if resized[row] else None,
            rotation=vector(native.rotations[row]) if turned[row] else None,
        )
        for row, label in enumerate(spot.ids)
        if moved[row] or resized[row] or turned[row]
    ]


def added_to(spot: Spot, native: Boxes3D, frames: IntArray, purpose: str, track: str | None) -> list[LabelEdit]:
    """Edits that add boxes in the labels' reference, row by row like those of the spot; track None keeps theirs."""
    stamps = _stamps(spot.scene, frames)
    return [
        LabelEdit(
            "add",
            spot.scene.name,
            name_for(spot.scene.name, purpose, label, int(frame)),
            centre_m=vector(native.centres_m[row]),
            size_m=vector(native.sizes_m[row]),
            rotation=vector(native.rotations[row]),
            track=track,
            like=label,
            frame=int(frame),
            timestamp_ns=int(stamps[row]),
        )
        for row, (label, frame) in enumerate(zip(spot.ids, frames, strict=True))
    ]


def _stamps(scene: Scene, frames: IntArray) -> IntArray:
    return scene.frame_table.timestamps_ns[frames]


def vector(values: FloatArray) -> tuple[float, ...]:
    """A row as plain numbers."""
    return tuple(float(value) for value in values)


def shifted(boxes: Boxes3D, shifts_m: FloatArray) -> Boxes3D:
    """Boxes moved by (K, 3) metres."""
    return replace(boxes, centres_m=boxes.centres_m + shifts_m)


def turned_about_up(boxes: Boxes3D, angles_rad: FloatArray | float) -> Boxes3D:
    """Boxes turned about the vertical through their centres."""
    turns = quaternions_from_yaws(np.broadcast_to(np.asarray(angles_rad, dtype=np.float64), (len(boxes),)))
    return replace(boxes, rotations=multiply_quaternions(turns, boxes.rotations))


def scaled(boxes: Boxes3D, factors: FloatArray | float) -> Boxes3D:
    """Boxes of other sizes that stand where they stood: the middle of the bottom face stays."""
    sizes_m = boxes.sizes_m * factors
    risen = (sizes_m[:, 2:] - boxes.sizes_m[:, 2:]) / 2
    return replace(boxes, sizes_m=sizes_m, centres_m=boxes.centres_m + risen * UP)


def new_track(scene: Scene, *purpose: object) -> str:
    """A track id that looks like those of the scene: a number where all are, else as long as the first."""
    names = scene.labels.tracks.names
    if names and all(name.lstrip("-").isdigit() for name in names):
        return str(max(int(name) for name in names) + 1 + int(name_for(*purpose, digits=3), 16))
    return name_for(scene.name, "track", *purpose, digits=min(max((len(name) for name in names[:1]), default=8), 32))
