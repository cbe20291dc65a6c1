"""TRK503 heading-flip: an object turns by half a turn from one frame to the next.

What it looks for: headings of elongated objects that jump by about 180 degrees and point against the rest of the track.
Why it matters: a model learns that cars drive backwards, and trackers lose the object there.
Evidence: the turn in degrees, how many frames point the other way, which they are.
Blind spots: a heading that is wrong in every frame; people and things as long as wide.
Example: sample_data/crossing, v1.0-planted: one box of a car turned by 180 degrees.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.transform import wrap_angle_rad
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.track_heading import heading_flips
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import ELONGATED, Kinds


class HeadingFlipLimits(Limits):
    min_turn_deg: float = Field(
        135.0, gt=90, lt=180, description="No vehicle turns that far between two frames; a U-turn takes seconds."
    )
    min_elongation: float = Field(1.3, ge=1, description="Length over width below which front and side look alike.")
    max_step_s: float = Field(1.0, gt=0, description="Between boxes further apart in time, an object may really turn.")


@scene_check("TRK503", Severity.ERROR, HeadingFlipLimits)
def heading_flip(scene: Scene, limits: HeadingFlipLimits) -> Assessment:
    """The largest turn of each track in one step, and the frames that point against the others."""
    flips = heading_flips(scene, np.radians(limits.min_turn_deg), limits.max_step_s)
    tracks, boxes = scene.labels.tracks, scene.labels.boxes
    rows_of = [tracks.rows(track) for track in range(len(tracks))]
    flipped = [rows[flips.against[rows]] for rows in rows_of]
    worst = np.asarray(
        [against[0] if len(against) else rows[0] for rows, against in zip(rows_of, flipped, strict=True)]
    )
    sizes_m = boxes.sizes_m[worst]
    elongated = (sizes_m[:, 0] > limits.min_elongation * sizes_m[:, 1]) & Kinds(boxes.category).is_any(ELONGATED)[worst]
    turn_deg = np.degrees([float(flips.turn_rad[rows].max()) for rows in rows_of])
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), worst),
        not_assessed=Reason("only one box").where(tracks.lengths < 2)
        | Reason("not longer than wide, or no fixed front").where(~elongated),
        violated=np.asarray([len(against) > 0 for against in flipped], dtype=bool),
        measured=turn_deg,
        limit=limits.min_turn_deg,
        unit="deg",
        message="heading turns by {measured:.0f} degrees in one step ({frames} frames point the other way)",
        evidence={"frames": np.asarray([len(against) for against in flipped])},
        propose=lambda row: Proposal(
            action="set",
            target=str(boxes.label_ids[worst[row]]),
            values={"yaw_rad": [round(float(wrap_angle_rad(boxes.yaws_rad[r] + np.pi)), 5) for r in flipped[row]]},
            reference=scene.labels.reference,
            timestamps_ns=tuple(int(boxes.timestamps_ns[r]) for r in flipped[row]),
        ),
    )
