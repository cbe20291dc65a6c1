"""What reviews taught, as a file: how often each check is right, how many labels are wrong, what no check found.

Written by `boresight review learn`, and used only when it is passed (`check --precision`). It moves scores, so that
what is likelier right comes first; it never changes a severity, a limit or what the run fails on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fusion.errors import SettingsError
from fusion.scene.stored_models import first_complaint, read_toml

PRECISION_SCHEMA: Final = "boresight.precision/1"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class LearnedRate(_Record):
    """A share with its 95 % interval; reviewed: cases it rests on, hits: how many of them count; from `scenes`."""

    hits: int = Field(ge=0)
    reviewed: int = Field(ge=0)
    value: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    scenes: int = Field(ge=0)


class CheckPrecision(LearnedRate):
    """How often a check is right.

    unsure: drawn findings that reviewers could not decide, counted in neither; log_odds_shift: what its scores are
    moved by, so that they say what reviews said.
    """

    name: str
    unsure: int = Field(0, ge=0)
    log_odds_shift: float = Field(ge=-6, le=6, description="A thousand to one and back: nothing is more certain.")


class LabelRates(_Record):
    """How many labels are wrong, altogether and by kind, and the share of them that checks flagged."""

    error_rate: LearnedRate | None = None
    recall: LearnedRate | None = None
    by: dict[str, dict[str, LearnedRate]] = {}


class LearnedPrecision(_Record):
    """The whole file; checks: by code."""

    schema_name: Literal["boresight.precision/1"] = Field(PRECISION_SCHEMA, alias="schema")
    tool_version: str = ""
    checks: dict[str, CheckPrecision] = {}
    labels: LabelRates = LabelRates()

    @classmethod
    def from_toml(cls, path: str | Path) -> LearnedPrecision:
        """What a file says.

        Raises:
            SettingsError: the file is missing, no TOML, or holds something else.
        """
        try:
            return cls.model_validate(read_toml(path, "precision file"))
        except ValidationError as error:
            raise SettingsError(f"{path}: {first_complaint(error)}") from error

    def to_toml(self) -> str:
        """The file's text."""
        import tomli_w

        return tomli_w.dumps(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    def shift_of(self, code: str) -> float:
        """What the log odds of a check's scores are moved by; 0 for one that nobody reviewed."""
        return self.checks[code].log_odds_shift if code in self.checks else 0.0
