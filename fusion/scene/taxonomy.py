"""What a data set's class name means: one table from the names in use to the kinds that checks reason about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from calibration.arrays import BoolArray
from fusion.scene.coded import ABSENT, Coded


class ObjectKind(str, Enum):
    """Kinds of things that get a box, as far as physics tells them apart."""

    CAR = "car"
    VAN = "van"
    TRUCK = "truck"
    BUS = "bus"
    TRAILER = "trailer"
    TRAM = "tram"
    CONSTRUCTION = "construction vehicle"
    MOTORCYCLE = "motorcycle"
    BICYCLE = "bicycle"
    CYCLIST = "cyclist"
    PEDESTRIAN = "pedestrian"
    SEATED_PERSON = "seated person"
    ANIMAL = "animal"
    CONE = "cone"
    BARRIER = "barrier"
    SIGN = "sign"
    MOVABLE = "movable thing"
    OTHER = "other"
    IGNORED = "ignored region"


VEHICLES = frozenset(
    {
        ObjectKind.CAR,
        ObjectKind.VAN,
        ObjectKind.TRUCK,
        ObjectKind.BUS,
        ObjectKind.TRAILER,
        ObjectKind.TRAM,
        ObjectKind.CONSTRUCTION,
    }
)
TWO_WHEELERS = frozenset({ObjectKind.MOTORCYCLE, ObjectKind.BICYCLE, ObjectKind.CYCLIST})
PEOPLE = frozenset({ObjectKind.PEDESTRIAN, ObjectKind.SEATED_PERSON})
STREET_FURNITURE = frozenset({ObjectKind.CONE, ObjectKind.BARRIER, ObjectKind.SIGN})

# Two of these can't be in the same place: steel and concrete. People, riders and loads touch what they use.
SOLID = VEHICLES | {ObjectKind.MOTORCYCLE}
# These rest on the ground; signs hang, animals and people jump little enough to count.
GROUNDED = VEHICLES | TWO_WHEELERS | {ObjectKind.PEDESTRIAN, ObjectKind.CONE, ObjectKind.BARRIER}
# Longer than wide, so that a half turn is a wrong heading and not a matter of taste.
ELONGATED = VEHICLES | TWO_WHEELERS

# Words of a class name, most telling first: the first row whose words all occur decides.
_WORDS: tuple[tuple[tuple[str, ...], ObjectKind], ...] = (
    (("dontcare",), ObjectKind.IGNORED),
    (("ignore",), ObjectKind.IGNORED),
    (("person", "sitting"), ObjectKind.SEATED_PERSON),
    (("bicycle", "rack"), ObjectKind.OTHER),
    (("bicycle", "without"), ObjectKind.BICYCLE),
    (("motorcyclist",), ObjectKind.MOTORCYCLE),
    (("motorcycle",), ObjectKind.MOTORCYCLE),
    (("motorbike",), ObjectKind.MOTORCYCLE),
    (("bicyclist",), ObjectKind.CYCLIST),
    (("cyclist",), ObjectKind.CYCLIST),
    (("rider",), ObjectKind.CYCLIST),
    (("bicycle",), ObjectKind.BICYCLE),
    (("bike",), ObjectKind.BICYCLE),
    (("scooter",), ObjectKind.BICYCLE),
    (("stroller",), ObjectKind.MOVABLE),
    (("wheelchair",), ObjectKind.MOVABLE),
    (("wheeled", "device"), ObjectKind.BICYCLE),
    (("construction", "worker"), ObjectKind.PEDESTRIAN),
    (("police", "officer"), ObjectKind.PEDESTRIAN),
    (("crossing", "guard"), ObjectKind.PEDESTRIAN),
    (("pedestrian",), ObjectKind.PEDESTRIAN),
    (("person",), ObjectKind.PEDESTRIAN),
    (("human",), ObjectKind.PEDESTRIAN),
    (("trailer",), ObjectKind.TRAILER),
    (("cone",), ObjectKind.CONE),
    (("construction", "barrel"), ObjectKind.CONE),
    (("bollard",), ObjectKind.CONE),
    (("barrier",), ObjectKind.BARRIER),
    (("message", "board"), ObjectKind.OTHER),
    (("sign",), ObjectKind.SIGN),
    (("construction",), ObjectKind.CONSTRUCTION),
    (("bus",), ObjectKind.BUS),
    (("tram",), ObjectKind.TRAM),
    (("train",), ObjectKind.TRAM),
    (("railed",), ObjectKind.TRAM),
    (("truck",), ObjectKind.TRUCK),
    (("lorry",), ObjectKind.TRUCK),
    (("ambulance",), ObjectKind.VAN),
    (("police",), ObjectKind.CAR),
    (("van",), ObjectKind.VAN),
    (("car",), ObjectKind.CAR),
    (("regular", "vehicle"), ObjectKind.CAR),
    (("large", "vehicle"), ObjectKind.TRUCK),
    (("emergency", "vehicle"), ObjectKind.OTHER),
    (("other", "vehicle"), ObjectKind.OTHER),
    (("vehicle",), ObjectKind.CAR),
    (("animal",), ObjectKind.ANIMAL),
    (("dog",), ObjectKind.ANIMAL),
    (("debris",), ObjectKind.MOVABLE),
    (("pushable",), ObjectKind.MOVABLE),
    (("movable",), ObjectKind.MOVABLE),
    (("static",), ObjectKind.OTHER),
    (("misc",), ObjectKind.OTHER),
    (("other",), ObjectKind.OTHER),
    (("unknown",), ObjectKind.OTHER),
)


def kind_of_name(name: str) -> ObjectKind | None:
    """The kind a class name stands for, None where no word of it is known.

    Words are compared whole ("vehicle.cra" is not a car), whatever separates them and however they are spelled:
    `vehicle.car`, `REGULAR_VEHICLE`, `Person_sitting`, `TrafficCone`.
    """
    words = _words(name)
    group, own = words[:1], words[1:]
    # "vehicle.car" and "vehicle.cra" both start with their group's name: only the rest may decide, where there is one.
    if own and "." in name:
        return _first_match(own) or _first_match_of_pairs(group, own)
    return _first_match(words)


def _first_match(words: list[str]) -> ObjectKind | None:
    joined = set(words) | {word.removeprefix("traffic").removesuffix("s") for word in words}
    return next((kind for needed, kind in _WORDS if set(needed) <= joined), None)


def _first_match_of_pairs(group: list[str], own: list[str]) -> ObjectKind | None:
    words = set(group + own)
    return next((kind for needed, kind in _WORDS if len(needed) > 1 and set(needed) <= words), None)


def _words(name: str) -> list[str]:
    spaced = "".join(
        f" {letter}" if letter.isupper() and before.islower() else letter
        for before, letter in zip(" " + name, name, strict=False)
    )
    return "".join(letter if letter.isalnum() else " " for letter in spaced).lower().split()


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kind of each row of a category column."""

    category: Coded

    @property
    def by_name(self) -> tuple[ObjectKind | None, ...]:
        """The kind of each distinct name."""
        return tuple(kind_of_name(name) for name in self.category.names)

    def is_any(self, kinds: frozenset[ObjectKind] | set[ObjectKind]) -> BoolArray:
        """(M,) bool: the row's kind is one of `kinds`."""
        wanted = [code for code, kind in enumerate(self.by_name) if kind in kinds]
        return np.isin(self.category.codes, wanted)

    @property
    def known(self) -> BoolArray:
        """(M,) bool: the row's class name means something to us."""
        unknown = [code for code, kind in enumerate(self.by_name) if kind is None]
        return ~np.isin(self.category.codes, [*unknown, ABSENT])

    def column(self, value_of: dict[ObjectKind, float], default: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """(M,) a number by kind, such as a limit."""
        values = [default if kind is None else value_of.get(kind, default) for kind in self.by_name]
        return np.asarray([*values, default], dtype=np.float64)[self.category.codes]
