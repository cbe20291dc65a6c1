"""What most people drew: one box for every object that over half of those drew who looked.

Centre: the geometric median; size: the median of each side's logarithm; axis: the mean of the doubled angle, as a half
turn is no different axis, and its direction by majority; class: what most said. One bad box in three moves none of
them far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.transform import multiply_quaternions, quaternions_from_yaws, wrap_angle_rad
from fusion.compare.delivery import Delivery
from fusion.compare.units import Units, class_codes, gathered
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import ABSENT, Coded

# Weiszfeld's steps shrink quickly; after these the centre moves by less than a tenth of a millimetre.
STEPS = 60
NEAR_M = 1e-6


@dataclass(frozen=True, eq=False)
class Consensus:
    """C boxes most drew.

    boxes: in ego of the first set; unit: (C,) row of the units; votes: (C,) share of those who looked; frames: (C,);
    left_out, undecided: units that fewer than half, or exactly half, drew.
    """

    boxes: Boxes3D
    unit: IntArray
    votes: FloatArray
    frames: IntArray
    left_out: int
    undecided: int


def vote_shares(units: Units, weights: FloatArray, voters: BoolArray | None = None) -> FloatArray:
    """(U,) weighted share of those who looked that drew the unit, NaN where nobody looked.

    voters: (S,) bool, whose votes count; all if left out.
    """
    counted = units.judged * weights * (1.0 if voters is None else voters)
    total = counted.sum(axis=1)
    shares: FloatArray = np.divide(
        (counted * units.drawn).sum(axis=1), total, out=np.full(len(units), np.nan), where=total > 0
    )
    return shares


@dataclass(frozen=True, eq=False)
class Middle:
    """The middle box of every unit: centres_m, sizes_m (U, 3); yaws_rad (U,); category (U,) code, -1 without."""

    centres_m: FloatArray
    sizes_m: FloatArray
    yaws_rad: FloatArray
    category: IntArray
    names: tuple[str, ...]


def middle_boxes(delivery: Delivery, units: Units, weights: FloatArray, voters: BoolArray | None = None) -> Middle:
    """The middle of what the voters drew, NaN where none of them did."""
    drawn = units.drawn if voters is None else units.drawn & voters
    weight = np.where(drawn, weights, 0.0)
    boxes = [one.boxes for one in delivery.sets]
    codes, names = class_codes(delivery, units)
    return Middle(
        centres_m=geometric_medians(gathered([one.centres_m for one in boxes], units), weight),
        sizes_m=np.exp(weighted_middles(_logs(gathered([one.sizes_m for one in boxes], units)), weight)),
        yaws_rad=mean_headings(gathered([one.yaws_rad for one in boxes], units), weight),
        category=majority(codes, weight, len(names)),
        names=names,
    )


def consensus_of(delivery: Delivery, units: Units, weights: FloatArray) -> Consensus:
    """The boxes over half of those drew who looked; tracks keep the name they have in the first set that drew them.

    Args:
        weights: (S,) how much each set's word counts.
    """
    shares = vote_shares(units, weights)
    kept = np.flatnonzero(shares > 0.5)
    middle = middle_boxes(delivery, units, weights)
    first = units.drawn[kept].argmax(axis=1)
    row = units.rows[kept, first]
    rotations = gathered([one.boxes.rotations for one in delivery.sets], units)[kept, first]
    yaws = gathered([one.boxes.yaws_rad for one in delivery.sets], units)[kept, first]
    turn = wrap_angle_rad(middle.yaws_rad[kept] - yaws)
    frames = units.frames[kept]
    names = _track_names(delivery, first, row)
    boxes = Boxes3D.from_columns(
        middle.centres_m[kept],
        middle.sizes_m[kept],
        multiply_quaternions(quaternions_from_yaws(turn), rotations),
        category=Coded(middle.category[kept].astype(np.int32), middle.names),
        track=Coded.from_values(names),
        label_ids=np.asarray(
            [delivery.sets[s].boxes.label_ids[r] for s, r in zip(first, row, strict=True)], dtype=object
        ),
        timestamps_ns=delivery.timestamps_ns[frames],
        confidences=shares[kept],
    )
    return Consensus(boxes, kept, shares[kept], frames, int((shares < 0.5).sum()), int((shares == 0.5).sum()))


def _track_names(delivery: Delivery, first: IntArray, row: IntArray) -> list[str | None]:
    """A track of another set than the first carries that set's name, as ids of two sets mean nothing to each other."""
    names: list[str | None] = []
    for of_set, own in zip(first.tolist(), row.tolist(), strict=True):
        track = delivery.sets[of_set].boxes.track[own]
        names.append(track if of_set == 0 or not track else f"{delivery.sets[of_set].name}:{track}")
    return names


def geometric_medians(points: FloatArray, weights: FloatArray) -> FloatArray:
    """(U, 3) the place with the smallest weighted sum of distances to points (U, S, 3); NaN where all weigh nothing.

    Source: Weiszfeld 1937, "Sur le point pour lequel la somme des distances de n points donnés est minimum".
    """
    there = weights > 0
    known = np.where(there[..., None], np.nan_to_num(points), 0.0)
    total = weights.sum(axis=1)
    place = _mean(known, weights)
    for _ in range(STEPS):
        away = np.linalg.norm(known - place[:, None], axis=2)
        pull = np.where(there, weights / np.maximum(away, NEAR_M), 0.0)
        place = _mean(known, pull)
    return np.where((total > 0)[:, None], place, np.nan)


def _mean(points: FloatArray, weights: FloatArray) -> FloatArray:
    total = np.maximum(weights.sum(axis=1), np.finfo(np.float64).tiny)
    mean: FloatArray = (points * weights[..., None]).sum(axis=1) / total[:, None]
    return mean


def weighted_middles(values: FloatArray, weights: FloatArray) -> FloatArray:
    """(U, K) weighted medians of values (U, S, K) over S, NaN where all weigh nothing; halfway where two share it."""
    weight = np.where(np.isfinite(values), weights[..., None], 0.0)
    order = np.argsort(np.where(weight > 0, values, np.inf), axis=1)
    ordered, reached = (np.take_along_axis(part, order, axis=1) for part in (values, weight))
    reached = np.cumsum(reached, axis=1)
    half = reached[:, -1:] / 2
    lower = (reached >= half - 1e-12).argmax(axis=1)[:, None]
    upper = (reached > half + 1e-12).argmax(axis=1)[:, None]
    pair = [np.take_along_axis(ordered, position, axis=1)[:, 0] for position in (lower, upper)]
    return np.where(half[:, 0] > 0, (pair[0] + pair[1]) / 2, np.nan)


def mean_headings(yaws_rad: FloatArray, weights: FloatArray) -> FloatArray:
    """(U,) mean axis of yaws (U, S), pointing where most point; where votes are even, where the first does."""
    known = np.nan_to_num(yaws_rad)
    axis = np.arctan2((weights * np.sin(2 * known)).sum(axis=1), (weights * np.cos(2 * known)).sum(axis=1)) / 2
    towards = (weights * np.sign(np.cos(known - axis[:, None]))).sum(axis=1)
    first = np.take_along_axis(known, (weights > 0).argmax(axis=1)[:, None], axis=1)[:, 0]
    forward = np.where(np.abs(towards) > 1e-9, towards, np.cos(first - axis)) >= 0
    turned = wrap_angle_rad(np.where(forward, axis, axis + np.pi))
    return np.where(weights.sum(axis=1) > 0, turned, np.nan)


def majority(codes: FloatArray, weights: FloatArray, classes: int) -> IntArray:
    """(U,) the code (U, S) that weighs most; of equal ones that of the earliest set, -1 where nobody gave one."""
    given = np.isfinite(codes) & (weights > 0)
    votes = np.zeros((len(codes), classes + 1))
    earliness = np.arange(codes.shape[1], 0, -1) * 1e-9
    for column in range(codes.shape[1]):
        rows = np.flatnonzero(given[:, column])
        votes[rows, codes[rows, column].astype(np.int64)] += weights[rows, column] + earliness[column]
    return np.where(given.any(axis=1), votes.argmax(axis=1), ABSENT).astype(np.int64)


def _logs(sizes_m: FloatArray) -> FloatArray:
    return np.log(np.where(sizes_m > 0, sizes_m, np.nan))
