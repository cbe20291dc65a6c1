"""Velocities that the reader takes from a track's places, taken again after the places changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fusion.formats.nuscenes.labels import track_velocities
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_set import LabelSet


def with_velocities_renewed(before: LabelSet, after: LabelSet) -> LabelSet:
    """The changed labels with velocities that fit, if those before the change came from neighbours in the track.

    Recorded velocities, which somebody measured or drew, stay as they are.
    """
    recorded = before.boxes.velocities_mps
    if recorded is None or not np.allclose(_from_tracks(before.boxes), recorded, atol=1e-6, equal_nan=True):
        return after
    return replace(after, boxes=replace(after.boxes, velocities_mps=_from_tracks(after.boxes)))


def _from_tracks(boxes: Boxes3D) -> np.ndarray:
    return track_velocities(boxes.track.codes.astype(np.int64), boxes.timestamps_ns, boxes.centres_m)
