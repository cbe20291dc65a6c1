"""The limits of a check: numbers with their reasons, overridable from settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Limits(BaseModel):
    """Base of every check's limits; each field says in its description why the number is what it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoLimits(Limits):
    """For checks that have none: the defect is there or it is not."""
