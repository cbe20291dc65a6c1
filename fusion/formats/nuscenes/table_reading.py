"""From the JSON files of a table folder to joined columns, each table after those it points at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import Int32Array
from fusion.formats.nuscenes.columns import (
    ColumnParts,
    NameCodes,
    PackedText,
    RowsByGroup,
    flags,
    numbers,
    stamps_ns,
    whole_numbers,
)
from fusion.formats.nuscenes.layout import TableFolder
from fusion.formats.nuscenes.record_slices import Record, read_slices
from fusion.formats.nuscenes.records import (
    AnnotationRecord,
    AttributeRecord,
    CalibratedSensorRecord,
    CategoryRecord,
    EgoPoseRecord,
    InstanceRecord,
    LogRecord,
    SampleDataRecord,
    SampleRecord,
    SceneRecord,
    SensorRecord,
    TokenRecord,
    VisibilityRecord,
)
from fusion.formats.nuscenes.tables import Annotations, Instances, Measurements, Poses, Samples, Tables
from fusion.formats.nuscenes.tokens import DANGLING, NOT_GIVEN, TokenColumn, TokenIndex, text_of, token_column
from fusion.scene.problems import Problem, ProblemKind, ProblemLog

Columns = dict[str, NDArray[Any]]
LINKS = ("previous", "following")
# Part of the schema, and nothing a judgement needs.
IGNORED_FIELDS = {"description", "index"}


def read_tables(folder: TableFolder) -> Tables:
    """Read and join the tables of a complete folder.

    Records that are wrong, doubled or belong nowhere are set aside as problems.

    Raises:
        FileProblemError: a table is no list of JSON records.
    """
    return _TableReading(folder).tables()


class _TableReading:
    def __init__(self, folder: TableFolder) -> None:
        self.folder = folder
        self.problems = ProblemLog()
        self.unread: dict[str, tuple[str, ...]] = {}

    def tables(self) -> Tables:
        scenes = self._small("scene", SceneRecord)
        sensors = self._small("sensor", SensorRecord)
        calibrations = self._small("calibrated_sensor", CalibratedSensorRecord)
        categories = self._small("category", CategoryRecord)
        samples, sample_index = self._samples(scenes)
        measurements, poses = self._measurements(samples, sample_index, calibrations, sensors)
        annotations, instances = self._labels(samples, sample_index, categories)
        return Tables(
            folder=self.folder,
            scenes=scenes,
            logs={record.token: record for record in self._small("log", LogRecord)},
            sensors=sensors,
            calibrations=calibrations,
            samples=samples,
            poses=poses,
            measurements=measurements,
            categories=categories,
            attributes={record.token: record for record in self._small("attribute", AttributeRecord)},
            visibilities={record.token: record for record in self._small("visibility", VisibilityRecord)},
            instances=instances,
            annotations=annotations,
            problems=self.problems,
            unread=self.unread,
        )

    def _samples(self, scenes: list[SceneRecord]) -> tuple[Samples, TokenIndex]:
        scene_index = _index_of(scenes)

        def columns(records: list[SampleRecord]) -> Columns:
            return {
                "timestamps_ns": stamps_ns([record.timestamp for record in records]),
                "scene": _rows(scene_index, [record.scene_token for record in records]),
                **_links(records),
            }

        found, index = self._large("sample", SampleRecord, columns)
        self._report_strays("sample", "scene_token", found["tokens"], found["scene"])
        return Samples(**found, by_scene=RowsByGroup.of(found["scene"], len(scenes))), index

    def _measurements(
        self,
        samples: Samples,
        sample_index: TokenIndex,
        calibrations: list[CalibratedSensorRecord],
        sensors: list[SensorRecord],
    ) -> tuple[Measurements, Poses]:
        pose_columns, pose_index = self._large("ego_pose", EgoPoseRecord, _columns_of_poses)
        calibration_index = _index_of(calibrations)
        filenames, fileformats = PackedText(), NameCodes()

        def columns(records: list[SampleDataRecord]) -> Columns:
            return {
                "sample": _rows(sample_index, [record.sample_token for record in records]),
                "calibration": _rows(calibration_index, [record.calibrated_sensor_token for record in records]),
                "pose": _rows(pose_index, [record.ego_pose_token for record in records]),
                "timestamps_ns": stamps_ns([record.timestamp for record in records]),
                "keyframe": flags([record.is_key_frame for record in records]),
                "filename": filenames.add([record.filename for record in records]),
                "fileformat": fileformats.add(record.fileformat for record in records),
                "widths": whole_numbers([record.width for record in records], 0),
                "heights": whole_numbers([record.height for record in records], 0),
                **_links(records),
            }

        found, _ = self._large("sample_data", SampleDataRecord, columns)
        self._report_strays("sample_data", "sample_token", found["tokens"], found["sample"])
        sensor_of_calibration = _rows(_index_of(sensors), [record.sensor_token for record in calibrations])
        measurements = Measurements(
            **found,
            sensor=_through(found["calibration"], sensor_of_calibration, DANGLING),
            filenames=filenames,
            fileformats=fileformats.values,
            by_scene=_by_scene(found["sample"], samples),
        )
        return measurements, Poses(**pose_columns)

    def _labels(
        self, samples: Samples, sample_index: TokenIndex, categories: list[CategoryRecord]
    ) -> tuple[Annotations, Instances]:
        category_index = _index_of(categories)

        def columns_of_instances(records: list[InstanceRecord]) -> Columns:
            return {
                "category": _rows(category_index, [record.category_token for record in records]),
                "counts": whole_numbers([record.nbr_annotations for record in records], -1),
                "first": token_column([record.first_annotation_token for record in records]),
                "last": token_column([record.last_annotation_token for record in records]),
            }

        instances, instance_index = self._large("instance", InstanceRecord, columns_of_instances)
        strangers: dict[str, int] = {}
        attributes, visibilities = NameCodes(), NameCodes()

        def columns(records: list[AnnotationRecord]) -> Columns:
            return {
                "sample": _rows(sample_index, [record.sample_token for record in records]),
                "instance": _rows_or_new([record.instance_token for record in records], instance_index, strangers),
                "translations_m": numbers([record.translation for record in records], 3),
                "sizes_wlh_m": numbers([record.size for record in records], 3),
                "quaternions": numbers([record.rotation for record in records], 4),
                "lidar_counts": whole_numbers([record.num_lidar_pts for record in records], -1),
                "radar_counts": whole_numbers([record.num_radar_pts for record in records], -1),
                "attributes": attributes.add(tuple(record.attribute_tokens or ()) for record in records),
                "visibility": visibilities.add(record.visibility_token for record in records),
                **_links(records),
            }

        found, index = self._large("sample_annotation", AnnotationRecord, columns)
        self._report_strays("sample_annotation", "sample_token", found["tokens"], found["sample"])
        annotations = Annotations(
            **found,
            attribute_sets=attributes.values,
            visibilities=visibilities.values,
            times_ns=_through(found["sample"], samples.timestamps_ns, 0),
            by_scene=_by_scene(found["sample"], samples),
        )
        joined = _joined_instances(instances, strangers, annotations, index)
        self._report_unused(joined)
        return annotations, joined

    def _small(self, table: str, record_type: type[Record]) -> list[Record]:
        """All records of a small table, of those with the same token the first; none where it is missing."""
        if not self.folder.has(table):
            return []
        records = [record for part in self._slices(table, record_type) for record in part]
        by_token: dict[str, Record] = {}
        for record in records:
            by_token.setdefault(record.token, record)
        self._report_duplicates(table, [record.token for record in records if by_token[record.token] is not record])
        return list(by_token.values())

    def _large(
        self, table: str, record_type: type[Record], columns_of: Callable[[list[Record]], Columns]
    ) -> tuple[Columns, TokenIndex]:
        """All columns of a large table, its links resolved, and the index of its tokens."""
        parts = ColumnParts()
        parts.add({"tokens": token_column([]), **columns_of([])})
        for records in self._slices(table, record_type) if self.folder.has(table) else ():
            parts.add({"tokens": token_column([record.token for record in records]), **columns_of(records)})
        columns = parts.joined()
        index = TokenIndex(columns["tokens"])
        again = index.duplicated
        if again.any():
            self._report_duplicates(table, [text_of(token) for token in columns["tokens"][again]])
            columns = {name: column[~again] for name, column in columns.items()}
            index = TokenIndex(columns["tokens"])
        for link in LINKS:
            if link in columns:
                columns[link] = index.rows_of(columns[link]).astype(np.int32)
        return columns, index

    def _slices(self, table: str, record_type: type[Record]) -> Iterator[list[Record]]:
        rejected: list[tuple[int, str]] = []
        for part in read_slices(self.folder.path(table), self.folder.called(table), record_type):
            rejected += part.rejected
            if unread := tuple(field for field in part.unread if field not in IGNORED_FIELDS):
                self.unread[table] = unread
            yield part.records
        if rejected:
            position, reason = rejected[0]
            more = f", and {len(rejected) - 1} more records are wrong" if len(rejected) > 1 else ""
            self._report(table, ProblemKind.MALFORMED_RECORD, f"record [{position}]: {reason}{more}", len(rejected))

    def _report_duplicates(self, table: str, again: Sequence[str]) -> None:
        if again:
            reason = f"token {again[0]!r} occurs more than once; its first record is used"
            more = f" (and {len(again) - 1} more records like it)" if len(again) > 1 else ""
            self._report(table, ProblemKind.MALFORMED_RECORD, reason + more, len(again))

    def _report_strays(self, table: str, link: str, tokens: TokenColumn, rows: NDArray[Any]) -> None:
        """Records that name no parent, and so are in no scene."""
        strays = np.flatnonzero(rows < 0)
        if len(strays):
            what = f"{link} of {len(strays)} records names nothing that exists, so no scene has them"
            self._report(
                table, ProblemKind.BROKEN_REFERENCE, f"{what} (first: {text_of(tokens[strays[0]])})", len(strays)
            )

    def _report_unused(self, instances: Instances) -> None:
        """Objects of the table that no annotation shows; tables without annotations have them all unused."""
        unused = np.flatnonzero(instances.found[: instances.known] == 0)
        if len(unused) and self.folder.has("sample_annotation"):
            named = f"first {text_of(instances.tokens[unused[0]])}"
            reason = f"{len(unused)} of {instances.known} instances have no annotation ({named})"
            self._report("instance", ProblemKind.UNUSED_RECORD, reason, len(unused), lost=False)

    def _report(self, table: str, kind: ProblemKind, reason: str, count: int, lost: bool = True) -> None:
        self.problems.add(Problem(kind, self.folder.called(table), reason, count=count, lost=lost))


def _columns_of_poses(records: list[EgoPoseRecord]) -> Columns:
    return {
        "timestamps_ns": stamps_ns([record.timestamp for record in records]),
        "translations_m": numbers([record.translation for record in records], 3),
        "quaternions": numbers([record.rotation for record in records], 4),
    }


def _joined_instances(
    columns: Columns, strangers: dict[str, int], annotations: Annotations, annotation_index: TokenIndex
) -> Instances:
    """The instances of the table, and below them those that only annotations name."""
    unknown = len(strangers)
    total = len(columns["tokens"]) + unknown
    return Instances(
        tokens=np.concatenate([columns["tokens"], token_column(list(strangers))]),
        category=np.append(columns["category"], np.full(unknown, DANGLING, np.int32)),
        counts=np.append(columns["counts"], np.full(unknown, -1, np.int32)),
        first=np.append(annotation_index.rows_of(columns["first"]), np.full(unknown, NOT_GIVEN)).astype(np.int32),
        last=np.append(annotation_index.rows_of(columns["last"]), np.full(unknown, NOT_GIVEN)).astype(np.int32),
        known=total - unknown,
        found=np.bincount(annotations.instance, minlength=total),
    )


def _links(records: Sequence[Any]) -> Columns:
    """Tokens of prev and next, to be resolved once the table is whole."""
    return {
        "previous": token_column([record.prev for record in records]),
        "following": token_column([record.next for record in records]),
    }


def _by_scene(sample: Int32Array, samples: Samples) -> RowsByGroup:
    return RowsByGroup.of(_through(sample, samples.scene, DANGLING), len(samples.by_scene))


def _through(rows: Int32Array, values: NDArray[Any], absent: int) -> NDArray[Any]:
    """The value each row names, `absent` where it names none."""
    padded = np.append(values, values.dtype.type(absent))
    return padded[np.where(rows < 0, len(values), rows)]


def _index_of(records: Sequence[TokenRecord]) -> TokenIndex:
    return TokenIndex(token_column([record.token for record in records]))


def _rows(index: TokenIndex, tokens: Sequence[str | None]) -> Int32Array:
    return index.rows_of(token_column(tokens)).astype(np.int32)


def _rows_or_new(tokens: Sequence[str], index: TokenIndex, strangers: dict[str, int]) -> Int32Array:
    """Rows of tokens; those no row has get the next rows after the index, the same one every time."""
    rows = _rows(index, tokens)
    for place in np.flatnonzero(rows < 0).tolist():
        rows[place] = len(index) + strangers.setdefault(tokens[place], len(strangers))
    return rows
