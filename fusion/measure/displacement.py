"""Boxes of fast objects that stand behind or ahead of their returns along the way, by one and the same time.

A box drawn for another moment than that in which its points were taken is off by its object's speed times the time in
between. A hand that draws aside is off by as much whatever the speed, and a size that is wrong by half its error, one
way where the front is seen and the other where the back is. So for each track

    shift along the way = drawn aside + half the size's error x end that is seen + speed x time

with what hands do as a prior on the first two, and the time is known where its own doubt is small. Over all tracks of a
scene one time is asked for, either the same for all or as late as the beam passed each of them after the label's stamp.
Standing objects tell what is off everywhere, whatever moves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import FileProblemError
from calibration.transform import multiply_quaternions, quaternions_from_yaws, wrap_angle_rad
from fusion.errors import NotMeasurableError
from fusion.measure.native_reference import native_from_world
from fusion.measure.own_returns import own_returns
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.surface_offsets import surface_offsets
from fusion.measure.track_motion import track_motion, velocities_in_ego
from fusion.measure.track_passing import passing_at
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

FAST_MPS, STANDS_MPS = 2.5, 0.3
MIN_ROWS, MIN_TRACKS, MIN_STANDING = 4, 4, 3
# Noise of a fit along the way; frames in a row err together, as many as this.
FIT_SIGMA_M, TOGETHER = 0.08, 4
# Half of what lengths are wrong by, of one track; drawn aside, beyond what is usual in the scene.
SIZE_SIGMA_M, ASIDE = 0.30, 1.2
# What beams tell apart, and by how much it must explain more than one time for all.
MIN_LAG_SPREAD_S, MIN_TOLD = 0.010, 9.0


@dataclass(frozen=True, eq=False)
class Displacements:
    """Tracks (T,) of moving objects.

    track: codes; rows: of the labels that told, a tuple a track; speed_mps, along_m, across_m: medians, along the way
    and to the left of it, what must be added to the boxes; late_s, sigma_s: how long after the box's moment its points
    were taken, and the doubt of it; varies: speed or shift change enough to tell a time from a hand; lag_s: how long
    after the label's stamp the beam passed, NaN where points have no times; aside_m: (T,) prior of drawing aside.
    """

    track: IntArray
    rows: tuple[IntArray, ...]
    speed_mps: FloatArray
    along_m: FloatArray
    across_m: FloatArray
    late_s: FloatArray
    sigma_s: FloatArray
    varies: BoolArray
    lag_s: FloatArray
    aside_m: FloatArray


@dataclass(frozen=True, eq=False)
class CommonDelay:
    """One time for all: late_s with its doubt.

    by_beam: it is each object's own, as late as the beam passed it, and `late_s` is the largest of them; tracks: how
    many told; agree: share of them that say the same; each_s: (T,) what that makes of each.
    """

    late_s: float
    sigma_s: float
    by_beam: bool
    tracks: int
    agree: float
    each_s: FloatArray


def displacements(scene: Scene) -> Displacements:
    """What the returns of each moving track say.

    Raises:
        NotMeasurableError: labels without track ids, times that no clock made, a single frame, no ego poses, or
            nothing fast with returns.
    """
    return scene.measurements.get("displacements", lambda: _displacements(scene))


def _displacements(scene: Scene) -> Displacements:
    if track_motion(scene).relative:
        raise NotMeasurableError("no ego poses, so that speeds are those of the ego vehicle too")
    if len(scene.frame_table) < 2:
        raise NotMeasurableError("a single frame shows no motion")
    offsets, boxes, velocities = surface_offsets(scene), boxes_in_ego(scene), velocities_in_ego(scene)[:, :2]
    speeds = np.linalg.norm(velocities, axis=1)
    told = offsets.known & offsets.explained & np.isfinite(speeds)
    forward = np.stack([np.cos(boxes.yaws_rad), np.sin(boxes.yaws_rad)], axis=1)
    shifts = _in_ego(offsets.own_shift_m, forward) - _everywhere(scene, offsets.own_shift_m, forward, told, speeds)
    with np.errstate(invalid="ignore", divide="ignore"):
        way = velocities / speeds[:, None]
    along, across = np.sum(shifts * way, axis=1), way[:, 0] * shifts[:, 1] - way[:, 1] * shifts[:, 0]
    end_seen = np.clip(-2 * np.sum(boxes.centres_m[:, :2] * way, axis=1) / boxes.sizes_m[:, 0], -1, 1)
    lag_s = _lags(scene, np.flatnonzero(told & (speeds > FAST_MPS)))
    found = []
    for track in range(len(scene.labels.tracks)):
        rows = scene.labels.tracks.rows(track)
        rows = rows[told[rows] & (speeds[rows] > FAST_MPS)]
        if len(rows) < MIN_ROWS:
            continue
        aside = ASIDE * float(np.median(offsets.noise_m[rows]))
        late, sigma, varies = _time(along[rows], speeds[rows], end_seen[rows], aside)
        middle = [float(np.median(column[rows])) for column in (speeds, along, across)]
        lags = lag_s[rows][np.isfinite(lag_s[rows])]
        lag = float(np.median(lags)) if len(lags) else np.nan
        found.append((track, rows, *middle, late, sigma, varies, lag, aside))
    if not found:
        raise NotMeasurableError("nothing fast with enough returns")
    columns = list(zip(*found, strict=True))
    return Displacements(np.asarray(columns[0]), tuple(columns[1]), *(np.asarray(column) for column in columns[2:]))


def _in_ego(shift_m: FloatArray, forward: FloatArray) -> FloatArray:
    left = np.stack([-forward[:, 1], forward[:, 0]], axis=1)
    turned: FloatArray = shift_m[:, :1] * forward + shift_m[:, 1:] * left
    return turned


def _everywhere(
    scene: Scene, shift_m: FloatArray, forward: FloatArray, told: BoolArray, speeds: FloatArray
) -> FloatArray:
    """(2,) what standing objects are off by, in ego; none where too few stand."""
    shifts, medians = _in_ego(shift_m, forward), []
    for track in range(len(scene.labels.tracks)):
        rows = scene.labels.tracks.rows(track)
        rows = rows[told[rows] & (speeds[rows] < STANDS_MPS)]
        if len(rows) >= MIN_ROWS:
            medians.append(np.median(shifts[rows], axis=0))
    return np.median(medians, axis=0) if len(medians) >= MIN_STANDING else np.zeros(2)


def _time(along_m: FloatArray, speeds: FloatArray, end_seen: FloatArray, aside_m: float) -> tuple[float, float, bool]:
    """The time, its standard deviation, and whether it is told by how the shift changes rather than that there is one.

    The second asks the same of hands that draw any distance aside.
    """
    columns = np.column_stack([np.ones(len(along_m)), end_seen, speeds])
    expected = np.diag([aside_m**-2, SIZE_SIGMA_M**-2, 1e-9])
    solved = np.zeros(3)
    weights = np.full(len(along_m), 1 / (TOGETHER * FIT_SIGMA_M**2))
    for _ in range(6):
        solved = np.linalg.solve((columns * weights[:, None]).T @ columns + expected, columns.T @ (weights * along_m))
        left = np.abs(along_m - columns @ solved)
        weights = 1 / (TOGETHER * FIT_SIGMA_M**2 * np.maximum(1.0, left / FIT_SIGMA_M))
    normal = (columns * weights[:, None]).T @ columns + expected
    free = (columns * weights[:, None]).T @ columns + np.diag([1e-9, SIZE_SIGMA_M**-2, 1e-9])
    alone_s = np.linalg.solve(free, columns.T @ (weights * along_m))[2]
    alone_sigma = float(np.sqrt(np.linalg.inv(free)[2, 2]))
    late_s, sigma_s = float(solved[2]), float(np.sqrt(np.linalg.inv(normal)[2, 2]))
    return late_s, sigma_s, bool(abs(alone_s) > 4 * alone_sigma and abs(alone_s - late_s) < 3 * alone_sigma)


def _lags(scene: Scene, rows: IntArray) -> FloatArray:
    """(L,) by how much after its label's stamp the beam passed the returns of some rows; NaN without firing times."""
    lags = np.full(len(scene.labels), np.nan)
    stamps = scene.labels.boxes.timestamps_ns
    for index in np.unique(scene.labels.frame_index[rows]):
        frame = scene.frames[int(index)]
        try:
            sweeps = list(frame.lidars.values())
            if not sweeps or any(sweep.times_ns is None for sweep in sweeps):
                continue
            times = np.concatenate([sweep.times_ns for sweep in sweeps if sweep.times_ns is not None])
            own = own_returns(frame)
        except (FileProblemError, NotMeasurableError):  # told by the checks that need every sweep
            continue
        if len(times) != len(frame.points_in_ego):
            continue
        for place, row in enumerate(frame.label_rows):
            mine = own.point[own.offsets[place] : own.offsets[place + 1]]
            if len(mine):
                lags[row] = float(np.median(times[mine] - stamps[row])) / SECOND_NS
    return lags


def common_delay(scene: Scene) -> CommonDelay:
    """The time by which all fast objects' boxes are off.

    Raises:
        NotMeasurableError: as `displacements`, or too few tracks.
    """
    seen = displacements(scene)
    if len(seen.track) < MIN_TRACKS:
        raise NotMeasurableError("fewer than four fast tracks with returns")
    each_s = seen.along_m / seen.speed_mps
    variance = (seen.aside_m**2 + FIT_SIGMA_M**2) / seen.speed_mps**2
    same, beam = np.ones(len(each_s)), np.nan_to_num(seen.lag_s)
    fits = [_weighed(each_s, column, variance) for column in (same, beam)]
    spread = float(np.std(beam)) if np.isfinite(seen.lag_s).all() else 0.0
    by_beam = spread > MIN_LAG_SPREAD_S and fits[1].left + MIN_TOLD < min(fits[0].left, fits[1].without)
    factor, chosen = (beam, fits[1]) if by_beam else (same, fits[0])
    expected = chosen.value * factor
    near = np.abs(each_s - expected) < np.maximum(2 * np.sqrt(variance), np.abs(expected) / 2)
    agree = float(np.mean(near & (each_s * expected > 0)))
    largest = int(np.argmax(np.abs(expected)))
    scale = abs(float(factor[largest]))
    return CommonDelay(float(expected[largest]), chosen.sigma * scale, by_beam, len(each_s), agree, expected)


@dataclass(frozen=True)
class _Weighed:
    value: float
    sigma: float
    left: float
    without: float


def _weighed(values: FloatArray, column: FloatArray, variance: FloatArray) -> _Weighed:
    """One factor of a column by weighed least squares, its doubt grown where values scatter more than they should."""
    weight = float(np.sum(column**2 / variance))
    if weight == 0.0:
        return _Weighed(0.0, np.inf, float(np.sum(values**2 / variance)), float(np.sum(values**2 / variance)))
    value = float(np.sum(column * values / variance)) / weight
    left = float(np.sum((values - value * column) ** 2 / variance))
    scatter = max(1.0, left / max(len(values) - 1, 1))
    return _Weighed(value, float(np.sqrt(scatter / weight)), left, float(np.sum(values**2 / variance)))


def retimed(scene: Scene, rows: IntArray, late_s: FloatArray) -> Boxes3D:
    """Boxes put where their tracks pass so much later, straight on beyond the ends, in the reference of the labels.

    Args:
        rows: (K,) of the labels; late_s: (K,) seconds.

    Raises:
        NotMeasurableError: a frame has no ego pose.
    """
    motion, tracks = track_motion(scene), scene.labels.tracks
    owner = tracks.of_rows(len(scene.labels))[rows]
    boxes = motion.boxes.take(rows)
    centres, yaws = boxes.centres_m.copy(), boxes.yaws_rad.copy()
    for track in np.unique(owner[owner >= 0]):
        own = tracks.rows(int(track))
        own = own[motion.placed[own]]
        mine = np.flatnonzero(owner == track)
        places, courses = passing_at(motion.boxes.take(own), boxes.timestamps_ns[mine], late_s[mine], beyond=True)
        known = np.isfinite(courses)
        centres[mine[known]], yaws[mine[known]] = places[known], courses[known]
    turns = quaternions_from_yaws(wrap_angle_rad(yaws - boxes.yaws_rad))
    moved = replace(boxes, centres_m=centres, rotations=multiply_quaternions(turns, boxes.rotations))
    return native_from_world(scene, moved, scene.labels.frame_index[rows].astype(np.int64))
