"""When two boxes may be the same object: what is measured between them, and how far off it may be for their class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

import numpy as np

from calibration.arrays import FloatArray
from fusion.scene.coded import Coded
from fusion.scene.taxonomy import PEOPLE, STREET_FURNITURE, TWO_WHEELERS, Kinds, ObjectKind


class MatchMeasure(str, Enum):
    """What is measured between two boxes."""

    CENTRE = "centre"  # horizontal distance of the centres, metres
    BEV_IOU = "bev-iou"
    IOU_3D = "iou-3d"


_LONG = (ObjectKind.TRUCK, ObjectKind.BUS, ObjectKind.TRAILER, ObjectKind.TRAM, ObjectKind.CONSTRUCTION)
# nuScenes counts true positives at 2 m and averages precision up to 4 m; the ends of what is long are often guessed,
# people stand closer together than 2 m, cones closer still.
CENTRE_LIMITS_M: Mapping[ObjectKind, float] = MappingProxyType(
    {
        **dict.fromkeys(_LONG, 4.0),
        **dict.fromkeys(TWO_WHEELERS, 1.5),
        **dict.fromkeys(PEOPLE, 1.0),
        **dict.fromkeys(STREET_FURNITURE, 0.75),
    }
)
CENTRE_LIMIT_M = 2.0
# Over a half no box can have two partners, as in panoptic quality; narrow things lose overlap with centimetres.
OVERLAP_LIMITS: Mapping[ObjectKind, float] = MappingProxyType(
    dict.fromkeys((*TWO_WHEELERS, *PEOPLE, *STREET_FURNITURE), 0.25)
)
OVERLAP_LIMIT = 0.5


@dataclass(frozen=True)
class MatchRule:
    """When two boxes of a frame may be the same object.

    limit, limit_of_kind: largest distance in metres, or smallest IoU, the limit itself still matches; where two
    classes have different limits the stricter counts; class_aware: only boxes of the same class; else the class is
    one hint among others, worth `same_class_worth` of the similarity, so that swapped classes are seen without a
    rider being taken for their bicycle.
    """

    measure: MatchMeasure = MatchMeasure.CENTRE
    limit: float = CENTRE_LIMIT_M
    limit_of_kind: Mapping[ObjectKind, float] = field(default_factory=lambda: CENTRE_LIMITS_M)
    class_aware: bool = False
    same_class_worth: float = 0.25

    @classmethod
    def of(cls, measure: MatchMeasure | str, class_aware: bool = False) -> MatchRule:
        """The rule with a measure's own limits.

        Raises:
            ValueError: there is no such measure.
        """
        chosen = MatchMeasure(measure)
        if chosen is MatchMeasure.CENTRE:
            return cls(class_aware=class_aware)
        return cls(chosen, OVERLAP_LIMIT, OVERLAP_LIMITS, class_aware)

    def with_limit(self, limit: float) -> MatchRule:
        """The same rule with one limit for all classes."""
        return replace(self, limit=limit, limit_of_kind=MappingProxyType({}))

    def limits_of(self, category: Coded) -> FloatArray:
        """(M,) the limit of each row's class."""
        limits: FloatArray = Kinds(category).column(dict(self.limit_of_kind), self.limit)
        return limits

    def stricter(self, limits: FloatArray, their_limits: FloatArray) -> FloatArray:
        """(P,) the limit of pairs."""
        pick = np.minimum if self.measure is MatchMeasure.CENTRE else np.maximum
        stricter: FloatArray = pick(limits, their_limits)
        return stricter

    def describe(self) -> str:
        """One line for a person."""
        words = {
            MatchMeasure.CENTRE: "centres within {} m",
            MatchMeasure.BEV_IOU: "BEV IoU of at least {}",
            MatchMeasure.IOU_3D: "3D IoU of at least {}",
        }
        other = sorted({limit for limit in self.limit_of_kind.values() if limit != self.limit})
        by_class = f" ({', '.join(f'{limit:g}' for limit in other)} for some classes)" if other else ""
        classes = "same class" if self.class_aware else "any class"
        return f"{words[self.measure].format(f'{self.limit:g}')}{by_class}, {classes}"
