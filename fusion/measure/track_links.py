"""Whether the box at the end of one stretch of labels and the box at the begin of another show the same object.

The way between the two boxes must fit the velocities on either side: x2 - x1 = dt (v1 + v2) / 2 holds for any constant
acceleration. What remains is held against label jitter and against what a changing acceleration adds; sizes and
headings must agree as well as people draw them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.transform import wrap_angle_rad
from fusion.measure.track_motion import track_motion
from fusion.measure.track_tolerance import USUAL
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import ELONGATED, Kinds

# Velocities on either side are taken over so many boxes, but no longer than this.
BOXES_A_SIDE = 4
MAX_SIDE_S = 1.5
# How far two people's drawings of one object differ: sizes by this share or this much, headings by this angle.
SIZE_SHARE, SIZE_M = 0.05, 0.10
HEADING_RAD = np.radians(12)
# An acceleration a that begins or ends between the boxes leaves at most a dt^2 / 8; the velocities on either side are
# those of about a second, over which it has changed once more.
LEVER = 0.25


@dataclass(frozen=True, eq=False)
class SideVelocities:
    """(M, 2) m/s of each row's object up to the row and from it on, NaN where no other box of it is near in time."""

    before_mps: FloatArray
    after_mps: FloatArray


@dataclass(frozen=True, eq=False)
class Links:
    """N pairs of boxes held to be one object's.

    distance_m: (N,) what the way between them leaves unexplained; doubt_m: (N,) standard deviation of that by jitter
    and acceleration; misfit: (N,) sum of squares of distance, size and heading, each over its doubt; seconds: (N,).
    """

    distance_m: FloatArray
    doubt_m: FloatArray
    misfit: FloatArray
    seconds: FloatArray


def side_velocities(scene: Scene) -> SideVelocities:
    """Velocities before and after each labelled box, each from its own side only."""
    return scene.measurements.get("side velocities", lambda: side_velocities_of(scene, track_motion(scene).boxes))


def side_velocities_of(scene: Scene, boxes: Boxes3D) -> SideVelocities:
    """The same for the boxes in another frame."""
    tracks = scene.labels.tracks
    order, track = tracks.order, tracks.track_of_position
    kept = np.isfinite(boxes.centres_m[order]).all(axis=1)
    order, track = order[kept], track[kept]
    return SideVelocities(_slopes(boxes, order, track, -1), _slopes(boxes, order, track, 1))


def _slopes(boxes: Boxes3D, order: IntArray, track: IntArray, direction: int) -> FloatArray:
    """(M, 2) least-squares velocity through each row and the ones on one side of it."""
    velocities = np.full((len(boxes), 2), np.nan)
    if not len(order):
        return velocities
    columns = np.arange(len(order))[:, None] + direction * np.arange(BOXES_A_SIDE)
    inside = (columns >= 0) & (columns < len(order))
    columns = np.clip(columns, 0, len(order) - 1)
    inside &= track[columns] == track[:, None]
    stamps_ns = boxes.timestamps_ns[order]
    since_s = (stamps_ns[columns] - stamps_ns[:, None]) / SECOND_NS
    inside &= np.abs(since_s) <= MAX_SIDE_S
    places_m = boxes.centres_m[order][:, :2]
    moved_m = places_m[columns] - places_m[:, None]
    count = np.maximum(inside.sum(axis=1), 1)
    mean_s = (since_s * inside).sum(axis=1) / count
    mean_m = (moved_m * inside[..., None]).sum(axis=1) / count[:, None]
    times = (since_s - mean_s[:, None]) * inside
    spread = (times**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (times[..., None] * (moved_m - mean_m[:, None])).sum(axis=1) / spread[:, None]
    velocities[order] = np.where(spread[:, None] > 0, slopes, np.nan)
    return velocities


def links(scene: Scene, earlier: IntArray, later: IntArray) -> Links:
    """How well rows (N,) of one stretch go with later rows (N,) of another.

    Where one side has a single box, the velocity of the other side must do; where both have, the misfit is infinite.
    """
    motion, sides = track_motion(scene), side_velocities(scene)
    boxes = motion.boxes
    seconds = (boxes.timestamps_ns[later] - boxes.timestamps_ns[earlier]) / SECOND_NS
    leaving, arriving = sides.before_mps[earlier], sides.after_mps[later]
    known_leaving: BoolArray = np.asarray(np.isfinite(leaving).all(axis=1))
    known_arriving: BoolArray = np.asarray(np.isfinite(arriving).all(axis=1))
    leaving = np.where(known_leaving[:, None], leaving, arriving)
    arriving = np.where(known_arriving[:, None], arriving, leaving)
    way_m = (boxes.centres_m[later] - boxes.centres_m[earlier])[:, :2]
    left_m = np.linalg.norm(way_m - seconds[:, None] * (leaving + arriving) / 2, axis=1)
    usual = USUAL.doubt(motion)
    jitter_m = np.maximum(usual.jitter_m[earlier], usual.jitter_m[later])
    lever_m = LEVER * np.maximum(usual.acceleration[earlier], usual.acceleration[later]) * seconds**2
    doubt_m = np.hypot(2 * jitter_m, lever_m)
    told = (known_leaving | known_arriving) & (seconds >= 0) & np.isfinite(left_m)
    misfit = (left_m / doubt_m) ** 2 + _size_misfit(boxes.sizes_m, earlier, later)
    misfit += _heading_misfit(scene, motion.boxes.yaws_rad, earlier, later)
    return Links(left_m, doubt_m, np.where(told, misfit, np.inf), seconds)


def _size_misfit(sizes_m: FloatArray, earlier: IntArray, later: IntArray) -> FloatArray:
    one, other = sizes_m[earlier], sizes_m[later]
    doubt_m = SIZE_M + SIZE_SHARE * np.maximum(one, other)
    squares: FloatArray = (((one - other) / doubt_m) ** 2).sum(axis=1)
    return squares


def _heading_misfit(scene: Scene, yaws_rad: FloatArray, earlier: IntArray, later: IntArray) -> FloatArray:
    """Up to the half turn, which is TRK503's; nothing for what has no fixed front."""
    turn_rad = np.abs(wrap_angle_rad(yaws_rad[later] - yaws_rad[earlier]))
    turn_rad = np.minimum(turn_rad, np.pi - turn_rad)
    long = Kinds(scene.labels.boxes.category).is_any(ELONGATED)
    told: BoolArray = long[earlier] & long[later]
    return np.where(told, (turn_rad / HEADING_RAD) ** 2, 0.0)
