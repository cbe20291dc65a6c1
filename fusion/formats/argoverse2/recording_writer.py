"""Changed poses and mountings back into the tables of a log; stamps are names of files, and stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from calibration.transform import RigidTransform
from fusion.errors import LabelEditError
from fusion.formats.argoverse2.annotations import CENTRE_COLUMNS, ROTATION_COLUMNS
from fusion.formats.argoverse2.layout import EXTRINSICS, POSES
from fusion.scene.scene import Scene

if TYPE_CHECKING:
    import pyarrow

COLUMNS = (*ROTATION_COLUMNS, *CENTRE_COLUMNS)


def rewritten_recording(before: Scene, after: Scene, read: Callable[[str], bytes]) -> dict[str, bytes]:
    """The tables of poses and extrinsics that differ once a log was recorded as `after` says.

    Raises:
        LabelEditError: other stamps or files, which are the names of the log's files.
    """
    provenance = before.labels.boxes.provenance
    if provenance is None or not provenance.source.names:
        raise LabelEditError(f"log {before.name} has no annotations that tell where its tables are")
    folder = provenance.source.names[0].rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    if any(
        len(stream) != len(before.streams[name]) or (stream.timestamps_ns != before.streams[name].timestamps_ns).any()
        or stream.paths != before.streams[name].paths
        for name, stream in after.streams.items()
    ):  # fmt: skip
        raise LabelEditError(f"log {before.name}: stamps are names of files, and files are not renamed")
    changed = {}
    mountings = _mountings(before, after)
    if mountings:
        path = f"{prefix}{EXTRINSICS}"
        changed[path] = _with_rows(read(path), "sensor_name", mountings)
    poses = _poses(before, after)
    if poses:
        path = f"{prefix}{POSES}"
        changed[path] = _with_rows(read(path), "timestamp_ns", poses)
    return changed


def _mountings(before: Scene, after: Scene) -> dict[object, RigidTransform]:
    was, now = before.rigs.rigs[0].sensors, after.rigs.rigs[0].sensors
    return {
        name: sensor.ego_from_sensor
        for name, sensor in now.items()
        if name in was and not np.array_equal(sensor.ego_from_sensor.matrix, was[name].ego_from_sensor.matrix)
    }


def _poses(before: Scene, after: Scene) -> dict[object, RigidTransform]:
    """By stamp."""
    was, now = before.trajectory, after.trajectory
    if was is None or now is None:
        return {}
    moved = np.flatnonzero((was.translations_m != now.translations_m).any(axis=1))
    return {int(now.timestamps_ns[row]): now.world_from_ego_at(int(now.timestamps_ns[row])) for row in moved}


def _with_rows(content: bytes, key: str, poses: Mapping[object, RigidTransform]) -> bytes:
    """A table with other poses in the rows of these keys."""
    import pyarrow as pa
    from pyarrow import feather

    table: pyarrow.Table = feather.read_table(pa.BufferReader(content))
    rows = {row: poses[name] for row, name in enumerate(table[key].to_pylist()) if name in poses}
    numbers = {name: table[name].to_pylist() for name in COLUMNS}
    for row, pose in rows.items():
        values = (*pose.quaternion_wxyz.tolist(), *pose.translation.tolist())
        for name, value in zip(COLUMNS, values, strict=True):
            numbers[name][row] = value
    for name, column in numbers.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(
            place, table.schema.field(place), pa.array(column, type=table.schema.field(place).type)
        )
    sink = pa.BufferOutputStream()
    feather.write_feather(table, sink)
    return bytes(sink.getvalue().to_pybytes())
