"""Where tracks begin and end inside a drive, and what the sweeps hold where the object must be just before and after.

The box goes on with the velocity of its own last boxes for a few frames, half a second at most. Points are counted in
its upper part only, so that the ground it leaves behind is none of it, and not where another label stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import FileProblemError
from fusion.errors import NotMeasurableError
from fusion.measure.overlap import overlapping_pairs
from fusion.measure.points_in_boxes import count_points_in_boxes
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.track_identity import identities
from fusion.measure.track_links import side_velocities
from fusion.measure.track_motion import reference_from_motion, track_motion
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.problems import problem_of
from fusion.scene.scene import Scene

# Further ahead a road user may be metres from where its speed takes it; three frames make sure of it.
MAX_AHEAD_S, MAX_FRAMES = 0.6, 3
# The lowest part of a box holds the ground on slopes and with label jitter.
GROUND_M = 0.3
# Labels further out in much the same direction say that this place was to be labelled.
BEARING_RAD, LABELS_BEYOND = np.radians(10), 5


@dataclass(frozen=True, eq=False)
class TrackEnds:
    """E ends of tracks, begins among them, that others outlast.

    rows: (E,) the first or last row of a track; begins: (E,) bool; frames: per end, the annotated frames looked at, the
    nearest first; boxes: per end, the box put there, in the frame of `track_motion`; points: per end, upper points in
    each, NaN where there is no sweep or another label stands there; expected: (E,) upper points in the track's own
    last boxes, NaN without sweeps; in_scope: (E,) bool, others are labelled further out; goes_on: (E,) bool, the object
    has another track there.
    """

    rows: IntArray
    begins: BoolArray
    frames: tuple[IntArray, ...]
    boxes: tuple[Boxes3D, ...]
    points: tuple[FloatArray, ...]
    expected: FloatArray
    in_scope: BoolArray
    goes_on: BoolArray


def track_ends(scene: Scene) -> TrackEnds:
    """Begins and ends of all tracks; only the sweeps concerned are read.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get("track ends", lambda: _track_ends(scene))


def _track_ends(scene: Scene) -> TrackEnds:
    motion, tracks = track_motion(scene), scene.labels.tracks
    first, last = tracks.order[tracks.offsets[:-1]], tracks.order[tracks.offsets[1:] - 1]
    rows, begins = np.concatenate([first, last]), np.repeat([True, False], len(tracks))
    frames = [_frames_beyond(scene, int(row), bool(begin)) for row, begin in zip(rows, begins, strict=True)]
    sides = side_velocities(scene)
    velocities = np.where(begins[:, None], sides.after_mps[rows], sides.before_mps[rows])
    known = motion.placed[rows] & np.isfinite(velocities).all(axis=1) & np.asarray([len(part) > 0 for part in frames])
    kept = np.flatnonzero(known)
    rows, begins, frames = rows[kept], begins[kept], [frames[index] for index in kept]
    boxes = tuple(
        _ahead(motion.boxes, int(row), velocity, scene.frame_table.timestamps_ns[part])
        for row, velocity, part in zip(rows, velocities[kept], frames, strict=True)
    )
    points = _points(scene, frames, boxes)
    own = [_own_rows(scene, int(row), bool(begin)) for row, begin in zip(rows, begins, strict=True)]
    expected = _points(
        scene,
        [scene.labels.frame_index[part].astype(np.int64) for part in own],
        tuple(motion.boxes.take(part) for part in own),
        own=True,
    )
    found = identities(scene).handovers
    return TrackEnds(
        rows=rows,
        begins=begins,
        frames=tuple(frames),
        boxes=boxes,
        points=tuple(points),
        expected=np.asarray([np.median(part) if np.isfinite(part).all() else np.nan for part in expected]),
        in_scope=_in_scope(scene, rows),
        goes_on=np.where(begins, np.isin(rows, found.first_rows), np.isin(rows, found.last_rows)),
    )


def _frames_beyond(scene: Scene, row: int, begin: bool) -> IntArray:
    """Annotated frames before the first or after the last box of a track, the nearest first."""
    frame = int(scene.labels.frame_index[row])
    if frame < 0:
        return np.zeros(0, dtype=np.int64)
    annotated = np.flatnonzero(scene.frame_table.annotated)
    beyond = annotated[annotated < frame][::-1] if begin else annotated[annotated > frame]
    ahead_ns = np.abs(scene.frame_table.timestamps_ns[beyond] - scene.labels.boxes.timestamps_ns[row])
    near: IntArray = beyond[ahead_ns <= MAX_AHEAD_S * SECOND_NS][:MAX_FRAMES]
    return near


def _ahead(boxes: Boxes3D, row: int, velocity: FloatArray, stamps_ns: IntArray) -> Boxes3D:
    since_s = (stamps_ns - boxes.timestamps_ns[row]) / SECOND_NS
    copies = boxes.take(np.full(len(stamps_ns), row))
    moved_m = np.column_stack([since_s[:, None] * velocity, np.zeros(len(stamps_ns))])
    return replace(copies, centres_m=copies.centres_m + moved_m, timestamps_ns=stamps_ns)


def _own_rows(scene: Scene, row: int, begin: bool) -> IntArray:
    tracks = scene.labels.tracks
    rows = tracks.rows(int(tracks.of_rows(len(scene.labels))[row]))
    return rows[:MAX_FRAMES] if begin else rows[-MAX_FRAMES:]


def _points(scene: Scene, frames: list[IntArray], boxes: tuple[Boxes3D, ...], own: bool = False) -> list[FloatArray]:
    """Upper points in each box, frame by frame, so that each sweep is read once."""
    counts = [np.full(len(part), np.nan) for part in frames]
    where: dict[int, list[tuple[int, int]]] = {}
    for end, part in enumerate(frames):
        for number, frame in enumerate(part):
            where.setdefault(int(frame), []).append((end, number))
    relative = track_motion(scene).relative
    for frame, asked in sorted(where.items()):
        points = _points_of(scene, frame)
        if points is None:
            continue
        wanted = Boxes3D.concatenate([boxes[end].take([number]) for end, number in asked])
        if not relative:
            world_from_ego = scene.world_from_ego_at_frame(frame)
            if world_from_ego is None:
                continue
            wanted = wanted.moved(world_from_ego.inverse())
        upper = _upper(wanted)
        inside = count_points_in_boxes(points, upper.centres_m, upper.sizes_m, upper.rotations).astype(np.float64)
        if not own:
            inside[_taken(scene, frame, wanted)] = np.nan
        for (end, number), count in zip(asked, inside, strict=True):
            counts[end][number] = count
    return counts


def _points_of(scene: Scene, frame: int) -> FloatArray | None:
    handle = scene.frames[frame]
    try:
        return np.asarray(handle.points_in_ego)
    except FileProblemError as error:
        scene.problems.add_unless_told(problem_of(error, scene=scene.name, frame=handle.key))
    except NotMeasurableError:
        pass  # a frame without a sweep tells nothing
    return None


def _upper(boxes: Boxes3D) -> Boxes3D:
    cut_m = np.minimum(GROUND_M, boxes.sizes_m[:, 2] / 3)
    up = np.array([0.0, 0.0, 1.0])
    return replace(
        boxes, centres_m=boxes.centres_m + cut_m[:, None] / 2 * up, sizes_m=boxes.sizes_m - cut_m[:, None] * up
    )


def _taken(scene: Scene, frame: int, wanted: Boxes3D) -> IntArray:
    """Positions of the boxes in whose place another label stands."""
    labelled = boxes_in_ego(scene).take(scene.labels.rows_of_frame(frame))
    pairs = overlapping_pairs(
        wanted.centres_m,
        wanted.sizes_m,
        wanted.rotations,
        other=(labelled.centres_m, labelled.sizes_m, labelled.rotations),
        ignore_height=True,
    )
    return np.unique(pairs.first)


def _in_scope(scene: Scene, rows: IntArray) -> BoolArray:
    """(E,) bool: labels of other tracks lie further out in much the same direction from ego, and range allows it."""
    boxes, scope = boxes_in_ego(scene), scene.labels.scope
    bearing, range_m = np.arctan2(boxes.centres_m[:, 1], boxes.centres_m[:, 0]), boxes.ranges_m
    track = boxes.track.codes
    inside = np.zeros(len(rows), dtype=bool)
    for index, row in enumerate(rows):
        off_rad = np.abs(np.angle(np.exp(1j * (bearing - bearing[row]))))
        beyond = (off_rad < BEARING_RAD) & (range_m > range_m[row] + boxes.sizes_m[row, 0]) & (track != track[row])
        inside[index] = np.count_nonzero(beyond) >= LABELS_BEYOND
        if scope.max_range_m is not None:
            inside[index] = scope.min_range_m <= range_m[row] < scope.max_range_m - boxes.sizes_m[row, 0]
    return inside


def boxes_in_reference(scene: Scene, boxes: Boxes3D, frames: IntArray) -> Boxes3D:
    """Boxes of `TrackEnds` in the native reference of the labels.

    Raises:
        NotMeasurableError: it leads through an ego pose that a frame lacks.
    """
    relative = track_motion(scene).relative
    moves = [reference_from_motion(scene, int(frame), relative) for frame in frames]
    return Boxes3D.concatenate([boxes.take([index]).moved(move) for index, move in enumerate(moves)])
