"""What a measurement of the calibration says: a number, how sure it is, and a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(str, Enum):
    """Whether what the files say holds."""

    GOOD = "good"
    OFF = "off"
    CANNOT_TELL = "cannot tell"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Estimate:
    """One estimated quantity.

    Attributes:
        value: in `unit`; NaN where there is no number at all. A correction is what is estimated minus what is in file.
        interval: (low, high), 95 % confidence, in `unit`; None where it is unknown.
        unit: "m", "rad", "deg", "px", "ns", "ppm", ...; "" for a plain number.
        verdict: good, off, or cannot tell.
        reason: for a person, what the verdict rests on.
        frames: how many frames spoke.
    """

    value: float
    interval: tuple[float, float] | None
    unit: str
    verdict: Verdict
    reason: str
    frames: int

    @classmethod
    def cannot_tell(cls, unit: str, reason: str, frames: int = 0) -> Estimate:
        """No number, and why."""
        return cls(float("nan"), None, unit, Verdict.CANNOT_TELL, reason, frames)

    @classmethod
    def of_correction(
        cls, correction: float, interval: tuple[float, float], unit: str, limit: float, frames: int
    ) -> Estimate:
        """A correction judged by its whole interval, so that noise is never called an error.

        Good when all of the interval is within +-`limit`, the limit included; off when all of it is beyond on one
        side; else it can't tell.

        Args:
            correction: what is estimated minus what is in file.
            interval: 95 % confidence interval of the correction.
            limit: the largest correction that does no harm.
        """
        low, high = interval
        told = f"correction {correction:+.4g} {unit}, between {low:+.4g} and {high:+.4g}, limit {limit:.4g}"
        if -limit <= low and high <= limit:
            verdict = Verdict.GOOD
        elif low > limit or high < -limit:
            verdict = Verdict.OFF
        else:
            verdict = Verdict.CANNOT_TELL
            told = f"{told}: the interval is too wide for either verdict"
        return cls(correction, interval, unit, verdict, told, frames)
