"""One line of the audit: which number of the files was questioned, what the data say it is, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from calibration.arrays import FloatArray
from calibration.errors import BoresightError
from calibration.estimate import Estimate, Verdict


class AuditError(BoresightError):
    """An audit was asked for something that makes no sense, such as an estimate in another unit."""


@dataclass(frozen=True, eq=False)
class ScanCurve:
    """How well the data agree with each value of a quantity that was tried, for a person to look at.

    Attributes:
        values: (K,) tried, in the unit of the result.
        agreement: (K,) larger is better.
        says: what the agreement is, such as "correlation" or "share of outlines on edges".
    """

    values: FloatArray
    agreement: FloatArray
    says: str


@dataclass(frozen=True)
class AuditResult:
    """One quantity of one sensor, as the files have it and as the data say it is.

    Attributes:
        sensor: whose number it is.
        relative_to: what it was held against: another sensor, "poses", "ego", or "" for nothing but itself.
        quantity: "extrinsic.yaw", "intrinsic.fx", "clock.offset", ...
        unit: of every number here, the same as the estimate's.
        in_file: what the files say; None where they say nothing.
        estimate: of the quantity itself, not of its correction; `of_correction` turns one into the other.
        scan: agreement over the values tried, where the audit tried some.

    Raises:
        AuditError: the estimate is in another unit.
    """

    sensor: str
    relative_to: str
    quantity: str
    unit: str
    in_file: float | None
    estimate: Estimate
    scan: ScanCurve | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.estimate.unit != self.unit:
            raise AuditError(
                f"{self.quantity} of {self.sensor} is in '{self.unit}', but its estimate is in '{self.estimate.unit}'"
            )

    @classmethod
    def of_correction(
        cls, sensor: str, relative_to: str, quantity: str, in_file: float, correction: Estimate
    ) -> AuditResult:
        """From an estimate of what to add to the file's value, such as `Estimate.of_correction` makes."""
        interval = correction.interval
        moved = replace(
            correction,
            value=in_file + correction.value,
            interval=None if interval is None else (in_file + interval[0], in_file + interval[1]),
        )
        return cls(sensor, relative_to, quantity, correction.unit, in_file, moved)

    @property
    def estimated(self) -> float | None:
        """What the data say; None where they can't tell."""
        return _number(self.estimate.value)

    @property
    def correction(self) -> float | None:
        """What to add to the file's value: `estimated - in_file`; None where one of them is missing."""
        if self.estimated is None or self.in_file is None:
            return None
        return _number(self.estimated - self.in_file)

    @property
    def verdict(self) -> Verdict:
        """Whether what the files say holds."""
        return self.estimate.verdict

    def as_dict(self) -> dict[str, Any]:
        """One entry of `boresight.calib/1`: plain JSON values, None for every number there isn't."""
        interval = self.estimate.interval
        return {
            "sensor": self.sensor,
            "relative_to": self.relative_to,
            "quantity": self.quantity,
            "unit": self.unit,
            "in_file": None if self.in_file is None else _number(self.in_file),
            "estimated": self.estimated,
            "correction": self.correction,
            "interval": None if interval is None else [_number(interval[0]), _number(interval[1])],
            "verdict": str(self.estimate.verdict),
            "reason": self.estimate.reason,
            "frames": int(self.estimate.frames),
        }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
