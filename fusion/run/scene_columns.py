"""What describes a scene, as columns: its sensors' stamps, its poses, its boxes; small enough to keep of every scene.

Everything comes from tables and stamps. Sweeps are read only to count points in boxes, in a few frames, where the
data set doesn't count them itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.clock import StreamTiming, stream_timing
from calibration.errors import BoresightError, FileProblemError
from calibration.sensors import SensorKind
from fusion.scene.coded import Coded
from fusion.scene.problems import problem_of
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class SensorColumns:
    """A sensor's stamps and lens; `timing` is None without a clock."""

    kind: SensorKind
    measurements: int
    timing: StreamTiming | None
    stamp_means: str
    lens: str | None
    image_size: tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class SceneColumns:
    """What is kept of a scene to describe it, alone or with others.

    offsets_ns: by camera, middle of the exposure minus time of the frame; gaps_ns: (G,) between poses;
    sizes_m: (M, 3) length, width, height; points: (M,) in each box, NaN where nobody counted.
    """

    frames: int
    duration_ns: int | None
    sensors: Mapping[str, SensorColumns]
    offsets_ns: Mapping[str, IntArray]
    poses: int
    gaps_ns: IntArray
    driven_m: float
    category: Coded
    track: Coded
    sizes_m: FloatArray
    points: FloatArray
    points_from: str
    boxes_2d: int | None
    annotated_frames: int
    empty_frames: int


def columns_of(scene: Scene, frames_to_count: int) -> SceneColumns:
    """Describe a scene; what was measured on the way is forgotten again.

    Args:
        frames_to_count: in how many labelled frames to count points in boxes, where nobody has.
    """
    table, labels = scene.frame_table, scene.labels
    stamps = table.timestamps_ns
    has_boxes = np.isin(np.arange(len(table)), labels.frame_index)
    points, points_from = _points_in_boxes(scene, frames_to_count)
    poses, gaps_ns, driven_m = _poses(scene)
    scene.measurements.clear()
    return SceneColumns(
        frames=len(table),
        duration_ns=int(stamps.max() - stamps.min()) if len(stamps) and scene.has_real_times else None,
        sensors={name: _sensor_columns(scene, name) for name in scene.streams},
        offsets_ns=_camera_offsets(scene) if scene.has_real_times else {},
        poses=poses,
        gaps_ns=gaps_ns,
        driven_m=driven_m,
        category=labels.boxes.category,
        track=labels.boxes.track,
        sizes_m=labels.boxes.sizes_m,
        points=points,
        points_from=points_from,
        boxes_2d=None if labels.boxes_2d is None else len(labels.boxes_2d),
        annotated_frames=int(table.annotated.sum()),
        empty_frames=int((table.annotated & ~has_boxes).sum()),
    )


def _sensor_columns(scene: Scene, name: str) -> SensorColumns:
    stream = scene.streams[name]
    rig = scene.rig_at(int(stream.timestamps_ns[0]) if len(stream) else 0)
    camera = rig.sensors[name].camera if name in rig.sensors else None
    return SensorColumns(
        kind=stream.kind,
        measurements=len(stream),
        timing=stream_timing(stream.timestamps_ns) if scene.has_real_times else None,
        stamp_means=stream.stamp_means,
        lens=None if camera is None else camera.kind,
        image_size=None if camera is None else (camera.width, camera.height),
    )


def _camera_offsets(scene: Scene) -> dict[str, IntArray]:
    offsets_ns = {}
    for name, rows in scene.frame_table.measurements.items():
        stream = scene.streams[name]
        held = rows >= 0
        if stream.kind is SensorKind.CAMERA and held.any():
            offsets_ns[name] = stream.timestamps_ns[rows[held]] - scene.frame_table.timestamps_ns[held]
    return offsets_ns


def _poses(scene: Scene) -> tuple[int, IntArray, float]:
    """How many, the gaps between them, and the length of the way; a gap is driven in a straight line."""
    gaps_ns = np.zeros(0, dtype=np.int64)
    positions_m = np.zeros((0, 3))
    if scene.trajectory is not None:
        gaps_ns = np.diff(scene.trajectory.gaps(), axis=1).reshape(-1)
        positions_m = scene.trajectory.translations_m
    elif scene.frame_table.translations_m is not None:
        recorded_m = scene.frame_table.translations_m
        positions_m = recorded_m[np.isfinite(recorded_m).all(axis=1)]
    return len(positions_m), gaps_ns, float(np.linalg.norm(np.diff(positions_m, axis=0), axis=1).sum())


def _points_in_boxes(scene: Scene, frames_to_count: int) -> tuple[FloatArray, str]:
    """Points of every box: as the data set counts them, else counted in some frames spread over the scene."""
    labels = scene.labels
    recorded = labels.boxes.recorded_point_counts
    if recorded is not None and (recorded >= 0).any():
        return np.where(recorded >= 0, recorded, np.nan), "recorded"
    points = np.full(len(labels), np.nan)
    for frame in _spread(np.unique(labels.frame_index[labels.frame_index >= 0]), frames_to_count):
        try:
            points[labels.rows_of_frame(frame)] = scene.frames[frame].point_counts
        except FileProblemError as error:
            scene.problems.add(problem_of(error, scene=scene.name, frame=scene.frame_table.keys[frame]))
        except BoresightError:
            continue  # without a sweep or a pose its points stay unknown
    return points, "counted" if np.isfinite(points).any() else ""


def _spread(values: IntArray, most: int) -> list[int]:
    """At most so many of the values, evenly spread over them."""
    if len(values) <= most:
        return [int(value) for value in values]
    return [int(value) for value in values[np.linspace(0, len(values) - 1, most).astype(np.int64)]]
