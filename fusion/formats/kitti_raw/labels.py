"""Tracklets of a drive as a label set in ego, which is the lidar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import IntArray
from calibration.errors import FileProblemError
from calibration.sensors import EGO
from fusion.formats.kitti.listing import runs
from fusion.formats.kitti.usable_calibration import malformed
from fusion.formats.kitti_raw.layout import LABELLED_CAMERA, TRACKLETS, KittiDrive
from fusion.formats.kitti_raw.stamped_files import DIGITS, key_of
from fusion.formats.kitti_raw.tracklet_file import Pose, RawTracklet, Tracklet, parse_tracklets, pose_of, tracklet_of
from fusion.formats.safe_files import MAX_TEXT_BYTES, read_bytes
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes3d import Boxes3D, Provenance
from fusion.scene.coded import Coded
from fusion.scene.label_set import LabelSet
from fusion.scene.problems import Problem, ProblemKind, ProblemLog, problem_of
from fusion.scene.scope import LabelScope

CLASSES = ("Car", "Van", "Truck", "Pedestrian", "Person (sitting)", "Cyclist", "Tram", "Misc")

# tracklets.h; what is not listed is not told.
INTERPOLATED = {1: 1, 2: 0}
OCCLUSIONS = {0: "visible", 1: "partly", 2: "fully"}
TRUNCATIONS = {0: "in image", 1: "truncated", 2: "out of image", 99: "behind image"}


@dataclass(frozen=True)
class TrackletRow:
    """One box: the place of its object in the file, the object, its frame, its pose and its line."""

    track: int
    tracklet: Tracklet
    frame: int
    pose: Pose
    line: int


def read_tracklets(drive: KittiDrive, problems: ProblemLog) -> list[TrackletRow] | None:
    """The boxes of a drive; None where it has no label file or it can't be read."""
    path = drive.tracklets
    if path is None:
        return None
    try:
        tracklets, miscounted = parse_tracklets(read_bytes(drive.root, path, MAX_TEXT_BYTES), path)
    except FileProblemError as error:
        problems.add(problem_of(error, scene=drive.name))
        return None
    for told in miscounted:
        kind, line = ProblemKind.MALFORMED_RECORD, told.line or 0
        problems.add(Problem(kind, path, told.reason, line, scene=drive.name, lost=False))
    rows: list[TrackletRow] = []
    for track, raw in enumerate(tracklets):
        try:
            rows += _rows(raw, track, tracklet_of(raw, track, path), path, drive, problems)
        except FileProblemError as error:
            problems.add(malformed(error, scene=drive.name, count=max(1, len(raw.poses))))
    return rows


def _rows(
    raw: RawTracklet, track: int, tracklet: Tracklet, path: str, drive: KittiDrive, problems: ProblemLog
) -> Iterator[TrackletRow]:
    for frame, pose in enumerate(raw.poses, start=tracklet.first_frame):
        try:
            what = f"tracklet {track} in frame {frame}"
            yield TrackletRow(track, tracklet, frame, pose_of(pose, what, path), pose.line)
        except FileProblemError as error:
            problems.add(malformed(error, scene=drive.name, frame=key_of(frame), label=_label_id(frame, track)))


def known_frames(
    rows: Sequence[TrackletRow], index_of: Mapping[int, int], drive: KittiDrive, problems: ProblemLog
) -> list[TrackletRow]:
    """The boxes whose frame the drive has; the others are one problem."""
    strays = [row.frame for row in rows if row.frame not in index_of]
    if strays:
        what = "1 box" if len(strays) == 1 else f"{len(strays)} boxes"
        reason = f"{what} of frames without a time stamp ({runs(strays, DIGITS)})"
        path = drive.tracklets or TRACKLETS
        problems.add(Problem(ProblemKind.BROKEN_REFERENCE, path, reason, scene=drive.name, count=len(strays)))
    return [row for row in rows if row.frame in index_of]


def tracklet_labels(
    rows: Sequence[TrackletRow], index_of: Mapping[int, int], stamps_ns: IntArray, drive: KittiDrive
) -> LabelSet:
    """The label set of boxes whose frames are all known; stamps_ns: (F,) of the scene's frames."""
    frame_index = np.asarray([index_of[row.frame] for row in rows], dtype=np.int32)
    return LabelSet(
        name="labels",
        boxes=_boxes(rows, stamps_ns[frame_index], drive),
        reference=EGO,
        frame_index=frame_index,
        scope=LabelScope(cameras=(LABELLED_CAMERA,), source="format"),
        declared_classes=CLASSES,
    )


def _boxes(rows: Sequence[TrackletRow], timestamps_ns: IntArray, drive: KittiDrive) -> Boxes3D:
    places = np.asarray([row.pose.place for row in rows], dtype=np.float64).reshape(-1, 4)
    sizes_m = np.asarray([row.tracklet.size_m for row in rows], dtype=np.float64).reshape(-1, 3)
    states, occlusions, truncations = np.asarray([row.pose.states for row in rows], dtype=np.int64).reshape(-1, 3).T
    return Boxes3D.upright(
        centres_m=places[:, :3] + np.outer(sizes_m[:, 2] / 2, [0.0, 0.0, 1.0]),
        sizes_m=sizes_m,
        yaws_rad=places[:, 3],
        category=Coded.from_values(row.tracklet.kind for row in rows),
        track=Coded.from_values(str(row.track) for row in rows),
        label_ids=np.asarray([_label_id(row.frame, row.track) for row in rows], dtype=object),
        timestamps_ns=timestamps_ns,
        attributes=Attributes(
            {
                "occlusion": AttributeColumn(Coded.from_values(map(OCCLUSIONS.get, occlusions.tolist()))),
                "truncation": AttributeColumn(Coded.from_values(map(TRUNCATIONS.get, truncations.tolist()))),
            }
        ),
        provenance=Provenance(
            source=Coded(np.zeros(len(rows), dtype=np.int32), (drive.tracklets or TRACKLETS,)),
            line=np.asarray([row.line for row in rows], dtype=np.int32),
            interpolated=np.asarray([INTERPOLATED.get(state, -1) for state in states.tolist()], dtype=np.int8),
        ),
    )


def _label_id(frame: int, track: int) -> str:
    return f"{key_of(frame)}:{track}"
