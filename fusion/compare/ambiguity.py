"""Where people can't agree: classes and places whose objects not everybody drew, or not as the same class."""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray, FloatArray
from fusion.compare.consensus import majority
from fusion.compare.delivery import Delivery
from fusion.compare.document import Disputed, DisputedPlace
from fusion.compare.units import Units, class_codes, gathered

SIDE_M = 10.0
LEAST_OBJECTS = 5
MOST_PLACES = 20


def disputed_units(delivery: Delivery, units: Units) -> BoolArray:
    """(U,) units that at least two looked at and that somebody didn't draw, or called something else."""
    codes, _ = class_codes(delivery, units)
    lowest, highest = np.nan_to_num(codes, nan=np.inf).min(axis=1), np.nan_to_num(codes, nan=-np.inf).max(axis=1)
    missing = (units.judged & ~units.drawn).any(axis=1)
    disputed: BoolArray = np.logical_and(_judged_twice(units), missing | (lowest < highest))
    return disputed


def _judged_twice(units: Units) -> BoolArray:
    twice: BoolArray = units.judged.sum(axis=1) >= 2
    return twice


def disputed_classes(delivery: Delivery, units: Units) -> list[Disputed]:
    """Disputed objects by the class most gave them, the worst share first."""
    names, disputed = _class_names(delivery, units), disputed_units(delivery, units)
    judged = _judged_twice(units)
    rows = []
    for name in sorted(set(names[judged].tolist())):
        chosen = np.logical_and(judged, names == name)
        objects, bad = int(chosen.sum()), int(disputed[chosen].sum())
        rows.append(Disputed(group=name, objects=objects, disputed=bad, share=round(bad / objects, 6)))
    return sorted(rows, key=lambda row: (-row.share, -row.objects, row.group))


def disputed_places(delivery: Delivery, units: Units) -> list[DisputedPlace]:
    """Squares of the map with most disputed objects; around the vehicle in scenes without poses."""
    disputed, names = disputed_units(delivery, units), _class_names(delivery, units)
    places = _places(delivery, units)
    scene = delivery.scene[units.frames]
    judged = np.flatnonzero(_judged_twice(units))
    key = np.column_stack([scene, np.floor(places / SIDE_M)])[judged].astype(np.int64)
    squares, square = np.unique(key, axis=0, return_inverse=True)
    square = square.reshape(-1)
    objects = np.bincount(square, minlength=len(squares))
    bad = np.bincount(square, weights=disputed[judged], minlength=len(squares)).astype(np.int64)
    order = [s for s in np.lexsort((-objects, -bad)) if bad[s] and objects[s] >= LEAST_OBJECTS][:MOST_PLACES]
    rows = []
    for chosen in order:
        inside = judged[square == chosen]
        of_bad, counts = np.unique(names[inside[disputed[inside]]].astype(str), return_counts=True)
        rows.append(
            DisputedPlace(
                scene=delivery.scenes[squares[chosen, 0]],
                reference="world" if _has_poses(delivery)[units.frames[inside[0]]] else "ego",
                x_m=float(squares[chosen, 1] * SIDE_M),
                y_m=float(squares[chosen, 2] * SIDE_M),
                side_m=SIDE_M,
                objects=int(objects[chosen]),
                disputed=int(bad[chosen]),
                share=round(float(bad[chosen] / objects[chosen]), 6),
                mostly=str(of_bad[counts.argmax()]),
            )
        )
    return rows


def _has_poses(delivery: Delivery) -> BoolArray:
    return np.asarray(np.isfinite(delivery.translations_m).all(axis=1), dtype=np.bool_)


def _places(delivery: Delivery, units: Units) -> FloatArray:
    """(U, 2) where the first who drew it put it: in the world where the scene has poses, else around the vehicle."""
    centres_m = gathered([one.boxes.centres_m for one in delivery.sets], units)
    first = units.drawn.argmax(axis=1)
    in_ego = centres_m[np.arange(len(units)), first]
    frames = units.frames
    in_world = np.einsum("nij,nj->ni", delivery.rotations[frames], in_ego) + delivery.translations_m[frames]
    places: FloatArray = np.where(_has_poses(delivery)[frames][:, None], in_world, in_ego)[:, :2]
    return places


def _class_names(delivery: Delivery, units: Units) -> np.ndarray:
    codes, names = class_codes(delivery, units)
    chosen = majority(codes, units.drawn.astype(np.float64), len(names))
    return np.asarray([*names, "no class"], dtype=object)[chosen]
