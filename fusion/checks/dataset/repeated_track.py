"""DAT007 repeated-track: one track id stands on two boxes of the same frame.

What it looks for: frames in which a track has more than one box; where most tracks have, the labels were written
twice, which is one finding for the scene.
Why it matters: a track is one object, so one of the boxes is a second copy or another object under a wrong id; speeds,
jumps and gaps of such a track mean nothing, and trackers are trained on two objects in one.
Evidence: the most boxes in one frame, how far apart they are, how many frames, whether they are copies of each other.
Blind spots: an id that is used again for another object in other frames (TRK501 sees it leap).
Example: two cars in the tests that share an id in one of three frames.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import NameRows, TrackRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene

# Copies come out of a conversion with a rounded last digit; nobody draws a box twice to the centimetre.
SAME_M = 0.01


class RepeatedTrackLimits(Limits):
    max_share_of_tracks: float = Field(
        0.5, gt=0, lt=1, description="Slips concern a few tracks, a script most of them."
    )
    min_tracks: int = Field(5, ge=1, description="Of fewer tracks, most may have a slip by chance.")


@scene_check("DAT007", Severity.ERROR, RepeatedTrackLimits)
def repeated_track(scene: Scene, limits: RepeatedTrackLimits) -> tuple[Assessment, Assessment]:
    """The most boxes that each track has in one frame, and whether that is so of most tracks."""
    tracks, boxes = scene.labels.tracks, scene.labels.boxes
    if not len(tracks):
        raise NotMeasurableError("labels have no track ids")
    original = _first_box_of_frame(scene)
    repeats = [rows[original[rows] != rows] for rows in (tracks.rows(track) for track in range(len(tracks)))]
    repeated = np.asarray([len(rows) > 0 for rows in repeats], dtype=bool)
    copies = _copies(scene, original)
    copied = np.asarray([len(rows) > 0 and bool(copies[rows].all()) for rows in repeats], dtype=bool)
    worst = [_most_often(original[rows]) for rows in repeats]
    moments = [tracks.rows(track)[0] if row < 0 else row for track, (row, _) in enumerate(worst)]
    apart_m = np.linalg.norm(boxes.centres_m - boxes.centres_m[original], axis=1)
    off = int(repeated.sum())
    common = len(tracks) >= limits.min_tracks and off > limits.max_share_of_tracks * len(tracks)
    by_track = Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), np.asarray(moments, dtype=np.int64)),
        not_assessed=Reason("most tracks of the scene repeat").where(np.full(len(tracks), common)),
        violated=repeated,
        measured=np.asarray([1.0 + most for _, most in worst]),
        limit=1.0,
        unit="",
        message="{measured:.0f} boxes of one track in one frame, {apart_m:.2f} m apart{kind} (in {frames} frames)",
        evidence={
            "apart_m": np.asarray([apart_m[rows].max(initial=0.0) for rows in repeats]),
            "kind": np.where(copied, ", copies of each other", "").astype(object),
            "frames": np.asarray([len(np.unique(original[rows])) for rows in repeats]),
        },
        propose=lambda row: _proposal(scene, repeats[row]) if copied[row] else None,
    )
    whole = Assessment(
        about=NameRows(scene, (scene.labels.name,), np.asarray([moments[int(repeated.argmax())]], dtype=np.int64)),
        not_assessed=Reason("too few tracks to speak for the scene").where([len(tracks) < limits.min_tracks]),
        violated=np.asarray([common]),
        measured=off / len(tracks),
        limit=limits.max_share_of_tracks,
        unit="share",
        message="{off} of {tracks} tracks have several boxes in one frame, {copied} of them only copies",
        evidence={"off": off, "tracks": len(tracks), "copied": int(copied.sum()), "boxes": sum(map(len, repeats))},
    )
    return by_track, whole


def _first_box_of_frame(scene: Scene) -> IntArray:
    """(M,) row of the first box with the same track and frame; the row itself where it has no track or no frame."""
    labels = scene.labels
    track, own = labels.tracks.of_rows(len(labels)), np.arange(len(labels))
    listed = np.flatnonzero((track >= 0) & (labels.frame_index >= 0))
    pairs = np.stack([track[listed], labels.frame_index[listed]], axis=1)
    _, first, group = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    own[listed] = listed[first[group.reshape(-1)]]
    return own


def _most_often(rows: IntArray) -> tuple[int, int]:
    """The row that comes most often, and how often; -1 and 0 if there is none."""
    values, counts = np.unique(rows, return_counts=True)
    return (int(values[counts.argmax()]), int(counts.max())) if len(values) else (-1, 0)


def _copies(scene: Scene, original: IntArray) -> BoolArray:
    """(M,) bool: the same class, place, size and rotation as the first box."""
    boxes = scene.labels.boxes
    columns: FloatArray = np.concatenate([boxes.centres_m, boxes.sizes_m, boxes.rotations], axis=1)
    alike = (np.abs(columns - columns[original]) < SAME_M).all(axis=1)
    same: BoolArray = alike & (boxes.category.codes == boxes.category.codes[original])
    return same


def _proposal(scene: Scene, rows: IntArray) -> Proposal:
    """Delete the copies, by their own ids: the track's id would take the first boxes too."""
    boxes = scene.labels.boxes
    names = [str(name) for name in boxes.label_ids[rows]]
    return Proposal(
        action="delete",
        target=names[0] if len(names) == 1 else boxes.track[int(rows[0])],
        values={} if len(names) == 1 else {"label_ids": names},
        reference=scene.labels.reference,
        timestamps_ns=tuple(int(stamp) for stamp in boxes.timestamps_ns[rows]),
    )
