"""Where track ids part from objects: an object goes on under another id, two exchange theirs, one id changes objects.

Told from moments between two boxes: the end of one track and the begin of another that fit together as one path; two
tracks that both leap in the same step and fit crosswise; a track that leaps away for good, further than any slipped
label, or reappears where it can't have got to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, Int32Array, IntArray
from calibration.clock import SECOND_NS
from fusion.measure.track_links import BOXES_A_SIDE, links
from fusion.measure.track_motion import track_motion
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import PEOPLE, STREET_FURNITURE, TWO_WHEELERS, VEHICLES, Kinds, ObjectKind

# An object that is hidden for longer may have done anything (methods: within 1 s).
MAX_HANDOVER_S = 1.0
# Squares of standard deviations: a fit that chance makes once in ten thousand (6 degrees of freedom), a leap that it
# does not make, and what swapping must better.
MAX_MISFIT, MIN_LEAP, MIN_GAIN = 28.0, 36.0, 50.0
SAME_BOX = 1.0
# A label that is dragged along slips by less than this and than the object's length and a half.
MIN_STRANGER_M, STRANGER_LENGTHS = 3.0, 1.5
# Of a stray box, the step there and the step back leap equally; a velocity taken over a leap has a third of it.
SHARE_RETURNED = 0.5
# When as many tracks leap together, the frame is to blame.
MIN_TOGETHER, SHARE_TOGETHER = 3, 0.5
# m/s: what each kind of thing can't exceed, to tell where an id can't have got to in a gap.
FASTEST_MPS = {
    **dict.fromkeys(VEHICLES | {ObjectKind.MOTORCYCLE, ObjectKind.RIDER}, 70.0),
    ObjectKind.BICYCLE: 22.0,
    ObjectKind.PEDESTRIAN: 12.5,
    ObjectKind.SEATED_PERSON: 12.5,
    **dict.fromkeys(STREET_FURNITURE, 1.0),
}
ALIKE = (VEHICLES, TWO_WHEELERS | PEOPLE, STREET_FURNITURE)


@dataclass(frozen=True, eq=False)
class Handovers:
    """B breaks: (B,) last row of one track and first row of the next, metres and seconds between them."""

    last_rows: IntArray
    first_rows: IntArray
    distance_m: FloatArray
    seconds: FloatArray
    doubt_m: FloatArray


@dataclass(frozen=True, eq=False)
class Exchanges:
    """X swaps: (X,) rows of two tracks from which on they are exchanged; metres each leaps; the misfit it removes."""

    first_rows: IntArray
    second_rows: IntArray
    leap_m: FloatArray
    gain: FloatArray


@dataclass(frozen=True, eq=False)
class Strangers:
    """S rows of the labels from which on an id is another object's, metres from where it should be, seconds between."""

    rows: IntArray
    distance_m: FloatArray
    limit_m: FloatArray
    seconds: FloatArray


@dataclass(frozen=True, eq=False)
class Identities:
    """All of a scene's; `explained` (M,) bool: the leap just before this row is told by one of them."""

    handovers: Handovers
    exchanges: Exchanges
    strangers: Strangers
    explained: BoolArray


def identities(scene: Scene) -> Identities:
    """Where track ids part from objects.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get("identities", lambda: _identities(scene))


def _identities(scene: Scene) -> Identities:
    leaps, together = _leaps(scene)
    exchanges = _exchanges(scene, leaps)
    codes = scene.labels.boxes.track.codes
    swapped = np.isin(codes[leaps.second_rows], codes[np.concatenate([exchanges.first_rows, exchanges.second_rows])])
    strangers = _strangers(scene, leaps, ~swapped & ~together)
    explained = np.zeros(len(scene.labels), dtype=bool)
    explained[np.concatenate([exchanges.first_rows, exchanges.second_rows, strangers.rows])] = True
    return Identities(_handovers(scene), exchanges, strangers, explained)


@dataclass(frozen=True, eq=False)
class _Leaps:
    """Steps of tracks that don't fit as one path: rows before and after, and by how much.

    returns: (L,) bool, the step before or after leaps about as far, so that a single box is elsewhere.
    """

    first_rows: IntArray
    second_rows: IntArray
    distance_m: FloatArray
    doubt_m: FloatArray
    misfit: FloatArray
    seconds: FloatArray
    returns: BoolArray

    def take(self, index: IntArray | BoolArray) -> _Leaps:
        return _Leaps(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def _leaps(scene: Scene) -> tuple[_Leaps, BoolArray]:
    """Steps beyond doubt; and (L,) bool, most of the tracks leap in the same step."""
    motion = track_motion(scene)
    usable = motion.placed[motion.first_rows] & motion.placed[motion.second_rows] & (motion.step_seconds > 0)
    first, second = motion.first_rows[usable], motion.second_rows[usable]
    fits = links(scene, first, second)
    leap = (fits.distance_m > np.sqrt(MIN_LEAP) * fits.doubt_m) & np.isfinite(fits.misfit)
    # Velocities near a leap have part of it in them, so that the steps beside it don't fit either, but better.
    highest, beside_m = _beside(scene.labels.boxes.track.codes[first], fits.distance_m)
    returns = beside_m > SHARE_RETURNED * fits.distance_m
    leap &= highest | returns
    steps = _Leaps(first, second, fits.distance_m, fits.doubt_m, fits.misfit, fits.seconds, returns)
    frames = scene.labels.frame_index[second] + 1
    in_frame, leaping = np.bincount(frames), np.bincount(frames, weights=leap)
    together = (leaping >= MIN_TOGETHER) & (leaping >= SHARE_TOGETHER * in_frame)
    return steps.take(leap), np.asarray(together[frames[leap]], dtype=bool)


def _beside(track: Int32Array, distance_m: FloatArray) -> tuple[BoolArray, FloatArray]:
    """(S,) bool: no step around in the same track leaps further; (S,) metres of the further neighbouring step."""
    highest, beside_m = np.ones(len(track), dtype=bool), np.zeros(len(track))
    for apart in range(1, min(BOXES_A_SIDE, len(track))):
        same = track[apart:] == track[:-apart]
        highest[apart:] &= ~same | (distance_m[apart:] >= distance_m[:-apart])
        highest[:-apart] &= ~same | (distance_m[:-apart] >= distance_m[apart:])
        if apart == 1:
            beside_m[1:] = np.where(same, distance_m[:-1], 0.0)
            beside_m[:-1] = np.fmax(beside_m[:-1], np.where(same, distance_m[1:], 0.0))
    return highest, beside_m


def _alike(scene: Scene, one: IntArray, other: IntArray) -> BoolArray:
    """(N,) bool: of one family, or of one name."""
    kinds, codes = Kinds(scene.labels.boxes.category), scene.labels.boxes.category.codes
    alike: BoolArray = codes[one] == codes[other]
    for family in ALIKE:
        member = kinds.is_any(family)
        alike = alike | (member[one] & member[other])
    return alike


def _exchanges(scene: Scene, leaps: _Leaps) -> Exchanges:
    """Pairs of leaps in the same step that fit crosswise, best first, each leap once."""
    frames = scene.labels.frame_index
    one, other = np.nonzero(
        np.triu(
            (frames[leaps.first_rows][:, None] == frames[leaps.first_rows])
            & (frames[leaps.second_rows][:, None] == frames[leaps.second_rows]),
            1,
        )
    )
    there = links(scene, leaps.first_rows[one], leaps.second_rows[other]).misfit
    back = links(scene, leaps.first_rows[other], leaps.second_rows[one]).misfit
    gain = leaps.misfit[one] + leaps.misfit[other] - there - back
    good = (np.maximum(there, back) < MAX_MISFIT) & (gain > MIN_GAIN)
    best = np.flatnonzero(good)[np.argsort(-gain[good], kind="stable")]
    taken: set[int] = set()
    kept = []
    for pair in best.tolist():
        if not taken & {int(one[pair]), int(other[pair])}:
            taken |= {int(one[pair]), int(other[pair])}
            kept.append(pair)
    pairs = np.asarray(kept, dtype=np.int64)
    leap_m = np.maximum(leaps.distance_m[one[pairs]], leaps.distance_m[other[pairs]])
    return Exchanges(leaps.second_rows[one[pairs]], leaps.second_rows[other[pairs]], leap_m, gain[pairs])


def _strangers(scene: Scene, leaps: _Leaps, unexplained: BoolArray) -> Strangers:
    """Leaps for good that are too far for a slip, and places that can't be reached in a gap."""
    motion = track_motion(scene)
    boxes, tracks = motion.boxes, scene.labels.tracks
    position = np.empty(len(boxes), dtype=np.int64)
    position[tracks.order] = np.arange(len(tracks.order))
    length_m = np.maximum(boxes.sizes_m[leaps.first_rows, 0], boxes.sizes_m[leaps.second_rows, 0])
    fastest_mps = Kinds(boxes.category).column(FASTEST_MPS, 70.0)[leaps.first_rows]
    slip_m = np.maximum(MIN_STRANGER_M, STRANGER_LENGTHS * length_m) + np.sqrt(MIN_LEAP) * leaps.doubt_m
    gap = leaps.seconds > MAX_HANDOVER_S
    limit_m = np.where(gap, MIN_STRANGER_M + 2 * fastest_mps * leaps.seconds, slip_m)
    ends = tracks.offsets[1:][tracks.track_of_position[position[leaps.second_rows]]] - 1
    starts = tracks.offsets[:-1][tracks.track_of_position[position[leaps.first_rows]]]
    # One box elsewhere is a stray, and so is what comes right after it.
    lasting = (ends - position[leaps.second_rows] >= 1) & (position[leaps.first_rows] - starts >= 1)
    found = unexplained & (leaps.distance_m > limit_m) & lasting & ~leaps.returns & ~(gap & motion.relative)
    return Strangers(leaps.second_rows[found], leaps.distance_m[found], limit_m[found], leaps.seconds[found])


def _handovers(scene: Scene) -> Handovers:
    """Ends and begins of tracks that fit as one path, each once, the best first."""
    motion, tracks = track_motion(scene), scene.labels.tracks
    stamps_ns = motion.boxes.timestamps_ns
    firsts, lasts = tracks.order[tracks.offsets[:-1]], tracks.order[tracks.offsets[1:] - 1]
    lasts, firsts = lasts[motion.placed[lasts]], firsts[motion.placed[firsts]]
    wait_s = (stamps_ns[firsts][None] - stamps_ns[lasts][:, None]) / SECOND_NS
    end, begin = np.nonzero((wait_s >= 0) & (wait_s <= MAX_HANDOVER_S))
    codes = scene.labels.boxes.track.codes
    alike = _alike(scene, lasts[end], firsts[begin]) & (codes[lasts[end]] != codes[firsts[begin]])
    end, begin = end[alike], begin[alike]
    fits = links(scene, lasts[end], firsts[begin])
    # Two boxes in one frame are one object only where they are one box.
    near = (fits.misfit < np.where(fits.seconds > 0, MAX_MISFIT, SAME_BOX)) & (
        fits.distance_m < _own_size(motion.boxes.sizes_m, lasts[end])
    )
    order = np.flatnonzero(near)[np.argsort(fits.misfit[near], kind="stable")]
    kept: list[int] = []
    taken_ends: set[int] = set()
    taken_begins: set[int] = set()
    for pair in order.tolist():
        if int(end[pair]) not in taken_ends and int(begin[pair]) not in taken_begins:
            taken_ends.add(int(end[pair]))
            taken_begins.add(int(begin[pair]))
            kept.append(pair)
    pairs = np.asarray(kept, dtype=np.int64)
    return Handovers(
        lasts[end[pairs]], firsts[begin[pairs]], fits.distance_m[pairs], fits.seconds[pairs], fits.doubt_m[pairs]
    )


def _own_size(sizes_m: FloatArray, rows: IntArray) -> FloatArray:
    """(N,) metres: half the box's own length; further off may stand a like object."""
    half: FloatArray = np.maximum(sizes_m[rows, 0], 0.6) / 2 + 0.2
    return half
