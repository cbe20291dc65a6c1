"""The label specification: the annotators' guideline as a file that checks can read and people can too.

    schema = "boresight.specification/1"
    title = "Urban boxes"
    about = "What the labels of the 2026 deliveries must look like."

    [scope]                                     # where labels are promised
    max_range_m = 80.0
    min_points = 1

    [classes."vehicle.car"]                     # by the data set's own name
    about = "Passenger cars, SUVs, pick-ups; without mirrors."
    length_m = [3.0, 6.5]
    width_m = [1.4, 2.4]
    height_m = [1.1, 2.2]
    points_by_range = [{ from_m = 0, to_m = 30, at_least = 10 }]

    [attributes.activity]
    about = "What the vehicle does in this frame."
    values = ["moving", "stopped", "parked"]
    classes = ["vehicle.car"]                   # who may carry it; left out, all
    required = true

    [attributes.door]
    values = ["open", "closed"]
    required_if = { attribute = "activity", is = ["parked"] }

    [classes."human.rider"]
    about = "The person alone; what is ridden has a box of its own."

    [classes."vehicle.bicycle"]

    [[overlaps]]                                # two classes whose boxes may share only so much of the smaller one
    classes = ["vehicle.car", "human.rider"]
    max_share = 0.1
    about = "A rider is beside the car."

Settings name it: `specification = "labels.toml"`, relative to the settings file. Nothing else is allowed in it: a
misspelt key is an error, and so is a class or attribute that is named and not defined.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fusion.errors import SettingsError
from fusion.scene.stored_models import read_toml

SPECIFICATION_SCHEMA = "boresight.specification/1"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _ordered(bounds: tuple[float, float] | None, name: str) -> None:
    if bounds is not None and not 0 <= bounds[0] <= bounds[1]:
        raise ValueError(f"{name}: expected [smallest, largest], got {list(bounds)}")


Bounds = tuple[float, float]


class PointsByRange(_Part):
    """How many points an object needs at a distance to be labelled."""

    from_m: float = Field(0.0, ge=0)
    to_m: float = Field(gt=0)
    at_least: int = Field(ge=1)

    @model_validator(mode="after")
    def _forward(self) -> PointsByRange:
        if self.to_m <= self.from_m:
            raise ValueError(f"to_m must be beyond from_m, got {self.from_m:g} to {self.to_m:g}")
        return self


class ScopeRule(_Part):
    """Where labels are promised; what lies outside should not be labelled."""

    min_range_m: float = Field(0.0, ge=0)
    max_range_m: float | None = Field(None, gt=0)
    min_points: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _range_in_order(self) -> ScopeRule:
        if self.max_range_m is not None and self.min_range_m >= self.max_range_m:
            raise ValueError(f"min_range_m {self.min_range_m:g} leaves nothing up to max_range_m {self.max_range_m:g}")
        return self


class ClassRule(_Part):
    """One class."""

    about: str = ""
    length_m: Bounds | None = None
    width_m: Bounds | None = None
    height_m: Bounds | None = None
    points_by_range: tuple[PointsByRange, ...] = ()

    @model_validator(mode="after")
    def _bounds_in_order(self) -> ClassRule:
        for name in ("length_m", "width_m", "height_m"):
            _ordered(getattr(self, name), name)
        ends = sorted((rule.from_m, rule.to_m) for rule in self.points_by_range)
        if any(earlier[1] > later[0] for earlier, later in itertools.pairwise(ends)):
            raise ValueError("points_by_range: the ranges overlap")
        return self


class Condition(_Part):
    """When an attribute is required: another one has one of these values."""

    attribute: str
    values: Annotated[tuple[str, ...], Field(alias="is", min_length=1)]


class AttributeRule(_Part):
    """One attribute.

    values: those allowed, None for any; numbers: [smallest, largest] of an attribute that is a number; several: the
    value is a list joined by ';'; constant: it belongs to the object, so it may not change along its track.
    """

    about: str = ""
    values: tuple[str, ...] | None = None
    numbers: tuple[float, float] | None = None
    several: bool = False
    classes: tuple[str, ...] | None = None
    required: bool = False
    required_if: Condition | None = None
    constant: bool = False

    @model_validator(mode="after")
    def _one_kind_of_value(self) -> AttributeRule:
        if self.values is not None and self.numbers is not None:
            raise ValueError("needs either 'values' or 'numbers', not both")
        if self.numbers is not None and self.numbers[0] > self.numbers[1]:
            raise ValueError(f"numbers: expected [smallest, largest], got {list(self.numbers)}")
        if self.values == ():
            raise ValueError("values: expected at least one; left out, any is allowed")
        if self.values is not None and len(set(self.values)) < len(self.values):
            raise ValueError("values: one is there twice")
        return self

    def allows(self, value: str) -> bool:
        """Whether a value, as text, is one of those allowed."""
        parts = value.split(";") if self.several else [value]
        if self.values is not None:
            return all(part.strip() in self.values for part in parts)
        return self.numbers is None or all(_is_number_within(part, self.numbers) for part in parts)

    def may_stand_on(self, category: str) -> bool:
        """Whether labels of a class may carry it."""
        return self.classes is None or category in self.classes


class OverlapRule(_Part):
    """How much of the smaller footprint the boxes of two classes, or of one, may share."""

    classes: tuple[str, str]
    max_share: float = Field(0.0, ge=0, le=1)
    about: str = ""


class LabelSpecification(_Part):
    """The whole file."""

    schema_name: Literal["boresight.specification/1"] = Field(alias="schema")
    title: str = "Label specification"
    about: str = ""
    scope: ScopeRule = ScopeRule()
    classes: dict[str, ClassRule] = Field(min_length=1)
    attributes: dict[str, AttributeRule] = {}
    overlaps: tuple[OverlapRule, ...] = ()

    @classmethod
    def from_toml(cls, path: str | Path) -> LabelSpecification:
        """The specification of a file.

        Raises:
            SettingsError: the file is missing or no TOML, has unknown keys, or contradicts itself.
        """
        content = read_toml(path, "label specification")
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise SettingsError(f"{path}: {'; '.join(_told(error))}") from error

    @model_validator(mode="after")
    def _names_only_what_it_defines(self) -> LabelSpecification:
        for place, name, known in self._references():
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
                raise ValueError(f"{place}: {name!r} is not defined; {hint}")
        for name, rule in self.attributes.items():
            self._require_possible(name, rule)
        return self

    def _references(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Every name that the file uses: where, the name, and those it may be."""
        classes, attributes = tuple(self.classes), tuple(self.attributes)
        for name, rule in self.attributes.items():
            for category in rule.classes or ():
                yield f"attributes.{name}.classes", category, classes
            if rule.required_if is not None:
                yield f"attributes.{name}.required_if", rule.required_if.attribute, attributes
        for overlap in self.overlaps:
            for category in overlap.classes:
                yield "overlaps", category, classes

    def _require_possible(self, name: str, rule: AttributeRule) -> None:
        """A condition no value can meet is a slip."""
        if rule.required_if is None:
            return
        if rule.required_if.attribute == name:
            raise ValueError(f"attributes.{name}.required_if: an attribute can't require itself")
        other = self.attributes[rule.required_if.attribute]
        never = [value for value in rule.required_if.values if not other.allows(value)]
        if never:
            raise ValueError(
                f"attributes.{name}.required_if: {rule.required_if.attribute} is never {', '.join(map(repr, never))}"
            )


def _is_number_within(text: str, bounds: tuple[float, float]) -> bool:
    try:
        return bounds[0] <= float(text) <= bounds[1]
    except ValueError:
        return False


def _told(error: ValidationError) -> list[str]:
    told = []
    for one in error.errors(include_url=False):
        place = ".".join(str(part) for part in one["loc"])
        message = one["msg"].removeprefix("Value error, ")
        told.append(f"{place}: {message}" if place else message)
    return told
