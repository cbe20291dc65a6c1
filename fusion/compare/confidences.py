"""Predictions against labels: how many of each confidence have a label, and where to cut them off."""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray, FloatArray
from fusion.compare.document import ConfidenceBand, Confidences
from fusion.compare.pair import PairedSets
from fusion.compare.pair_summary import number
from fusion.judge.proportion import wilson_interval

BANDS = 10


def confidences_of(found: PairedSets) -> Confidences | None:
    """Of the second set's predictions; None where it has no confidences.

    Confidences beyond 0 to 1 (logits) are cut into as many bands of equal width, and have no calibration error.
    """
    column = found.second.boxes.confidences
    if column is None:
        return None
    matched = np.zeros(len(found.second), dtype=bool)
    matched[found.pairs.second] = True
    shown = found.frames[found.second.frames] & np.isfinite(column)
    values, hits = column[shown], matched[shown]
    if not len(values):
        return None
    probable = values.min() >= 0 and values.max() <= 1
    edges = np.linspace(0, 1, BANDS + 1) if probable else np.linspace(values.min(), values.max(), BANDS + 1)
    band = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BANDS - 1)
    boxes, with_label = np.bincount(band, minlength=BANDS), np.bincount(band, weights=hits, minlength=BANDS)
    threshold, f1 = _best_threshold(values, hits, len(found.pairs) + len(found.only_first))
    told = np.bincount(band, weights=values, minlength=BANDS)
    return Confidences(
        bands=tuple(
            _band(edges[row], edges[row + 1], int(boxes[row]), int(with_label[row]))
            for row in range(BANDS)
            if boxes[row]
        ),
        best_threshold=number(threshold),
        best_f1=number(f1),
        error=number(float(np.abs(told - with_label).sum() / boxes.sum())) if probable else None,
    )


def _band(low: float, high: float, boxes: int, matched: int) -> ConfidenceBand:
    share_low, share_high = wilson_interval(matched, boxes)
    return ConfidenceBand(
        low=round(float(low), 6),
        high=round(float(high), 6),
        boxes=boxes,
        matched=matched,
        share=round(matched / boxes, 6),
        share_low=round(share_low, 6),
        share_high=round(share_high, 6),
    )


def _best_threshold(values: FloatArray, hits: BoolArray, labels: int) -> tuple[float, float]:
    """The confidence from which on F1 is best, and that F1; predictions of equal confidence stay together."""
    order = np.argsort(-values, kind="stable")
    found = np.cumsum(hits[order])
    f1 = 2 * found / np.maximum(labels + np.arange(1, len(values) + 1), 1)
    last = np.append(values[order][1:] != values[order][:-1], True)
    best = int(np.argmax(np.where(last, f1, -1.0)))
    return float(values[order][best]), float(f1[best])
