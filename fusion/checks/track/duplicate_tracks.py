"""TRK520 duplicate-tracks: one object has two tracks.

What it looks for: two tracks of like classes that share a good part of their footprints over many frames, more than two
objects ever do; single frames are BOX306's and BOX305's, which go under this finding where it is made.
Why it matters: the object counts twice for as long as both tracks last.
Evidence: frames in which they overlap and in which both are there, the median overlap and distance of the centres.
Blind spots: tracks that meet for fewer than three frames; what rides or is pulled; people in a dense crowd; tracks
whose attributes say that each was drawn in the cloud of another lidar, as PandaSet does for what moves.
Example: a car in the tests labelled a second time, 0.8 m to the side, for ten frames.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.track_pair_rows import TrackPairRows
from fusion.measure.label_sensors import of_other_sensors
from fusion.measure.track_pairs import TrackPairs, track_pairs
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import PEOPLE, STREET_FURNITURE, VEHICLES, Kinds, ObjectKind

LIKE_CLASSES = (
    VEHICLES,
    frozenset({ObjectKind.MOTORCYCLE, ObjectKind.BICYCLE}),
    frozenset({ObjectKind.RIDER}),
    PEOPLE,
    STREET_FURNITURE,
)


class DuplicateTracksLimits(Limits):
    min_iou: float = Field(0.35, gt=0, le=1, description="Of vehicles; two that touch by drawing errors share a tenth.")
    min_iou_small: float = Field(0.5, gt=0, le=1, description="Of people, arm in arm, and small things.")
    min_frames: int = Field(3, ge=2, description="Fewer are single frames' matter.")
    min_share: float = Field(
        0.6, gt=0, le=1, description="Of the frames that both have; who passes by overlaps briefly."
    )


@scene_check("TRK520", Severity.ERROR, DuplicateTracksLimits)
def duplicate_tracks(scene: Scene, limits: DuplicateTracksLimits) -> Assessment:
    """Median overlap of pairs of tracks."""
    tracks, boxes, pairs = scene.labels.tracks, scene.labels.boxes, track_pairs(scene)
    vehicle = Kinds(boxes.category).is_any(VEHICLES)[pairs.worst_first]
    limit = np.where(vehicle, limits.min_iou, limits.min_iou_small)
    share = pairs.frames / np.maximum(pairs.both_frames, 1)
    return Assessment(
        about=TrackPairRows(scene, pairs.worst_first, pairs.worst_second),
        not_assessed=Reason("classes that may share a place").where(~_alike(scene, pairs))
        | Reason("one rides on the other or pulls it").where(2 * pairs.apart > pairs.frames)
        | Reason("drawn in the clouds of two lidars").where(
            of_other_sensors(boxes, pairs.worst_first, pairs.worst_second)
        )
        | Reason("too few frames together").where(pairs.frames < limits.min_frames),
        violated=(pairs.iou >= limit) & (share >= limits.min_share),
        measured=pairs.iou,
        limit=limit,
        unit="ratio",
        message="{first_track} and {second_track} are on one object in {frames} frames: overlap {measured:.2f}",
        evidence={
            "first_track": np.asarray([tracks.names[track] for track in pairs.first], dtype=object),
            "second_track": np.asarray([tracks.names[track] for track in pairs.second], dtype=object),
            "frames": pairs.frames,
            "both_frames": pairs.both_frames,
            "centre_gap_m": pairs.centre_gap_m,
        },
        propose=lambda row: _proposal(scene, pairs, row),
    )


def _alike(scene: Scene, pairs: TrackPairs) -> BoolArray:
    kinds = Kinds(scene.labels.boxes.category)
    alike = np.zeros(len(pairs.first), dtype=bool)
    for members in LIKE_CLASSES:
        member = kinds.is_any(members)
        alike |= member[pairs.worst_first] & member[pairs.worst_second]
    return alike


def _proposal(scene: Scene, pairs: TrackPairs, row: int) -> Proposal:
    """Delete the shorter track; of equal ones, the second."""
    tracks = scene.labels.tracks
    first, second = int(pairs.first[row]), int(pairs.second[row])
    spare = first if tracks.lengths[first] < tracks.lengths[second] else second
    frames = scene.labels.frame_index
    kept = first if spare == second else second
    rows = tracks.rows(spare)
    # Where only the shorter one has a box, the object would be left without.
    rows = rows[np.isin(frames[rows], frames[tracks.rows(kept)])]
    return Proposal(
        action="delete",
        target=tracks.names[spare],
        values={"label_ids": [str(scene.labels.boxes.label_ids[one]) for one in rows]},
        reference=scene.labels.reference,
        timestamps_ns=tuple(int(stamp) for stamp in scene.labels.boxes.timestamps_ns[rows]),
    )
