"""TRK523 linear-interpolation: boxes between two keyframes cut the curve that the object drove.

What it looks for: stretches of four and more boxes that are straight and even to the centimetre, and meet at an angle,
so that a curve through the same keyframes leaves them by more than label jitter.
Why it matters: the boxes between the keyframes are off the object, and the object turns by leaps.
Evidence: how far curve and straight line are apart, the bend, the frames of the keyframes, how many there are.
Blind spots: keyframes less than four frames apart; labels below 3 Hz; interpolation that is smoothed or jittered; even
braking, which leaves the line but not its direction.
Example: a car in the tests on a bend of 20 m, labelled in every tenth frame.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.track_keyframes import keyframes
from fusion.scene.scene import Scene

FRAMES_TOLD = 5


class LinearInterpolationLimits(Limits):
    max_sag_m: float = Field(0.3, gt=0, description="Two careful people differ by as much.")
    min_bends: int = Field(2, ge=1, description="One bend may be how somebody drove; a curve is cut at each keyframe.")


@scene_check("TRK523", Severity.WARNING, LinearInterpolationLimits)
def linear_interpolation(scene: Scene, limits: LinearInterpolationLimits) -> Assessment:
    """The keyframe of each track at which straight lines cut the curve furthest."""
    tracks, found = scene.labels.tracks, keyframes(scene)
    index = np.full(len(tracks), -1, dtype=np.int64)
    order = np.argsort(found.sag_m, kind="stable")
    index[found.track[order]] = order
    bends = np.bincount(found.track[found.sag_m > limits.max_sag_m], minlength=len(tracks))
    some = index >= 0
    moments = tracks.order[tracks.offsets[:-1]].copy()
    moments[some] = found.rows[index[some]]
    frames = [
        scene.labels.frame_index[found.rows[(found.track == track) & (found.sag_m > limits.max_sag_m)]]
        for track in range(len(tracks))
    ]
    keys = scene.frame_table.keys
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), moments),
        not_assessed=Reason("fewer than seven boxes").where(tracks.lengths < 7),
        violated=bends >= limits.min_bends,
        measured=np.append(found.sag_m, 0.0)[index],
        limit=limits.max_sag_m,
        unit="m",
        message="straight lines between keyframes cut the curve by {measured:.2f} m ({bends} keyframes: {frames})",
        evidence={
            "bends": bends,
            "frames": np.asarray([", ".join(keys[one] for one in part[:FRAMES_TOLD]) for part in frames], dtype=object),
            "bend_deg": np.degrees(np.append(found.bend_rad, 0.0)[index]),
            "leg_m": np.append(found.leg_m, 0.0)[index],
        },
    )
