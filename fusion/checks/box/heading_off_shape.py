"""BOX311 heading-off-shape: a vehicle's box is turned against the sides its returns show.

What it looks for: the turn that lays the visible sides of a box onto the outline of the object's own returns, modulo a
quarter turn; over the frames of a track together.
Why it matters: ends of long vehicles reach into the next lane, and their predicted paths bend there.
Evidence: the turn, the shift that goes with it, returns and frames that told it, how far off headings are here anyway.
Blind spots: front taken for rear, which no outline tells; short vehicles; only one end in view; working machines.
Example: sample_data/crossing in the tests of the fault library, with a parked van turned by 15 degrees.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pydantic import Field

from calibration.sensors import SensorKind
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_set
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import LabelRows
from fusion.errors import NotMeasurableError
from fusion.measure.surface_fit import BOX_SHAPED
from fusion.measure.surface_offsets import SurfaceOffsets, boxes_put_right, surface_offsets
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import Kinds


class HeadingOffShapeLimits(Limits):
    max_turn_deg: float = Field(
        8.0, gt=0, description="Careful people turn a long box within 2 degrees; one side in view tells it to 3."
    )
    sigmas: float = Field(3.0, gt=0, description="Deviations of this scene's own headings that are none.")
    single_view: float = Field(
        1.25, ge=1, description="Factor on the limit where one frame tells alone: no other view confirms it."
    )
    min_gain: float = Field(
        5.0, ge=0, description="Log-likelihood a single frame must gain, so 150 times likelier than the label."
    )
    min_elongation: float = Field(1.4, ge=1, description="Of squarer boxes a corner looks like a side that is turned.")


@scene_check("BOX311", Severity.WARNING, HeadingOffShapeLimits, tier="points")
def heading_off_shape(scene: Scene, limits: HeadingOffShapeLimits) -> Assessment:
    """How far each long vehicle is turned from where its returns put it."""
    if not any(stream.kind is SensorKind.LIDAR for stream in scene.streams.values()):
        raise NotMeasurableError("no lidar sweep in this scene")
    offsets, boxes = surface_offsets(scene), scene.labels.boxes
    length_m, width_m, _ = boxes.sizes_m.T
    long = Kinds(boxes.category).is_any(BOX_SHAPED) & (length_m >= limits.min_elongation * width_m)
    turn_deg = np.degrees(offsets.turn_rad)
    limit_deg = np.maximum(limits.max_turn_deg, limits.sigmas * np.degrees(offsets.noise_rad))
    limit_deg = np.where(offsets.alone, limits.single_view * limit_deg, limit_deg)
    told = ~offsets.alone | (offsets.gain >= limits.min_gain)
    return Assessment(
        about=LabelRows(scene, np.arange(len(boxes))),
        not_assessed=Reason("no long vehicle").where(~long)
        | Reason("too few returns show its surface").where(~offsets.known)
        | Reason("no turn explains the returns").where(~offsets.explained),
        violated=(np.abs(turn_deg) > limit_deg) & told,
        measured=np.abs(turn_deg),
        limit=limit_deg,
        unit="deg",
        message="is turned {measured:.0f} degrees against its visible sides",
        evidence={
            "turn_deg": turn_deg,
            "along_m": offsets.shift_m[:, 0],
            "across_m": offsets.shift_m[:, 1],
            "returns": offsets.returns,
            "frames": np.where(offsets.alone, 1, offsets.neighbours + 1),
            "usual_here_deg": np.degrees(offsets.noise_rad),
        },
        propose=_proposals(scene, offsets),
    )


def _proposals(scene: Scene, offsets: SurfaceOffsets) -> Callable[[int], Proposal | None]:
    """The heading its returns show."""

    def propose(row: int) -> Proposal | None:
        if not (offsets.explained[row] and offsets.known[row]):
            return None
        rows = np.asarray([row])
        return boxes_set(scene.labels, rows, {"yaw_rad": boxes_put_right(scene, rows).yaws_rad})

    return propose
