"""TRK517 broken-identity: one object goes on under another track id.

What it looks for: the end of one track and the begin of another, within a second, that fit together as one path of
one object: place, velocity, size, heading and family of classes.
Why it matters: trackers are taught to lose the object, its history is cut in two, and object counts are wrong.
Evidence: what the way between the two boxes leaves unexplained, the time between them, both ids.
Blind spots: objects hidden for longer than a second; data at less than 1 Hz; without ego poses at 2 Hz, places are in
doubt by metres; an object whose class changes family with its id.
Example: a car in the tests whose second half has a new id.
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
from fusion.checks.track_pair_rows import TrackPairRows
from fusion.measure.track_identity import identities
from fusion.scene.scene import Scene


class BrokenIdentityLimits(Limits):
    max_gap_s: float = Field(1.0, gt=0, le=1.0, description="After a longer gap it may be another of its kind.")
    max_distance_share: float = Field(
        0.5, gt=0, description="Of the length, and 0.2 m; a like object further off may have been there all along."
    )


@scene_check("TRK517", Severity.WARNING, BrokenIdentityLimits)
def broken_identity(scene: Scene, limits: BrokenIdentityLimits) -> Assessment:
    """Tracks that end where another one begins."""
    tracks, boxes, found = scene.labels.tracks, scene.labels.boxes, identities(scene).handovers
    names = tracks.of_rows(len(boxes))
    ends = tracks.order[tracks.offsets[1:] - 1]
    index = np.full(len(tracks), -1, dtype=np.int64)
    index[names[found.last_rows]] = np.arange(len(found.last_rows))
    begins = np.append(found.first_rows, 0)[index]
    distance_m, gap_s = np.append(found.distance_m, 0.0)[index], np.append(found.seconds, 0.0)[index]
    limit_m = limits.max_distance_share * np.maximum(boxes.sizes_m[ends, 0], 0.6) + 0.2
    violated = (index >= 0) & (distance_m <= limit_m) & (gap_s <= limits.max_gap_s)
    stamps_ns = boxes.timestamps_ns
    return Assessment(
        about=TrackPairRows(scene, ends, begins),
        not_assessed=Reason("goes on to the last frame").where(stamps_ns[ends] >= stamps_ns.max(initial=0)),
        violated=violated,
        measured=distance_m,
        limit=limit_m,
        unit="m",
        message="goes on as {next_track} after {gap_s:.2f} s, {measured:.2f} m from where it would be",
        evidence={
            "next_track": boxes.track.values[begins],
            "next_label": np.asarray([str(boxes.label_ids[row]) for row in begins], dtype=object),
            "gap_s": gap_s,
            "boxes": tracks.lengths,
            "next_boxes": tracks.lengths[names[begins]],
        },
        propose=lambda row: Proposal(
            action="merge",
            target=tracks.names[row],
            values={"track": boxes.track[int(begins[row])]},
            reference=scene.labels.reference,
            timestamps_ns=tuple(int(stamp) for stamp in stamps_ns[tracks.rows(int(names[begins[row]]))]),
        ),
    )
