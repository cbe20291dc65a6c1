"""TRK503 heading-flip: an object turns by half a turn from one frame to the next.

What it looks for: headings of elongated objects that jump by about 180 degrees and point against the rest of the track.
Why it matters: a model learns that cars drive backwards, and trackers lose the object there.
Evidence: the largest turn in degrees, how many boxes point the wrong way.
Blind spots: a heading that is wrong in every frame; people and things as long as wide; of a slow object that points
each way in half of its boxes, the wrong half.
Example: sample_data/crossing, v1.0-planted: one box of a hatchback turned by 180 degrees.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import IntArray
from calibration.transform import wrap_angle_rad
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_set
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import TrackRows
from fusion.measure.track_heading import heading_flips
from fusion.measure.track_size import size_strays
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
    """The largest turn of each track in one step, and the boxes that point the wrong way."""
    flips = heading_flips(scene, np.radians(limits.min_turn_deg), limits.max_step_s)
    tracks, boxes = scene.labels.tracks, scene.labels.boxes
    rows_of = [tracks.rows(track) for track in range(len(tracks))]
    wrong = [rows[flips.against[rows]] for rows in rows_of]
    moments = np.asarray([one[0] if len(one) else rows[0] for one, rows in zip(wrong, rows_of, strict=True)], np.int64)
    sizes_m = size_strays(scene).median_m[moments]
    elongated = (sizes_m[:, 0] > limits.min_elongation * sizes_m[:, 1]) & Kinds(boxes.category).is_any(ELONGATED)[
        moments
    ]
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), moments),
        not_assessed=Reason("not longer than wide, or no fixed front").where(~elongated)
        | Reason("no two boxes close in time").where([not flips.compared[rows].any() for rows in rows_of]),
        violated=np.asarray([len(one) > 0 for one in wrong], dtype=bool),
        measured=np.degrees([flips.turn_rad[rows].max() for rows in rows_of]),
        limit=limits.min_turn_deg,
        unit="deg",
        message="heading turns by {measured:.0f} degrees in one step ({wrong_boxes} of {boxes} boxes wrong)",
        evidence={"wrong_boxes": np.asarray([len(one) for one in wrong]), "boxes": tracks.lengths},
        propose=lambda row: _proposal(scene, wrong[row]),
    )


def _proposal(scene: Scene, rows: IntArray) -> Proposal:
    """Turn the wrong boxes round."""
    turned_rad = wrap_angle_rad(scene.labels.boxes.yaws_rad[rows] + np.pi)
    return boxes_set(scene.labels, rows, {"yaw_rad": turned_rad})
