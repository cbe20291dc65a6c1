"""The consensus as labels: a copy of the first data set in its own format, or JSON where that has no writer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from fusion.compare.compare import Comparison, LabelSource
from fusion.compare.consensus import Consensus
from fusion.errors import CompareError
from fusion.formats.label_writing import write_labels
from fusion.measure.scene_boxes import frame_poses
from fusion.run.document import Tool
from fusion.run.run import tool_version
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene

SCHEMA = "boresight.consensus/1"
# Below rounding of any label file.
SAME = 1e-6


def write_consensus(comparison: Comparison, first: LabelSource, out: str | Path) -> Path:
    """Write what most drew.

    Args:
        first: the first of the compared sets, whose data set is copied with the consensus in place of its labels.
        out: a file that ends in .json, or a folder that doesn't exist yet.

    Raises:
        LabelEditError: the format has no writer, or no place for the copy; CompareError: it can't be written.
    """
    target = Path(out)
    if target.suffix.lower() == ".json":
        return _written(target, consensus_json(comparison))
    if first.labels is not None:
        raise CompareError("one of several label sets of a data set can't be written in its format; name a .json file")
    return write_labels(first.dataset, consensus_edits(comparison, first), target).root


def consensus_json(comparison: Comparison) -> str:
    """The consensus boxes in ego of the first set, `boresight.consensus/1`."""
    delivery, found = comparison.delivery, comparison.consensus
    content = {
        "schema": SCHEMA,
        "tool": Tool(version=tool_version()).model_dump(),
        "sets": [one.name for one in delivery.sets],
        "reference": f"ego of {delivery.sets[0].name}",
        "boxes": [_box(comparison, row) for row in range(len(found.boxes))],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)


def _box(comparison: Comparison, row: int) -> dict[str, Any]:
    delivery, found = comparison.delivery, comparison.consensus
    frame, boxes = int(found.frames[row]), found.boxes
    return {
        "scene": delivery.scenes[delivery.scene[frame]],
        "frame": delivery.keys[frame],
        "timestamp_ns": int(delivery.timestamps_ns[frame]),
        "category": boxes.category[row],
        "track": boxes.track[row],
        "centre_m": _rounded(boxes.centres_m[row], 4),
        "size_m": _rounded(boxes.sizes_m[row], 4),
        "yaw_rad": round(float(boxes.yaws_rad[row]), 6),
        "votes": round(float(found.votes[row]), 4),
        "drawn_by": [
            one.name for one, r in zip(delivery.sets, comparison.units.rows[found.unit[row]], strict=True) if r >= 0
        ],
    }


def _rounded(values: Any, digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]


def _written(path: Path, text: str) -> Path:
    try:
        path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CompareError(f"can't write the consensus to '{path}': {error.strerror or error}") from error
    return path


def consensus_edits(comparison: Comparison, first: LabelSource) -> list[LabelEdit]:
    """What turns the first set's labels into the consensus, in their own reference; other frames stay as they are."""
    delivery, found, units = comparison.delivery, comparison.consensus, comparison.units
    own = delivery.sets[0].boxes
    row_of_unit = units.rows[:, 0]
    kept = np.zeros(len(own), dtype=bool)
    kept[row_of_unit[found.unit][row_of_unit[found.unit] >= 0]] = True
    edits = []
    for number, name in enumerate(delivery.scenes):
        scene = first.dataset.scene(name)
        frames = {key: index for index, key in enumerate(scene.frame_table.keys)}
        in_scene = np.flatnonzero(delivery.scene[found.frames] == number)
        placed = _in_reference(scene, found, in_scene, [frames[delivery.keys[f]] for f in found.frames[in_scene]])
        like = _likes(own, delivery.scene[delivery.sets[0].frames] == number)
        names = comparison.document.classes == "names"
        for position, row in enumerate(in_scene.tolist()):
            label = int(row_of_unit[found.unit[row]])
            category = (found.boxes.category[row] or None) if names else None
            box: dict[str, Any] = {
                "centre_m": tuple(placed.centres_m[position].tolist()),
                "size_m": tuple(placed.sizes_m[position].tolist()),
                "rotation": tuple(placed.rotations[position].tolist()),
            }
            if label >= 0:
                changed = category if category != own.category[label] else None
                edits.append(LabelEdit("set", name, str(own.label_ids[label]), category=changed, **box))
                continue
            pattern = like.get(found.boxes.category[row]) or next(iter(like.values()), None)
            if pattern is None:
                raise CompareError(f"scene {name}: a set without labels can't take the others'; name a .json file")
            edits.append(
                LabelEdit(
                    "add",
                    name,
                    f"consensus-{number}-{row}",
                    category=category,
                    track=f"consensus:{found.boxes.track[row]}",
                    like=pattern,
                    frame=frames[delivery.keys[found.frames[row]]],
                    timestamp_ns=int(scene.frame_table.timestamps_ns[frames[delivery.keys[found.frames[row]]]]),
                    point_count=-1,
                    **box,
                )
            )
        lone = np.flatnonzero(~kept & (delivery.scene[delivery.sets[0].frames] == number))
        edits += [LabelEdit("delete", name, str(own.label_ids[row])) for row in lone]
    return edits


def _likes(own: Boxes3D, rows: Any) -> dict[str, str]:
    """A label of each class, from which an added one takes what nobody voted on."""
    return {own.category[row]: str(own.label_ids[row]) for row in np.flatnonzero(rows)[::-1]}


def _in_reference(scene: Scene, found: Consensus, rows: Any, frames: list[int]) -> Boxes3D:
    """Boxes in the reference of the scene's own labels, through its poses and rig."""
    boxes, reference = found.boxes.take(rows), scene.labels.reference
    if reference == "ego" or not len(boxes):
        return boxes
    poses = frame_poses(scene)
    parts = []
    for row, frame in enumerate(frames):
        if reference == "world":
            if not poses.known[frame]:
                raise CompareError(f"scene {scene.name}: frame {scene.frame_table.keys[frame]} has no pose to write by")
            moved = poses.columns.transform(frame)
        else:
            moved = scene.rig_at(int(scene.frame_table.timestamps_ns[frame])).transform(reference, "ego")
        parts.append(boxes.take([row]).moved(moved))
    return Boxes3D.concatenate(parts)
