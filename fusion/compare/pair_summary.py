"""A pair of label sets in numbers: existence, geometry, classes, tracks, each with how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SIGMA_PER_MAD
from fusion.compare.delivery import Delivery
from fusion.compare.document import Confused, Existence, Geometry, Measured, TrackAgreement
from fusion.compare.pair import (
    POINT_NAMES,
    RANGE_NAMES,
    PairedSets,
    Residuals,
    pair_residuals,
    point_groups,
    range_groups,
    scene_track_counts,
)
from fusion.judge.resampling import cluster_interval, weighted_medians
from fusion.measure.match_rule import MatchRule
from fusion.measure.track_matching import TrackCounts, match_tracks
from fusion.scene.boxes3d import Boxes3D

By = Literal["all", "class", "range", "points"]
QUANTITIES = ("along", "across", "up", "length", "width", "height", "yaw")
DECIMALS = 6


def measured(value: float, interval: tuple[float, float] | None = None) -> Measured:
    """A number for the document, NaN as null."""
    low, high = interval or (float("nan"), float("nan"))
    return Measured(value=number(value), low=number(low), high=number(high))


def number(value: float) -> float | None:
    """Rounded on the way out, NaN as null."""
    return round(float(value), DECIMALS) if np.isfinite(value) else None


def existence_rows(found: PairedSets) -> list[Existence]:
    """How far both found the same: overall, and by class, range and points.

    A box counts where the first set puts it, one that only the second has where that puts it.
    """
    rows = []
    for by, ours, theirs in _groupings(found):
        for group in _names(ours[np.r_[found.pairs.first, found.only_first]], theirs[found.only_second]):
            matched = ours[found.pairs.first] == group
            missing, extra = found.only_first[ours[found.only_first] == group], theirs[found.only_second] == group
            extra_rows = found.only_second[extra]
            rows.append(_existence(by, group, found, matched, missing, extra_rows))
    return rows


def _groupings(found: PairedSets) -> Iterator[tuple[By, np.ndarray, np.ndarray]]:
    """By what, and the group of every row of both sets."""
    for by, group_of in _GROUPINGS:
        ours, theirs = (np.asarray(group_of(one.boxes), dtype=object) for one in (found.first, found.second))
        yield by, ours, theirs


def _classes(boxes: Boxes3D) -> list[str]:
    return [name or "no class" for name in boxes.category.values]


_GROUPINGS: tuple[tuple[By, Callable[[Boxes3D], list[str]]], ...] = (
    ("all", lambda boxes: ["all"] * len(boxes)),
    ("class", _classes),
    ("range", range_groups),
    ("points", point_groups),
)


def _names(*columns: np.ndarray) -> list[str]:
    there = {str(name) for column in columns for name in column}
    in_order = [name for name in (*RANGE_NAMES, *POINT_NAMES) if name in there]
    return in_order + sorted(there - set(in_order))


def _existence(
    by: By, group: str, found: PairedSets, matched: BoolArray, missing: IntArray, extra: IntArray
) -> Existence:
    hits = int(matched.sum())
    counts = np.stack(
        [
            np.bincount(found.cluster[found.pairs.first[matched]], minlength=found.clusters),
            np.bincount(found.cluster[missing], minlength=found.clusters),
            np.bincount(found.their_cluster[extra], minlength=found.clusters),
        ],
        axis=1,
    ).astype(np.float64)
    counts = counts[counts.any(axis=1)]
    f1 = float(_f1(counts.sum(axis=0)[None])[0])
    interval = cluster_interval(lambda weights: _f1(weights @ counts), len(counts), 0.0, 1.0)
    sq = float(found.pairs.iou_3d[matched].mean()) if hits else float("nan")
    return Existence(
        by=by,
        group=group,
        matched=hits,
        only_first=len(missing),
        only_second=len(extra),
        recall=number(_share(hits, hits + len(missing))),
        precision=number(_share(hits, hits + len(extra))),
        f1=measured(f1, interval),
        sq=number(sq),
        pq=number(f1 * sq) if hits else (0.0 if np.isfinite(f1) else None),
    )


def _f1(counts: FloatArray) -> FloatArray:
    """(B,) of matched, missing and spurious (B, 3)."""
    either = counts[:, 0] + counts[:, 1:].sum(axis=1) / 2
    f1: FloatArray = np.divide(counts[:, 0], either, out=np.full(len(counts), np.nan), where=either > 0)
    return f1


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def geometry_rows(found: PairedSets) -> list[Geometry]:
    """Bias and spread of everything that places a box; the overall ones with intervals."""
    differences = pair_residuals(found)
    cluster = np.unique(found.cluster[found.pairs.first], return_inverse=True)[1]
    rows = []
    for by, ours, _ in _groupings(found):
        of_pair = ours[found.pairs.first]
        for group in _names(of_pair):
            chosen = of_pair == group
            rows += [
                _geometry(quantity, by, group, column[chosen], cluster[chosen] if by == "all" else None)
                for quantity, column in _columns(differences).items()
            ]
    return rows


def _columns(differences: Residuals) -> dict[str, FloatArray]:
    return {name: getattr(differences, f"{name}_{'deg' if name == 'yaw' else 'm'}") for name in QUANTITIES}


def _geometry(quantity: str, by: By, group: str, values: FloatArray, cluster: IntArray | None) -> Geometry:
    bias, spread = median_and_spread(values)
    interval = None
    if cluster is not None and len(values):
        interval = cluster_interval(lambda weights: weighted_medians(values, cluster, weights), int(cluster.max()) + 1)
    return Geometry(
        quantity=quantity,
        unit="deg" if quantity == "yaw" else "m",
        by=by,
        group=group,
        boxes=len(values),
        bias=measured(bias, interval),
        spread=number(spread),
        within=number(float(np.percentile(np.abs(values), 90))) if len(values) else None,
    )


def median_and_spread(values: FloatArray) -> tuple[float, float]:
    """Median, and 1.4826 times the median distance from it; NaN of nothing."""
    if not len(values):
        return float("nan"), float("nan")
    middle = float(np.median(values))
    return middle, SIGMA_PER_MAD * float(np.median(np.abs(values - middle)))


def flipped_share(found: PairedSets) -> Measured:
    """Share of matched boxes whose headings point opposite ways."""
    flipped = pair_residuals(found).flipped
    if not len(flipped):
        return measured(float("nan"))
    cluster = np.unique(found.cluster[found.pairs.first], return_inverse=True)[1]
    counts = np.stack([np.bincount(cluster, weights=flipped), np.bincount(cluster)], axis=1)
    return measured(float(flipped.mean()), cluster_interval(lambda w: _ratio(w @ counts), len(counts), 0.0, 1.0))


def _ratio(counts: FloatArray) -> FloatArray:
    ratio: FloatArray = counts[:, 0] / counts[:, 1]
    return ratio


def confused_classes(found: PairedSets) -> list[Confused]:
    """Classes that were taken for each other, most often first."""
    other = ~found.pairs.same_class
    ours, theirs = found.pairs.first[other], found.pairs.second[other]
    names = list(zip(found.first.boxes.category.values[ours], found.second.boxes.category.values[theirs], strict=True))
    tracks = found.first.tracks[ours]
    rows = []
    for first, second in dict.fromkeys(names):
        chosen = np.asarray([name == (first, second) for name in names])
        own = tracks[chosen]
        rows.append(
            Confused(
                first=first or "no class",
                second=second or "no class",
                boxes=int(chosen.sum()),
                tracks=len(np.unique(own[own >= 0])) + int((own < 0).sum()),
            )
        )
    return sorted(rows, key=lambda row: (-row.boxes, row.first, row.second))


def track_agreement(delivery: Delivery, found: PairedSets, rule: MatchRule) -> TrackAgreement | None:
    """HOTA and its parts; None where a set has no tracks."""
    if not all((one.tracks >= 0).any() for one in (found.first, found.second)):
        return None
    counts = scene_track_counts(delivery, found, rule)
    total = TrackCounts.total(counts)
    same = match_tracks(found.pairs, found.first.tracks, found.second.tracks)
    seen = [one.tracks[found.frames[one.frames]] for one in (found.first, found.second)]
    return TrackAgreement(
        hota=measured(total.hota, cluster_interval(lambda w: _drawn(counts, w, "hota"), len(counts), 0.0, 1.0)),
        det_a=round(total.det_a, DECIMALS),
        ass_a=round(total.ass_a, DECIMALS),
        loc_a=round(total.loc_a, DECIMALS),
        idf1=measured(total.idf1, cluster_interval(lambda w: _drawn(counts, w, "idf1"), len(counts), 0.0, 1.0)),
        switches=total.switches,
        matched_tracks=len(same.first),
        only_first=len(np.intersect1d(same.only_first, seen[0])),
        only_second=len(np.intersect1d(same.only_second, seen[1])),
        split_first=_several(same.links[:, 0]),
        split_second=_several(same.links[:, 1]),
    )


def _drawn(counts: Sequence[TrackCounts], weights: FloatArray, score: str) -> FloatArray:
    """(B,) a score of scenes drawn as often as (B, S) says."""
    return np.asarray(
        [
            getattr(TrackCounts.total(part.times(n) for part, n in zip(counts, row, strict=True) if n), score)
            for row in weights.astype(int)
        ]
    )


def _several(tracks: IntArray) -> int:
    return int((np.unique(tracks, return_counts=True)[1] > 1).sum())
