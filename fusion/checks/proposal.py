"""What would put it right: the change a person can accept with one key."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from fusion.checks.rounding import rounded


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
