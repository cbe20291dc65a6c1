"""Calibration and clocks: what `boresight calib --json` measured, else what the checks of a run said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fusion.checks.finding import Finding
from fusion.formats.json_files import read_model
from fusion.run.document import CheckSummary

SCHEMA = "boresight.calib/1"
FAMILIES = ("RIG", "TIM")
HALF_WIDTH = 100.0
# The widest of interval and correction ends here, so that its end can still be seen.
SHARE_OF_HALF = 0.92


class CalibResult(BaseModel):
    """One line of the audit, as written; what later versions add is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sensor: str
    relative_to: str
    quantity: str
    unit: str
    in_file: float | None
    estimated: float | None
    correction: float | None
    interval: Annotated[tuple[float, float], Field(strict=False)] | None
    verdict: str
    reason: str

    @property
    def marks(self) -> tuple[float, float, float] | None:
        """Correction and the ends of its interval, -100 to 100, 0 where the file is right; None without one."""
        if self.correction is None or self.interval is None or self.estimated is None:
            return None
        low, high = (end - self.estimated + self.correction for end in self.interval)
        reach = max(abs(low), abs(high), abs(self.correction))
        scale = SHARE_OF_HALF * HALF_WIDTH / reach if reach else 0.0
        return round(low * scale, 2), round(self.correction * scale, 2), round(high * scale, 2)


class CalibDocument(BaseModel):
    """What `calib --json` wrote."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    schema_name: Literal["boresight.calib/1"] = Field(alias="schema")
    results: tuple[CalibResult, ...]

    def of(self, verdict: str) -> list[CalibResult]:
        """The results of one verdict."""
        return [result for result in self.results if result.verdict == verdict]

    @property
    def untold(self) -> list[tuple[str, str]]:
        """Each reason why something can't be told, and what it concerns."""
        concerned: dict[str, list[str]] = {}
        for result in self.results:
            if result.verdict not in ("off", "good"):
                concerned.setdefault(result.reason, []).append(f"{result.sensor} {result.quantity}")
        return [(reason, ", ".join(names)) for reason, names in concerned.items()]

    @property
    def counts(self) -> Counter[str]:
        """By verdict."""
        return Counter(result.verdict for result in self.results)


@dataclass(frozen=True)
class CheckLine:
    """What one check says of calibration or clocks."""

    check: CheckSummary
    findings: Sequence[Finding]

    @property
    def state(self) -> str:
        """The severity of what it found, "fine", or "not assessed"."""
        if self.findings:
            return self.findings[0].severity
        return "fine" if self.check.assessed else "not assessed"


def check_lines(checks: Sequence[CheckSummary], leading: Sequence[Finding]) -> list[CheckLine]:
    """The checks of calibration and clocks, what is wrong first."""
    own = [check for check in checks if check.code[:3] in FAMILIES]
    lines = [CheckLine(check, [one for one in leading if one.code == check.code]) for check in own]
    states = ("error", "warning", "info", "fine", "not assessed")
    return sorted(lines, key=lambda line: (states.index(line.state), line.check.code))


def read_calib(path: str | Path) -> CalibDocument:
    """The document of a file.

    Raises:
        FileProblemError: the file is missing, or holds something else.
    """
    return read_model(path, CalibDocument, SCHEMA)
