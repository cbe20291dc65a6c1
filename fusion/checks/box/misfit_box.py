"""BOX309 misfit-box: a box stands beside the returns of its object, and a shift would put it right.

What it looks for: the visible sides of a box against the outline of the object's own returns, of people and
two-wheelers the middle; over the frames of a track together, as each view tells some directions only.
Why it matters: a model learns to be off by as much, and metrics that ask for 0.3 m punish the better detector.
Evidence: the shift along length and width that would fit, the turn, frames and returns that told it, and how far off
boxes are drawn in this scene anyway; the limit follows it.
Blind spots: sides that nobody sees; sizes that are wrong on the far side; working machines; things against a wall.
Where the size is in doubt the fix is not proposed. Boxes that are turned off are heading-off-shape's (BOX311).
Example: sample_data/crossing in the tests, with every box of a parked car moved by 0.35 m.
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
from fusion.measure.face_offsets import face_offsets
from fusion.measure.surface_offsets import HEADING_OFF_RAD, SurfaceOffsets, boxes_put_right, surface_offsets
from fusion.scene.scene import Scene


class MisfitBoxLimits(Limits):
    min_shift_m: float = Field(
        0.23, gt=0, description="Careful people draw a box within 10 to 15 cm of its visible sides, on each axis."
    )
    sigmas: float = Field(
        2.8, gt=0, description="Deviations of this scene's own drawing that are none: one box in fifty, with both axes."
    )
    single_view: float = Field(
        1.25, ge=1, description="Factor on the limit where one frame tells alone: no other view confirms it."
    )
    min_gain: float = Field(
        5.0, ge=0, description="Log-likelihood a single frame must gain, so 150 times likelier than the label."
    )
    min_returns_alone: int = Field(
        20, ge=1, description="Of a single frame: fewer leave the ends of an object open by a hand's breadth."
    )


@scene_check("BOX309", Severity.WARNING, MisfitBoxLimits, tier="points")
def misfit_box(scene: Scene, limits: MisfitBoxLimits) -> Assessment:
    """How far each box is from where its object's returns put it."""
    if not any(stream.kind is SensorKind.LIDAR for stream in scene.streams.values()):
        raise NotMeasurableError("no lidar sweep in this scene")
    offsets, boxes = surface_offsets(scene), scene.labels.boxes
    departs = offsets.alone & (offsets.neighbours > 0)
    shift_m = np.linalg.norm(offsets.shift_m, axis=1)
    measured = np.where(departs, offsets.departs_m, shift_m)
    limit_m = np.maximum(limits.min_shift_m, limits.sigmas * offsets.noise_m)
    limit_m = np.where(offsets.alone & ~departs, limits.single_view * limit_m, limit_m)
    told = ~offsets.alone | (offsets.gain >= limits.min_gain)
    return Assessment(
        about=LabelRows(scene, np.arange(len(boxes))),
        not_assessed=Reason("too few returns show its surface").where(~offsets.known)
        | Reason("no shift explains the returns").where(~offsets.explained)
        | Reason("few returns in the only view that tells").where(
            offsets.alone & (offsets.returns < limits.min_returns_alone)
        )
        | Reason("most other views of it can't be told from what is around").where(offsets.exceptional)
        | Reason("its heading is off: BOX311 judges it").where(np.abs(offsets.turn_rad) > HEADING_OFF_RAD),
        violated=(measured > limit_m) & told,
        measured=measured,
        limit=limit_m,
        unit="m",
        message="is {measured:.2f} m off {compared}; moved {along_m:+.2f} m along and {across_m:+.2f} m across it fits",
        evidence={
            "compared": np.where(departs, FROM_NEIGHBOURS, FROM_RETURNS).astype(object),
            "along_m": offsets.shift_m[:, 0],
            "across_m": offsets.shift_m[:, 1],
            "turn_deg": np.degrees(offsets.turn_rad),
            "returns": offsets.returns,
            "frames": np.where(offsets.alone, 1, offsets.neighbours + 1),
            "usual_here_m": offsets.noise_m,
        },
        propose=_proposals(scene, offsets),
    )


# A length or width that is off by more is what is wrong, and a box that is moved would stay so.
MAX_SIZE_OFF_M = 0.15
FROM_RETURNS = "the returns of its object"
FROM_NEIGHBOURS = "where the other boxes of its track sit on the object"


def _proposals(scene: Scene, offsets: SurfaceOffsets) -> Callable[[int], Proposal | None]:
    """The box put onto its returns, where its size is known to be right."""
    sized = offsets.sized & (face_offsets(scene).size_off_m <= MAX_SIZE_OFF_M)

    def propose(row: int) -> Proposal | None:
        if not sized[row]:
            return None
        rows = np.asarray([row])
        return boxes_set(scene.labels, rows, {"centre_m": boxes_put_right(scene, rows).centres_m})

    return propose
