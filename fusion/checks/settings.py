"""What concerns judgement: which checks run, with which limits. One TOML file, stored with every run.

select = ["BOX", "TRK501"]          # codes, names or families; empty means all
ignore = ["heading-flip"]
base_rate = 0.02                    # share of labels expected to be wrong
specification = "labels.toml"       # the annotators' guideline, relative to this file
priors = "priors.toml"              # what `boresight learn` wrote
precision = "precision.toml"        # what `boresight review learn` wrote

[checks.floating-box]               # by name or code
severity = "error"
max_gap_m = 0.40
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from fusion.checks.catalogue import CATALOGUE, find_check
from fusion.checks.check import Check, Tier
from fusion.checks.learned_precision import LearnedPrecision
from fusion.checks.limits import Limits
from fusion.checks.prior_limits import PriorLimits
from fusion.checks.severity import Severity
from fusion.checks.specification import LabelSpecification
from fusion.checks.specified import SpecifiedLimits
from fusion.errors import SettingsError, UnknownCheckError
from fusion.measure.priors import Priors
from fusion.scene.stored_models import read_toml

FAMILIES = tuple(dict.fromkeys(check.family for check in CATALOGUE))


class Settings(BaseModel):
    """Which checks run and with which limits; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ("labels", "points", "search", "pixels")
    base_rate: float = Field(
        0.02, gt=0, lt=0.5, description="Share of labels expected to be wrong; published audits find 1 to 4 %."
    )
    specification: LabelSpecification | None = None
    priors: Priors | None = None
    precision: LearnedPrecision | None = None
    checks: dict[str, dict[str, Any]] = {}

    @classmethod
    def from_toml(cls, path: str | Path) -> Settings:
        """Settings of a file.

        Raises:
            SettingsError: the file is missing or no TOML, has unknown keys, or values out of range.
        """
        content = read_toml(path, "settings file")
        return cls.of(_with_named_files(content, Path(path)), str(path))

    @classmethod
    def of(cls, content: Mapping[str, Any], place: str = "settings") -> Settings:
        """Settings of a mapping, every limit checked at once; `place` names it in errors.

        Raises:
            SettingsError: unknown keys, or values out of range.
        """
        try:
            return cls.model_validate(dict(content), context={"place": place})
        except ValidationError as error:
            raise SettingsError(f"{place}: {_first_error(error, list(cls.model_fields))}") from error

    def with_selection(self, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Settings:
        """The same settings, with a selection from the command line on top."""
        changed = self.model_copy(update={"select": tuple(select) or self.select, "ignore": (*self.ignore, *ignore)})
        changed._require_known("--select/--ignore")
        return changed

    @model_validator(mode="after")
    def _names_what_exists(self, info: ValidationInfo) -> Settings:
        """A misspelled check would leave nothing to run, and nothing to run looks clean."""
        self._require_known((info.context or {}).get("place", "settings"))
        return self

    @property
    def active_checks(self) -> tuple[Check[Any], ...]:
        """The checks that run, in code order."""
        return tuple(check for check in CATALOGUE if self._runs(check))

    def limits_of(self, check: Check[Any]) -> Limits:
        """The limits a check runs with."""
        return self._limits[check.code]

    def severity_of(self, check: Check[Any]) -> Severity | None:
        """A severity that replaces the check's own, if the settings give one."""
        given = self._overrides.get(check.code, {}).get("severity")
        return None if given is None else Severity(given)

    def _runs(self, check: Check[Any]) -> bool:
        chosen = not self.select or any(_names(word, check) for word in self.select)
        chosen = chosen and (self._has_its_file(check) or check.code in self.select or check.name in self.select)
        return chosen and check.tier in self.tiers and not any(_names(word, check) for word in self.ignore)

    def _has_its_file(self, check: Check[Any]) -> bool:
        """Checks that hold labels against a file of the user's own run where there is one, or when they are named."""
        if issubclass(check.limits_type, SpecifiedLimits):
            return self.specification is not None
        return not issubclass(check.limits_type, PriorLimits) or self.priors is not None

    @cached_property
    def _overrides(self) -> dict[str, dict[str, Any]]:
        return {find_check(name).code: values for name, values in self.checks.items()}

    @cached_property
    def _limits(self) -> dict[str, Limits]:
        return {check.code: check.limits_type(**self._limit_values(check)) for check in CATALOGUE}

    def _limit_values(self, check: Check[Any]) -> dict[str, Any]:
        values = {key: value for key, value in self._overrides.get(check.code, {}).items() if key != "severity"}
        if issubclass(check.limits_type, SpecifiedLimits) and self.specification is not None:
            values.setdefault("specification", self.specification)
        if issubclass(check.limits_type, PriorLimits) and self.priors is not None:
            values.setdefault("priors", self.priors)
        return values

    def _require_known(self, place: str) -> None:
        for word in (*self.select, *self.ignore):
            if word not in FAMILIES:
                _known_check(word, f"{place}: ")
        named: dict[str, str] = {}
        for name in self.checks:
            check = _known_check(name, f"{place}: [checks.{name}]: ")
            if named.setdefault(check.code, name) != name:
                raise SettingsError(f"{place}: [checks.{name}]: {named[check.code]} and {name} are the same check")
            self._require_limits(check, place, name)

    def _require_limits(self, check: Check[Any], place: str, name: str) -> None:
        given = self._overrides[check.code].get("severity")
        if given is not None and given not in list(Severity):
            raise SettingsError(f"{place}: [checks.{name}] severity: expected error, warning or info, got {given!r}")
        try:
            check.limits_type(**self._limit_values(check))
        except ValidationError as error:
            allowed = ["severity", *check.limits_type.model_fields]
            raise SettingsError(f"{place}: [checks.{name}] {_first_error(error, allowed)}") from error


READERS: tuple[tuple[str, type[LabelSpecification | Priors | LearnedPrecision]], ...] = (
    ("specification", LabelSpecification),
    ("priors", Priors),
    ("precision", LearnedPrecision),
)


def _with_named_files(content: dict[str, Any], settings: Path) -> dict[str, Any]:
    """The content with specification, priors and precision read in, where it names their files."""
    read: dict[str, Any] = {}
    for name, reader in READERS:
        value = content.get(name)
        if value == "" or not isinstance(value, (str, dict, type(None))):
            raise SettingsError(f"{settings}: {name}: expected the path of a file, got {value!r}")
        if isinstance(value, str):
            read[name] = reader.from_toml(settings.parent / value)
    return content | read


def _known_check(name: str, place: str) -> Check[Any]:
    try:
        return find_check(name)
    except UnknownCheckError as error:
        raise SettingsError(f"{place}{error}") from error


def _names(word: str, check: Check[Any]) -> bool:
    return word in (check.code, check.name, check.family)


def _first_error(error: ValidationError, allowed: list[str]) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{key}: {first['msg']}, got {first['input']!r}"
    close = get_close_matches(key, allowed, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(allowed)}"
    return f"unknown key {key!r}; {hint}"
