"""The tables of a data set as columns, joined: tokens became row numbers once, and reading a scene only slices.

A row number is negative where a record names nothing (`NOT_GIVEN`) or something that isn't there (`DANGLING`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from calibration.arrays import BoolArray, FloatArray, Int32Array, IntArray
from fusion.formats.nuscenes.columns import PackedText, RowsByGroup
from fusion.formats.nuscenes.layout import TableFolder
from fusion.formats.nuscenes.records import (
    AttributeRecord,
    CalibratedSensorRecord,
    CategoryRecord,
    LogRecord,
    SceneRecord,
    SensorRecord,
    VisibilityRecord,
)
from fusion.formats.nuscenes.tokens import TokenColumn
from fusion.scene.problems import ProblemLog


@dataclass(frozen=True, eq=False)
class Samples:
    """sample.json: (N,) columns; `scene`, `previous`, `following` are rows."""

    tokens: TokenColumn
    timestamps_ns: IntArray
    scene: Int32Array
    previous: Int32Array
    following: Int32Array
    by_scene: RowsByGroup


@dataclass(frozen=True, eq=False)
class Poses:
    """ego_pose.json: world_from_ego as recorded; quaternions w x y z, not normalised."""

    tokens: TokenColumn
    timestamps_ns: IntArray
    translations_m: FloatArray
    quaternions: FloatArray


@dataclass(frozen=True, eq=False)
class Measurements:
    """sample_data.json: `sample`, `calibration`, `sensor`, `pose`, `previous`, `following` are rows.

    `filename` is a row of `filenames`, `fileformat` one of `fileformats` (-1: none told).
    """

    tokens: TokenColumn
    sample: Int32Array
    calibration: Int32Array
    sensor: Int32Array
    pose: Int32Array
    timestamps_ns: IntArray
    keyframe: BoolArray
    filename: Int32Array
    filenames: PackedText
    fileformat: Int32Array
    fileformats: tuple[str, ...]
    widths: Int32Array
    heights: Int32Array
    previous: Int32Array
    following: Int32Array
    by_scene: RowsByGroup


@dataclass(frozen=True, eq=False)
class Instances:
    """instance.json, and below its rows the instances that only annotations know: their category is `DANGLING`.

    first, last: rows of annotations; counts: annotations as the table tells, -1 not told; found: as
    there are; known: rows of the table itself.
    """

    tokens: TokenColumn
    category: Int32Array
    counts: Int32Array
    first: Int32Array
    last: Int32Array
    found: IntArray
    known: int


@dataclass(frozen=True, eq=False)
class Annotations:
    """sample_annotation.json: sizes width length height as recorded, quaternions w x y z, world.

    times_ns: of each row's sample, 0 where it has none.
    """

    tokens: TokenColumn
    sample: Int32Array
    instance: Int32Array
    translations_m: FloatArray
    sizes_wlh_m: FloatArray
    quaternions: FloatArray
    lidar_counts: Int32Array
    radar_counts: Int32Array
    attributes: Int32Array
    attribute_sets: tuple[tuple[str, ...], ...]
    visibility: Int32Array
    visibilities: tuple[str, ...]
    previous: Int32Array
    following: Int32Array
    times_ns: IntArray
    by_scene: RowsByGroup


@dataclass(frozen=True, eq=False)
class Tables:
    """All tables of a folder. The small ones stay records, by token where others point at them.

    problems: what concerns no single scene;
    unread: by table, fields we don't read.
    """

    folder: TableFolder
    scenes: list[SceneRecord]
    logs: dict[str, LogRecord]
    sensors: list[SensorRecord]
    calibrations: list[CalibratedSensorRecord]
    samples: Samples
    poses: Poses
    measurements: Measurements
    categories: list[CategoryRecord]
    attributes: dict[str, AttributeRecord]
    visibilities: dict[str, VisibilityRecord]
    instances: Instances
    annotations: Annotations
    problems: ProblemLog = field(default_factory=ProblemLog)
    unread: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def called(self, table: str) -> str:
        """The file of a table, for people."""
        return self.folder.called(table)
