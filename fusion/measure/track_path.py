"""Where tracked objects leave their own path: single boxes that stray from it, and moments from which it is shifted.

A wrong box makes its neighbours look wrong too, and a lasting shift looks like two stray boxes. So the worst departure
of a track is taken first and given the explanation that leaves least to explain (this box strays; the path shifts
before it; the path shifts after it). Then the stray is left out, or the track is cut at the shift, and what remains is
looked at again. A departure whose best explanation lies within doubt is none: that is how the object moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.track_moments import track_moments
from fusion.measure.track_motion import TrackMotion, track_motion
from fusion.measure.track_prediction import Sequence, shifts, strays, unexplained
from fusion.scene.scene import Scene

# A track that leaves its path more often than this is beyond counting.
MAX_DEPARTURES = 20
# A track of so many boxes is believed about its own jitter as much as the scene is.
BOXES_LIKE_A_SCENE = 12
# How much steadier than usual a scene as a whole is taken to be at most, and how much shakier one of its tracks.
STEADIEST_SCENE, SHAKIEST_TRACK = 0.5, 2.0
# Median size of a normally distributed number of standard deviation 1.
MEDIAN_SIZE = 0.6745

STRAY, SHIFT = 0, 1


@dataclass(frozen=True, eq=False)
class Doubt:
    """What may put a box off a smooth path although nobody made a mistake.

    jitter_m: (M,) by row of the labels, standard deviation per axis, as labels go. Tracks are held to the jitter they
    show, but to no less than `steadiest_m`. acceleration: (M,) m/s2 by which the object may change its motion at once.
    chance: share of tracks in which jitter alone may look like more.
    """

    jitter_m: FloatArray
    acceleration: FloatArray
    steadiest_m: float
    chance: float


@dataclass(frozen=True, eq=False)
class PathDepartures:
    """By row of the labels (M,) and kind: column STRAY, the box is off its path; SHIFT, the path is shifted from here.

    offset_m: (M, 2) horizontal, NaN where a row has too few neighbours or shares its time with another of its track;
    ratio: (M, 2) the same as a multiple of what is in doubt; departed: (M, 2) bool, the departures that explain the
    offsets around them; expected_m: (M, 3) where its neighbours put the box.
    """

    offset_m: FloatArray
    ratio: FloatArray
    departed: BoolArray
    expected_m: FloatArray

    @classmethod
    def unknown(cls, rows: int) -> PathDepartures:
        """Nothing looked at yet."""
        offset_m, ratio = np.full((rows, 2), np.nan), np.full((rows, 2), np.nan)
        return cls(offset_m, ratio, np.zeros((rows, 2), dtype=bool), np.full((rows, 3), np.nan))

    @property
    def excess(self) -> FloatArray:
        """(M, 2) above 1 for departures and up to 1 for the rest, 0 where unknown."""
        ratio = np.nan_to_num(self.ratio, nan=0.0)
        return np.where(self.departed, ratio, np.minimum(ratio, 1.0))

    @property
    def limit_m(self) -> FloatArray:
        """(M, 2) what is in doubt in the direction of the offset."""
        return np.divide(self.offset_m, self.ratio, out=np.full_like(self.ratio, np.nan), where=self.ratio > 0)


@dataclass(frozen=True, eq=False)
class _Remaining:
    """What is still looked at: rows of the labels by track and time, without the strays found so far."""

    rows: IntArray
    track: IntArray
    sequence: Sequence

    def take(self, kept: BoolArray) -> _Remaining:
        return _Remaining(self.rows[kept], self.track[kept], self.sequence.take(kept))


def path_departures(scene: Scene, doubt: Doubt) -> PathDepartures:
    """Departures of all tracked boxes from their paths; in the world, or in ego where there are no poses.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    motion = track_motion(scene)
    remaining = _steadied(_tracked(scene, motion, doubt), doubt)
    found = PathDepartures.unknown(len(motion.boxes))
    accepted = np.zeros((len(motion.boxes), 2), dtype=bool)
    for _ in range(MAX_DEPARTURES):
        ratio = _measured(remaining, found)
        picks, kinds = _worst_of_each(np.where(accepted[remaining.rows], 0.0, ratio), remaining.track)
        if not len(picks):
            break
        accepted[remaining.rows[picks], kinds] = True
        positions, explained_as = _explanations(remaining, picks, kinds)
        departed = ratio[positions, explained_as] > 1
        found.departed[remaining.rows[positions[departed]], explained_as[departed]] = True
        remaining = _left_over(remaining, picks, positions[departed], explained_as[departed])
    return found


def _tracked(scene: Scene, motion: TrackMotion, doubt: Doubt) -> _Remaining:
    """All tracked boxes that have a place, and a time of their own."""
    moments = track_moments(scene)
    rows, track = moments.rows, moments.track
    sequence = Sequence(
        times_s=moments.times_s,
        places_m=motion.boxes.centres_m[rows],
        segment=track,
        rays=_rays(motion)[rows],
        slack_m=np.repeat(doubt.jitter_m[rows, None], 2, axis=1) * _certainty(track, doubt.chance)[:, None],
        acceleration=doubt.acceleration[rows],
    )
    return _Remaining(rows, track, sequence)


def _rays(motion: TrackMotion) -> FloatArray:
    """(M, 2) horizontal unit vectors from ego to the boxes."""
    somewhere = np.tile([1.0, 0.0], (len(motion.boxes), 1))
    ranges_m = motion.ranges_m[:, None]
    rays: FloatArray = np.divide(motion.away_m, ranges_m, out=somewhere, where=ranges_m > 0)
    return rays


def _certainty(track: IntArray, chance: float) -> FloatArray:
    """(K,) standard deviations of jitter in the plane beyond which a track of so many boxes has one by chance."""
    _, groups, boxes = np.unique(track, return_inverse=True, return_counts=True)
    certainty: FloatArray = np.sqrt(2 * np.log(boxes / chance))[groups]
    return certainty


def _steadied(remaining: _Remaining, doubt: Doubt) -> _Remaining:
    """The same, each track held to the jitter it shows; the fewer its boxes, the more to that of the whole scene."""
    sequence = remaining.sequence
    certainty = _certainty(remaining.track, doubt.chance)[:, None]
    usual_m = sequence.slack_m / certainty
    shown_m = _shown_jitter(remaining)
    own_m, boxes = _medians(shown_m, remaining.track)
    everywhere, all_boxes = _medians(shown_m / usual_m, np.zeros_like(remaining.track))
    known = all_boxes[:, None] >= BOXES_LIKE_A_SCENE
    scene_m = usual_m * np.where(known, np.clip(everywhere, STEADIEST_SCENE, 1.0), 1.0)
    share = boxes[:, None] / (boxes[:, None] + BOXES_LIKE_A_SCENE)
    jitter_m = np.where(boxes[:, None] > 0, own_m, 1.0) ** share * scene_m ** (1 - share)
    jitter_m = np.clip(jitter_m, doubt.steadiest_m, np.maximum(SHAKIEST_TRACK * usual_m, doubt.steadiest_m))
    return replace(remaining, sequence=replace(sequence, slack_m=certainty * jitter_m))


def _shown_jitter(remaining: _Remaining) -> FloatArray:
    """(K, 2) the jitter each box shows along its ray and across, NaN where it tells nothing about it."""
    sequence = remaining.sequence
    shown_m = np.full((len(sequence), 2), np.nan)
    # With a quarter of the slack, stretches are chosen that react to acceleration least; they serve where the usual
    # ones react too much. Where the object's own motion may be much of an offset, it is no jitter.
    for share in (4, 1):
        estimates = strays(replace(sequence, slack_m=sequence.slack_m / share))
        telling = estimates.lever_m < sequence.slack_m[:, 0] * estimates.gain / 2
        shown_m[telling] = (np.abs(estimates.polar_m) / estimates.gain[:, None])[telling] / MEDIAN_SIZE
    # Nor is it beside a wrong box, and if there is one, it is the worst.
    shown_m[_beside_worst(np.hypot(shown_m[:, 0], shown_m[:, 1]), remaining.track)] = np.nan
    return shown_m


def _beside_worst(values: FloatArray, track: IntArray) -> BoolArray:
    """(K,) bool: within two rows of the largest value of the track."""
    worst = np.zeros(len(values) + 4, dtype=bool)
    largest = _largest_of_each(np.nan_to_num(values, nan=-1.0), track)
    reach = largest[:, None] + np.arange(-2, 3)
    same = track[np.clip(reach, 0, max(len(track) - 1, 0))] == track[largest][:, None]
    worst[reach[same]] = True
    return worst[: len(values)]


def _medians(columns: FloatArray, group: IntArray) -> tuple[FloatArray, IntArray]:
    """(K, C) medians over the finite rows of each row's group, NaN without any, and (K,) how many those are.

    The rows of a group lie together; of an even number the lower middle is taken.
    """
    finite = np.isfinite(columns).all(axis=1)
    _, starts, groups = np.unique(group, return_index=True, return_inverse=True)
    counts = np.bincount(groups[finite], minlength=len(starts))
    middles = starts + np.maximum(counts - 1, 0) // 2
    ordered = np.stack([column[np.lexsort((column, ~finite, group))] for column in columns.T], axis=1)
    return np.where(counts[:, None] > 0, ordered[middles], np.nan)[groups], counts[groups]


def _measured(remaining: _Remaining, found: PathDepartures) -> FloatArray:
    """(K, 2) offsets as multiples of what is in doubt, 0 where unknown or found before; all noted in `found`."""
    sequence, rows = remaining.sequence, remaining.rows
    for kind, estimates in ((STRAY, strays(sequence)), (SHIFT, shifts(sequence))):
        # A shift that was found cut the track, so nothing is measured across it any more.
        fresh = ~found.departed[rows, kind]
        found.offset_m[rows[fresh], kind] = estimates.distance_m[fresh]
        found.ratio[rows[fresh], kind] = estimates.excess(sequence.slack_m)[fresh]
        if kind == STRAY:
            found.expected_m[rows] = sequence.places_m - estimates.offset_m
    return np.where(found.departed[rows], 0.0, np.nan_to_num(found.ratio[rows], nan=0.0))


def _worst_of_each(ratio: FloatArray, track: IntArray) -> tuple[IntArray, IntArray]:
    """Position and kind of the largest ratio of each track where it is above 1."""
    largest = ratio.max(axis=1, initial=0.0)
    picks = _largest_of_each(largest, track)
    picks = picks[largest[picks] > 1]
    return picks, ratio[picks].argmax(axis=1)


def _largest_of_each(values: FloatArray, track: IntArray) -> IntArray:
    """Position of the largest value of each track."""
    order = np.lexsort((values, track))
    largest: IntArray = order[np.append(track[order][1:] != track[order][:-1], True)[: len(order)]]
    return largest


def _explanations(remaining: _Remaining, picks: IntArray, kinds: IntArray) -> tuple[IntArray, IntArray]:
    """Position and kind of the departure that explains each pick and its surroundings best."""
    # A stray may be the first box after a shift or the last before it; a shift may be a stray on either side of it.
    beside = np.where(kinds == STRAY, picks + 1, picks - 1)
    candidates = ((picks, kinds), (picks, 1 - kinds), (beside, 1 - kinds))
    left = np.stack([unexplained(remaining.sequence, picks, at, kind == SHIFT) for at, kind in candidates])
    best = left.argmin(axis=0), np.arange(len(picks))
    return np.stack([at for at, _ in candidates])[best], np.stack([kind for _, kind in candidates])[best]


def _left_over(remaining: _Remaining, picks: IntArray, positions: IntArray, kinds: IntArray) -> _Remaining:
    """The tracks that had a pick, without their strays and cut at their shifts."""
    begins = np.diff(remaining.sequence.segment, prepend=-1) != 0
    begins[positions[kinds == SHIFT]] = True
    kept = np.isin(remaining.track, remaining.track[picks])
    kept[positions[kinds == STRAY]] = False
    return replace(remaining, sequence=replace(remaining.sequence, segment=np.cumsum(begins))).take(kept)
