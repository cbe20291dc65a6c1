"""The labels of a sequence, from its file to the rows of a scene."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.errors import FileProblemError
from fusion.formats.kitti.boxes import SceneRows
from fusion.formats.kitti.usable_calibration import malformed
from fusion.formats.kitti_tracking.label_file import NO_TRACK, TrackedRows, tracked_rows
from fusion.formats.kitti_tracking.layout import LABELS, KittiSequence
from fusion.formats.kitti_tracking.times import PERIOD_NS, key_of
from fusion.formats.safe_files import read_text_lines
from fusion.scene.coded import Coded
from fusion.scene.problems import ProblemLog, problem_of


def read_labels(sequence: KittiSequence, problems: ProblemLog) -> TrackedRows | None:
    """The good rows of a sequence's label file; None where it has none or it can't be read."""
    path = sequence.texts.get(LABELS)
    if path is None:
        return None
    try:
        lines = read_text_lines(sequence.root, path)
    except FileProblemError as error:
        problems.add(problem_of(error, scene=sequence.name))
        return None
    good = []
    for row in tracked_rows(lines, path):
        if isinstance(row, FileProblemError):
            problems.add(malformed(row, scene=sequence.name))
        else:
            good.append(row)
    labels = TrackedRows.of(good)
    has_box = labels.rows.has_box_3d | labels.rows.has_box_2d
    for frame, line in zip(labels.frames[~has_box], labels.rows.lines[~has_box], strict=True):
        nothing = FileProblemError(path, "has neither a 3D box nor a 2D box", int(line))
        problems.add(malformed(nothing, scene=sequence.name, frame=key_of(int(frame))))
    return labels.take(has_box)


def scene_rows(labels: TrackedRows, path: str) -> SceneRows:
    """The rows of a label file with the names, times and tracks that a scene gives them."""
    return SceneRows(
        rows=labels.rows,
        frame_index=labels.frames.astype(np.int32),
        timestamps_ns=labels.frames * PERIOD_NS,
        label_ids=_label_ids(labels),
        source=Coded(np.zeros(len(labels), dtype=np.int32), (path,)),
        track=Coded.from_values(None if track == NO_TRACK else str(track) for track in labels.tracks.tolist()),
    )


def _label_ids(labels: TrackedRows) -> NDArray[Any]:
    """FRAME:TRACK; what has no track, or the name of a row above it, gets its line as well."""
    ids = np.empty(len(labels), dtype=object)
    taken: set[str] = set()
    columns = (labels.frames.tolist(), labels.tracks.tolist(), labels.rows.lines.tolist())
    for row, (frame, track, line) in enumerate(zip(*columns, strict=True)):
        name = f"{key_of(frame)}:{track}"
        ids[row] = f"{name}:{line}" if track == NO_TRACK or name in taken else name
        taken.add(name)
    return ids
