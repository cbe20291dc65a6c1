"""Label sets of one scene laid over each other: frames paired by time, all boxes in one frame of reference.

Boxes go into the vehicle's frame through the poses they were delivered with, so that what was drawn on the same
returns meets again even where two deliveries have other poses. What had to be taken for granted is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import milliseconds_text, nearest_index
from calibration.sensors import SensorKind
from calibration.trajectory import PoseColumns
from calibration.transform import RigidTransform, multiply_quaternions, quaternions_from_matrices
from fusion.errors import CompareError
from fusion.measure.scene_boxes import boxes_in_ego, frame_poses
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.measurement_cache import MeasurementCache
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import Kinds, ObjectKind

# Frames closer than this need no ego motion in between: a vehicle at 30 m/s moves 3 cm.
SAME_MOMENT_NS = 1_000_000
# Poses of one drive from two sources drift apart by less.
SAME_WAY_M = 5.0
# Mountings that differ by less are the same vehicle frame.
SAME_ORIGIN_M = 0.01


@dataclass(frozen=True, eq=False)
class AlignedSet:
    """One label set of a scene.

    boxes: in ego of the first set at the frame; frames: (M,) index into the common frames, -1 for boxes of no common
    frame; annotated: (F,) whether the set was labelled there at all.
    """

    boxes: Boxes3D
    frames: IntArray
    annotated: BoolArray


@dataclass(frozen=True, eq=False)
class AlignedScene:
    """F common frames of a scene.

    unpaired_frames: by set, frames that were labelled but have no counterpart; poses: world_from_ego of the common
    frames where the first set has them, for places.
    """

    name: str
    keys: tuple[str, ...]
    timestamps_ns: IntArray
    sets: tuple[AlignedSet, ...]
    unpaired_frames: tuple[int, ...]
    poses: PoseColumns | None
    assumptions: tuple[str, ...]


def with_labels(scene: Scene, labels: str | None) -> Scene:
    """The scene with another of its label sets on trial; measurements of the one before are not kept.

    Raises:
        DatasetError: the scene has no such label set.
    """
    if labels is None or labels == scene.labels_on_trial:
        return scene
    return replace(scene, labels_on_trial=labels, measurements=MeasurementCache())


def align(scenes: Sequence[Scene], tolerance_ns: int) -> AlignedScene:
    """Lay label sets of one scene over each other; the first gives frames and reference.

    Args:
        scenes: the same drive as each of at least two deliveries has it, its labels on trial.
        tolerance_ns: frames further apart are not the same.

    Raises:
        CompareError: two of them have no frame in common.
    """
    first = scenes[0]
    index = np.stack([_counterparts(first, scene, tolerance_ns) for scene in scenes])
    common = np.flatnonzero((index >= 0).sum(axis=0) >= 2)
    for scene, rows in zip(scenes[1:], index[1:], strict=True):
        if not (rows[common] >= 0).any():
            raise CompareError(_nothing_in_common(first, scene, tolerance_ns))
    notes: list[str] = []
    sets = tuple(_aligned(first, scene, common, rows[common], notes) for scene, rows in zip(scenes, index, strict=True))
    poses = frame_poses(first)
    return AlignedScene(
        name=first.name,
        keys=tuple(first.frame_table.keys[frame] for frame in common),
        timestamps_ns=first.frame_table.timestamps_ns[common],
        sets=sets,
        unpaired_frames=tuple(
            int(scene.frame_table.annotated.sum() - (rows[common] >= 0).sum())
            for scene, rows in zip(scenes, index, strict=True)
        ),
        poses=poses.take(common).columns if poses.known[common].all() and len(common) else None,
        assumptions=tuple(dict.fromkeys(notes)),
    )


def _counterparts(first: Scene, other: Scene, tolerance_ns: int) -> IntArray:
    """(F,) for each frame of the first, the other's frame of the same moment, each at most once; -1 where none is."""
    ours, theirs = np.flatnonzero(first.frame_table.annotated), np.flatnonzero(other.frame_table.annotated)
    found = np.full(len(first.frame_table), -1, dtype=np.int64)
    if not (len(ours) and len(theirs)):
        return found
    if not (first.has_real_times and other.has_real_times):
        keys, their_keys = _comparable_keys(first, other)
        frame_of = {their_keys[frame]: frame for frame in theirs}
        found[ours] = [frame_of.get(keys[frame], -1) for frame in ours]
        return found
    stamps, their_stamps = first.frame_table.timestamps_ns, other.frame_table.timestamps_ns
    ours, theirs = (
        ours[np.argsort(stamps[ours], kind="stable")],
        theirs[np.argsort(their_stamps[theirs], kind="stable")],
    )
    there, gap_ns = nearest_index(their_stamps[theirs], stamps[ours])
    back, _ = nearest_index(stamps[ours], their_stamps[theirs])
    mutual = (back[there] == np.arange(len(ours))) & (gap_ns <= tolerance_ns)
    found[ours[mutual]] = theirs[there[mutual]]
    return found


def _comparable_keys(first: Scene, other: Scene) -> list[tuple[str, ...]]:
    """Names of frames; where all are numbers, without the zeros in front that one format writes and another doesn't."""
    keys = [scene.frame_table.keys for scene in (first, other)]
    if all(key.isdecimal() for names in keys for key in names):
        return [tuple(str(int(key)) for key in names) for names in keys]
    return keys


def _nothing_in_common(first: Scene, other: Scene, tolerance_ns: int) -> str:
    for scene in (first, other):
        if not scene.frame_table.annotated.any():
            return f"scene {first.name}: '{scene.labels.name}' has no labelled frame"
    if not (first.has_real_times and other.has_real_times):
        return f"scene {first.name}: without real times frames are paired by name, and no name occurs in both"
    stamps = np.sort(first.frame_table.timestamps_ns)
    _, gap_ns = nearest_index(stamps, other.frame_table.timestamps_ns)
    return (
        f"scene {first.name}: no two frames lie within {milliseconds_text(tolerance_ns)} "
        f"(the nearest {milliseconds_text(int(gap_ns.min()))}); raise the tolerance or check the clocks"
    )


def _aligned(first: Scene, scene: Scene, common: IntArray, rows: IntArray, notes: list[str]) -> AlignedSet:
    """One set in the first one's ego frame, its frames numbered as the common ones."""
    frame_of = np.full(len(scene.frame_table) + 1, -1, dtype=np.int64)
    frame_of[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
    frames = frame_of[scene.labels.frame_index]
    boxes = _in_ego(first, scene, common, frames, notes)
    placed = np.isfinite(boxes.centres_m).all(axis=1) & np.isfinite(boxes.sizes_m).all(axis=1)
    ignored = Kinds(boxes.category).is_any({ObjectKind.IGNORED})
    lost = int((~placed & ~ignored & (frames >= 0)).sum())
    if lost:
        notes.append(f"{lost} boxes of '{scene.labels.name}' have no place or size and were left out")
    used = (frames >= 0) & placed & ~ignored
    boxes = boxes.take(used)
    if scene is not first:
        notes += _other_drive(first, scene, common, rows)
        boxes = _carried(first, scene, common, rows, boxes, frames[used], notes)
    return AlignedSet(boxes, frames[used], rows >= 0)


def _in_ego(first: Scene, scene: Scene, common: IntArray, frames: IntArray, notes: list[str]) -> Boxes3D:
    in_world = scene.labels.reference == "world"
    if in_world and not frame_poses(scene).known.any():
        poses = frame_poses(first).take(common[np.maximum(frames, 0)])
        if not poses.known.any():
            raise CompareError(f"scene {first.name}: '{scene.labels.name}' has boxes in the world and nobody has poses")
        notes.append(f"boxes of '{scene.labels.name}' lie in the world without poses; those of the first set were used")
        turned = poses.columns.rotations.transpose(0, 2, 1)
        return _moved(scene.labels.boxes, poses.columns.apply_inverse(scene.labels.boxes.centres_m), turned)
    if scene.labels.reference != "ego":
        through = "their own poses" if in_world else "their own rig"
        notes.append(f"boxes in {scene.labels.reference} were taken to the vehicle's frame through {through}")
    return boxes_in_ego(scene)


def _carried(
    first: Scene, scene: Scene, common: IntArray, rows: IntArray, boxes: Boxes3D, frames: IntArray, notes: list[str]
) -> Boxes3D:
    """Into the first one's vehicle frame: another origin on the car, and what it drove between the two stamps."""
    moved = _ego_from_their_ego(first, scene, notes)
    if moved is not None:
        boxes = boxes.moved(moved)
    if not (first.has_real_times and scene.has_real_times):
        return boxes
    gaps_ns = np.where(rows >= 0, first.frame_table.timestamps_ns[common] - scene.frame_table.timestamps_ns[rows], 0)
    if np.abs(gaps_ns).max(initial=0) <= SAME_MOMENT_NS:
        return boxes
    trajectory = first.trajectory or scene.trajectory
    stamps = np.stack([first.frame_table.timestamps_ns[common], scene.frame_table.timestamps_ns[rows]])
    apart = milliseconds_text(int(np.abs(gaps_ns).max()))
    if trajectory is None or not trajectory.covers(stamps.reshape(-1)).all():
        notes.append(f"frames are up to {apart} apart and the vehicle's motion in between isn't known")
        return boxes
    notes.append(f"frames are up to {apart} apart; the vehicle's motion in between was undone, that of others was not")
    at, theirs = (trajectory.at(stamp[frames]) for stamp in stamps)
    centres_m = at.apply_inverse(theirs.apply(boxes.centres_m))
    return _moved(boxes, centres_m, at.rotations.transpose(0, 2, 1) @ theirs.rotations)


def _other_drive(first: Scene, scene: Scene, common: IntArray, rows: IntArray) -> list[str]:
    """Whether the vehicle went the same way in both, whatever each calls the world."""
    both = np.flatnonzero(rows >= 0)
    poses, theirs = frame_poses(first).take(common[both]), frame_poses(scene).take(rows[both])
    known = poses.known & theirs.known
    if not known.any():
        return []
    ways_m = [one.columns.translations_m[known] for one in (poses, theirs)]
    ours_m, theirs_m = (np.linalg.norm(way - way[:1], axis=1) for way in ways_m)
    apart_m = float(np.abs(ours_m - theirs_m).max())
    if apart_m <= SAME_WAY_M:
        return []
    return [f"the vehicle's way in '{scene.labels.name}' differs by up to {apart_m:.1f} m: perhaps it is another drive"]


def _ego_from_their_ego(first: Scene, scene: Scene, notes: list[str]) -> RigidTransform | None:
    """Where two formats put the vehicle's origin elsewhere: through the lidar both have, if it is plain which."""
    if first.dataset_format == scene.dataset_format:
        return None
    rigs = [one.rig_at(int(one.frame_table.timestamps_ns[0])) for one in (first, scene)]
    lidars = [{name for name, s in rig.sensors.items() if s.kind is SensorKind.LIDAR} for rig in rigs]
    shared = sorted(lidars[0] & lidars[1])
    if shared:
        names = [shared[0], shared[0]]
    elif len(lidars[0]) == len(lidars[1]) == 1:
        names = [*lidars[0], *lidars[1]]
    else:
        notes.append("the formats differ and share no lidar; their vehicle frames were taken to be the same")
        return None
    mounts = [rig.sensors[name].ego_from_sensor for rig, name in zip(rigs, names, strict=True)]
    ego_from_theirs = RigidTransform.from_matrix("ego", "ego", mounts[0].matrix @ np.linalg.inv(mounts[1].matrix))
    if np.abs(ego_from_theirs.matrix - np.eye(4)).max() <= SAME_ORIGIN_M:
        return None
    notes.append(f"the formats put the vehicle's origin elsewhere; boxes were taken over through the lidar {names[0]}")
    return ego_from_theirs


def _moved(boxes: Boxes3D, centres_m: FloatArray, turned: FloatArray) -> Boxes3D:
    rotations = multiply_quaternions(quaternions_from_matrices(turned), boxes.rotations)
    return replace(boxes, centres_m=centres_m, rotations=rotations, velocities_mps=None)
