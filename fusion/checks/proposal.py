"""What would put it right: the change a person can accept with one key."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from calibration.arrays import IntArray
from fusion.checks.rounding import rounded
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_set import LabelSet


class Proposal(BaseModel):
    """A correction that the evidence determines.

    target: the label's or track's own id; values: columns to set, such as centre_m, size_m, yaw_rad, in `reference`
    (the label set's native frame); timestamps_ns: the instants it applies to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["set", "delete", "add", "merge", "split", "retime"]
    target: str
    values: dict[str, Any] = {}
    reference: str = ""
    timestamps_ns: tuple[int, ...] = ()

    @field_validator("values", mode="before")
    @classmethod
    def _rounded(cls, values: Any) -> Any:
        """Arrays become lists, and numbers are as fine as their unit asks: as in the finding."""
        return rounded(values)


def boxes_set(labels: LabelSet, rows: IntArray, values: dict[str, Any]) -> Proposal:
    """Columns set in `rows` of one track, at least one of them; one box alone goes by its own id."""
    boxes = labels.boxes
    return Proposal(
        action="set",
        target=str(boxes.label_ids[rows[0]]) if len(rows) == 1 else boxes.track[int(rows[0])],
        values=values,
        reference=labels.reference,
        timestamps_ns=tuple(int(stamp) for stamp in boxes.timestamps_ns[rows]),
    )


def boxes_added(labels: LabelSet, like_row: int, boxes: Boxes3D) -> Proposal:
    """Boxes of one size, in the frame of the labels, added to the track of a row."""
    return Proposal(
        action="add",
        target=labels.boxes.track[like_row],
        values={"centre_m": boxes.centres_m, "size_m": boxes.sizes_m[0], "yaw_rad": boxes.yaws_rad},
        reference=labels.reference,
        timestamps_ns=tuple(int(stamp) for stamp in boxes.timestamps_ns),
    )
