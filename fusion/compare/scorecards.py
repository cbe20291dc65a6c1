"""Each set, and each annotator in it, against what most of the others drew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.compare.consensus import middle_boxes, vote_shares
from fusion.compare.delivery import Delivery
from fusion.compare.document import Measured, Scorecard
from fusion.compare.pair import Residuals, residuals
from fusion.compare.pair_summary import QUANTITIES, measured, median_and_spread, number
from fusion.compare.units import Units, class_codes
from fusion.judge.resampling import cluster_interval
from fusion.scene.boxes3d import Boxes3D

# So many boxes weigh as much as the mean of all: a hundred boxes don't make somebody the best.
TEAM_WEIGHT = 200


def scorecards(delivery: Delivery, units: Units, weights: FloatArray) -> list[Scorecard]:
    """One card a set, then one an annotator where a set names them; drawn towards the mean of the sets."""
    cards = [_card(delivery, units, weights, column) for column in range(len(delivery.sets))]
    values = [card.f1.value for card in cards if card.f1.value is not None]
    mean = float(np.mean(values)) if values else float("nan")
    return [card.model_copy(update={"f1_shrunk": _shrunk(card, mean)}) for card in cards] + _of_annotators(
        delivery, units, weights
    )


def _shrunk(card: Scorecard, mean: float) -> float | None:
    if card.f1.value is None:
        return None
    return number((card.boxes * card.f1.value + TEAM_WEIGHT * mean) / (card.boxes + TEAM_WEIGHT))


def _card(
    delivery: Delivery, units: Units, weights: FloatArray, column: int, rows: BoolArray | None = None, who: str = ""
) -> Scorecard:
    """rows: (M,) boxes of the set that one annotator drew; all if left out."""
    one = delivery.sets[column]
    others = np.arange(len(delivery.sets)) != column
    share = vote_shares(units, weights, others)
    looked = units.judged[:, column] & np.isfinite(share)
    own = units.rows[:, column]
    mine = (own >= 0) & looked & (True if rows is None else rows[np.maximum(own, 0)])
    hits, extra = mine & (share > 0.5), mine & (share < 0.5)
    missing = looked & (own < 0) & (share > 0.5) if rows is None else np.zeros(len(units), dtype=bool)
    # An even split of the others says nothing against anybody.
    counts = [hits.sum(), missing.sum(), extra.sum()]
    apart, same_class = _against_the_others(delivery, units, weights, column, np.flatnonzero(hits))
    statistics = {name: median_and_spread(_column(apart, name)) for name in QUANTITIES}
    return Scorecard(
        name=one.name,
        annotator=who or None,
        boxes=int(mine.sum()),
        recall=number(_share(counts[0], counts[0] + counts[1])) if rows is None else None,
        precision=number(_share(counts[0], counts[0] + counts[2])),
        f1=_f1(delivery, units, hits, missing, extra) if rows is None else measured(float("nan")),
        f1_shrunk=None,
        same_class=number(same_class),
        bias={_unit_name(name): number(value) for name, (value, _) in statistics.items()},
        spread={_unit_name(name): number(value) for name, (_, value) in statistics.items()},
    )


def _unit_name(quantity: str) -> str:
    return f"{quantity}_{'deg' if quantity == 'yaw' else 'm'}"


def _column(apart: Residuals, quantity: str) -> FloatArray:
    column: FloatArray = getattr(apart, _unit_name(quantity))
    return column


def _against_the_others(
    delivery: Delivery, units: Units, weights: FloatArray, column: int, hits: IntArray
) -> tuple[Residuals, float]:
    """How the set's boxes differ from the middle of the others', and how often the class is theirs."""
    chosen = Units(units.rows[hits], units.frames[hits], units.judged[hits])
    others = np.arange(len(delivery.sets)) != column
    middle = middle_boxes(delivery, chosen, weights, others)
    theirs = Boxes3D.upright(middle.centres_m, middle.sizes_m, middle.yaws_rad)
    own = delivery.sets[column].boxes.take(chosen.rows[:, column])
    codes, _ = class_codes(delivery, chosen)
    told = np.isfinite(codes[:, column]) & (middle.category >= 0)
    same = codes[told, column] == middle.category[told]
    return residuals(theirs, own), float(same.mean()) if len(same) else float("nan")


def _f1(delivery: Delivery, units: Units, hits: BoolArray, missing: BoolArray, extra: BoolArray) -> Measured:
    """Frames stand for what is decided together where there are few scenes."""
    scenes = delivery.scene[units.frames]
    cluster = scenes if len(delivery.scenes) >= 10 else units.frames
    numbered = np.unique(cluster, return_inverse=True)[1]
    counts = np.stack([np.bincount(numbered, weights=column) for column in (hits, missing, extra)], axis=1)
    interval = cluster_interval(lambda w: _of_counts(w @ counts), len(counts), 0.0, 1.0) if len(counts) else None
    return measured(float(_of_counts(counts.sum(axis=0)[None])[0]), interval)


def _of_counts(counts: FloatArray) -> FloatArray:
    either = counts[:, 0] + counts[:, 1:].sum(axis=1) / 2
    f1: FloatArray = np.divide(counts[:, 0], either, out=np.full(len(counts), np.nan), where=either > 0)
    return f1


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _of_annotators(delivery: Delivery, units: Units, weights: FloatArray) -> list[Scorecard]:
    """Nobody can tell who should have drawn what is missing, so these have no recall."""
    cards = []
    for column, one in enumerate(delivery.sets):
        for name in _annotators(one.boxes):
            column_of = one.boxes.provenance.annotator.values  # type: ignore[union-attr]  # _annotators looked
            cards.append(_card(delivery, units, weights, column, column_of == name, name))
    return cards


def _annotators(boxes: Boxes3D) -> Sequence[str]:
    provenance = boxes.provenance
    if provenance is None or provenance.annotator is None:
        return ()
    return sorted(set(provenance.annotator.values.tolist()) - {""})
