"""What a data set's class name means: one table from the names in use to the kinds that checks reason about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

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
    VEHICLE = "vehicle"  # any of the above, or a motorcycle: the data set doesn't say which
    MOTORCYCLE = "motorcycle"  # with or without its rider, as the data set draws it
    BICYCLE = "bicycle"  # likewise; and scooters
    RIDER = "rider"  # a person who rides, alone or with what is ridden
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
        ObjectKind.VEHICLE,
    }
)
TWO_WHEELERS = frozenset({ObjectKind.MOTORCYCLE, ObjectKind.BICYCLE, ObjectKind.RIDER})
PEOPLE = frozenset({ObjectKind.PEDESTRIAN, ObjectKind.SEATED_PERSON})
STREET_FURNITURE = frozenset({ObjectKind.CONE, ObjectKind.BARRIER, ObjectKind.SIGN})

# A vehicle and any of these can't be in the same place: steel and concrete. People and loads touch what they use.
SOLID = VEHICLES | TWO_WHEELERS
# These rest on the ground; signs hang, animals and people jump little enough to count.
GROUNDED = VEHICLES | TWO_WHEELERS | {ObjectKind.PEDESTRIAN, ObjectKind.CONE, ObjectKind.BARRIER}
# Longer than wide, so that a half turn is a wrong heading and not a matter of taste.
ELONGATED = VEHICLES | TWO_WHEELERS

# Words of a class name, most telling first: the first row whose words all occur decides. Where a definition in a data
# set's manual surprises, the row says so.
_MEANINGS: tuple[tuple[str, ObjectKind], ...] = (
    # What isn't one thing.
    ("dontcare", ObjectKind.IGNORED),
    ("dont care", ObjectKind.IGNORED),
    ("ignore", ObjectKind.IGNORED),
    ("group", ObjectKind.OTHER),
    ("crowd", ObjectKind.OTHER),
    ("rack", ObjectKind.OTHER),
    ("depiction", ObjectKind.OTHER),
    # Signs, before what they show and what they stand on.
    ("message board", ObjectKind.OTHER),
    ("traffic light", ObjectKind.OTHER),
    ("sign", ObjectKind.SIGN),
    # People, by what they do.
    ("person sitting", ObjectKind.SEATED_PERSON),
    ("construction worker", ObjectKind.PEDESTRIAN),
    ("road worker", ObjectKind.PEDESTRIAN),
    ("police officer", ObjectKind.PEDESTRIAN),
    ("crossing guard", ObjectKind.PEDESTRIAN),
    ("signaler", ObjectKind.PEDESTRIAN),
    ("child", ObjectKind.PEDESTRIAN),
    # What people push, or roll along on; nuScenes boxes the wheels together with whoever uses them.
    ("stroller", ObjectKind.MOVABLE),
    ("wheelchair", ObjectKind.MOVABLE),
    ("cart", ObjectKind.MOVABLE),
    ("wheeled slow", ObjectKind.MOVABLE),
    ("wheeled device", ObjectKind.MOVABLE),  # Argoverse 2: from skateboards to golf carts
    ("personal mobility device", ObjectKind.MOVABLE),
    ("personal mobility", ObjectKind.RIDER),
    # Riders, before what they ride.
    ("motorcyclist", ObjectKind.RIDER),
    ("bicyclist", ObjectKind.RIDER),  # Argoverse 2: the person alone, whose bicycle has a box of its own
    ("tricyclist", ObjectKind.RIDER),
    ("cyclist", ObjectKind.RIDER),
    ("biker", ObjectKind.RIDER),
    ("motorbiker", ObjectKind.RIDER),
    ("rider", ObjectKind.RIDER),
    ("motorcycle", ObjectKind.MOTORCYCLE),
    ("motorbike", ObjectKind.MOTORCYCLE),
    ("moped", ObjectKind.MOTORCYCLE),
    ("motor", ObjectKind.MOTORCYCLE),
    ("trimotorcycle", ObjectKind.MOTORCYCLE),
    ("tricycle", ObjectKind.MOTORCYCLE),
    ("pedicab", ObjectKind.MOTORCYCLE),
    ("bicycle", ObjectKind.BICYCLE),
    ("bike", ObjectKind.BICYCLE),
    ("scooter", ObjectKind.BICYCLE),
    ("pedestrian", ObjectKind.PEDESTRIAN),
    ("person", ObjectKind.PEDESTRIAN),
    ("people", ObjectKind.PEDESTRIAN),
    # What stands in the way.
    ("cone", ObjectKind.CONE),
    ("pylon", ObjectKind.CONE),
    ("barrel", ObjectKind.CONE),
    ("bollard", ObjectKind.CONE),
    ("barrier", ObjectKind.BARRIER),
    ("fence", ObjectKind.BARRIER),
    # Vehicles.
    ("trailer", ObjectKind.TRAILER),
    ("towed object", ObjectKind.TRAILER),
    ("excavator", ObjectKind.CONSTRUCTION),
    ("crane", ObjectKind.CONSTRUCTION),
    ("bulldozer", ObjectKind.CONSTRUCTION),
    ("road roller", ObjectKind.CONSTRUCTION),
    ("fork lift", ObjectKind.CONSTRUCTION),
    ("forklift", ObjectKind.CONSTRUCTION),
    ("construction", ObjectKind.CONSTRUCTION),
    ("bus", ObjectKind.BUS),
    ("buses", ObjectKind.BUS),
    ("caravan", ObjectKind.TRAILER),
    ("tram", ObjectKind.TRAM),
    ("trolley", ObjectKind.TRAM),
    ("train", ObjectKind.TRAM),
    ("railed", ObjectKind.TRAM),
    ("truck", ObjectKind.TRUCK),
    ("lorry", ObjectKind.TRUCK),
    ("ambulance", ObjectKind.VAN),
    ("van", ObjectKind.VAN),
    ("car", ObjectKind.CAR),
    ("suv", ObjectKind.CAR),
    ("regular vehicle", ObjectKind.CAR),
    ("police", ObjectKind.VEHICLE),  # nuScenes: their motorcycles too
    ("emergency vehicle", ObjectKind.VEHICLE),
    ("other vehicle", ObjectKind.VEHICLE),
    # The rest.
    ("animal", ObjectKind.ANIMAL),
    ("dog", ObjectKind.ANIMAL),
    ("debris", ObjectKind.MOVABLE),
    ("pushable", ObjectKind.MOVABLE),
    ("movable", ObjectKind.MOVABLE),
    ("trash can", ObjectKind.MOVABLE),
    ("safty triangle", ObjectKind.MOVABLE),  # SUSTechPOINTS spells it so
    ("hydrant", ObjectKind.OTHER),
    ("static", ObjectKind.OTHER),
    ("misc", ObjectKind.OTHER),
    ("other", ObjectKind.OTHER),
    ("unknown", ObjectKind.OTHER),
)

# These say something only where a name ends in them: "long vehicle" is one, "vehicle cra" is a slip.
_LAST_WORDS = {"vehicle": ObjectKind.VEHICLE, "human": ObjectKind.PEDESTRIAN}

# These are class names as they stand, and slips of another as part of one ("vehicle.track"): railways, OSDaR23.
_WHOLE_NAMES = {
    "wagons": ObjectKind.TRAM,
    **dict.fromkeys(
        (
            *("track", "transition", "switch", "drag shoe", "buffer stop"),
            *("catenary pole", "signal pole", "signal", "signal bridge", "flame", "smoke"),
        ),
        ObjectKind.OTHER,
    ),
}


@lru_cache(maxsize=4096)
def kind_of_name(name: str) -> ObjectKind | None:
    """The kind a class name stands for, None where no word of it is known.

    Words are compared whole, whatever separates them and however they are spelled: `vehicle.car`, `REGULAR_VEHICLE`,
    `Person_sitting`, `TrafficCone`. The group before the first full stop doesn't decide alone: `vehicle.cra` is
    nothing we know.
    """
    words = _words(name)
    if " ".join(words) in _WHOLE_NAMES:
        return _WHOLE_NAMES[" ".join(words)]
    own = _spellings(_words(name.partition(".")[2]) or words)
    known = own | _spellings(words)
    for meaning, kind in _MEANINGS:
        needed = set(meaning.split())
        if needed <= known and needed & own:
            return kind
    return _LAST_WORDS.get(words[-1]) if words else None


def _words(name: str) -> list[str]:
    spaced = "".join(
        f" {letter}" if letter.isupper() and before.islower() else letter
        for before, letter in zip(" " + name, name, strict=False)
    )
    return "".join(letter if letter.isalnum() else " " for letter in spaced).lower().split()


def _spellings(words: list[str]) -> set[str]:
    """The words, and what is left of plurals ("cones"), compounds ("trafficcone") and numbers ("unknown2")."""
    return set(words) | {word.rstrip("0123456789").removeprefix("traffic").removesuffix("s") for word in words}


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
