"""The labelled objects of a scene, and what makes one suit a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import BoresightError
from calibration.sensors import SensorKind
from fusion.errors import NotMeasurableError
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world
from fusion.planting.fault import Extent, Fault
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import ELONGATED, GROUNDED, Kinds, ObjectKind

# Before and after a fault of some frames, so that the track's own history can tell.
FRAMES_AROUND = 2
# Fewer points leave the place of a box open by more than the smallest fault worth finding.
WELL_SEEN_POINTS = 20


@dataclass(frozen=True, eq=False)
class Objects:
    """M labels with what a fault asks of them.

    in_ego, in_world: boxes (None without poses); points: (M,) lidar points in each, NaN where its frame has no sweep;
    told: (M,) the same, or else as the data set counted them;
    speeds_mps: (M,) over ground or else against ego, NaN where unknown; usable: (M,) finite boxes of real size.
    """

    scene: Scene
    in_ego: Boxes3D
    in_world: Boxes3D | None
    points: FloatArray
    told: FloatArray
    speeds_mps: FloatArray
    usable: BoolArray

    @property
    def kinds(self) -> Kinds:
        """What the class names stand for."""
        return Kinds(self.in_ego.category)

    @property
    def long(self) -> BoolArray:
        """(M,) road users so much longer than wide that a wrong heading shows."""
        sizes_m = self.in_ego.sizes_m
        shaped = (sizes_m[:, 0] > 1.5 * sizes_m[:, 1]) & (sizes_m[:, 0] > 2.5)
        chosen: BoolArray = self.kinds.is_any(ELONGATED) & shaped
        return chosen

    @property
    def grounded(self) -> BoolArray:
        """(M,) things that stand on the ground."""
        return self.kinds.is_any(GROUNDED)

    @property
    def seen(self) -> BoolArray:
        """(M,) objects in plain view; all where nobody counted points at all."""
        return self._many(self.told)

    @property
    def in_sweep(self) -> BoolArray:
        """(M,) boxes with enough points to hold them against; all where the scene has no sweep at all."""
        return self._many(self.points)

    def _many(self, points: FloatArray) -> BoolArray:
        if not np.isfinite(points).any():
            return np.ones(len(points), dtype=bool)
        with np.errstate(invalid="ignore"):
            return points >= WELL_SEEN_POINTS

    def shows(self, fault: Fault, in_track_from: float = np.inf) -> BoolArray:
        """(M,) objects on which a fault can show: in a sweep, or from a magnitude on in the track alone."""
        from_track = fault.magnitude >= in_track_from or fault.extent != Extent("frames", 1)
        return self.seen if from_track else self.in_sweep

    def runs(
        self, suits: BoolArray, extent: Extent, rng: np.random.Generator, taken: frozenset[str]
    ) -> Iterator[IntArray]:
        """Rows a fault of this extent could befall, a different object each time, in random order.

        Some frames lie inside a track where it is long enough, a tail is its later half; every row must suit, of a
        whole track the larger part.
        """
        tracks = self.scene.labels.tracks
        for track in rng.permutation(len(tracks)):
            rows = tracks.rows(int(track))
            if tracks.names[track] in taken or not self.usable[rows].all():
                continue
            chosen = self._part(rows, suits, extent, rng)
            if chosen is not None:
                yield chosen
        trackless = np.flatnonzero(~self.in_ego.track.present & suits & self.usable)
        if extent == Extent("frames", 1):
            for row in rng.permutation(trackless):
                if str(self.in_ego.label_ids[row]) not in taken:
                    yield np.asarray([row])

    def _part(self, rows: IntArray, suits: BoolArray, extent: Extent, rng: np.random.Generator) -> IntArray | None:
        if extent.reach == "track":
            return rows if suits[rows].mean() > 0.5 and self.in_sweep[rows].any() else None
        if extent.reach == "tail":
            middle = len(rows) // 2
            return rows[middle:] if middle >= 3 and suits[rows[middle:]].mean() > 0.5 else None
        count, last = extent.frames, len(rows) - extent.frames
        starts = np.arange(last + 1)
        around = min(FRAMES_AROUND, last // 2)
        if around == 0 and len(rows) > 1:
            return None
        inside = starts[(starts >= around) & (starts <= last - around)]
        fitting = [s for s in inside if suits[rows[s : s + count]].all()]
        unbroken = [s for s in fitting if self._consecutive(rows[max(s - 1, 0) : s + count + 1])]
        return None if not unbroken else rows[(start := int(rng.choice(unbroken))) : start + count]

    def _consecutive(self, rows: IntArray) -> bool:
        return bool((np.diff(self.scene.labels.frame_index[rows]) == 1).all())


def objects_of(scene: Scene) -> Objects:
    """The objects of a scene, measured once."""
    return scene.measurements.get("objects to plant in", lambda: _objects(scene))


def _objects(scene: Scene) -> Objects:
    in_ego = boxes_in_ego(scene)
    try:
        in_world = boxes_in_world(scene)
    except NotMeasurableError:
        in_world = None
    frames = scene.labels.frame_index
    usable = np.isfinite(in_ego.centres_m).all(axis=1) & (in_ego.sizes_m > 0).all(axis=1) & (frames >= 0)
    usable &= ~Kinds(in_ego.category).is_any({ObjectKind.IGNORED})
    points, recorded = _points(scene), in_ego.recorded_point_counts
    told = points if recorded is None else np.where(np.isnan(points) & (recorded >= 0), recorded, points)
    return Objects(scene, in_ego, in_world, points, told, _speeds(scene, in_world or in_ego), usable)


def _points(scene: Scene) -> FloatArray:
    points = np.full(len(scene.labels), np.nan)
    lidars = [name for name, stream in scene.streams.items() if stream.kind is SensorKind.LIDAR]
    measured = scene.frame_table.measurements
    for frame in range(len(scene.frame_table)):
        if any(name in measured and measured[name][frame] >= 0 for name in lidars):
            handle = scene.frames[frame]
            try:
                points[handle.label_rows] = handle.point_counts
            except BoresightError:
                continue  # a sweep that can't be read shows nothing; the run itself reports it
    return points


def _speeds(scene: Scene, boxes: Boxes3D) -> FloatArray:
    """Between the rows before and after in the track."""
    speeds = np.full(len(boxes), np.nan)
    tracks = scene.labels.tracks
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        if len(rows) < 2:
            continue
        places = np.arange(len(rows))
        before, after = rows[np.maximum(places - 1, 0)], rows[np.minimum(places + 1, len(rows) - 1)]
        elapsed_s = (boxes.timestamps_ns[after] - boxes.timestamps_ns[before]) / SECOND_NS
        shift_m = np.linalg.norm((boxes.centres_m[after] - boxes.centres_m[before])[:, :2], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            speeds[rows] = np.where(elapsed_s > 0, shift_m / elapsed_s, np.nan)
    return speeds
