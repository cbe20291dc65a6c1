"""Point counts of boxes that were moved, as a labelling tool would have counted them anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calibration.errors import BoresightError
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene


def recounted(scene: Scene, edits: Sequence[LabelEdit]) -> list[LabelEdit]:
    """The edits with the points that now lie in boxes they move or add, where the labels record such counts.

    Args:
        scene: with the edits made.
    """
    labels = scene.labels
    if labels.boxes.recorded_point_counts is None:
        return list(edits)
    row_of = {str(label): row for row, label in enumerate(labels.boxes.label_ids)}
    moved = {edit.label for edit in edits if edit.moves_box and edit.label in row_of}
    counts: dict[str, int] = {}
    for frame in sorted({int(labels.frame_index[row_of[label]]) for label in moved}):
        handle = scene.frames[frame]
        try:
            own = zip(labels.boxes.label_ids[handle.label_rows], handle.point_counts, strict=True)
        except BoresightError:
            continue  # without a sweep nobody could have counted again
        counts |= {str(label): int(count) for label, count in own}
    return [replace(edit, point_count=counts.get(edit.label)) if edit.moves_box else edit for edit in edits]
