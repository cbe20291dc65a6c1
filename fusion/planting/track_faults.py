"""Faults of classes and tracks: wrong names, broken or swapped identities, boxes that stand still or lag behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.arrays import BoolArray, IntArray
from fusion.planting.box_faults import on_object
from fusion.planting.fault import Change, Fault, FaultKind
from fusion.planting.objects import FRAMES_AROUND, Objects, objects_of
from fusion.planting.spot import Spot, new_track
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import kind_of_name

MISSPELT = "vehicle.cra"
# Slower objects hardly leave a box that stands still or lags by a frame.
MOVING_MPS = 2.0
SWAP_RANGE_M = (2.0, 25.0)


def _moving(objects: Objects, fault: Fault) -> BoolArray:
    with np.errstate(invalid="ignore"):
        return objects.speeds_mps >= MOVING_MPS


def _everything(objects: Objects, fault: Fault) -> BoolArray:
    return np.ones(len(objects.points), dtype=bool)


def _class(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    """Another class of the scene, of another kind of thing."""
    own = spot.scene.labels.boxes.category
    kind = kind_of_name(own[int(spot.rows[0])])
    others = [name for name in own.names if kind_of_name(name) not in (kind, None)]
    return spot.change(spot.renamed(category=str(rng.choice(others)))) if others else spot.change([])


def _misspelt(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    return spot.change(spot.renamed(category=MISSPELT))


def _id_switch(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    track = new_track(spot.scene, "switch", *spot.tracks)
    return spot.change(spot.renamed(track=track), tracks=[track])


def _id_swap(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
    """Two objects of a kind, near each other, exchange their tracks from a frame on."""
    objects, tracks = objects_of(scene), scene.labels.tracks
    for first, second in _near_pairs(objects, rng):
        if taken & {tracks.names[first], tracks.names[second]}:
            continue
        tails = _common_tails(scene, tracks.rows(first), tracks.rows(second), rng)
        if tails is None:
            continue
        one, other = Spot(scene, tails[0]), Spot(scene, tails[1])
        edits = [*one.renamed(track=tracks.names[second]), *other.renamed(track=tracks.names[first])]
        return one.change(edits, other.ids, other.tracks)
    return None


def _near_pairs(objects: Objects, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Pairs of tracks of one kind that come near each other, in random order."""
    scene, pairs = objects.scene, set()
    of_row = scene.labels.tracks.of_rows(len(scene.labels))
    kinds = np.asarray([*map(str, objects.kinds.by_name), ""], dtype=object)[objects.in_ego.category.codes]
    for frame in range(len(scene.frame_table)):
        rows = scene.labels.rows_of_frame(frame)
        rows = rows[(of_row[rows] >= 0) & objects.usable[rows]]
        centres = objects.in_ego.centres_m[rows, :2]
        apart_m = np.linalg.norm(centres[:, None] - centres[None], axis=2)
        near = (apart_m > SWAP_RANGE_M[0]) & (apart_m < SWAP_RANGE_M[1]) & (kinds[rows][:, None] == kinds[rows][None])
        pairs |= {(int(of_row[rows[a]]), int(of_row[rows[b]])) for a, b in zip(*np.nonzero(np.triu(near)), strict=True)}
    ordered = sorted((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])
    return [ordered[index] for index in rng.permutation(len(ordered))]


def _common_tails(
    scene: Scene, first: IntArray, second: IntArray, rng: np.random.Generator
) -> tuple[IntArray, IntArray] | None:
    """Their rows from a frame on that both have, with frames of both before and after it."""
    frames = scene.labels.frame_index
    common = np.intersect1d(frames[first], frames[second])
    if len(common) <= 2 * FRAMES_AROUND:
        return None
    start = rng.choice(common[FRAMES_AROUND:-FRAMES_AROUND])
    return first[frames[first] >= start], second[frames[second] >= start]


def _freeze(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    """The first of the boxes repeated as it is written, where the tool forgot to move on."""
    return spot.change(_placed_as(spot, np.repeat(spot.rows[:1], len(spot.rows))))


def _delay(spot: Spot, fault: Fault, rng: np.random.Generator) -> Change:
    """Each box where its object was some frames earlier; before the track begins, where it must have been."""
    lag = max(1, round(fault.magnitude))
    history = _history(spot)
    earlier = np.searchsorted(spot.scene.labels.frame_index[history], spot.frames) - lag
    return spot.change(_placed_as(spot, history[np.maximum(earlier, 0)], np.minimum(earlier, 0), history[:2]))


def _history(spot: Spot) -> IntArray:
    """All rows of the object, in time order."""
    tracks = spot.scene.labels.tracks
    return tracks.rows(int(tracks.of_rows(len(spot.scene.labels))[spot.rows[0]]))


def _placed_as(
    spot: Spot, earlier: IntArray, steps: IntArray | None = None, step_rows: IntArray | None = None
) -> list[LabelEdit]:
    """Edits that put the boxes where those of other rows stand, in the world where poses are known.

    steps: (K,) so many times the way between the two boxes of `step_rows` further.
    """
    in_world = spot.objects.in_world
    boxes = spot.objects.in_ego if in_world is None else in_world
    places = boxes.take(earlier)
    centres_m = places.centres_m
    if steps is not None and step_rows is not None:
        way_m = boxes.centres_m[step_rows[-1]] - boxes.centres_m[step_rows[0]]
        centres_m = centres_m + np.outer(steps, way_m)
    moved = replace(boxes.take(spot.rows), centres_m=centres_m, rotations=places.rotations)
    return spot.placed(moved) if in_world is None else spot.placed_in_world(moved)


CLASS_FAULTS = (
    FaultKind(
        "class", "objects with the class of something else", "class", "", (1.0,), ("5", "frame", "track"),
        ("BOX317", "BOX302", "IMG402", "ONT605"), on_object(_class, lambda objects, _: objects.seen),
        {"frames": ("TRK506",)},
    ),
    FaultKind(
        "unknown-class", "a class name that the data set does not declare", "class", "", (1.0,), ("frame", "track"),
        ("ONT601",), on_object(_misspelt, lambda objects, _: objects.seen), {"frames": ("TRK506",)},
    ),
)  # fmt: skip
"""Class faults, in the order they are listed."""

TRACK_FAULTS = (
    FaultKind(
        "id-switch", "an object goes on under a new track id", "track", "", (1.0,), ("tail",),
        ("TRK517", "TRK515", "TRK516"), on_object(_id_switch, _everything),
    ),
    FaultKind(
        "id-swap", "two objects exchange their track ids", "track", "", (1.0,), ("tail",),
        ("TRK518", "TRK519", "TRK501", "TRK505", "TRK507"), _id_swap,
    ),
    FaultKind(
        "freeze", "the box of a moving object stands still", "track", "", (1.0,), ("5", "tail"),
        ("TRK522", "TRK501", "TRK505", "TRK507", "TRK521", "TRK514", "BOX301", "BOX303", "BOX307", "BOX309"),
        on_object(_freeze, _moving),
    ),
    FaultKind(
        "delay", "the boxes of one object lag behind it", "track", "frames", (1.0, 2.0), ("track", "tail"),
        ("TIM205", "BOX307", "BOX308", "BOX309", "BOX301", "BOX303", "IMG401", "TRK501"), on_object(_delay, _moving),
    ),
)  # fmt: skip
"""Track faults, in the order they are listed."""
