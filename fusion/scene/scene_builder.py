"""Scenes from what is in memory: for pipelines that hold arrays, and for tests that need a scene in a few lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.arrays import Int32Array, IntArray, as_column
from calibration.clock import as_timestamps_ns
from calibration.errors import ShapeError
from calibration.image import CameraImage
from calibration.radar import RadarSweep
from calibration.rig import RigHistory, SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.sweep import LidarSweep, Motion
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.frame_table import FrameTable
from fusion.scene.label_set import LabelSet
from fusion.scene.scene import Scene
from fusion.scene.scope import LabelScope
from fusion.scene.stream import Stream

Sweeps = Sequence["LidarSweep | NDArray[Any] | None"]
Images = Sequence["CameraImage | NDArray[np.uint8] | None"]
Detections = Sequence["RadarSweep | None"]
DEFAULT_LIDAR = "lidar"


def scene_from_arrays(
    *,
    boxes: Boxes3D | None = None,
    timestamps_ns: ArrayLike | None = None,
    box_frames: ArrayLike | None = None,
    points: Sweeps | NDArray[Any] | Mapping[str, Sweeps | NDArray[Any]] | None = None,
    images: Mapping[str, Images] | None = None,
    radars: Mapping[str, Detections] | None = None,
    rig: SensorRig | None = None,
    poses: Trajectory | Sequence[ArrayLike] | None = None,
    reference: str = "ego",
    boxes_2d: Boxes2D | None = None,
    name: str = "scene",
    time_base: str | None = None,
    scope: LabelScope | None = None,
    declared_classes: Sequence[str] | None = None,
    frame_keys: Sequence[str] | None = None,
) -> Scene:
    """A scene of F frames from arrays.

    Args:
        boxes: all boxes of the scene, in `reference`; left out, nothing is labelled.
        timestamps_ns: (F,) times of the frames; left out, there is one frame, or one per sweep without real times.
        box_frames: (M,) frame of each box; left out, by equal timestamp, or all in the only frame.
        points: per lidar one entry a frame: a LidarSweep, (N, 3) x y z or (N, 4) with intensity, in the lidar's frame
            (ego where the rig has no such lidar), None where a frame has none. A plain sequence is the lidar "lidar",
            and one array (N, 3) or (N, 4) a single sweep.
        images: per camera one entry a frame: a CameraImage, (H, W, 3) uint8 BGR, or None.
        radars: per radar one entry a frame: a RadarSweep, None where a frame has none.
        rig: sensors; cameras must be in it.
        poses: a Trajectory, or F matrices (4, 4) world_from_ego.
        reference: frame of the boxes: "ego" (at their frame), "world" or a sensor's name.

    Raises:
        ShapeError: lengths don't fit together, or times that are not whole nanoseconds.
        UnknownSensorError: images of a camera, or boxes in the frame of a sensor, that the rig does not have.
    """
    by_lidar = _named_sweeps(points)
    boxes = Boxes3D.empty() if boxes is None else boxes
    entries = {**by_lidar, **(images or {}), **(radars or {})}
    stamps, real_times = _frame_times(timestamps_ns, entries)
    trajectory = _trajectory(poses, stamps)
    rig = _with_lidars(rig or SensorRig({}), by_lidar)
    if reference not in ("ego", "world"):
        rig.sensor(reference)
    streams: dict[str, Stream[Any]] = {
        lidar: _lidar_stream(lidar, sweeps, stamps, rig) for lidar, sweeps in by_lidar.items()
    }
    for camera, pictures in (images or {}).items():
        streams[camera] = _camera_stream(rig.sensor(camera), pictures, stamps)
    for radar, detections in (radars or {}).items():
        streams[radar] = _radar_stream(radar, detections, stamps)
    frames = FrameTable(
        keys=tuple(frame_keys) if frame_keys is not None else tuple(str(index) for index in range(len(stamps))),
        timestamps_ns=stamps,
        annotated=np.ones(len(stamps), dtype=bool),
        measurements={name: _position(one_each) for name, one_each in entries.items()},
        reference_lidar=next(iter(by_lidar), None),
    )
    labels = LabelSet(
        name="labels",
        boxes=boxes,
        reference=reference,
        frame_index=_frame_index(boxes, box_frames, stamps),
        scope=scope or LabelScope(),
        boxes_2d=boxes_2d,
        declared_classes=None if declared_classes is None else tuple(declared_classes),
    )
    return Scene(
        name=name,
        dataset_format="arrays",
        root=None,
        time_base=time_base or ("utc" if real_times else "synthetic"),
        rigs=RigHistory.from_rigs([(int(stamps[0]) if len(stamps) else 0, rig)]),
        frame_table=frames,
        streams=streams,
        label_sets={"labels": labels},
        labels_on_trial="labels",
        trajectory=trajectory,
    )


@dataclass
class SceneBuilder:
    """A scene put together frame by frame.

    >>> scene = SceneBuilder().frame(points, Boxes3D.upright(...)).frame(...).build()
    """

    rig: SensorRig | None = None
    period_ns: int = 100_000_000
    start_ns: int = 1_600_000_000_000_000_000
    _frames: list[dict[str, Any]] = field(default_factory=list)

    def frame(
        self,
        points: NDArray[Any] | LidarSweep | None = None,
        boxes: Boxes3D | None = None,
        images: Mapping[str, NDArray[np.uint8] | CameraImage] | None = None,
        world_from_ego: ArrayLike | None = None,
        timestamp_ns: int | None = None,
    ) -> SceneBuilder:
        """Add a frame, one period after the last unless a time is given; returns the builder."""
        stamp = self.start_ns + len(self._frames) * self.period_ns if timestamp_ns is None else timestamp_ns
        self._frames.append(
            {"points": points, "boxes": boxes, "images": dict(images or {}), "pose": world_from_ego, "stamp": stamp}
        )
        return self

    def build(self, **parts: Any) -> Scene:
        """The scene; `parts` go to `scene_from_arrays` (reference, scope, boxes_2d ...)."""
        stamps = np.asarray([frame["stamp"] for frame in self._frames], dtype=np.int64)
        boxes = [frame["boxes"] or Boxes3D.empty() for frame in self._frames]
        box_frames = np.repeat(np.arange(len(boxes)), [len(part) for part in boxes])
        joined = Boxes3D.concatenate(boxes)
        stamped = _restamped(joined, stamps[box_frames])
        cameras = dict.fromkeys(camera for frame in self._frames for camera in frame["images"])
        poses = [frame["pose"] for frame in self._frames]
        arguments: dict[str, Any] = {
            "boxes": stamped,
            "box_frames": box_frames,
            "timestamps_ns": stamps,
            "points": [frame["points"] for frame in self._frames]
            if any(frame["points"] is not None for frame in self._frames)
            else None,
            "images": {camera: [frame["images"].get(camera) for frame in self._frames] for camera in cameras},
            "rig": self.rig,
            "poses": _all_or_none(poses),
        }
        return scene_from_arrays(**{**arguments, **parts})


def _all_or_none(poses: list[ArrayLike | None]) -> list[ArrayLike] | None:
    known = [pose for pose in poses if pose is not None]
    if known and len(known) < len(poses):
        raise ShapeError(f"{len(known)} of {len(poses)} frames have a pose; give all or none")
    return known or None


def _restamped(boxes: Boxes3D, stamps: IntArray) -> Boxes3D:
    numbers = np.asarray([str(row) for row in range(len(boxes))], dtype=object)
    ids = boxes.label_ids if len(set(boxes.label_ids)) == len(boxes) else numbers
    return replace(boxes, timestamps_ns=stamps, label_ids=ids)


def _named_sweeps(
    points: Sweeps | NDArray[Any] | Mapping[str, Sweeps | NDArray[Any]] | None,
) -> dict[str, Sweeps]:
    if points is None:
        return {}
    by_lidar = dict(points) if isinstance(points, Mapping) else {DEFAULT_LIDAR: points}
    return {lidar: _by_frame(sweeps) for lidar, sweeps in by_lidar.items()}


def _by_frame(sweeps: Sweeps | NDArray[Any]) -> Sweeps:
    if isinstance(sweeps, np.ndarray):
        return [sweeps] if sweeps.ndim == 2 else list(sweeps)
    return sweeps


def _frame_times(timestamps_ns: ArrayLike | None, by_sensor: Mapping[str, Sequence[Any]]) -> tuple[IntArray, bool]:
    lengths = {name: len(entries) for name, entries in by_sensor.items()}
    if timestamps_ns is not None:
        stamps = as_timestamps_ns(timestamps_ns)
        wrong = {name: length for name, length in lengths.items() if length != len(stamps)}
        if wrong:
            raise ShapeError(f"{len(stamps)} timestamps need as many entries per sensor, got {wrong}")
        return stamps, True
    if len(set(lengths.values())) > 1:
        raise ShapeError(f"every sensor needs one entry a frame, got {lengths}")
    return np.arange(next(iter(lengths.values()), 1), dtype=np.int64), False


def _trajectory(poses: Trajectory | Sequence[ArrayLike] | None, stamps: IntArray) -> Trajectory | None:
    if poses is None or isinstance(poses, Trajectory):
        return poses
    if len(poses) != len(stamps):
        raise ShapeError(f"{len(stamps)} frames need as many poses, got {len(poses)}")
    transforms = [RigidTransform.from_matrix("world", "ego", np.asarray(pose, dtype=np.float64)) for pose in poses]
    return Trajectory.from_poses(
        stamps,
        np.stack([pose.translation for pose in transforms]),
        np.stack([pose.quaternion_wxyz for pose in transforms]),
    )


def _with_lidars(rig: SensorRig, by_lidar: Mapping[str, Sweeps]) -> SensorRig:
    for lidar in by_lidar:
        if lidar not in rig.sensors:
            rig = rig.with_sensor(Sensor(lidar, SensorKind.LIDAR, RigidTransform.identity("ego", lidar)))
    return rig


def _position(entries: Sequence[Any]) -> Int32Array:
    """(F,) index of each frame's entry among those there are, -1 where it has none."""
    position = np.full(len(entries), -1, dtype=np.int32)
    frames = _frames_with(entries)
    position[frames] = np.arange(len(frames))
    return position


def _frames_with(entries: Sequence[Any]) -> IntArray:
    return np.flatnonzero([entry is not None for entry in entries])


def _lidar_stream(lidar: str, sweeps: Sweeps, stamps: IntArray, rig: SensorRig) -> Stream[LidarSweep]:
    ego_from_lidar = rig.sensor(lidar).ego_from_sensor
    entries = [entry for entry in sweeps if entry is not None]
    times_ns = stamps[_frames_with(sweeps)]

    def load(index: int) -> LidarSweep:
        entry = entries[index]
        if isinstance(entry, LidarSweep):
            return entry
        rows = np.asarray(entry)
        if rows.ndim != 2 or rows.shape[1] < 3:
            raise ShapeError(f"points of {lidar!r} must be (N, 3) or (N, 4), got {rows.shape}")
        return LidarSweep.from_columns(
            sensor=lidar,
            points=rows[:, :3],
            frame=lidar,
            ego_from_points=ego_from_lidar,
            reference_ns=int(times_ns[index]),
            motion=Motion.UNKNOWN,
            intensity=rows[:, 3] if rows.shape[1] > 3 else None,
        )

    return Stream(lidar, SensorKind.LIDAR, times_ns, load)


def _camera_stream(camera: Sensor, pictures: Images, stamps: IntArray) -> Stream[CameraImage]:
    entries = [picture for picture in pictures if picture is not None]
    times_ns = stamps[_frames_with(pictures)]
    for index, picture in enumerate(entries):
        if isinstance(picture, CameraImage):
            times_ns[index] = picture.timestamp_ns

    def load(index: int) -> CameraImage:
        picture = entries[index]
        if isinstance(picture, CameraImage):
            return picture
        return CameraImage(camera.name, int(times_ns[index]), path=None, load=lambda: picture)

    return Stream(camera.name, SensorKind.CAMERA, times_ns, load)


def _radar_stream(radar: str, detections: Detections, stamps: IntArray) -> Stream[RadarSweep]:
    sweeps = [sweep for sweep in detections if sweep is not None]
    return Stream(radar, SensorKind.RADAR, stamps[_frames_with(detections)], lambda index: sweeps[index])


def _frame_index(boxes: Boxes3D, box_frames: ArrayLike | None, stamps: IntArray) -> Int32Array:
    if box_frames is not None:
        index = as_column(box_frames, "box_frames", np.int32, len(boxes))
        if len(index) and (index.min() < 0 or index.max() >= len(stamps)):
            raise ShapeError(f"box_frames must lie in 0..{len(stamps) - 1}, got {index.min()}..{index.max()}")
        return index
    if len(stamps) == 1 or not len(boxes):
        return np.zeros(len(boxes), dtype=np.int32)
    if not len(stamps):
        raise ShapeError(f"{len(boxes)} boxes but no frame they could belong to")
    order = np.argsort(stamps, kind="stable")
    position = np.minimum(np.searchsorted(stamps[order], boxes.timestamps_ns), len(stamps) - 1)
    found: Int32Array = order[position].astype(np.int32)
    unmatched = np.flatnonzero(stamps[found] != boxes.timestamps_ns)
    if len(unmatched):
        raise ShapeError(f"{len(unmatched)} boxes have a timestamp of no frame; pass box_frames")
    return found
