"""Priors: what objects of a class are usually like, learned from labels that are trusted.

    schema = "boresight.priors/1"
    source = "12 scenes of ..."

    [[entries]]
    category = "vehicle.car"     # as the data set calls it
    feature = "length"           # see `object_features.FEATURES`; logarithms where those say so
    from_m = 0.0                 # range from ego it was seen at
    to_m = 20.0
    count = 312                  # tracks for what belongs to an object, boxes for what belongs to a moment
    middle = 1.49                # median
    below = 0.08                 # one standard deviation down and up: distance to the 16th and 84th percentile
    above = 0.11

An entry of few objects is drawn towards what is published for its kind, where there is such a number, and a cell of
less than fifty gives way to its class at any range.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from calibration.arrays import BoolArray, FloatArray
from fusion.errors import SettingsError
from fusion.measure.object_features import FEATURES, Feature, ObjectFeatures, object_features
from fusion.measure.published_sizes import PUBLISHED_LN_SIZES
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene
from fusion.scene.stored_models import first_complaint, read_toml
from fusion.scene.taxonomy import kind_of_name

RANGES_M = ((0.0, 20.0), (20.0, 40.0), (40.0, 80.0), (80.0, 1000.0))
ANY_RANGE_M = (0.0, 1000.0)
# Below, a cell's percentiles are its own accidents.
LEAST_IN_CELL = 50
LEAST_IN_CLASS = 8
# As many objects weigh as much as what is published.
PUBLISHED_WEIGHT = 20
# Narrower than people draw: 3 % of a size, and as much of everything else that is kept as a logarithm.
LEAST_SPREAD = 0.03
ONE_SIGMA_PERCENTILES = (15.87, 50.0, 84.13)


class PriorEntry(BaseModel):
    """One feature of one class at one range; see the module."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    category: str
    feature: str
    from_m: float = Field(ge=0)
    to_m: float = Field(gt=0)
    count: int = Field(ge=1)
    middle: float
    below: float = Field(gt=0)
    above: float = Field(gt=0)

    @field_validator("feature")
    @classmethod
    def _is_measured(cls, feature: str) -> str:
        """A misspelt feature would be looked up by nobody, and its class would look unremarkable."""
        known = [one.name for one in FEATURES]
        if feature not in known:
            raise ValueError(f"no feature {feature!r}; there are {', '.join(known)}")
        return feature

    @model_validator(mode="after")
    def _range_in_order(self) -> PriorEntry:
        if self.from_m >= self.to_m:
            raise ValueError(f"expected from_m below to_m, got {self.from_m:g} to {self.to_m:g}")
        return self

    @property
    def key(self) -> tuple[str, str, float]:
        """What it is looked up by."""
        return self.category, self.feature, self.from_m if self.to_m < ANY_RANGE_M[1] else -1.0


class Priors(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_name: Literal["boresight.priors/1"] = Field(alias="schema")
    source: str = ""
    entries: tuple[PriorEntry, ...] = Field(min_length=1)

    @classmethod
    def from_toml(cls, path: str | Path) -> Priors:
        """The priors of a file.

        Raises:
            SettingsError: the file is missing, no TOML, or holds something else.
        """
        try:
            return cls.model_validate(read_toml(path, "priors file"))
        except ValidationError as error:
            raise SettingsError(f"{path}: {first_complaint(error)}") from error

    def to_toml(self) -> str:
        """The file's text."""
        import tomli_w

        return tomli_w.dumps(self.model_dump(mode="json", by_alias=True))

    def deviations(self, feature: str, category: Coded, values: FloatArray, ranges_m: FloatArray) -> FloatArray:
        """(M,) how many standard deviations a value lies from the middle of its class; NaN without a prior."""
        table = {entry.key: entry for entry in self.entries if entry.feature == feature}
        found = np.full(len(values), np.nan)
        for code, name in enumerate(category.names):
            rows = category.codes == code
            for low_m, high_m in RANGES_M:
                here = rows & _within(ranges_m, low_m, high_m)
                entry = table.get((name, feature, low_m)) or table.get((name, feature, -1.0))
                if entry is not None and here.any():
                    off = values[here] - entry.middle
                    found[here] = off / np.where(off < 0, entry.below, entry.above)
        return found


def learn_priors(scenes: Iterable[Scene], with_points: bool = True) -> Priors:
    """Priors of trusted labels.

    Raises:
        SettingsError: no class has enough labels to learn from.
    """
    gathered: dict[tuple[str, str], list[tuple[FloatArray, FloatArray]]] = defaultdict(list)
    names, labels = [], 0
    for scene in scenes:
        features = object_features(scene, with_points)
        names.append(scene.name)
        labels += len(scene.labels)
        for feature in FEATURES:
            for category, values, ranges_m in _by_class(scene.labels.boxes, feature, features):
                gathered[(category, feature.name)].append((values, ranges_m))
    entries = [entry for key, parts in sorted(gathered.items()) for entry in _entries(*key, parts)]
    if not entries:
        raise SettingsError(f"{labels} labels of {len(names)} scenes: no class has enough objects to learn from")
    return Priors(schema="boresight.priors/1", source=f"{labels} labels of {len(names)} scenes", entries=tuple(entries))


def _by_class(
    boxes: Boxes3D, feature: Feature, features: ObjectFeatures
) -> Iterable[tuple[str, FloatArray, FloatArray]]:
    """Known values of a feature by class; of what belongs to an object, its median along the track."""
    values, ranges_m = features.columns[feature.name], features.ranges_m
    for code, name in enumerate(boxes.category.names):
        rows = np.flatnonzero((boxes.category.codes == code) & np.isfinite(values))
        if not len(rows):
            continue
        if feature.of_track and boxes.track.present[rows].any():
            _, owner = np.unique(boxes.track.codes[rows], return_inverse=True)
            groups = [rows[owner == one] for one in range(owner.max() + 1)]
            yield name, _medians(values, groups), _medians(ranges_m, groups)
        else:
            yield name, values[rows], ranges_m[rows]


def _medians(values: FloatArray, groups: list[np.ndarray[tuple[int], np.dtype[np.int64]]]) -> FloatArray:
    return np.asarray([np.median(values[rows]) for rows in groups])


def _entries(category: str, feature: str, parts: list[tuple[FloatArray, FloatArray]]) -> list[PriorEntry]:
    values, ranges_m = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    entries = []
    for low_m, high_m in (*RANGES_M, ANY_RANGE_M):
        whole = (low_m, high_m) == ANY_RANGE_M
        chosen = values if whole else values[_within(ranges_m, low_m, high_m)]
        if len(chosen) >= (LEAST_IN_CLASS if whole else LEAST_IN_CELL):
            entries.append(_entry(category, feature, (low_m, high_m), chosen))
    return entries


def _entry(category: str, feature: str, range_m: tuple[float, float], values: FloatArray) -> PriorEntry:
    low, middle, high = np.percentile(values, ONE_SIGMA_PERCENTILES)
    below, above = max(middle - low, LEAST_SPREAD), max(high - middle, LEAST_SPREAD)
    published = PUBLISHED_LN_SIZES.get((kind_of_name(category), feature))
    if published is not None:
        own = len(values) / (len(values) + PUBLISHED_WEIGHT)
        middle = own * middle + (1 - own) * published[0]
        below, above = (own * spread + (1 - own) * published[1] for spread in (below, above))
    return PriorEntry(
        category=category,
        feature=feature,
        from_m=range_m[0],
        to_m=range_m[1],
        count=len(values),
        middle=round(float(middle), 5),
        below=round(float(below), 5),
        above=round(float(above), 5),
    )


def _within(ranges_m: FloatArray, low_m: float, high_m: float) -> BoolArray:
    """Unknown ranges count as the middle of what lidars see."""
    known = np.where(np.isfinite(ranges_m), ranges_m, 30.0)
    return np.asarray((known >= low_m) & (known < high_m), dtype=bool)
