"""Stretches of a track that run dead straight at an even pace, as a tool draws them between two keyframes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.transform import wrap_angle_rad
from fusion.measure.track_motion import track_motion
from fusion.scene.scene import Scene

# Nobody draws that straight; formats round to a centimetre at worst.
STRAIGHT_M = 0.012
MIN_STEP_S, MAX_STEP_S = 1e-3, 0.35
# Below that a bend between two stretches is jitter of the keyframes.
MIN_LEG_M = 1.0


@dataclass(frozen=True, eq=False)
class Keyframes:
    """K boxes in which two straight, even stretches meet.

    rows: (K,) of the labels; track: (K,); bend_rad: (K,) from the course before to that after; leg_m: (K,) the shorter
    of the two stretches; sag_m: (K,) by how much a circle through the same keyframes leaves the straight lines;
    boxes: (K,) in both stretches.
    """

    rows: IntArray
    track: IntArray
    bend_rad: FloatArray
    leg_m: FloatArray
    sag_m: FloatArray
    boxes: IntArray


def keyframes(scene: Scene) -> Keyframes:
    """Keyframes that the paths of all tracks betray; in the world, or in ego where there are no poses.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get("keyframes", lambda: _keyframes(scene))


def _keyframes(scene: Scene) -> Keyframes:
    motion, tracks = track_motion(scene), scene.labels.tracks
    order, track = tracks.order, tracks.track_of_position
    places_m, stamps_ns = motion.boxes.centres_m[order][:, :2], motion.boxes.timestamps_ns[order]
    inner = _inner(places_m, stamps_ns, track)
    found: list[tuple[int, int, float, float, int]] = []
    for position in np.flatnonzero(~inner).tolist():
        before, after = _reach(inner, position, -1), _reach(inner, position, 1)
        if before < 3 or after < 3 or not track[position - before] == track[position] == track[position + after]:
            continue
        legs = places_m[position] - places_m[position - before], places_m[position + after] - places_m[position]
        leg_m = float(min(np.linalg.norm(legs[0]), np.linalg.norm(legs[1])))
        if leg_m >= MIN_LEG_M:
            courses = [np.arctan2(leg[1], leg[0]) for leg in legs]
            bend_rad = float(np.abs(wrap_angle_rad(np.asarray(courses[1] - courses[0]))))
            found.append((int(order[position]), int(track[position]), bend_rad, leg_m, before + after + 1))
    columns = list(zip(*found, strict=True)) if found else [()] * 5
    bends_rad, legs_m = np.asarray(columns[2], dtype=np.float64), np.asarray(columns[3], dtype=np.float64)
    return Keyframes(
        rows=np.asarray(columns[0], dtype=np.int64),
        track=np.asarray(columns[1], dtype=np.int64),
        bend_rad=bends_rad,
        leg_m=legs_m,
        # A chord of length L under an arc that turns by an angle has a sagitta of L times an eighth of it.
        sag_m=legs_m * bends_rad / 8,
        boxes=np.asarray(columns[4], dtype=np.int64),
    )


def _inner(places_m: FloatArray, stamps_ns: IntArray, track: IntArray) -> BoolArray:
    """(K,) bool: the box lies half way between its neighbours, to the last digit."""
    inner = np.zeros(len(track), dtype=bool)
    if len(track) < 3:
        return inner
    before_s, after_s = np.diff(stamps_ns)[:-1] / SECOND_NS, np.diff(stamps_ns)[1:] / SECOND_NS
    even = (np.minimum(before_s, after_s) > MIN_STEP_S) & (np.maximum(before_s, after_s) < MAX_STEP_S)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (before_s / (before_s + after_s))[:, None]
        off_m = np.linalg.norm(places_m[1:-1] - places_m[:-2] - share * (places_m[2:] - places_m[:-2]), axis=1)
    inner[1:-1] = (track[2:] == track[:-2]) & even & (off_m < STRAIGHT_M)
    return inner


def _reach(inner: BoolArray, position: int, direction: int) -> int:
    """Steps from a box along its straight stretch to the box that ends it."""
    steps = 1
    while 0 <= position + direction * steps < len(inner) and inner[position + direction * steps]:
        steps += 1
    return steps if 0 <= position + direction * steps < len(inner) else steps - 1
