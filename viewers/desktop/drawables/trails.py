"""Where objects were and will be, seen from the frame on the screen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.clock import SECOND_NS
from calibration.errors import BoresightError
from fusion.measure.frame import SyncedFrame
from fusion.measure.scene_boxes import boxes_in_world
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.drawables.lines import Lines
from viewers.pictures.palette import Colour

TRAIL_NS = 3 * SECOND_NS


def trails(frame: SyncedFrame, rows: Sequence[int], colours: Sequence[Colour], half_span_ns: int = TRAIL_NS) -> Lines:
    """The paths of some of the frame's objects over the ground, some seconds back and ahead.

    Args:
        rows: of the frame's boxes; colours: one each.

    Returns:
        No lines where the data set has no poses: a path needs a ground it stands on.
    """
    world_from_ego = frame.world_from_ego
    if world_from_ego is None:
        return Lines.empty()
    labels = frame.scene.labels
    boxes = boxes_in_world(frame.scene)
    ego_from_world = world_from_ego.inverse()
    tracks = labels.tracks
    of_rows = tracks.of_rows(len(labels))
    parts = []
    for row, colour in zip(rows, colours, strict=True):
        track = int(of_rows[frame.label_rows[row]])
        if track < 0:
            continue
        own = tracks.rows(track)
        near = own[np.abs(boxes.timestamps_ns[own] - frame.timestamp_ns) <= half_span_ns]
        if len(near) > 1:
            parts.append(Lines.path(ego_from_world.apply(boxes.centres_m[near]), colour))
    return Lines.together(parts)


def neighbours_in_time(frame: SyncedFrame, row: int) -> Boxes3D:
    """The boxes of an object in the frames before and after, in ego at this frame; none without poses."""
    scene = frame.scene
    world_from_ego = frame.world_from_ego
    if world_from_ego is None:
        return Boxes3D.empty()
    tracks = scene.labels.tracks
    track = int(tracks.of_rows(len(scene.labels))[frame.label_rows[row]])
    if track < 0:
        return Boxes3D.empty()
    own = tracks.rows(track)
    place = int(np.flatnonzero(own == frame.label_rows[row])[0])
    beside = own[[other for other in (place - 1, place + 1) if 0 <= other < len(own)]]
    try:
        return boxes_in_world(scene).take(beside).moved(world_from_ego.inverse().renamed(source="world"))
    except BoresightError:
        return Boxes3D.empty()
