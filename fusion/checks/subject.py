"""What a finding is about: a box, a pair of boxes, a view, a track, a frame, a sensor, a scene, a rig or a file.

Each kind is a table of rows, one per assessed thing, that can say of any row what a finding needs to know. The `key`
of a row is what its finding's id is made of: names from the data set, never measured numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from calibration.arrays import IntArray
from fusion.checks.rounding import rounded
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.problems import Problem
from fusion.scene.scene import Scene
from fusion.scene.stream import path_of

SubjectKind = Literal["box", "pair", "view", "track", "frame", "sensor", "scene", "rig", "region"]


@dataclass(frozen=True)
class Described:
    """What a finding says about its subject."""

    kind: SubjectKind
    key: tuple[str, ...]
    scene: str = ""
    frame: str | None = None
    frame_index: int | None = None
    timestamp_ns: int | None = None
    sensor: str | None = None
    label: str | None = None
    track: str | None = None
    category: str | None = None
    source: str | None = None
    labels: tuple[dict[str, Any], ...] = field(default=())


class Subject(ABC):
    """A table of things that were looked at."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def describe(self, row: int) -> Described:
        """One row, for a finding."""

    def label_rows(self) -> IntArray:
        """Rows of the scene's labels behind each row, -1 where there is none; measurements join on it."""
        return np.full(len(self), -1, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class BoxRows(Subject):
    """Boxes of one frame."""

    frame: SyncedFrame

    def __len__(self) -> int:
        return len(self.frame.label_rows)

    def label_rows(self) -> IntArray:
        return self.frame.label_rows

    def describe(self, row: int) -> Described:
        return describe_label(self.frame.scene, int(self.frame.label_rows[row]))


@dataclass(frozen=True, eq=False)
class LabelRows(Subject):
    """Any rows of the scene's labels, one finding each: boxes judged by the history of their track."""

    scene: Scene
    rows: IntArray
    kind: SubjectKind = "box"

    def __len__(self) -> int:
        return len(self.rows)

    def label_rows(self) -> IntArray:
        return self.rows

    def describe(self, row: int) -> Described:
        return describe_label(self.scene, int(self.rows[row]), self.kind)


@dataclass(frozen=True, eq=False)
class PairRows(Subject):
    """Pairs of boxes of one frame; first and second are positions among the frame's boxes."""

    frame: SyncedFrame
    first: IntArray
    second: IntArray

    def __len__(self) -> int:
        return len(self.first)

    def label_rows(self) -> IntArray:
        return self.frame.label_rows[self.first]

    def describe(self, row: int) -> Described:
        rows = self.frame.label_rows[[self.first[row], self.second[row]]]
        # The pair is the same whichever box comes first in the file.
        one, other = sorted((describe_label(self.frame.scene, int(r)) for r in rows), key=lambda part: part.key)
        return replace(one, kind="pair", key=(*one.key, *other.key), labels=(*one.labels, *other.labels))


@dataclass(frozen=True, eq=False)
class ViewRows(Subject):
    """Boxes of one frame as one camera sees them; rows are positions among the frame's boxes."""

    view: CameraView
    rows: IntArray

    def __len__(self) -> int:
        return len(self.rows)

    def label_rows(self) -> IntArray:
        return self.view.frame.label_rows[self.rows]

    def describe(self, row: int) -> Described:
        box = describe_label(self.view.frame.scene, int(self.label_rows()[row]), "view")
        return replace(box, key=(*box.key, self.view.name), sensor=self.view.name)


@dataclass(frozen=True, eq=False)
class Boxes2DRows(Subject):
    """2D boxes of one image; boxes: all of the label set; rows: those that are meant."""

    view: CameraView
    boxes: Boxes2D
    rows: IntArray

    def __len__(self) -> int:
        return len(self.rows)

    def label_rows(self) -> IntArray:
        return self.boxes.box3d_rows[self.rows].astype(np.int64)

    def describe(self, row: int) -> Described:
        frame, index = self.view.frame, int(self.rows[row])
        label, track, labels = str(self.boxes.label_ids[index]), self.boxes.track[index], frame.scene.labels.name
        named = {"label": label, "track": track or None, "scene": frame.scene.name, "frame": frame.key, "set": labels}
        return Described(
            kind="view",
            key=(frame.key, label, self.view.name, "2d"),
            scene=frame.scene.name,
            frame=frame.key,
            frame_index=frame.index,
            timestamp_ns=self.view.timestamp_ns,
            sensor=self.view.name,
            label=label,
            track=track or None,
            category=self.boxes.category[index] or None,
            source=self.boxes.provenance.place(index) if self.boxes.provenance else None,
            labels=(named,),
        )


@dataclass(frozen=True, eq=False)
class TrackRows(Subject):
    """Tracks; `moments` are the rows of the labels where each shows its defect."""

    scene: Scene
    tracks: IntArray
    moments: IntArray

    def __len__(self) -> int:
        return len(self.tracks)

    def label_rows(self) -> IntArray:
        return self.moments

    def describe(self, row: int) -> Described:
        moment = describe_label(self.scene, int(self.moments[row]), "track")
        return replace(moment, key=(self.scene.labels.tracks.names[int(self.tracks[row])],))


@dataclass(frozen=True, eq=False)
class MeasurementRows(Subject):
    """Single measurements of one frame, one row a sensor: a sweep or an image as a whole."""

    frame: SyncedFrame
    sensors: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.sensors)

    def describe(self, row: int) -> Described:
        sensor, frame = self.sensors[row], self.frame
        stream = frame.scene.streams[sensor]
        index = int(frame.scene.frame_table.measurements[sensor][frame.index])
        return Described(
            kind="frame",
            key=(frame.key, sensor),
            scene=frame.scene.name,
            frame=frame.key,
            frame_index=frame.index,
            timestamp_ns=int(stream.timestamps_ns[index]),
            sensor=sensor,
            source=path_of(stream, index) or None,
        )


@dataclass(frozen=True, eq=False)
class FrameRows(Subject):
    """Frames of a scene as a whole; `frames` are their indices."""

    scene: Scene
    frames: IntArray

    def __len__(self) -> int:
        return len(self.frames)

    def describe(self, row: int) -> Described:
        index, table = int(self.frames[row]), self.scene.frame_table
        return Described(
            kind="frame",
            key=(table.keys[index],),
            scene=self.scene.name,
            frame=table.keys[index],
            frame_index=index,
            timestamp_ns=int(table.timestamps_ns[index]),
        )


@dataclass(frozen=True, eq=False)
class SensorRows(Subject):
    """Sensors of a scene; `times_ns` says when a defect starts to show, where that makes sense.

    kind "rig": the defect lies in the calibration; "sensor": in the stream.
    """

    scene: Scene
    sensors: tuple[str, ...]
    kind: SubjectKind = "sensor"

    def __len__(self) -> int:
        return len(self.sensors)

    def describe(self, row: int) -> Described:
        return Described(self.kind, (self.sensors[row],), self.scene.name, sensor=self.sensors[row])


@dataclass(frozen=True, eq=False)
class SceneRow(Subject):
    """The labels of a scene as a whole: a single row."""

    scene: Scene

    def __len__(self) -> int:
        return 1

    def describe(self, row: int) -> Described:
        return Described("scene", (self.scene.labels.name,), self.scene.name)


@dataclass(frozen=True, eq=False)
class NameRows(Subject):
    """Class names of a scene's labels: one finding for a name, however many boxes carry it."""

    scene: Scene
    names: tuple[str, ...]
    moments: IntArray

    def __len__(self) -> int:
        return len(self.names)

    def label_rows(self) -> IntArray:
        return self.moments

    def describe(self, row: int) -> Described:
        first = describe_label(self.scene, int(self.moments[row]), "scene")
        return replace(first, key=(self.names[row],))


@dataclass(frozen=True, eq=False)
class ProblemRows(Subject):
    """Files and records that could not be read as they should."""

    scene: str
    problems: tuple[Problem, ...]

    def __len__(self) -> int:
        return len(self.problems)

    def describe(self, row: int) -> Described:
        problem = self.problems[row]
        kind: SubjectKind = "frame" if problem.frame else "sensor" if problem.sensor else "scene"
        return Described(
            kind=kind,
            key=(problem.path, str(problem.line), problem.label, problem.reason if not problem.line else ""),
            scene=problem.scene or self.scene,
            frame=problem.frame or None,
            sensor=problem.sensor or None,
            label=problem.label or None,
            source=problem.place,
        )


def describe_label(scene: Scene, row: int, kind: SubjectKind = "box") -> Described:
    """A row of the labels on trial, for a finding."""
    labels = scene.labels
    boxes: Boxes3D = labels.boxes
    frame = int(labels.frame_index[row])
    frame_key = scene.frame_table.keys[frame] if frame >= 0 else ""
    label, track = str(boxes.label_ids[row]), boxes.track[row]
    named = {
        "label": label,
        "track": track or None,
        "scene": scene.name,
        "frame": frame_key,
        "set": labels.name,
        "timestamp_ns": int(boxes.timestamps_ns[row]),
        "box": _place_of(scene, row),
    }
    return Described(
        kind=kind,
        key=(frame_key, label),
        scene=scene.name,
        frame=frame_key,
        frame_index=frame if frame >= 0 else None,
        timestamp_ns=int(boxes.timestamps_ns[row]),
        label=label,
        track=track or None,
        category=boxes.category[row] or None,
        source=boxes.provenance.place(row) if boxes.provenance else None,
        labels=(named,),
    )


def _place_of(scene: Scene, row: int) -> dict[str, Any] | None:
    """Where a label's box is in the ego frame, None where that is unknown: deliveries whose ids changed meet there."""
    boxes = boxes_in_ego(scene)
    centre_m, size_m = boxes.centres_m[row], boxes.sizes_m[row]
    yaw_rad = float(boxes.yaws_rad[row])
    if not np.isfinite([*centre_m, *size_m, yaw_rad]).all():
        return None
    return {"centre_m": rounded(centre_m, "m"), "size_m": rounded(size_m, "m"), "yaw_rad": rounded(yaw_rad, "rad")}
