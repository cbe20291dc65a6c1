"""The reader of nuScenes tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from calibration.errors import FileProblemError
from fusion.errors import DatasetError, UnreadableDatasetError
from fusion.formats.nuscenes.dialects import dialect_of
from fusion.formats.nuscenes.labels import read_labels
from fusion.formats.nuscenes.layout import table_folders, the_table_folder
from fusion.formats.nuscenes.links import check_links
from fusion.formats.nuscenes.recording import read_recording
from fusion.formats.nuscenes.records import LogRecord, SceneRecord
from fusion.formats.nuscenes.scene_report import SceneReport
from fusion.formats.nuscenes.scene_tables import SceneTables
from fusion.formats.nuscenes.table_reading import read_tables
from fusion.scene.problems import ProblemKind, ProblemLog
from fusion.scene.scene import TIME_BASES, Scene

TOKEN_DIGITS_SHOWN = 8


class NuScenesReader:
    """nuScenes tables -> Scene; Lyft's and those of others in the same tables too.

    nuScenes says                                  we say
    sample                                         frame, at the stamp and pose of its reference lidar
    sample_data, one ego_pose each                 stream, the pose recorded with each measurement
    calibrated_sensor: vehicle from sensor         ego_from_sensor; several over time make a rig history
    timestamps in microseconds                     int64 nanoseconds
    size: width, length, height                    length, width, height
    instance                                       track
    annotations in the global frame                boxes in the world

    Tables are read when the reader is made, and joined; a scene is then a slice of columns. Sensor files are opened
    by the streams.

    Source: nuscenes-devkit, docs/schema_nuscenes.md.
    """

    format = "nuscenes"
    looks_for = "a folder with scene.json, sample.json, sample_data.json and the other nuScenes tables"

    def __init__(self, root: Path) -> None:
        """Read all tables.

        Raises:
            DatasetError: several table folders.
            UnreadableDatasetError: a missing table, or one that is no JSON; it says which and where.
        """
        folder = the_table_folder(root)
        try:
            self._tables = read_tables(folder)
        except FileProblemError as error:
            raise UnreadableDatasetError(f"'{root}' can't be read: {error}") from error
        self.problems: ProblemLog = self._tables.problems
        self._dialect = dialect_of(self._tables.scenes)
        self._scene_of = {name: row for row, name in enumerate(_scene_names(self._tables.scenes))}

    @classmethod
    def recognises(cls, root: Path) -> str | None:
        """Why the root is in this format, None if it is not."""
        folders = table_folders(root)
        if not folders:
            return None
        if len(folders) == 1:
            return f"{folders[0].name}/ holds {len(folders[0].tables)} nuScenes tables"
        return f"{', '.join(folder.name for folder in folders)} hold nuScenes tables"

    def scene_names(self) -> tuple[str, ...]:
        """Names of the scenes in the order of their table; a name that occurs twice has its token's start attached."""
        return tuple(self._scene_of)

    def read_scene(self, name: str) -> Scene:
        """One scene; what is wrong with its records is in its problems.

        Raises:
            DatasetError: there is no scene of that name.
        """
        if name not in self._scene_of:
            raise DatasetError(f"{self._tables.folder.folder} has no scene {name!r}")
        row, tables = self._scene_of[name], self._tables
        report = SceneReport(tables.folder, name)
        if len(tables.samples.by_scene.rows(row)) == 0:
            reason = f"no sample belongs to scene {name!r}, so it has no frame"
            report.note(ProblemKind.BROKEN_REFERENCE, "sample", reason)
        log = tables.logs.get(tables.scenes[row].log_token or "")
        time_base = _time_base(log, report)
        scene = SceneTables(tables, row, self._dialect, report)
        recording = read_recording(scene)
        labels = read_labels(scene, recording)
        check_links(scene)
        self._note_what_was_not_read(report, log)
        return Scene(
            name=name,
            dataset_format=self.format,
            root=tables.folder.data_root,
            time_base=time_base,
            rigs=recording.rigs,
            frame_table=recording.frames,
            streams=recording.streams,
            label_sets={labels.name: labels},
            labels_on_trial=labels.name,
            trajectory=recording.trajectory,
            problems=report.problems,
            assumptions=tuple(report.assumptions),
            tags=_tags(self._dialect.name, tables.folder.name, tables.scenes[row], log),
        )

    def _note_what_was_not_read(self, report: SceneReport, log: LogRecord | None) -> None:
        folder = self._tables.folder
        if not folder.labelled:
            report.assume(f"{folder.name} has no annotation tables, so its frames are not annotated")
        if not folder.has("log"):
            report.assume(f"there is no {folder.called('log')}, so vehicle, place and date are unknown")
        elif log is None:
            record = self._tables.scenes[self._scene_of[report.scene]]
            reason = f"log_token {record.log_token!r} of the scene names no log"
            report.note(ProblemKind.BROKEN_REFERENCE, "scene", reason, lost=False)
        for table, fields in self._tables.unread.items():
            report.assume(f"fields of {folder.called(table)} that are not read: {', '.join(fields)}")


def _scene_names(scenes: list[SceneRecord]) -> list[str]:
    uses = Counter(scene.name for scene in scenes)
    names = []
    for scene in scenes:
        start = scene.token[:TOKEN_DIGITS_SHOWN]
        unique = scene.name if scene.name and uses[scene.name] == 1 else f"{scene.name}-{start}".strip("-")
        names.append(unique if unique not in names else f"{scene.name}-{scene.token}".strip("-"))
    return names


def _time_base(log: LogRecord | None, report: SceneReport) -> str:
    told = log.time_base if log is not None else None
    if told is None or told in TIME_BASES:
        return told or "utc"
    reason = f"time_base must be one of {', '.join(TIME_BASES)}, got '{told}'; taken for utc"
    report.note(ProblemKind.MALFORMED_RECORD, "log", reason, lost=False)
    return "utc"


def _tags(dialect: str, tables: str, scene: SceneRecord, log: LogRecord | None) -> dict[str, str]:
    tags = {"dialect": dialect, "tables": tables, "description": scene.description}
    if log is not None:
        tags |= {"vehicle": log.vehicle, "location": log.location, "date": log.date_captured, "log": log.logfile}
    return {name: value for name, value in tags.items() if value}
