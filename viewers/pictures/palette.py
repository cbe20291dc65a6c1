"""Every colour Boresight draws with, chosen once: for pictures, the report and the viewer alike.

Names keep apart under the common colour vision deficiencies. Severities and classes never share a colour, so that a
warning is not taken for a pedestrian. Distance and height use viridis, which gets brighter throughout.

Source: Okabe & Ito 2008, "Color Universal Design" (the eight names); matplotlib's viridis (Smith & van der Walt 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import ByteImage, FloatArray
from fusion.scene.coded import Coded
from fusion.scene.taxonomy import PEOPLE, STREET_FURNITURE, TWO_WHEELERS, ObjectKind, kind_of_name


@dataclass(frozen=True)
class Colour:
    """A colour, 0..255 each."""

    red: int
    green: int
    blue: int

    @classmethod
    def of(cls, code: str) -> Colour:
        """From "#RRGGBB"."""
        return cls(int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16))

    @property
    def bgr(self) -> tuple[int, int, int]:
        """Blue, green, red: the order of images in memory."""
        return self.blue, self.green, self.red

    @property
    def hex(self) -> str:
        """As pages write it: "#RRGGBB"."""
        return f"#{self.red:02X}{self.green:02X}{self.blue:02X}"

    @property
    def unit(self) -> tuple[float, float, float]:
        """Red, green, blue as 0..1, for graphics cards."""
        return self.red / 255, self.green / 255, self.blue / 255

    def mixed(self, other: Colour, share: float) -> Colour:
        """This colour with `share` (0..1) of another."""
        pairs = zip(self.bgr[::-1], other.bgr[::-1], strict=True)
        red, green, blue = (round(own * (1 - share) + added * share) for own, added in pairs)
        return Colour(red, green, blue)


ORANGE = Colour.of("#E69F00")
SKY = Colour.of("#56B4E9")
GREEN = Colour.of("#009E73")
YELLOW = Colour.of("#F0E442")
BLUE = Colour.of("#0072B2")
VERMILLION = Colour.of("#D55E00")
PURPLE = Colour.of("#CC79A7")
# Boxes of a label set shown beside the one on trial: those that both have, and those that only it has.
OTHER_SET, ONLY_THERE = YELLOW, PURPLE
WHITE = Colour.of("#FFFFFF")

BACKGROUND = Colour.of("#14171C")
PANEL = Colour.of("#1B1F26")
SURFACE = Colour.of("#0E1014")
BORDER = Colour.of("#343B47")
GRID = Colour.of("#2A303A")
TEXT = Colour.of("#E8EAED")
MUTED = Colour.of("#9AA3AF")
UNKNOWN = Colour.of("#AEB6C2")
OUTLINE = Colour.of("#07080A")

GROUND = GREEN.mixed(WHITE, 0.25)
EGO = WHITE

SEVERITIES: dict[str, Colour] = {
    "error": VERMILLION.mixed(WHITE, 0.06),
    "warning": YELLOW,
    "info": Colour.of("#E8EAED"),
}

HEAVY_VEHICLES = frozenset(
    {ObjectKind.TRUCK, ObjectKind.BUS, ObjectKind.TRAILER, ObjectKind.TRAM, ObjectKind.CONSTRUCTION}
)
LIGHT_VEHICLES = frozenset({ObjectKind.CAR, ObjectKind.VAN})
LOOSE_THINGS = STREET_FURNITURE | {ObjectKind.ANIMAL, ObjectKind.MOVABLE}

CLASS_GROUPS: tuple[tuple[str, frozenset[ObjectKind], Colour], ...] = (
    ("car, van", LIGHT_VEHICLES, SKY),
    ("truck, bus, trailer", HEAVY_VEHICLES, BLUE),
    ("two-wheeler", TWO_WHEELERS, GREEN.mixed(WHITE, 0.06)),
    ("person", PEOPLE, ORANGE),
    ("cone, barrier, animal", LOOSE_THINGS, PURPLE),
)
OTHER_GROUP = "other"

# The first entry is the lowest value. Below DIMMEST viridis is too dark for a dark background.
VIRIDIS: tuple[tuple[int, int, int], ...] = (
    (68, 1, 84),
    (72, 24, 106),
    (71, 45, 123),
    (66, 64, 134),
    (59, 82, 139),
    (51, 99, 141),
    (44, 114, 142),
    (38, 130, 142),
    (33, 145, 140),
    (31, 159, 136),
    (39, 173, 129),
    (61, 188, 116),
    (92, 200, 99),
    (129, 211, 77),
    (170, 220, 50),
    (213, 226, 26),
    (253, 231, 37),
)
DIMMEST = 0.14


def kind_colour(kind: ObjectKind | None) -> Colour:
    """The colour of a kind of object; grey where nothing is known of it."""
    return next((colour for _, kinds, colour in CLASS_GROUPS if kind in kinds), UNKNOWN)


def class_colour(name: str) -> Colour:
    """The colour of a data set's class name."""
    return kind_colour(kind_of_name(name) if name else None)


def class_colours(category: Coded) -> list[Colour]:
    """The colour of each row of a class column."""
    by_code = [*(class_colour(name) for name in category.names), UNKNOWN]
    return [by_code[code] for code in category.codes]


def groups_in(category: Coded) -> list[tuple[str, Colour]]:
    """Names and colours of the groups of classes a column holds, in the order of `CLASS_GROUPS`."""
    present = {kind_of_name(category.names[code]) for code in np.unique(category.codes) if code >= 0}
    groups = [(name, colour) for name, kinds, colour in CLASS_GROUPS if kinds & present]
    known = frozenset().union(*(kinds for _, kinds, _ in CLASS_GROUPS))
    return groups + ([(OTHER_GROUP, UNKNOWN)] if present - known else [])


def severity_colour(severity: str) -> Colour:
    """The colour of a finding's severity."""
    return SEVERITIES.get(severity, TEXT)


def sequential_bgr(shares: ArrayLike) -> ByteImage:
    """(N, 3) uint8 blue green red of values 0 (dim) to 1 (bright); beyond is clipped, NaN is dim."""
    values = np.nan_to_num(np.clip(np.asarray(shares, dtype=np.float64), 0, 1), nan=0.0)
    place = DIMMEST + (1 - DIMMEST) * values
    table = np.asarray(VIRIDIS, dtype=np.float64)
    knots = np.linspace(0, 1, len(table))
    columns = [np.interp(place, knots, table[:, channel]) for channel in (2, 1, 0)]
    return np.stack(columns, axis=-1).round().astype(np.uint8)


def distance_shares(distance_m: ArrayLike, near_m: float, far_m: float) -> FloatArray:
    """(N,) 1 at `near_m` and before, 0 at `far_m` and beyond, even steps for equal ratios of distance."""
    distance = np.maximum(np.asarray(distance_m, dtype=np.float64), 1e-3)
    shares: FloatArray = np.clip(np.log(far_m / distance) / np.log(far_m / near_m), 0, 1)
    return shares
