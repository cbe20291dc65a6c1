"""Labels written in one convention and read in another: all of a scene are wrong in the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from calibration.transform import multiply_quaternions, quaternions_from_yaws
from fusion.planting.fault import Change, Fault, FaultKind, Planter
from fusion.planting.spot import Spot, edits_to
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

Misread = Callable[[Boxes3D], Boxes3D]


def _on_all(misread: Misread) -> Planter:
    """A planter that misreads every label where it is written, in the labels' own reference."""

    def plant(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
        boxes = scene.labels.boxes
        rows = np.flatnonzero((scene.labels.frame_index >= 0) & np.isfinite(boxes.centres_m).all(axis=1))
        spot = Spot(scene, rows)
        edits = edits_to(spot, misread(boxes.take(rows)))
        return spot.change(edits) if edits else None

    return plant


def _yaw_sign(boxes: Boxes3D) -> Boxes3D:
    return replace(boxes, rotations=boxes.rotations * np.array([1.0, -1.0, -1.0, -1.0]))


def _yaw_from_left(boxes: Boxes3D) -> Boxes3D:
    quarter = quaternions_from_yaws(np.full(len(boxes), np.pi / 2))
    return replace(boxes, rotations=multiply_quaternions(quarter, boxes.rotations))


def _length_for_width(boxes: Boxes3D) -> Boxes3D:
    return replace(boxes, sizes_m=boxes.sizes_m[:, [1, 0, 2]])


def _bottom_for_centre(boxes: Boxes3D) -> Boxes3D:
    return replace(boxes, centres_m=boxes.centres_m - boxes.sizes_m * np.array([0.0, 0.0, 0.5]))


def _scalar_last(boxes: Boxes3D) -> Boxes3D:
    """X y z w as written by others, taken for w x y z."""
    swapped = np.roll(boxes.rotations, -1, axis=1)
    return replace(boxes, rotations=np.where(swapped[:, :1] < 0, -swapped, swapped))


# Whatever the mix-up, boxes no longer fit what they enclose.
_MISFITS = ("DAT017", "BOX301", "BOX303", "BOX304", "BOX305", "BOX307", "BOX308", "BOX309", "BOX311", "IMG401")

CONVENTION_FAULTS = (
    FaultKind(
        "yaw-sign", "yaw counted clockwise", "convention", "", (1.0,), ("scene",),
        (*_MISFITS, "TRK509", "TRK510"), _on_all(_yaw_sign),
    ),
    FaultKind(
        "yaw-quarter", "yaw counted from the left, a quarter turn off", "convention", "", (1.0,), ("scene",),
        (*_MISFITS, "BOX315", "TRK509", "TRK510"), _on_all(_yaw_from_left),
    ),
    FaultKind(
        "length-width", "length and width exchanged", "convention", "", (1.0,), ("scene",),
        (*_MISFITS, "BOX315", "BOX302", "BOX317", "TRK509"), _on_all(_length_for_width),
    ),
    FaultKind(
        "bottom-centre", "the middle of the bottom face taken for the box's centre", "convention", "", (1.0,),
        ("scene",), (*_MISFITS, "BOX316"), _on_all(_bottom_for_centre),
    ),
    FaultKind(
        "quaternion-order", "x y z w taken for w x y z", "convention", "", (1.0,), ("scene",),
        (*_MISFITS, "BOX310", "BOX302"), _on_all(_scalar_last),
    ),
)  # fmt: skip
"""Mix-ups of conventions, in the order they are listed."""
