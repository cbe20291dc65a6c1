"""TRK522 frozen-track: the box of a moving object is repeated for some frames, and the object moves on without it.

What it looks for: three and more boxes in a row with the same place and heading, in the world or on the ego vehicle,
where the object comes in at a speed, or goes on at one, that it can't have lost or gained in a step.
Why it matters: the object is elsewhere, so the boxes teach wrong places; it looks as if it stopped and leapt.
Evidence: how many boxes repeat, for how long, how far the object got meanwhile, how many tracks of the frame do so too.
Blind spots: objects slow enough to stop in one step; at 2 Hz, anything slower than 4 m/s; labels that all repeat from
the first frame to the last (DAT010).
Example: a car in the tests that stands still for five frames at 10 m/s.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.track_freezes import Freezes, freezes
from fusion.measure.track_motion import reference_from_motion, track_motion
from fusion.scene.scene import Scene


class FrozenTrackLimits(Limits):
    max_lost_m: float = Field(0.5, gt=0, description="Beyond what boxes of a steady object jitter.")
    min_boxes: int = Field(3, ge=3, description="Two equal boxes are a rounding of slow objects.")


@scene_check("TRK522", Severity.ERROR, FrozenTrackLimits)
def frozen_track(scene: Scene, limits: FrozenTrackLimits) -> Assessment:
    """The stretch of repeated boxes of each track that loses most way."""
    tracks, found = scene.labels.tracks, freezes(scene)
    boxes = np.asarray([len(np.unique(scene.labels.frame_index[rows])) for rows in found.rows], dtype=np.int64)
    counts = found.abrupt & (boxes >= limits.min_boxes)
    index = np.full(len(tracks), -1, dtype=np.int64)
    # What shows at both ends is surer than what shows at one.
    order = np.lexsort((found.lost_m, found.both_ends, counts))
    index[found.track[order]] = order
    some = index >= 0
    moments = tracks.order[tracks.offsets[:-1]].copy()
    moments[some] = [found.rows[run][1] for run in index[some]]
    violated = some & np.append(counts & (found.lost_m > limits.max_lost_m), False)[index]
    frozen = np.zeros(len(scene.labels), dtype=bool)
    for run in index[violated]:
        frozen[found.rows[run][1:]] = True
    frames = scene.labels.frame_index + 1
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), moments),
        not_assessed=Reason("fewer than three boxes").where(tracks.lengths < limits.min_boxes),
        violated=violated,
        measured=np.append(found.lost_m, 0.0)[index],
        limit=limits.max_lost_m,
        unit="m",
        message="repeats its box in {boxes} frames{where}, and gets {measured:.1f} m on meanwhile",
        evidence={
            "boxes": np.append(boxes, 0)[index],
            "where": np.where(np.append(found.in_ego, False)[index], " on the ego vehicle", "").astype(object),
            "duration_s": np.append(found.seconds, 0.0)[index],
            "tracks_together": np.bincount(frames, weights=frozen)[frames[moments]].astype(np.int64),
            "tracks_in_frame": np.bincount(frames)[frames[moments]],
        },
        propose=lambda row: _proposal(scene, found, int(index[row])),
    )


def _proposal(scene: Scene, found: Freezes, run: int) -> Proposal | None:
    """Put the repeated boxes evenly between the first one and the next that is free; at an end nobody knows."""
    rows, motion, tracks = found.rows[run], track_motion(scene), scene.labels.tracks
    own = tracks.rows(int(found.track[run]))
    after = own[motion.boxes.timestamps_ns[own] > motion.boxes.timestamps_ns[rows[-1]]]
    if not len(after) or own[0] == rows[0] or motion.relative:
        return None
    start, stop = int(rows[0]), int(after[0])
    stamps_ns = motion.boxes.timestamps_ns
    share = (stamps_ns[rows[1:]] - stamps_ns[start]) / (stamps_ns[stop] - stamps_ns[start])
    places = motion.boxes.centres_m[start] + share[:, None] * (
        motion.boxes.centres_m[stop] - motion.boxes.centres_m[start]
    )
    frames = scene.labels.frame_index[rows[1:]]
    centres_m = [
        reference_from_motion(scene, int(frame), motion.relative).apply(place[None])[0]
        for frame, place in zip(frames, places, strict=True)
    ]
    return Proposal(
        action="set",
        target=scene.labels.boxes.track[start],
        values={"centre_m": centres_m},
        reference=scene.labels.reference,
        timestamps_ns=tuple(int(stamp) for stamp in stamps_ns[rows[1:]]),
    )
