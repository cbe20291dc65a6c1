"""Which track of one label set is which of another, and how well they agree over time.

A track is matched where its boxes are; the best one-to-one choice is the one with most boxes in common (as IDF1 has
it). HOTA weighs what both found (DetA), whether they kept it together (AssA) and how close they drew it (LocA).

Source: Luiten et al. 2021, "HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking", IJCV 129;
IDF1: Ristani et al. 2016, "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import FloatArray, IntArray, as_column, frozen
from fusion.measure.matching import BoxPairs
from fusion.measure.pairing import best_assignment

# The similarities HOTA averages over: 0.05, 0.10 ... 0.95.
ALPHAS = frozen(np.arange(1, 20) / 20)
# The similarity at which identities are compared, as IDF1 and switches are commonly given.
IDENTITY_ALPHA = 0.5
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class TrackMatches:
    """K tracks that are the same object: numbers (K,) in both sets, and (K,) boxes they have in common.

    only_first, only_second: numbers of tracks without a partner; links: (L, 3) every two tracks that were ever
    matched, with their boxes in common: a track with two links was split or handed over.
    """

    first: IntArray
    second: IntArray
    boxes: IntArray
    only_first: IntArray
    only_second: IntArray
    links: IntArray


def match_tracks(pairs: BoxPairs, first_tracks: ArrayLike, second_tracks: ArrayLike) -> TrackMatches:
    """Match the tracks of two sets by what they have in common, one to one.

    Args:
        pairs: matched boxes, one to one in every frame.
        first_tracks: (M,) number of each box's track, below 0 where it has none; second_tracks: (N,).

    Raises:
        ShapeError: the tracks are no columns.
    """
    tracks, their_tracks = _column(first_tracks), _column(second_tracks)
    links = _links(tracks[pairs.first], their_tracks[pairs.second])
    kept = links[best_assignment(links[:, 0], links[:, 1], links[:, 2].astype(np.float64))]
    return TrackMatches(
        first=kept[:, 0],
        second=kept[:, 1],
        boxes=kept[:, 2],
        only_first=np.setdiff1d(tracks[tracks >= 0], kept[:, 0]),
        only_second=np.setdiff1d(their_tracks[their_tracks >= 0], kept[:, 1]),
        links=links,
    )


@dataclass(frozen=True, eq=False)
class TrackCounts:
    """What HOTA and IDF1 are made of, of one or several scenes; counts of scenes add up.

    true_positives, association, location: (19,) by alpha: pairs, and sums over them of their tracks' association and
    of their similarity; first_boxes, second_boxes: all there are; identity: boxes on tracks matched one to one;
    switches: how often a track of the first set changes its partner.
    """

    true_positives: FloatArray
    association: FloatArray
    location: FloatArray
    first_boxes: int
    second_boxes: int
    identity: int
    switches: int

    @classmethod
    def total(cls, parts: Iterable[TrackCounts]) -> TrackCounts:
        """The counts of several scenes together."""
        whole = cls(np.zeros(len(ALPHAS)), np.zeros(len(ALPHAS)), np.zeros(len(ALPHAS)), 0, 0, 0, 0)
        for part in parts:
            whole = cls(**{name: value + getattr(part, name) for name, value in vars(whole).items()})
        return whole

    def times(self, weight: int) -> TrackCounts:
        """The counts of as many copies of the scene."""
        return TrackCounts(**{name: value * weight for name, value in vars(self).items()})

    @property
    def det_a(self) -> float:
        """Boxes both drew / boxes either drew, mean over alpha."""
        return float(self._detection.mean())

    @property
    def ass_a(self) -> float:
        """How much of the two tracks behind a pair they have in common, mean over pairs and alpha."""
        return float(self._association.mean())

    @property
    def loc_a(self) -> float:
        """Mean similarity of the pairs; 1 at an alpha without pairs, as the paper's code has it."""
        loc = np.divide(self.location, self.true_positives, out=np.ones(len(ALPHAS)), where=self.true_positives > 0)
        return float(loc.mean())

    @property
    def hota(self) -> float:
        """Geometric mean of detection and association, mean over alpha."""
        return float(np.sqrt(self._detection * self._association).mean())

    @property
    def idf1(self) -> float:
        """2 identity / (boxes of both); NaN where there are none."""
        boxes = self.first_boxes + self.second_boxes
        return 2 * self.identity / boxes if boxes else float("nan")

    @property
    def _detection(self) -> FloatArray:
        either = self.first_boxes + self.second_boxes - self.true_positives
        shares: FloatArray = np.divide(self.true_positives, either, out=np.full(len(ALPHAS), np.nan), where=either > 0)
        return shares

    @property
    def _association(self) -> FloatArray:
        shares: FloatArray = self.association / np.maximum(self.true_positives, 1.0)
        return shares


def track_counts(
    candidates: BoxPairs, first_tracks: ArrayLike, second_tracks: ArrayLike, first_frames: ArrayLike
) -> TrackCounts:
    """Count one scene for HOTA, IDF1 and switches.

    Args:
        candidates: all pairs of a frame with any similarity, as `candidate_pairs` gives them.
        first_tracks: (M,) number of each box's track; a box below 0 is a track of its own; second_tracks: (N,).
        first_frames: (M,) frame of each box, ascending in time: the order in which partners change.

    Raises:
        ShapeError: the columns differ in length.
    """
    tracks, their_tracks = _each_its_own(_column(first_tracks)), _each_its_own(_column(second_tracks))
    frames = as_column(first_frames, "first_frames", np.int64, len(tracks))
    lengths, their_lengths = np.bincount(tracks), np.bincount(their_tracks)
    a, b, similarity = candidates.first, candidates.second, np.clip(candidates.similarity, 0.0, 1.0)
    link, names = _link_numbers(tracks[a], their_tracks[b])
    both = lengths[names[:, 0]] + their_lengths[names[:, 1]]

    kept = best_assignment(a, b, _alignment(candidates, similarity, link, both)[link] * similarity)
    similarity_kept, link_kept = similarity[kept], link[kept]
    by_alpha = [_at_alpha(similarity_kept, link_kept, both, alpha) for alpha in ALPHAS]
    true_positives, association, location = (np.asarray(column) for column in zip(*by_alpha, strict=True))
    alike = similarity >= IDENTITY_ALPHA - _ROUNDING
    # A track with two boxes in a frame has no more in common with another than that one has boxes.
    potential = np.minimum(*(_distinct(link[alike], rows[alike], len(names)) for rows in (a, b)))
    identical = best_assignment(names[:, 0], names[:, 1], potential.astype(np.float64))
    close = kept[similarity_kept >= IDENTITY_ALPHA - _ROUNDING]
    return TrackCounts(
        true_positives=true_positives,
        association=association,
        location=location,
        first_boxes=len(tracks),
        second_boxes=len(their_tracks),
        identity=int(potential[identical].sum()),
        switches=_switches(tracks[a[close]], frames[a[close]], their_tracks[b[close]]),
    )


def _distinct(link: IntArray, rows: IntArray, links: int) -> IntArray:
    """(L,) different rows of each combination of tracks."""
    return np.bincount(np.unique(np.stack([link, rows], axis=1), axis=0)[:, 0], minlength=links).astype(np.int64)


def _alignment(candidates: BoxPairs, similarity: FloatArray, link: IntArray, both: IntArray) -> FloatArray:
    """(L,) how well two tracks fit as wholes, before any box is matched (the paper's global alignment score)."""
    rows_sum = np.bincount(candidates.first, weights=similarity)[candidates.first]
    columns_sum = np.bincount(candidates.second, weights=similarity)[candidates.second]
    either = rows_sum + columns_sum - similarity
    share = np.divide(similarity, either, out=np.zeros_like(similarity), where=either > 0)
    potential = np.bincount(link, weights=share, minlength=len(both))
    fit: FloatArray = potential / np.maximum(both - potential, _ROUNDING)
    return fit


def _at_alpha(similarity: FloatArray, link: IntArray, both: IntArray, alpha: float) -> tuple[int, float, float]:
    """Pairs, and the sums over them of association and similarity."""
    close = similarity >= alpha - _ROUNDING
    common = np.bincount(link[close], minlength=len(both))
    return int(close.sum()), float((common * common / (both - common)).sum()), float(similarity[close].sum())


def _switches(tracks: IntArray, frames: IntArray, partners: IntArray) -> int:
    order = np.lexsort((frames, tracks))
    same = tracks[order][1:] == tracks[order][:-1]
    return int((same & (partners[order][1:] != partners[order][:-1])).sum())


def _column(tracks: ArrayLike) -> IntArray:
    return as_column(tracks, "tracks", np.int64)


def _each_its_own(tracks: IntArray) -> IntArray:
    """Numbers from 0 without gaps; boxes without a track become tracks of one box."""
    alone = tracks < 0
    numbered = np.where(alone, tracks.max(initial=-1) + 1 + np.cumsum(alone), tracks)
    return np.unique(numbered, return_inverse=True)[1].astype(np.int64)


def _link_numbers(tracks: IntArray, their_tracks: IntArray) -> tuple[IntArray, IntArray]:
    """(P,) number of the two tracks' combination, and (L, 2) the combinations."""
    names, link = np.unique(np.stack([tracks, their_tracks], axis=1), axis=0, return_inverse=True)
    return link.reshape(-1), names


def _links(tracks: IntArray, their_tracks: IntArray) -> IntArray:
    """(L, 3) combinations of tracks with the boxes they share."""
    known = (tracks >= 0) & (their_tracks >= 0)
    both = np.stack([tracks[known], their_tracks[known]], axis=1)
    names, boxes = np.unique(both, axis=0, return_counts=True)
    return np.column_stack([names, boxes]).astype(np.int64)
