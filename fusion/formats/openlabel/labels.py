"""From rows in their coordinate systems to a label set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.sensors import EGO, SensorKind
from calibration.transform import (
    RigidTransform,
    matrices_from_quaternions,
    multiply_quaternions,
    quaternions_from_matrices,
)
from fusion.formats.openlabel.attributes import columns_of
from fusion.formats.openlabel.coordinate_systems import CoordinateSystems
from fusion.formats.openlabel.frames import FrameRecord
from fusion.formats.openlabel.geometries import Geometries, Row, systems_of
from fusion.formats.openlabel.report import FileReport
from fusion.formats.openlabel.sensors import FileStream, is_its_system
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D, Provenance
from fusion.scene.coded import Coded
from fusion.scene.label_set import LabelSet
from fusion.scene.problems import ProblemKind

AXES = "xyz"


@dataclass(frozen=True, eq=False)
class Recorded:
    """What labels are placed in. placed: sensors that every rig has; forward: see `sensors.py`."""

    frames: Sequence[FrameRecord]
    timestamps_ns: IntArray
    systems: CoordinateSystems
    streams: Mapping[str, FileStream]
    placed: frozenset[str]
    forward: frozenset[str]


def label_set(found: Geometries, recorded: Recorded, report: FileReport) -> LabelSet:
    """The labels of a file: in the coordinate system of its cuboids where it has one, else in ego."""
    rows, boxes, reference = _placed_boxes(found, recorded, report)
    row_of_object: dict[tuple[int, str], int] = {}
    for index, row in enumerate(rows):
        row_of_object.setdefault((row.frame, row.owner.uid), index)
    return LabelSet(
        name="labels",
        boxes=boxes,
        reference=reference,
        frame_index=_frames(rows),
        boxes_2d=_boxes_2d(found, recorded, row_of_object, report) if found.bboxes else None,
    )


def _placed_boxes(found: Geometries, recorded: Recorded, report: FileReport) -> tuple[list[Row], Boxes3D, str]:
    """The rows that can be placed, their boxes, and the frame these are in."""
    known = [row for row in found.cuboids if _system_is_known(row, recorded, report)]
    names = list(systems_of(known))
    native = _native_reference(names[0], recorded) if len(names) == 1 else None
    rows: list[Row] = []
    parts = []
    for name in names:
        own = [row for row in known if row.system == name]
        ego_from = {frame: _ego_from(name, frame, recorded) for frame in {row.frame for row in own}}
        if native is None:
            own = [row for row in own if _can_be_placed(row, ego_from[row.frame], recorded, report)]
        boxes = _upright_axes(name, _boxes(own, found, recorded, report), own, ego_from, report)
        parts.append(boxes if native is not None else _moved(boxes, own, ego_from))
        rows += own
    if native is None and names:
        why = "are in several coordinate systems" if len(names) > 1 else "are in none of our frames"
        report.assume(f"cuboids {why} ({', '.join(name or 'not told' for name in names)}): moved to ego")
    boxes = Boxes3D.concatenate(parts) if parts else Boxes3D.from_columns(np.zeros((0, 3)), *_nothing())
    order = np.argsort(_frames(rows), kind="stable")
    return [rows[index] for index in order], boxes.take(order), native or EGO


def _nothing() -> tuple[FloatArray, FloatArray]:
    return np.zeros((0, 3)), np.zeros((0, 4))


def _system_is_known(row: Row, recorded: Recorded, report: FileReport) -> bool:
    if not row.system or row.system in recorded.systems:
        if not row.system:
            report.assume("cuboids that name no coordinate system are taken to be in ego")
        return True
    if not recorded.systems.types:
        report.assume("there are no coordinate systems; cuboids are taken to be in ego")
        return True
    key = recorded.frames[row.frame].key
    reason = f"frame {key}, object {row.owner.uid}: there is no coordinate system '{row.system}' for its cuboid"
    what = "cuboids in unknown coordinate systems"
    report.note(ProblemKind.BROKEN_REFERENCE, what, reason, frame=key, label=row.label_id)
    return False


def _native_reference(system: str, recorded: Recorded) -> str | None:
    """The frame of ours that is this coordinate system, None where there is none."""
    systems = recorded.systems
    if not system or not systems.types:
        return EGO
    if system == systems.ego and np.array_equal(systems.turn.rotation, np.eye(3)):
        return EGO
    if system == systems.world:
        return "world"
    is_sensor = system in recorded.placed and is_its_system(recorded.streams.get(system), recorded.forward)
    return system if is_sensor else None


def _ego_from(system: str, frame: int, recorded: Recorded) -> RigidTransform | None:
    if not system or not recorded.systems.types:
        return RigidTransform.identity(EGO, EGO)
    return recorded.systems.ego_from(system, frame)


def _can_be_placed(row: Row, ego_from: RigidTransform | None, recorded: Recorded, report: FileReport) -> bool:
    if ego_from is None:
        key = recorded.frames[row.frame].key
        reason = f"frame {key}, object {row.owner.uid}: no transform leads from '{row.system}' to ego"
        what = "cuboids that can't be placed"
        report.note(ProblemKind.BROKEN_REFERENCE, what, reason, frame=key, label=row.label_id)
    return ego_from is not None


def _boxes(rows: Sequence[Row], found: Geometries, recorded: Recorded, report: FileReport) -> Boxes3D:
    """Boxes as they were written, about the file's own box axes."""
    numbers = np.asarray([row.numbers for row in rows]).reshape(len(rows), 10)
    return Boxes3D.from_columns(
        numbers[:, :3], numbers[:, 7:], numbers[:, 3:7], **_shared_columns(rows, found, recorded, report)
    )


def _shared_columns(rows: Sequence[Row], found: Geometries, recorded: Recorded, report: FileReport) -> dict[str, Any]:
    return {
        "category": Coded.from_values(row.owner.category for row in rows),
        "track": Coded.from_values("" if row.owner.is_region else row.owner.uid for row in rows),
        "label_ids": np.asarray([row.label_id for row in rows], dtype=object),
        "timestamps_ns": recorded.timestamps_ns[_frames(rows)],
        "attributes": columns_of([row.attributes for row in rows], found.of_tracks),
        "provenance": Provenance(
            source=Coded(np.zeros(len(rows), np.int32), (report.path,)), line=np.zeros(len(rows), np.int32)
        ),
    }


def _frames(rows: Sequence[Row]) -> Any:
    return np.asarray([row.frame for row in rows], dtype=np.int32)


def _upright_axes(
    system: str,
    boxes: Boxes3D,
    rows: Sequence[Row],
    ego_from: Mapping[int, RigidTransform | None],
    report: FileReport,
) -> Boxes3D:
    """The same boxes with length, width and height along the axes that are so in ego.

    Sizes are given along the axes of the box, which are those of the coordinate system at rest: in a camera's, sy is
    the height. So the axis that is vertical in ego is looked for, once for all boxes of a coordinate system: a box
    that lies on its side stays on its side.
    """
    rotations = matrices_from_quaternions(boxes.rotations)
    turns = [ego_from[row.frame] for row in rows]
    # A world that no frame has a pose in is taken to stand upright itself.
    upwards = np.asarray([[0.0, 0.0, 1.0] if turn is None else turn.rotation[2] for turn in turns]).reshape(-1, 3)
    vertical = np.einsum("mi,mij->mj", upwards, rotations)  # of each box axis, its part along ego's z
    axis = int(np.argmax(np.abs(vertical).sum(axis=0))) if len(rows) else 2
    sign = 1 if vertical[:, axis].sum() >= 0 else -1
    axes = box_axes(axis, sign)
    if not np.array_equal(axes, np.eye(3)):
        direction = "up" if sign > 0 else "down"
        report.assume(
            f"cuboids in '{system}' have their {AXES[axis]} axis pointing {direction} in ego: "
            f"we take s{AXES[axis]} for the height and s{AXES[int(np.argmax(np.abs(axes[:, 0])))]} for the length"
        )
    return Boxes3D(
        **{
            **{name: getattr(boxes, name) for name in KEPT},
            "sizes_m": boxes.sizes_m @ np.abs(axes),
            "rotations": multiply_quaternions(boxes.rotations, quaternions_from_matrices(axes[None])[0]),
        }
    )


KEPT = ("centres_m", "category", "track", "label_ids", "timestamps_ns", "attributes", "provenance")


def box_axes(axis: int, sign: int) -> FloatArray:
    """(3, 3) columns: our length, width and height axes among the file's box axes, right-handed.

    The length stays x, as OpenLABEL has it, unless x itself is vertical; then it is z.
    """
    height = np.eye(3)[axis] * sign
    length = np.eye(3)[2 if axis == 0 else 0]
    return np.stack([length, np.cross(height, length), height], axis=1)


def _moved(boxes: Boxes3D, rows: Sequence[Row], ego_from: Mapping[int, RigidTransform | None]) -> Boxes3D:
    moves = [transform for row in rows if (transform := ego_from[row.frame]) is not None]
    rotations = np.asarray([move.rotation for move in moves]).reshape(-1, 3, 3)
    origins = np.asarray([move.translation for move in moves]).reshape(-1, 3)
    return Boxes3D(
        **{
            **{name: getattr(boxes, name) for name in (*KEPT, "sizes_m")},
            "centres_m": np.einsum("mij,mj->mi", rotations, boxes.centres_m) + origins,
            "rotations": multiply_quaternions(quaternions_from_matrices(rotations), boxes.rotations),
        }
    )


def _boxes_2d(
    found: Geometries, recorded: Recorded, row_of_object: Mapping[tuple[int, str], int], report: FileReport
) -> Boxes2D:
    cameras = [name for name, stream in recorded.streams.items() if stream.kind is SensorKind.CAMERA]
    rows = found.bboxes
    only = cameras[0] if len(cameras) == 1 else ""
    sensors = [row.system or only for row in rows]
    for name in dict.fromkeys(sensors):
        if name not in cameras:
            count = sensors.count(name)
            where = f"'{name}', which is no camera" if name else "no camera that they name"
            report.assume(f"{count} 2D boxes are in {where}: kept, but not held against any image")
    return Boxes2D.from_columns(
        camera=sensors,
        edges_px=np.asarray([row.numbers for row in rows]).reshape(len(rows), 4),
        frame_index=_frames(rows),
        box3d_rows=np.asarray([row_of_object.get((row.frame, row.owner.uid), -1) for row in rows], dtype=np.int32),
        **_shared_columns(rows, found, recorded, report),
    )
