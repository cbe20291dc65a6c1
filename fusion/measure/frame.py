"""One judged instant: its sensors, its boxes, and what was measured of them, each thing once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from calibration.arrays import Float32Array, FloatArray, IntArray
from calibration.sensors import SensorKind
from calibration.sweep import LidarSweep
from calibration.transform import RigidTransform
from fusion.errors import NotMeasurableError
from fusion.measure.camera_view import CameraView
from fusion.measure.overlap import OverlapPairs, overlapping_pairs_of_labels
from fusion.measure.points_in_boxes import Membership, points_in_boxes
from fusion.measure.scene_boxes import boxes_in_ego, frame_poses
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import Kinds

if TYPE_CHECKING:
    from fusion.measure.ground import GroundBelow, GroundModel
    from fusion.measure.visibility import RaySupport

Value = TypeVar("Value")


class SyncedFrame:
    """A handle on one frame of a scene; nothing is read before it is asked for.

    Measurements raise `NotMeasurableError` where the data can't support them, and the errors of files that can't be
    read; both are reasons for a check not to assess.
    """

    def __init__(self, scene: Scene, index: int) -> None:
        self.scene = scene
        self.index = index

    @property
    def key(self) -> str:
        """The data set's own name of the frame."""
        return self.scene.frame_table.keys[self.index]

    @property
    def timestamp_ns(self) -> int:
        """Time of the frame."""
        return int(self.scene.frame_table.timestamps_ns[self.index])

    @property
    def annotated(self) -> bool:
        """Labels were made here, even if there are none."""
        return bool(self.scene.frame_table.annotated[self.index])

    @property
    def world_from_ego(self) -> RigidTransform | None:
        """The pose at the frame's time, None where the data set has none."""
        return self.scene.world_from_ego_at_frame(self.index)

    def measured(self, name: str, compute: Callable[[], Value]) -> Value:
        """A measurement of this frame, computed once and kept by the scene while there is room."""
        return self.scene.measurements.get((self.index, name), compute)

    @property
    def label_rows(self) -> IntArray:
        """(M,) rows of this frame's boxes in the scene's labels."""
        return self.scene.labels.rows_of_frame(self.index)

    @property
    def boxes(self) -> Boxes3D:
        """M boxes in the ego frame at the frame's time.

        Raises:
            NotMeasurableError: the labels are in the world and this frame has no ego pose.
        """
        return self.measured("boxes", self._boxes)

    def _boxes(self) -> Boxes3D:
        in_world = self.scene.labels.reference == "world"
        if in_world and len(self.label_rows) and not frame_poses(self.scene).known[self.index]:
            raise NotMeasurableError("no ego pose at this frame")
        return boxes_in_ego(self.scene).take(self.label_rows)

    @property
    def kinds(self) -> Kinds:
        """What the boxes' class names stand for."""
        return Kinds(self.boxes.category)

    @property
    def lidars(self) -> Mapping[str, LidarSweep]:
        """The frame's sweeps by sensor, read when asked for."""
        return _Sweeps(self, self._sensors(SensorKind.LIDAR))

    @property
    def cameras(self) -> Mapping[str, CameraView]:
        """The frame's images by sensor."""
        rows = self.scene.frame_table.measurements
        return {name: CameraView(self, name, int(rows[name][self.index])) for name in self._sensors(SensorKind.CAMERA)}

    def _sensors(self, kind: SensorKind) -> tuple[str, ...]:
        names = self.scene.frame_table.sensors_of(self.index)
        return tuple(name for name in names if self.scene.streams[name].kind is kind)

    def sweep(self, lidar: str) -> LidarSweep:
        """One lidar's sweep, as read.

        Raises:
            FileProblemError: its file is missing or truncated.
        """
        position = int(self.scene.frame_table.measurements[lidar][self.index])
        sweep: LidarSweep = self.measured(f"sweep {lidar}", lambda: self.scene.streams[lidar].load(position))
        return sweep

    @property
    def points_in_ego(self) -> Float32Array:
        """(N, 3) metres, all lidars below each other, as the annotator saw them (not deskewed).

        Raises:
            NotMeasurableError: the frame has no lidar; FileProblemError: a sweep can't be read.
        """
        return self.measured("points in ego", self._points_in_ego)

    def _points_in_ego(self) -> Float32Array:
        lidars = self._sensors(SensorKind.LIDAR)
        if not lidars:
            raise NotMeasurableError("no lidar sweep in this frame")
        return np.concatenate([self._points_of(lidar) for lidar in lidars])

    def _points_of(self, lidar: str) -> Float32Array:
        points = self.sweep(lidar).points_in_ego
        ego_at_frame_from_sweep = self.ego_at_frame_from(lidar)
        if ego_at_frame_from_sweep is None:
            return points
        with np.errstate(invalid="ignore", over="ignore"):  # infinite rows stay rows without a place
            return ego_at_frame_from_sweep.apply(points).astype(np.float32)

    def ego_at_frame_from(self, sensor: str) -> RigidTransform | None:
        """From ego at a sensor's own time to ego at the frame; None where they are the same or poses are missing."""
        position = int(self.scene.frame_table.measurements[sensor][self.index])
        world_from_ego_at_sensor = self.scene.streams[sensor].world_from_ego(position)
        world_from_ego = self.world_from_ego
        if world_from_ego_at_sensor is None or world_from_ego is None:
            return None
        moved = world_from_ego.inverse() @ world_from_ego_at_sensor
        still = np.allclose(moved.translation, 0, atol=1e-6) and np.allclose(moved.rotation, np.eye(3), atol=1e-9)
        return None if still else moved

    @property
    def ray_origins_in_ego(self) -> FloatArray:
        """(N, 3) where the ray of each row of `points_in_ego` started."""
        return self.measured("ray origins", self._ray_origins)

    def _ray_origins(self) -> FloatArray:
        parts = []
        for lidar in self._sensors(SensorKind.LIDAR):
            sweep = self.sweep(lidar)
            origin = sweep.ego_from_points.apply(np.reshape(sweep.ray_origin, (1, 3)))
            moved = self.ego_at_frame_from(lidar)
            parts.append(np.broadcast_to(origin if moved is None else moved.apply(origin), (len(sweep), 3)))
        return np.concatenate(parts)

    @property
    def membership(self) -> Membership:
        """Which points lie in which box, faces included."""
        boxes = self.boxes
        return self.measured(
            "membership",
            lambda: points_in_boxes(self.points_in_ego, boxes.centres_m, boxes.sizes_m, boxes.rotations),
        )

    @property
    def point_counts(self) -> IntArray:
        """(M,) points inside each box, faces included."""
        return self.membership.counts

    @property
    def ground(self) -> GroundModel:
        """The ground around ego."""
        from fusion.measure.ground import estimate_ground

        return self.measured("ground", lambda: estimate_ground(self.points_in_ego))

    @property
    def ground_below_boxes(self) -> GroundBelow:
        """Ground under each box; `.height_m` (M,), NaN where too few points tell; `.point_count` (M,)."""
        from fusion.measure.ground import ground_below

        boxes = self.boxes
        return self.measured(
            "ground below boxes",
            lambda: ground_below(self.ground, boxes.centres_m, boxes.sizes_m, boxes.rotations),
        )

    @property
    def ray_support(self) -> RaySupport:
        """What the rays that cross each box returned: before it, in it, behind it."""
        from fusion.measure.visibility import ray_support

        boxes = self.boxes
        return self.measured(
            "ray support",
            lambda: ray_support(
                self.points_in_ego, self.ray_origins_in_ego, boxes.centres_m, boxes.sizes_m, boxes.rotations
            ),
        )

    @property
    def overlaps(self) -> OverlapPairs:
        """Pairs of this frame's boxes that touch; of copies, each with the first of them."""
        boxes = self.boxes
        return self.measured(
            "overlaps", lambda: overlapping_pairs_of_labels(boxes.centres_m, boxes.sizes_m, boxes.rotations)
        )

    def __repr__(self) -> str:
        return f"<SyncedFrame {self.key!r} of scene {self.scene.name!r}>"


class _Sweeps(Mapping[str, LidarSweep]):
    """Sweeps by sensor, each read when it is looked up."""

    def __init__(self, frame: SyncedFrame, names: tuple[str, ...]) -> None:
        self._frame = frame
        self._names = names

    def __getitem__(self, name: str) -> LidarSweep:
        if name not in self._names:
            raise KeyError(name)
        return self._frame.sweep(name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
