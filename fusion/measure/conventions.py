"""Conventions that labels may have been misread in, and how well boxes fit their points with each of them undone.

Every misreading keeps a box's volume, so the returns that boxes hold can be compared: those around that lie off the
ground, and of them the ones within. Length and width exchanged look to points as a quarter turn does;
sizes and motion tell the two apart. Quaternions in another order lay boxes on their sides, which needs no points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binom

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.errors import FileProblemError
from calibration.sensors import SensorKind
from calibration.transform import multiply_quaternions, quaternions_from_yaws
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.measure.points_in_boxes import points_in_boxes
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.track_course import courses
from fusion.scene.box_geometry import points_in_box_frames, rotation_matrices
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

MOST_FRAMES = 8
OFF_GROUND_M = 0.25
MIN_POINTS = 10
# A misreading tells of a track if its boxes hold this share more or fewer of the points around.
TELLING_SHARE = 0.05
MIN_TRACKS, MIN_BETTER, MIN_GAIN, CHANCE = 8, 0.8, 0.10, 1e-3
# Nothing that is labelled lies this far over, but by mistake; of those who may, few do.
TILTED_COSINE, MIN_TILTED, FEW_TILTED, MIN_BOXES = 0.9, 0.3, 0.02, 20


def _turned(boxes: Boxes3D, by_rad: float) -> Boxes3D:
    turn = quaternions_from_yaws(np.full(len(boxes), by_rad))
    return replace(boxes, rotations=multiply_quaternions(boxes.rotations, turn))


def _raised(boxes: Boxes3D) -> Boxes3D:
    up = rotation_matrices(boxes.rotations)[:, :, 2]
    return replace(boxes, centres_m=boxes.centres_m + up * boxes.sizes_m[:, 2:] / 2)


MISREADINGS: dict[str, tuple[str, Callable[[Boxes3D], Boxes3D]]] = {
    "yaw-sign": (
        "yaw is counted clockwise",
        lambda boxes: replace(boxes, rotations=boxes.rotations * np.array([1.0, -1.0, -1.0, -1.0])),
    ),
    "quaternion-order": (
        "quaternions are x y z w where w x y z belongs",
        lambda boxes: replace(boxes, rotations=np.roll(boxes.rotations, 1, axis=1)),
    ),
    "length-width": (
        "length and width are exchanged",
        lambda boxes: replace(boxes, sizes_m=boxes.sizes_m[:, [1, 0, 2]]),
    ),
    "yaw-from-left": ("yaw is a quarter turn too large", lambda boxes: _turned(boxes, -np.pi / 2)),
    "yaw-from-right": ("yaw is a quarter turn too small", lambda boxes: _turned(boxes, np.pi / 2)),
    "bottom-centre": ("the middle of the bottom face stands for the centre", _raised),
}
"""By name, in words and what undoes it, in the labels' own reference."""

ORDER = "quaternion-order"
# The same box to points; other evidence chooses.
ALIKE = ("length-width", "yaw-from-left", "yaw-from-right")


def put_right(boxes: Boxes3D, misread: str) -> Boxes3D:
    """The boxes with a misreading undone."""
    return MISREADINGS[misread][1](boxes)


@dataclass(frozen=True, eq=False)
class ConventionFit:
    """How well boxes fit with one misreading undone.

    gain: mean over tracks of the share of points they hold more then; better: share of the tracks that hold more;
    tracks: how many tell; stand_up: many boxes lie on a side, and with it undone they stand.
    """

    misread: str
    gain: float
    better: float
    tracks: int
    stand_up: bool = False

    @property
    def is_misread(self) -> bool:
        """Nearly all tracks fit clearly better with it undone, and not by chance; or the boxes stand up."""
        if self.stand_up:
            return True
        by_chance = float(binom.sf(round(self.better * self.tracks) - 1, self.tracks, 0.5)) if self.tracks else 1.0
        return self.tracks >= MIN_TRACKS and self.better >= MIN_BETTER and self.gain > MIN_GAIN and by_chance < CHANCE


def convention_fits(scene: Scene) -> tuple[ConventionFit, ...]:
    """One for each misreading that points tell of, best first.

    Raises:
        NotMeasurableError: no sweep, or too few boxes with points around them.
    """
    return scene.measurements.get("convention fits", lambda: _convention_fits(scene))


def _convention_fits(scene: Scene) -> tuple[ConventionFit, ...]:
    names = [name for name in MISREADINGS if name not in ALIKE[1:]]
    codes, held, around = [], [], []
    for frame in _frames(scene):
        try:
            rows, inside, near = _held(scene.frames[frame], names)
        except (FileProblemError, NotMeasurableError):  # told by the checks that need every sweep
            continue
        codes.append(_owners(scene, rows))
        held.append(inside)
        around.append(near)
    if not codes:
        raise NotMeasurableError("no sweep with labels")
    shares = _by_track(np.concatenate(codes), np.concatenate(held), np.concatenate(around))
    if len(shares) < MIN_TRACKS:
        raise NotMeasurableError("too few boxes with points around them")
    gains = shares[:, 1:] - shares[:, :1]
    fits = []
    for name, gain in zip(names, gains.T, strict=True):
        told = gain[np.abs(gain) > TELLING_SHARE]
        better = float(np.mean(told > 0)) if len(told) else 0.0
        gained = float(np.mean(told)) if len(told) else 0.0
        fits.append(ConventionFit(name, gained, better, len(told), name == ORDER and gained > 0 and _stands_up(scene)))
    best = sorted(fits, key=lambda fit: (fit.is_misread, fit.gain * fit.tracks), reverse=True)
    return tuple(replace(fit, misread=_which(scene)) if fit.misread in ALIKE else fit for fit in best)


def _frames(scene: Scene) -> list[int]:
    """Frames with labels and a sweep, evenly spread where there are many."""
    labelled = np.bincount(scene.labels.frame_index.clip(0), minlength=len(scene.frame_table)) > 0
    swept = np.zeros(len(labelled), dtype=bool)
    for name, position in scene.frame_table.measurements.items():
        if scene.streams[name].kind is SensorKind.LIDAR:
            swept |= position >= 0
    frames = np.flatnonzero(labelled & swept)
    places = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES)).astype(np.int64))
    return [int(frame) for frame in frames[places]] if len(frames) else []


def _held(frame: SyncedFrame, names: list[str]) -> tuple[IntArray, IntArray, IntArray]:
    """Rows of the labels (K,), points in their boxes as they are and with each misreading undone (K, 1 + H), around."""
    rows, boxes = frame.label_rows, frame.boxes
    points = frame.points_in_ego
    reach_m = np.hypot(boxes.sizes_m[:, 0], boxes.sizes_m[:, 1])
    sizes = np.column_stack([reach_m, reach_m, 3 * boxes.sizes_m[:, 2]])
    upright = np.tile([1.0, 0.0, 0.0, 0.0], (len(boxes), 1))
    near = points_in_boxes(points, boxes.centres_m, sizes, upright)
    owner, point = near.rows, near.point_index
    ground_m = frame.ground_below_boxes.height_m
    with np.errstate(invalid="ignore"):
        off_ground = points[point, 2] > ground_m[owner] + OFF_GROUND_M
    owner, point = owner[off_ground], point[off_ground]
    read = [boxes, *(_in_ego(frame, name) for name in names)]
    counts = [np.bincount(owner[_inside(points[point], owner, one)], minlength=len(boxes)) for one in read]
    around = np.bincount(owner, minlength=len(boxes))
    enough = around >= MIN_POINTS
    return rows[enough], np.stack(counts, axis=1)[enough], around[enough]


def _in_ego(frame: SyncedFrame, misread: str) -> Boxes3D:
    """A frame's boxes with a misreading undone."""
    return _all_in_ego(frame.scene, misread).take(frame.label_rows)


def _all_in_ego(scene: Scene, misread: str) -> Boxes3D:
    """All boxes with a misreading undone where it was made: in the labels' own reference."""
    labels = replace(scene.labels, boxes=put_right(scene.labels.boxes, misread))
    return scene.measurements.get(
        f"boxes in ego without {misread}",
        lambda: boxes_in_ego(
            replace(
                scene,
                label_sets={**scene.label_sets, scene.labels_on_trial: labels},
                measurements=type(scene.measurements)(),
            )
        ),
    )


def _stands_up(scene: Scene) -> bool:
    """Many boxes lie on a side as they are read, and hardly any of them with their quaternions in the other order."""
    if len(scene.labels) < MIN_BOXES:
        return False
    tilted = [_tilted_share(boxes) for boxes in (boxes_in_ego(scene), _all_in_ego(scene, ORDER))]
    return tilted[0] > MIN_TILTED and tilted[1] < FEW_TILTED


def _tilted_share(boxes: Boxes3D) -> float:
    known = np.isfinite(boxes.rotations).all(axis=1)
    up = rotation_matrices(boxes.rotations[known])[:, 2, 2]
    return float(np.mean(up < TILTED_COSINE)) if len(up) else 0.0


def _inside(points_m: FloatArray, owner: IntArray, boxes: Boxes3D) -> BoolArray:
    in_box = points_in_box_frames(points_m, owner, boxes.centres_m, boxes.rotations)
    return np.asarray((np.abs(in_box) <= boxes.sizes_m[owner] / 2).all(axis=1))


def _owners(scene: Scene, rows: IntArray) -> IntArray:
    """Track of each row; boxes without one stand for themselves."""
    codes = scene.labels.boxes.track.codes[rows].astype(np.int64)
    return np.where(codes < 0, -1 - rows, codes)


def _by_track(owner: IntArray, held: IntArray, around: IntArray) -> FloatArray:
    """(T, 1 + H) by track, the share of the points held by the best reading that each of them holds."""
    found, which = np.unique(owner, return_inverse=True)
    sums = np.stack([np.bincount(which, weights=column, minlength=len(found)) for column in held.T], axis=1)
    most = sums.max(axis=1)
    told = most >= MIN_POINTS
    shares: FloatArray = sums[told] / most[told, None]
    return shares


def _which(scene: Scene) -> str:
    """Of those that look alike to points: sides where most boxes are wider than long, else the turn motion asks for."""
    sizes = scene.labels.boxes.sizes_m
    if np.mean(sizes[:, 1] > sizes[:, 0]) > 1 / 2:
        return "length-width"
    try:
        off_rad, speeds = courses(scene).off_rad, courses(scene).speeds_mps
    except NotMeasurableError:
        return "yaw-from-left"
    with np.errstate(invalid="ignore"):
        sideways = np.sin(off_rad[(speeds > 1.0) & (np.abs(np.sin(off_rad)) > 0.7)])
    return "yaw-from-right" if len(sideways) and np.median(sideways) > 0 else "yaw-from-left"
