"""Several sweeps in one cloud: what stands is carried by the poses, what moves by its own boxes, so both stay crisp."""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray, FloatArray, Int32Array
from fusion.measure.frame import SyncedFrame
from fusion.scene.box_geometry import rotation_matrices
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.state.frame_content import Cloud, FrameContent, content_of


def accumulated_cloud(content: FrameContent, sweeps: int) -> Cloud:
    """The frame's returns with those of so many frames before and after, in ego at the frame's time.

    A return in a box of a track that is here as well moves with that box; one whose track is not here is left out, as
    nobody knows where it would be. Frames without poses or points add nothing.
    """
    frame = content.frame
    world_from_ego = frame.world_from_ego
    if sweeps <= 0 or world_from_ego is None:
        return content.cloud
    parts = [content.cloud]
    for index in range(max(frame.index - sweeps, 0), min(frame.index + sweeps + 1, len(frame.scene.frames))):
        if index == frame.index:
            continue
        other: SyncedFrame = frame.scene.frames[index]
        carried = _carried(content, other)
        if carried is not None:
            parts.append(carried)
    columns = ("points", "intensity", "time_share", "box", "rows")
    return Cloud(*(np.concatenate([getattr(part, column) for part in parts]) for column in columns))


def _carried(content: FrameContent, other: SyncedFrame) -> Cloud | None:
    world_from_ego, world_from_other = content.frame.world_from_ego, other.world_from_ego
    if world_from_ego is None or world_from_other is None:
        return None
    seen = content_of_points(other)
    if not len(seen.cloud):
        return None
    ego_from_other = world_from_ego.inverse() @ world_from_other.renamed(source="other ego")
    points = ego_from_other.apply(seen.cloud.points)
    here = _rows_here(seen.boxes, content.boxes)
    box = np.where(seen.cloud.box >= 0, here[seen.cloud.box], -1).astype(np.int32)
    own = box >= 0
    points[own] = _with_their_boxes(
        seen.cloud.points[own].astype(np.float64), seen.cloud.box[own], seen.boxes, box[own], content.boxes
    )
    kept: BoolArray = own | (seen.cloud.box < 0)
    return Cloud(
        points[kept].astype(np.float32),
        seen.cloud.intensity[kept],
        seen.cloud.time_share[kept],
        box[kept],
        np.full(int(kept.sum()), -1, dtype=np.int64),
    )


def content_of_points(frame: SyncedFrame) -> FrameContent:
    """A frame's points and boxes, without its images."""
    return content_of(frame, images=False)


def _rows_here(there: Boxes3D, here: Boxes3D) -> Int32Array:
    """(K + 1,) by box of another frame, the row of the same track in this one, -1 for none; the last for no box."""
    rows = {name: row for row, name in enumerate(here.track.values) if name}
    return np.array([*(rows.get(name, -1) for name in there.track.values), -1], dtype=np.int32)


def _with_their_boxes(
    points: FloatArray, rows_there: Int32Array, there: Boxes3D, rows_here: Int32Array, here: Boxes3D
) -> FloatArray:
    """Points that keep their places in their boxes while these move."""
    turn_there, turn_here = rotation_matrices(there.rotations), rotation_matrices(here.rotations)
    in_box = np.einsum("nji,nj->ni", turn_there[rows_there], points - there.centres_m[rows_there])
    moved: FloatArray = np.einsum("nij,nj->ni", turn_here[rows_here], in_box) + here.centres_m[rows_here]
    return moved
