"""Faults of frames and clocks: labels on the wrong sweep, poses that jump, frames lost or repeated, late stamps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.arrays import IntArray
from calibration.clock import MILLISECOND_NS
from calibration.sensors import SensorKind
from fusion.measure.native_reference import native_from_ego, native_from_world
from fusion.measure.scene_boxes import frame_poses
from fusion.planting.fault import Change, Fault, FaultKind, Planter
from fusion.planting.objects import objects_of
from fusion.planting.spot import Spot, added_to
from fusion.planting.streams import restamped, shifted_poses, with_measurement_repeated, without_frame
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

PARTS_PER_MILLION = 1_000_000
# A frame that few objects show hardly tells that all of them are off.
MIN_LABELS = 3


def _slip(in_world: bool) -> Planter:
    """Labels of each frame replaced by those of the frame before, where they stood in ego or in the world."""

    def plant(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
        objects = objects_of(scene)
        boxes = objects.in_world if in_world else objects.in_ego
        everywhere = fault.extent.reach == "scene"
        frames = np.arange(1, len(scene.frame_table)) if everywhere else _inner_frames(scene, rng, fault.extent.frames)
        if boxes is None or frames is None or not len(frames):
            return None
        changes = [_slipped(scene, boxes, int(frame), in_world) for frame in frames]
        return Change(
            edits=tuple(edit for change in changes for edit in change.edits),
            tracks=tuple(dict.fromkeys(track for change in changes for track in change.tracks)),
            frames=tuple(frames.tolist()),
            labels=tuple(label for change in changes for label in change.labels),
        )

    return plant


def _slipped(scene: Scene, boxes: Boxes3D, frame: int, in_world: bool) -> Change:
    own, earlier = scene.labels.rows_of_frame(frame), scene.labels.rows_of_frame(frame - 1)
    track = scene.labels.boxes.track
    row_before = {track[int(row)]: int(row) for row in earlier if track.codes[row] >= 0}
    stays = np.asarray([track[int(row)] in row_before for row in own], dtype=bool)
    gone, kept = Spot(scene, own[~stays]), Spot(scene, own[stays])
    sources = np.asarray([row_before[track[int(row)]] for row in own[stays]], dtype=np.int64)
    was = {track[int(row)] for row in own[stays]}
    new = Spot(scene, np.asarray([row for row in earlier if track[int(row)] not in was], dtype=np.int64))
    earlier_boxes = boxes.take(sources)
    placed = replace(boxes.take(kept.rows), centres_m=earlier_boxes.centres_m, rotations=earlier_boxes.rotations)
    edits = kept.placed_in_world(placed) if in_world else kept.placed(placed)
    edits += gone.deleted()
    there = np.full(len(new.rows), frame, dtype=np.int64)
    native = (native_from_world if in_world else native_from_ego)(scene, boxes.take(new.rows), there)
    added = added_to(new, native, there, "slip", None)
    tracks = (*kept.tracks, *gone.tracks, *new.tracks)
    return Change((*edits, *added), None, tracks, (frame,), (*kept.ids, *gone.ids, *(edit.label for edit in added)))


def _inner_frames(scene: Scene, rng: np.random.Generator, count: int = 1) -> IntArray | None:
    """Some frames in a row away from the ends, each with enough labels; None where there are none."""
    labelled = np.bincount(scene.labels.frame_index.clip(0), minlength=len(scene.frame_table)) >= MIN_LABELS
    starts = [
        start for start in range(1, len(scene.frame_table) - count) if labelled[start - 1 : start + count + 1].all()
    ]
    return np.arange(start := int(rng.choice(starts)), start + count) if starts else None


def _pose_jump(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
    frames = _inner_frames(scene, rng, fault.extent.frames)
    if frames is None or not frame_poses(scene).known[frames].all():
        return None
    if fault.extent.reach == "tail":
        frames = np.arange(frames[0], len(scene.frame_table))
    direction = rng.uniform(0, 2 * np.pi)
    shift_m = fault.magnitude * np.array([np.cos(direction), np.sin(direction), 0.0])
    return Change(scene=shifted_poses(scene, frames, shift_m), frames=tuple(frames.tolist()))


def _lost_frame(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
    frames = _inner_frames(scene, rng)
    if frames is None:
        return None
    frame = int(frames[0])
    lost = Spot(scene, scene.labels.rows_of_frame(frame))
    return replace(lost.change([]), scene=without_frame(scene, frame), frames=(frame,))


def _repeated_frame(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
    """A sensor's measurement of one frame is that of the frame before."""
    table = scene.frame_table
    choices = [
        (name, frame)
        for name in _names(scene, SensorKind.LIDAR) + _names(scene, SensorKind.CAMERA)
        for frame in range(1, len(table))
        if table.measurements[name][frame] >= 0 and table.measurements[name][frame - 1] >= 0
    ]
    if not choices:
        return None
    sensor, frame = choices[int(rng.integers(len(choices)))]
    return Change(scene=with_measurement_repeated(scene, sensor, frame), frames=(frame,), sensor=sensor)


def _camera_clock(drifts: bool) -> Planter:
    """Stamps of one camera that say another time than the picture was taken, by a constant or growing amount."""

    def plant(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
        cameras = [name for name in _names(scene, SensorKind.CAMERA) if len(scene.streams[name]) > 1]
        if not cameras or not scene.has_real_times:
            return None
        camera = str(rng.choice(cameras))
        stamps_ns = scene.streams[camera].timestamps_ns
        if drifts:
            late_ns = np.round((stamps_ns - stamps_ns.min()) * fault.magnitude / PARTS_PER_MILLION).astype(np.int64)
        else:
            late_ns = np.full(len(stamps_ns), round(fault.magnitude * MILLISECOND_NS), dtype=np.int64)
        return Change(
            scene=restamped(scene, camera, late_ns), frames=tuple(range(len(scene.frame_table))), sensor=camera
        )

    return plant


def _names(scene: Scene, kind: SensorKind) -> list[str]:
    measured = scene.frame_table.measurements
    return [name for name, stream in scene.streams.items() if stream.kind is kind and name in measured]


_SLIPPED = ("TIM203", "DAT011", "TIM204")

TIME_FAULTS = (
    FaultKind(
        "slip", "labels of a sweep on the next one, where they stood in the vehicle's frame", "time", "sweeps", (1.0,),
        ("frame", "scene"), _SLIPPED, _slip(in_world=False), {"frames": ("TRK501",)},
    ),
    FaultKind(
        "slip-in-world", "labels of a sweep on the next one, where they stood in the world", "time", "sweeps", (1.0,),
        ("frame", "scene"), _SLIPPED, _slip(in_world=True), {"frames": ("TRK501",)},
    ),
    FaultKind(
        "pose-jump", "the vehicle's pose is off in some frames", "time", "m", (1.0, 0.5), ("frame", "tail"),
        ("TIM204", "TIM211", "TIM203"), _pose_jump,
    ),
    FaultKind(
        "lost-frame", "a frame is missing, with its files and labels", "time", "frames", (1.0,), ("frame",),
        ("TIM210", "DAT009", "TIM206", "TIM201"), _lost_frame,
    ),
    FaultKind(
        "repeated-frame", "a sweep or image is that of the frame before", "time", "frames", (1.0,), ("frame",),
        ("DAT012", "DAT013"), _repeated_frame,
    ),
    FaultKind(
        "camera-delay", "a camera's stamps are late", "time", "ms", (50.0, 20.0, 10.0, 5.0), ("scene",),
        ("TIM207", "TIM202", "TIM212"), _camera_clock(drifts=False),
    ),
    FaultKind(
        "camera-drift", "a camera's clock runs fast", "time", "ppm", (100.0,), ("scene",), ("TIM208",),
        _camera_clock(drifts=True),
    ),
)  # fmt: skip
"""Time faults, in the order they are listed."""
