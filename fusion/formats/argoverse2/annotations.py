"""The boxes of a log, in the ego frame of their own time, as they were written.

Argoverse 2 says                             we say
timestamp_ns: of the sweep that was labelled timestamps_ns, and the frame
tx_m ty_m tz_m: geometric centre, ego        the same
length_m width_m height_m                    length, width, height
qw qx qy qz                                  rotation, w >= 0
track_uuid                                   track
num_interior_pts                             recorded_point_counts, -1 where unknown
no id of its own                             label id "timestamp_ns:track_uuid"

Source: av2-api, guide/src/datasets/sensor.md (columns), datasets/sensor/constants.py (AnnotationCategories).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from calibration.arrays import BoolArray, FloatArray, Int32Array
from calibration.errors import FileProblemError
from calibration.sensors import EGO
from calibration.transform import are_unit_quaternions
from fusion.formats.argoverse2.feather_file import FeatherTable, Holds, read_feather
from fusion.formats.argoverse2.layout import ANNOTATIONS, LogFolder
from fusion.formats.argoverse2.log_report import LogReport, listed
from fusion.scene.boxes3d import Boxes3D, Provenance
from fusion.scene.coded import Coded
from fusion.scene.label_set import LabelSet
from fusion.scene.scope import LabelScope

NAME = "annotations"
CLASSES = (
    "ANIMAL",
    "ARTICULATED_BUS",
    "BICYCLE",
    "BICYCLIST",
    "BOLLARD",
    "BOX_TRUCK",
    "BUS",
    "CONSTRUCTION_BARREL",
    "CONSTRUCTION_CONE",
    "DOG",
    "LARGE_VEHICLE",
    "MESSAGE_BOARD_TRAILER",
    "MOBILE_PEDESTRIAN_CROSSING_SIGN",
    "MOTORCYCLE",
    "MOTORCYCLIST",
    "OFFICIAL_SIGNALER",
    "PEDESTRIAN",
    "RAILED_VEHICLE",
    "REGULAR_VEHICLE",
    "SCHOOL_BUS",
    "SIGN",
    "STOP_SIGN",
    "STROLLER",
    "TRAFFIC_LIGHT_TRAILER",
    "TRUCK",
    "TRUCK_CAB",
    "VEHICULAR_TRAILER",
    "WHEELCHAIR",
    "WHEELED_DEVICE",
    "WHEELED_RIDER",
)
CENTRE_COLUMNS = ("tx_m", "ty_m", "tz_m")
SIZE_COLUMNS = ("length_m", "width_m", "height_m")
ROTATION_COLUMNS = ("qw", "qx", "qy", "qz")
COUNT_COLUMN = "num_interior_pts"
NEEDED = {
    "timestamp_ns": Holds.WHOLE_NUMBERS,
    "track_uuid": Holds.TEXT,
    "category": Holds.TEXT,
    **dict.fromkeys((*SIZE_COLUMNS, *ROTATION_COLUMNS, *CENTRE_COLUMNS), Holds.NUMBERS),
}
OPTIONAL = {COUNT_COLUMN: Holds.WHOLE_NUMBERS}


def read_boxes(log: LogFolder, report: LogReport) -> Boxes3D | None:
    """All boxes of a log that have a time; what is wrong with them is reported.

    Returns:
        Boxes in ego, None where the log has no annotations that can be read.
    """
    name = log.called(ANNOTATIONS)
    if not log.path(ANNOTATIONS).is_file():
        report.assume(f"there is no {name}, so no frame is annotated")
        return None
    try:
        table = read_feather(log.root, name, NEEDED, OPTIONAL)
        times_ns, timed = table.int64("timestamp_ns"), table.told("timestamp_ns")
        counts = table.int64(COUNT_COLUMN, absent=-1) if table.has(COUNT_COLUMN) else None
    except FileProblemError as error:
        report.unread(error)
        return None
    if table.unread:
        report.assume(f"columns of {name} that are not read: {listed(table.unread)}")
    if counts is None:
        report.assume(f"{name} has no {COUNT_COLUMN}, so there are no recorded counts")
    report.rows(name, "has no time, so the box can't be judged", _row_names(~timed))
    boxes = Boxes3D(
        centres_m=table.float64(*CENTRE_COLUMNS),
        sizes_m=table.float64(*SIZE_COLUMNS),
        rotations=_rotations(table.float64(*ROTATION_COLUMNS)),
        category=table.texts("category"),
        track=table.texts("track_uuid"),
        label_ids=np.asarray(label_ids_of(times_ns.tolist(), table.texts("track_uuid").values), dtype=object),
        timestamps_ns=times_ns,
        recorded_point_counts=counts,
        provenance=_provenance(table),
    ).take(timed)
    _report_values(name, boxes, report)
    return boxes


def label_set_of(boxes: Boxes3D, frame_index: Int32Array) -> LabelSet:
    """The boxes as a label set.

    The region the annotators were asked to label lies in the map, which a scope can't express; see the reader.
    """
    return LabelSet(
        name=NAME,
        boxes=boxes,
        reference=EGO,
        frame_index=frame_index,
        scope=LabelScope(classes=CLASSES, source="format"),
        declared_classes=CLASSES,
    )


def _rotations(quaternions: FloatArray) -> FloatArray:
    """Of length one with w >= 0; what is no rotation stays as it was written."""
    usable = are_unit_quaternions(quaternions)
    rotations = quaternions.copy()
    rotations[usable] /= np.linalg.norm(quaternions[usable], axis=1, keepdims=True)
    return np.where(rotations[:, :1] < 0, -rotations, rotations)


def label_ids_of(times_ns: Sequence[int], tracks: Iterable[str | None]) -> list[str]:
    """Each once: a row without a track is named by its place, a second one of a track at a time by its count."""
    uses: Counter[str] = Counter()
    ids = []
    for row, (time_ns, name) in enumerate(zip(times_ns, tracks, strict=True)):
        label = f"{time_ns}:{name or f'row {row}'}"
        uses[label] += 1
        ids.append(label if uses[label] == 1 else f"{label}#{uses[label]}")
    return ids


def _report_values(name: str, boxes: Boxes3D, report: LogReport) -> None:
    ids = boxes.label_ids
    placed = np.isfinite(np.column_stack([boxes.centres_m, boxes.sizes_m])).all(axis=1)
    pairs = np.column_stack([boxes.timestamps_ns, boxes.track.codes])
    _, first = np.unique(pairs, axis=0, return_index=True)
    again = boxes.track.present & ~np.isin(np.arange(len(boxes)), first)
    for wrong, what, lost in (
        (~placed, "centre or size is not finite, so the box can't be judged", True),
        (~are_unit_quaternions(boxes.rotations), "rotation is no unit quaternion, so the box can't be judged", True),
        (~boxes.category.present, "names no category, so the class is unknown", True),
        (~boxes.track.present, "names no track, so the object can't be followed", True),
        (again, "its track has another box at the same time", False),
    ):
        report.rows(name, what, ids[wrong].tolist(), lost=lost, labels=True)


def _row_names(wrong: BoolArray) -> list[str]:
    return [f"row {row}" for row in np.flatnonzero(wrong).tolist()]


def _provenance(table: FeatherTable) -> Provenance:
    rows = np.zeros(len(table), dtype=np.int32)
    return Provenance(source=Coded(rows, (table.name,)), line=rows)
