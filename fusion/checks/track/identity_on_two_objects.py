"""TRK519 identity-on-two-objects: one track id stands on one object, and from some frame on upon another.

What it looks for: tracks that leap away for good, further than any slipped label, or that are back after a gap where
nothing of their class can have got to.
Why it matters: the id joins two histories; speeds, sizes and gaps of such a track mean nothing.
Evidence: how far from its own path the track goes on, how long the gap was, how far labels slip.
Blind spots: another object that is close by; leaps of less than 3 m or a length and a half (TRK501); single boxes;
without ego poses, gaps. Two boxes of an id in one frame are DAT007's.
Example: a parked car in the tests whose id is on a car 12 m away from half way on.
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
from fusion.measure.track_identity import identities
from fusion.scene.scene import Scene


class IdentityOnTwoObjectsLimits(Limits):
    tolerance: float = Field(
        1.0, ge=1, description="Factor on how far a label slips at most, or how far its class can go in the gap."
    )


@scene_check("TRK519", Severity.ERROR, IdentityOnTwoObjectsLimits)
def identity_on_two_objects(scene: Scene, limits: IdentityOnTwoObjectsLimits) -> Assessment:
    """The furthest leap of each track for good."""
    tracks, boxes, found = scene.labels.tracks, scene.labels.boxes, identities(scene).strangers
    index = np.full(len(tracks), -1, dtype=np.int64)
    order = np.argsort(found.distance_m, kind="stable")
    index[tracks.of_rows(len(boxes))[found.rows[order]]] = order
    leaps = index >= 0
    rows = tracks.order[tracks.offsets[:-1]].copy()
    rows[leaps] = found.rows[index[leaps]]
    distance_m = np.append(found.distance_m, 0.0)[index]
    limit_m = limits.tolerance * np.append(found.limit_m, 1.0)[index]
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), rows),
        not_assessed=Reason("fewer than four boxes").where(tracks.lengths < 4),
        violated=leaps & (distance_m > limit_m),
        measured=distance_m,
        limit=limit_m,
        unit="m",
        message="goes on {measured:.1f} m from its own path after {gap_s:.2f} s: another object under the same id",
        evidence={"gap_s": np.append(found.seconds, 0.0)[index], "boxes": tracks.lengths},
        propose=lambda row: _proposal(scene, int(rows[row])),
    )


def _proposal(scene: Scene, row: int) -> Proposal:
    """Give everything from there on an id of its own."""
    tracks, boxes = scene.labels.tracks, scene.labels.boxes
    rows = tracks.rows(int(tracks.of_rows(len(boxes))[row]))
    tail = rows[boxes.timestamps_ns[rows] >= boxes.timestamps_ns[row]]
    return Proposal(
        action="split",
        target=boxes.track[row],
        values={"label_ids": [str(boxes.label_ids[one]) for one in tail]},
        reference=scene.labels.reference,
        timestamps_ns=tuple(int(stamp) for stamp in boxes.timestamps_ns[tail]),
    )
