"""Two label sets against each other: which boxes are the same, how far apart they are drawn, and by which clusters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.transform import wrap_angle_rad
from fusion.compare.delivery import ComparedSet, Delivery
from fusion.measure.match_rule import MatchRule
from fusion.measure.matching import BoxPairs, candidate_pairs, match_boxes
from fusion.measure.track_matching import TrackCounts, match_tracks, track_counts
from fusion.scene.boxes3d import Boxes3D

# From here on scenes are enough to draw from; below, tracks are, and what whole scenes share goes unseen.
LEAST_SCENES = 10
RANGES_M = (0.0, 20.0, 40.0, 60.0, np.inf)
RANGE_NAMES = tuple(
    f"{low:g}-{high:g} m" if np.isfinite(high) else f"over {low:g} m" for low, high in pairwise(RANGES_M)
)
POINTS = (0, 1, 6, 21, 101)
POINT_NAMES = ("no point", "1-5 points", "6-20 points", "21-100 points", "over 100 points")
NOT_COUNTED = "not counted"


@dataclass(frozen=True, eq=False)
class PairedSets:
    """Rows of both sets in the F frames that both labelled.

    first, second: the sets; rows, their_rows: (M,), (N,) rows that count; pairs: matched ones (rows of the sets);
    only_first, only_second: rows without a partner; cluster, their_cluster: by row of the sets, numbered alike.
    """

    first: ComparedSet
    second: ComparedSet
    frames: BoolArray
    pairs: BoxPairs
    only_first: IntArray
    only_second: IntArray
    cluster: IntArray
    their_cluster: IntArray
    clusters: int
    resampled: str


def paired(delivery: Delivery, first: ComparedSet, second: ComparedSet, rule: MatchRule) -> PairedSets:
    """Match two sets where both were labelled."""
    both = first.annotated & second.annotated
    frames, their_frames = (np.where(both[one.frames], one.frames, -1) for one in (first, second))
    found = match_boxes(first.boxes, second.boxes, frames, their_frames, rule)
    cluster, their_cluster, resampled = _clusters(delivery, first, second, found.pairs)
    return PairedSets(
        first=first,
        second=second,
        frames=both,
        pairs=found.pairs,
        only_first=found.only_first[frames[found.only_first] >= 0],
        only_second=found.only_second[their_frames[found.only_second] >= 0],
        cluster=cluster,
        their_cluster=their_cluster,
        clusters=int(max(cluster.max(initial=-1), their_cluster.max(initial=-1))) + 1,
        resampled=resampled,
    )


def _clusters(
    delivery: Delivery, first: ComparedSet, second: ComparedSet, pairs: BoxPairs
) -> tuple[IntArray, IntArray, str]:
    """What intervals draw from: scenes; of few scenes tracks, those of one object together."""
    if len(delivery.scenes) >= LEAST_SCENES:
        return delivery.scene[first.frames], delivery.scene[second.frames], "scenes"
    same = match_tracks(pairs, first.tracks, second.tracks)
    start = first.tracks.max(initial=-1) + 1
    partner = np.arange(start, start + second.tracks.max(initial=-1) + 1)
    partner[same.second] = same.first
    tracks = first.tracks.copy()
    theirs = np.where(second.tracks >= 0, partner[second.tracks] if len(partner) else -1, -1)
    # Boxes of no track stand with the others of their frame.
    loose = start + len(partner)
    tracks = np.where(tracks >= 0, tracks, loose + first.frames)
    theirs = np.where(theirs >= 0, theirs, loose + second.frames)
    _, numbered = np.unique(np.concatenate([tracks, theirs]), return_inverse=True)
    return numbered[: len(tracks)], numbered[len(tracks) :], "tracks"


@dataclass(frozen=True, eq=False)
class Residuals:
    """How the second drew P boxes differently from the first, in the first's box: (P,) each.

    along, across, up, length, width, height: metres, second minus first; yaw_deg: likewise, of the two readings of
    the axis the closer one; flipped: the heading points the other way.
    """

    along_m: FloatArray
    across_m: FloatArray
    up_m: FloatArray
    length_m: FloatArray
    width_m: FloatArray
    height_m: FloatArray
    yaw_deg: FloatArray
    flipped: BoolArray


def residuals(first: Boxes3D, second: Boxes3D) -> Residuals:
    """Differences of boxes row by row, P of each."""
    away_m = second.centres_m - first.centres_m
    cos, sin = np.cos(first.yaws_rad), np.sin(first.yaws_rad)
    turn = wrap_angle_rad(second.yaws_rad - first.yaws_rad)
    flipped = np.abs(turn) > np.pi / 2
    axis = np.where(flipped, wrap_angle_rad(turn + np.pi), turn)
    grown_m = second.sizes_m - first.sizes_m
    return Residuals(
        along_m=away_m[:, 0] * cos + away_m[:, 1] * sin,
        across_m=away_m[:, 1] * cos - away_m[:, 0] * sin,
        up_m=away_m[:, 2],
        length_m=grown_m[:, 0],
        width_m=grown_m[:, 1],
        height_m=grown_m[:, 2],
        yaw_deg=np.degrees(axis),
        flipped=flipped,
    )


def pair_residuals(found: PairedSets) -> Residuals:
    """Differences of the matched boxes."""
    return residuals(found.first.boxes.take(found.pairs.first), found.second.boxes.take(found.pairs.second))


def scene_track_counts(delivery: Delivery, found: PairedSets, rule: MatchRule) -> list[TrackCounts]:
    """What HOTA and IDF1 are made of, scene by scene; any similarity counts, whatever the rule's limit."""
    loose = rule.with_limit(rule.limit) if rule.measure.value == "centre" else rule.with_limit(0.0)
    counts = []
    for scene in range(len(delivery.scenes)):
        kept = found.frames & (delivery.scene == scene)
        rows, theirs = (np.flatnonzero(kept[one.frames]) for one in (found.first, found.second))
        ours, others = found.first.boxes.take(rows), found.second.boxes.take(theirs)
        frames, their_frames = found.first.frames[rows], found.second.frames[theirs]
        candidates = candidate_pairs(ours, others, frames, their_frames, loose)
        counts.append(track_counts(candidates, found.first.tracks[rows], found.second.tracks[theirs], frames))
    return counts


def range_groups(boxes: Boxes3D) -> list[str]:
    """(M,) the band of range each box lies in."""
    bands = np.searchsorted(RANGES_M, boxes.ranges_m, side="right") - 1
    return [RANGE_NAMES[band] for band in np.clip(bands, 0, len(RANGE_NAMES) - 1)]


def point_groups(boxes: Boxes3D) -> list[str]:
    """(M,) the band of lidar points each box holds, as far as its data set counted them."""
    counts = boxes.recorded_point_counts
    if counts is None:
        return [NOT_COUNTED] * len(boxes)
    bands = np.searchsorted(POINTS, counts, side="right") - 1
    return [POINT_NAMES[band] if band >= 0 else NOT_COUNTED for band in bands]
