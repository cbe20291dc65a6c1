"""BOX317 size-of-another-class: a box has the size of another class and not that of its own.

What it looks for: sizes that are very unlikely for the class on the label and usual for another, by published means
and spreads; the median along the track, so that a single slip of a size is not taken for a class.
Why it matters: the class is wrong, on every box of the track; detectors learn a bus of the size of a car.
Evidence: the class it looks like, how much likelier that is, the size.
Blind spots: classes of the same size; classes without published sizes (vans, trailers, trams, barriers).
Example: a track in the tests of a pedestrian 4.5 m long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import LabelRows
from fusion.errors import NotMeasurableError
from fusion.measure.published_sizes import PUBLISHED_LN_SIZES
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import PEOPLE, TWO_WHEELERS, ObjectKind, kind_of_name

SIDES = ("length", "width", "height")
KINDS = tuple(dict.fromkeys(kind for kind, _ in PUBLISHED_LN_SIZES if kind is not None))
# Data sets draw these differently: a bicycle with its rider or without, a person with or without the bicycle.
DRAWN_ALIKE = (TWO_WHEELERS | PEOPLE,)


class SizeOfAnotherClassLimits(Limits):
    min_distance: float = Field(
        30.0, gt=0, description="Squared Mahalanobis distance from its own class: a child is 14 from a person."
    )
    max_distance: float = Field(9.0, gt=0, description="From the other class: nineteen in twenty are nearer.")
    min_likelier: float = Field(100.0, gt=1, description="Odds below this are left to a person's eye.")


@dataclass(frozen=True, eq=False)
class _Objects:
    """Tracks, or single boxes without one: row to look at, median size, kind."""

    rows: IntArray
    sizes_m: FloatArray
    kinds: tuple[ObjectKind | None, ...]


@scene_check("BOX317", Severity.WARNING, SizeOfAnotherClassLimits)
def size_of_another_class(scene: Scene, limits: SizeOfAnotherClassLimits) -> Assessment:
    """Each object's size under its own class and under the likeliest other."""
    if not len(scene.labels):
        raise NotMeasurableError("nothing is labelled")
    objects = _objects(scene)
    distances = _distances(objects.sizes_m)
    own = np.asarray([KINDS.index(kind) if kind in KINDS else -1 for kind in objects.kinds], dtype=np.int64)
    rows = np.arange(len(own))
    known = own >= 0
    own_distance = np.where(known, distances[rows, np.maximum(own, 0)], np.nan)
    others = np.where(_alike(objects.kinds), np.inf, distances)
    best = np.argmin(others, axis=1)
    other_distance = others[rows, best]
    with np.errstate(over="ignore", invalid="ignore"):
        likelier = np.exp(np.minimum((own_distance - other_distance) / 2, 50.0))
    return Assessment(
        about=LabelRows(scene, objects.rows, kind="track"),
        not_assessed=Reason("no published size of the class").where(~known)
        | Reason("the size is no number").where(~(np.isfinite(objects.sizes_m) & (objects.sizes_m > 0)).all(axis=1)),
        violated=(own_distance > limits.min_distance)
        & (other_distance < limits.max_distance)
        & (likelier > limits.min_likelier),
        measured=own_distance,
        limit=limits.min_distance,
        unit="",
        message="{length_m:.1f} x {width_m:.1f} x {height_m:.1f} m is the size of a {looks_like}, not of its class",
        evidence={
            "looks_like": np.asarray([KINDS[one].value for one in best], dtype=object),
            "times_likelier": likelier,
            "length_m": objects.sizes_m[:, 0],
            "width_m": objects.sizes_m[:, 1],
            "height_m": objects.sizes_m[:, 2],
        },
    )


def _objects(scene: Scene) -> _Objects:
    boxes, tracks = scene.labels.boxes, scene.labels.tracks
    groups = [tracks.rows(track) for track in range(len(tracks))]
    groups += [np.asarray([row]) for row in np.flatnonzero(tracks.of_rows(len(boxes)) < 0)]
    kind_of = [kind_of_name(name) for name in boxes.category.names]
    codes = [np.bincount(boxes.category.codes[rows] + 1).argmax() - 1 for rows in groups]
    return _Objects(
        rows=np.asarray([rows[0] for rows in groups], dtype=np.int64),
        sizes_m=np.stack([np.median(boxes.sizes_m[rows], axis=0) for rows in groups]),
        kinds=tuple(kind_of[code] if code >= 0 else None for code in codes),
    )


def _distances(sizes_m: FloatArray) -> FloatArray:
    """(N, K) squared distance of each size from each kind, in standard deviations of its logarithms."""
    with np.errstate(divide="ignore", invalid="ignore"):
        sides = np.log(np.where(sizes_m > 0, sizes_m, np.nan))
    numbers = np.array([[PUBLISHED_LN_SIZES[(kind, side)] for side in SIDES] for kind in KINDS])
    off = (sides[:, None, :] - numbers[None, :, :, 0]) / numbers[None, :, :, 1]
    return np.asarray(np.nan_to_num((off**2).sum(axis=2), nan=np.inf), dtype=np.float64)


def _alike(kinds: tuple[ObjectKind | None, ...]) -> BoolArray:
    """(N, K) bool: a kind whose boxes are drawn like those of the object's own."""
    table = np.zeros((len(kinds), len(KINDS)), dtype=bool)
    for row, kind in enumerate(kinds):
        for column, other in enumerate(KINDS):
            table[row, column] = kind is other or any({kind, other} <= group for group in DRAWN_ALIKE)
    return table
