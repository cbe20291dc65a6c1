"""Faults of boxes: lost, invented, misplaced, of the wrong size or heading, drawn twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from calibration.arrays import BoolArray, IntArray
from calibration.errors import BoresightError
from fusion.measure.ground import ground_below
from fusion.measure.native_reference import ego_from_world, native_from_ego, world_from_ego
from fusion.measure.visibility import ray_support
from fusion.planting.fault import Change, Fault, FaultKind, Planter
from fusion.planting.objects import Objects, objects_of
from fusion.planting.spot import Spot, added_to, new_track, scaled, shifted, turned_about_up
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

Maker = Callable[[Spot, Fault, np.random.Generator], Change]
Suits = Callable[[Objects, Fault], BoolArray]

# A second hand draws nearly the same box.
SECOND_HAND_M = np.array([0.12, -0.08, 0.02])
SECOND_HAND_RAD = 0.02
GHOST_RANGE_M = (7.0, 30.0)
GHOST_GAP_M = 1.0
GHOST_CLEARANCE_M = 0.05
# The ray of a lidar that passes through shows that nothing is there.
MIN_RAYS_THROUGH = 30
GHOST_TRIES = 60
GHOST_FRAMES = 10


def on_object(make: Maker, suits: Suits) -> Planter:
    """A planter that tries the scene's objects in random order until one lets the fault happen."""

    def plant(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
        objects = objects_of(scene)
        for rows in objects.runs(suits(objects, fault), fault.extent, rng, taken):
            return make(Spot(scene, rows), fault, rng)
        return None

    return plant


def _drop(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    return spot.change(spot.deleted())


def _shift(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    """The same way along the box in every frame, as a wrong keyframe copied on."""
    boxes = spot.in_ego
    directions = boxes.yaws_rad + rng.uniform(0, 2 * np.pi)
    shifts_m = fault.magnitude * np.stack([np.cos(directions), np.sin(directions), np.zeros(len(boxes))], axis=1)
    return spot.change(spot.placed(shifted(boxes, shifts_m)))


def _lift(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    return spot.change(spot.placed(shifted(spot.in_ego, np.array([0.0, 0.0, fault.magnitude]))))


def _scale(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    return spot.change(spot.placed(scaled(spot.in_ego, fault.magnitude)))


def _turn(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    sign = 1 if fault.magnitude >= 180 else rng.choice([-1, 1])
    return spot.change(spot.placed(turned_about_up(spot.in_ego, sign * np.radians(fault.magnitude))))


def _duplicate(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    track = new_track(spot.scene, "again", *spot.tracks) if spot.tracks else None
    boxes = spot.in_ego
    again = turned_about_up(shifted(boxes, np.broadcast_to(SECOND_HAND_M, (len(boxes), 3))), SECOND_HAND_RAD)
    edits = spot.copied(again, "again", track)
    return spot.change(edits, [edit.label for edit in edits], [track] if track else [])


def _ghost(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
    """A copy of a car's box, standing where nothing is and the lidar looks through."""
    objects = objects_of(scene)
    sweeps = np.unique(scene.labels.frame_index[np.isfinite(objects.points)])
    models = np.flatnonzero(objects.usable & objects.long & (objects.in_ego.sizes_m[:, 0] < 6))
    if not len(sweeps) or not len(models):
        return None
    for _ in range(GHOST_TRIES):
        first = int(rng.choice(sweeps))
        frames = np.arange(first, first + (fault.extent.frames if fault.extent.reach == "frames" else GHOST_FRAMES))
        if not np.isin(frames, sweeps).all() and fault.extent.reach == "frames":
            continue
        frames = frames[np.isin(frames, sweeps)]
        model = objects.in_ego.take([int(rng.choice(models))])
        place = _standing(scene, model, first, rng)
        if place is None:
            continue
        boxes = _still(scene, place, frames)
        if all(_is_free(scene, int(frame), boxes.take([row])) for row, frame in enumerate(frames)):
            return _ghost_change(scene, boxes, frames, f"ghost {rng.integers(2**32)}")
    return None


def _ghost_change(scene: Scene, boxes: Boxes3D, frames: IntArray, purpose: str) -> Change:
    track = new_track(scene, purpose) if len(scene.labels.tracks) else None
    like = int(np.flatnonzero(scene.labels.boxes.label_ids == boxes.label_ids[0])[0])
    spot = Spot(scene, np.full(len(frames), like))
    edits = added_to(spot, native_from_ego(scene, boxes, frames), frames, purpose, track)
    ids = tuple(edit.label for edit in edits)
    return Change(tuple(edits), None, () if track is None else (track,), tuple(frames.tolist()), ids)


def _standing(scene: Scene, model: Boxes3D, frame: int, rng: np.random.Generator) -> Boxes3D | None:
    """The model somewhere around ego, on the ground there; None where the ground is unknown."""
    distance, bearing = rng.uniform(*GHOST_RANGE_M), rng.uniform(-np.pi, np.pi)
    x, y = distance * np.cos(bearing), distance * np.sin(bearing)
    box = turned_about_up(replace(model, centres_m=np.array([[x, y, 0.0]])), rng.uniform(-np.pi, np.pi))
    try:
        ground = scene.frames[frame].ground
    except BoresightError:
        return None
    height_m = float(ground_below(ground, box.centres_m, box.sizes_m, box.rotations).height_m[0])
    if not np.isfinite(height_m):
        return None
    return replace(box, centres_m=np.array([[x, y, height_m + GHOST_CLEARANCE_M + float(box.sizes_m[0, 2]) / 2]]))


def _still(scene: Scene, place: Boxes3D, frames: IntArray) -> Boxes3D:
    """One box, not moving in the world where poses are known, in ego at each frame."""
    repeated = place.take(np.zeros(len(frames), dtype=np.int64))
    if objects_of(scene).in_world is None:
        return repeated
    in_world = world_from_ego(scene, place, frames[:1]).take(np.zeros(len(frames), dtype=np.int64))
    return ego_from_world(scene, in_world, frames)


def _is_free(scene: Scene, frame: int, box: Boxes3D) -> bool:
    handle = scene.frames[frame]
    others = handle.boxes
    reach_m = np.linalg.norm(others.sizes_m[:, :2], axis=1) / 2 + np.linalg.norm(box.sizes_m[0, :2]) / 2 + GHOST_GAP_M
    if (np.linalg.norm(others.centres_m[:, :2] - box.centres_m[0, :2], axis=1) < reach_m).any():
        return False
    grown = box.sizes_m + np.array([0.2, 0.2, 0.0])
    try:
        support = ray_support(handle.points_in_ego, handle.ray_origins_in_ego, box.centres_m, grown, box.rotations)
    except BoresightError:
        return False
    return int(support.inside[0]) == 0 and int(support.behind[0]) >= MIN_RAYS_THROUGH


BOX_FAULTS = (
    FaultKind(
        "drop", "the box of an object in plain view is missing", "box", "", (1.0,), ("frame", "3", "track"),
        ("MIS701", "IMG404"),
        on_object(_drop, lambda objects, _: objects.seen),
        {"frames": ("TRK504",), "tail": ("TRK516",)},
    ),
    FaultKind(
        "ghost", "a box where there is nothing", "box", "", (1.0,), ("frame", "track"), ("BOX301", "BOX303"), _ghost,
    ),
    FaultKind(
        "shift", "boxes beside their object", "box", "m", (0.3, 0.2, 0.5, 1.0), ("frame", "track"),
        ("BOX307", "BOX308", "BOX309", "BOX301", "BOX303", "BOX305", "BOX304", "IMG401", "IMG410"),
        on_object(_shift, lambda objects, fault: objects.shows(fault, 1.0) & objects.grounded),
        {"frames": ("TRK501", "TRK505", "TRK507", "TRK509", "TRK524")},
    ),
    FaultKind(
        "scale", "boxes too large or too small", "box", "times", (1.2, 0.8, 1.5, 1.25), ("frame", "3", "track"),
        ("BOX302", "BOX307", "BOX308", "BOX309", "BOX317", "BOX318", "IMG401", "BOX305", "ONT605"),
        on_object(_scale, lambda objects, fault: objects.shows(fault) & objects.grounded),
        {"frames": ("TRK502", "TRK501")},
    ),
    FaultKind(
        "yaw", "boxes with a wrong heading", "box", "deg", (15.0, 5.0, 90.0, 180.0), ("frame", "track"),
        ("BOX309", "BOX311", "BOX307", "BOX308", "BOX315", "BOX305", "TRK510", "TRK509", "IMG401"),
        on_object(_turn, lambda objects, fault: objects.shows(fault, 90.0) & objects.long),
        {"frames": ("TRK503", "TRK508")},
    ),
    FaultKind(
        "lift", "boxes above the ground", "box", "m", (0.4, 0.2), ("frame", "track"),
        ("BOX304", "BOX319", "BOX307", "BOX309", "IMG401"),
        on_object(_lift, lambda objects, fault: objects.shows(fault) & objects.grounded),
        {"frames": ("TRK501", "TRK525")},
    ),
    FaultKind(
        "duplicate", "a second box and track on an object that has one", "box", "m", (0.15,), ("10", "frame", "track"),
        ("BOX306", "TRK520", "BOX305"), on_object(_duplicate, lambda objects, _: objects.seen),
    ),
)  # fmt: skip
"""Box faults, in the order they are listed."""
