"""DAT006 recorded-count-mismatch: the data set says other numbers of points than the boxes hold.

What it looks for: boxes whose recorded number of lidar points is not the number inside them; where many boxes of a
frame are off, one finding for the frame, because their counts have a common cause.
Why it matters: training and evaluation choose boxes by that number; and a number that is wrong shows that a box was
moved after it was counted, or that boxes and points are not of the same sweep, frame of reference or convention.
Evidence: both numbers; for a frame, how many of how many boxes are off.
Blind spots: which of the two is wrong; boxes of a few points; shifts that cost a box few of its points.
Example: a street in the tests whose counts are of boxes half a metre further on.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import BoxRows, MeasurementRows
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame


class RecordedCountMismatchLimits(Limits):
    max_difference: int = Field(3, ge=0, description="Points that lie on a face, or are lost to rounding.")
    max_share: float = Field(
        0.15, ge=0, lt=1, description="Of the points; rounded poses cost real nuScenes boxes up to a tenth."
    )
    min_points: int = Field(
        5, ge=1, description="Boxes of fewer points can hardly be off, and don't speak for a frame."
    )
    max_share_of_boxes: float = Field(
        0.3, gt=0, lt=1, description="Edits by hand concern a few boxes; three in ten have a common cause."
    )
    min_boxes: int = Field(10, ge=1, description="With fewer to compare, a few edits already look like many.")


@frame_check("DAT006", Severity.WARNING, RecordedCountMismatchLimits)
def recorded_count_mismatch(frame: SyncedFrame, limits: RecordedCountMismatchLimits) -> tuple[Assessment, Assessment]:
    """Recorded against counted points, by box, and for the frame as a whole."""
    recorded = frame.boxes.recorded_point_counts
    if recorded is None or (len(recorded) and not (recorded >= 0).any()):
        raise NotMeasurableError("labels record no point counts")
    counted = frame.point_counts
    more = np.maximum(recorded, counted)
    limit = np.maximum(limits.max_difference, limits.max_share * more)
    difference = np.abs(recorded - counted).astype(np.float64)
    compared = (recorded >= 0) & (more >= limits.min_points)
    wrong = compared & (difference > limit)
    off, of = int(wrong.sum()), int(compared.sum())
    common = of >= limits.min_boxes and off > limits.max_share_of_boxes * of
    boxes = Assessment(
        about=BoxRows(frame),
        not_assessed=Reason("no recorded point count").where(recorded < 0)
        | Reason("counts of the whole frame are off").where(np.full(len(recorded), common))
        | Reason("too few points to compare").where(~compared),
        violated=wrong,
        measured=difference,
        limit=limit,
        unit="",
        message="{counted} lidar points are inside, {recorded} are recorded",
        evidence={"counted": counted, "recorded": recorded},
    )
    whole = Assessment(
        about=MeasurementRows(frame, (_lidar(frame),)),
        not_assessed=Reason("too few boxes to speak for the frame").where([of < limits.min_boxes]),
        violated=np.asarray([common]),
        measured=off / max(1, of),
        limit=limits.max_share_of_boxes,
        unit="share",
        message="{wrong} of {compared} boxes hold other numbers of points than recorded: another sweep, or boxes "
        "moved or meant otherwise since",
        evidence={"wrong": off, "compared": of},
    )
    return boxes, whole


def _lidar(frame: SyncedFrame) -> str:
    """The lidar that stands for the frame: the one whose time it has, else its first."""
    reference, lidars = frame.scene.frame_table.reference_lidar, tuple(frame.lidars)
    return reference if reference in lidars else lidars[0]
