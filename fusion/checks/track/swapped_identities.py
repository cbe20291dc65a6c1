"""TRK518 swapped-identities: two objects exchange their track ids.

What it looks for: two tracks that leave their paths in the same step, each for where the other would be.
Why it matters: both objects leap for a model that follows ids, and both histories are wrong from there on.
Evidence: how far the further one leaps, the other track, how much better the two paths fit with the ids exchanged.
Blind spots: objects so close that a swap leaps no further than labels jitter; more than two that go round; swaps inside
gaps longer than a second and a half.
Example: two parked cars in the tests that exchange their ids half way.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import IntArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.severity import Severity
from fusion.checks.track_pair_rows import TrackPairRows
from fusion.measure.track_identity import identities
from fusion.scene.scene import Scene


class SwappedIdentitiesLimits(Limits):
    min_gain: float = Field(
        50.0, ge=50, description="Squared standard deviations that the exchange must explain; chance reaches 30."
    )


@scene_check("TRK518", Severity.ERROR, SwappedIdentitiesLimits)
def swapped_identities(scene: Scene, limits: SwappedIdentitiesLimits) -> Assessment:
    """Tracks, and whether they exchange with another one; one finding for two tracks."""
    tracks, boxes, found = scene.labels.tracks, scene.labels.boxes, identities(scene).exchanges
    names = tracks.of_rows(len(boxes))
    index = np.full(len(tracks), -1, dtype=np.int64)
    order = np.argsort(found.gain, kind="stable")
    index[names[found.first_rows[order]]] = order
    swapped = index >= 0
    rows = tracks.order[tracks.offsets[:-1]].copy()
    rows[swapped] = found.first_rows[index[swapped]]
    others = np.append(found.second_rows, 0)[index]
    gain = np.append(found.gain, 0.0)[index]
    return Assessment(
        about=TrackPairRows(scene, rows, others),
        violated=swapped & (gain >= limits.min_gain),
        measured=gain,
        limit=limits.min_gain,
        unit="",
        message="exchanges its id with {other_track}: both leap by up to {leap_m:.1f} m, and go on where the other was",
        evidence={
            "other_track": boxes.track.values[others],
            "other_label": np.asarray([str(boxes.label_ids[row]) for row in others], dtype=object),
            "leap_m": np.append(found.leap_m, 0.0)[index],
        },
        propose=lambda row: _proposal(scene, rows[row], int(others[row])),
    )


def _proposal(scene: Scene, row: int, other: int) -> Proposal:
    """Exchange the ids of everything from there on."""
    tracks, boxes = scene.labels.tracks, scene.labels.boxes
    tails = [_from(tracks.rows(int(tracks.of_rows(len(boxes))[one])), boxes.timestamps_ns, one) for one in (row, other)]
    names = (boxes.track[row], boxes.track[other])
    return Proposal(
        action="split",
        target=names[0],
        values={
            "label_ids": [str(boxes.label_ids[one]) for tail in tails for one in tail],
            "track": [name for tail, name in zip(tails, names[::-1], strict=True) for _ in tail],
        },
        reference=scene.labels.reference,
        timestamps_ns=tuple(sorted({int(boxes.timestamps_ns[one]) for tail in tails for one in tail})),
    )


def _from(rows: IntArray, stamps_ns: IntArray, row: int) -> IntArray:
    tail: IntArray = rows[stamps_ns[rows] >= stamps_ns[row]]
    return tail
