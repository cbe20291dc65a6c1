"""What annotators ticked about the motion of an object: it stands, it moves, nobody rides it.

nuScenes says it in the value (`vehicle.parked`, `pedestrian.moving`, `cycle.without_rider`), Lyft too
(`object_action_parked`, `is_stationary`); others name an attribute and tick it (`parked: true`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray
from fusion.scene.attributes import AttributeColumn
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene

PARKED = frozenset({"parked", "parking"})
HALTED = frozenset({"stopped", "stationary", "standing", "halted"})
MOVES = frozenset({"moving", "driving", "walking", "running", "riding"})
TICKED = frozenset({"true", "1", "yes"})
# "not moving", "loss of control", "other motion": a word of it would say the opposite.
UNCLEAR = frozenset({"not", "non", "no", "un", "other", "unknown"})


@dataclass(frozen=True, eq=False)
class MotionClaims:
    """By row of the labels (M,) bool; a row may claim nothing.

    parked: it stands for long; halted: it stands, for now; moves; riderless: a two-wheeler without its rider;
    names: (M,) the words as the data set has them, "" where it claims nothing.
    """

    parked: BoolArray
    halted: BoolArray
    moves: BoolArray
    riderless: BoolArray
    names: Coded

    @property
    def any(self) -> bool:
        """Whether any label claims anything."""
        return bool(self.names.present.any())


def motion_claims(scene: Scene) -> MotionClaims:
    """What the labels on trial claim about motion."""
    return scene.measurements.get("motion claims", lambda: _motion_claims(scene))


def _motion_claims(scene: Scene) -> MotionClaims:
    rows = len(scene.labels)
    claims = {name: np.zeros(rows, dtype=bool) for name in ("parked", "halted", "moves", "riderless")}
    words = np.full(rows, "", dtype=object)
    for name, column in scene.labels.boxes.attributes.items():
        values = column.as_text
        for code, value in enumerate(values.names):
            claimed = claim_of(name, value)
            if claimed:
                told = values.codes == code
                claims[claimed] |= told
                words[told] = value if value.lower() not in TICKED else name
    return MotionClaims(**claims, names=Coded.from_values(words.tolist()))


def claim_of(name: str, value: str) -> str | None:
    """What an attribute with this value claims: "parked", "halted", "moves", "riderless" or nothing."""
    said = _words(name) if value.strip().lower() in TICKED else _words(value)
    if said & UNCLEAR:
        return None
    if "rider" in said:
        return "riderless" if "without" in said else None
    found = [kind for kind, words in (("parked", PARKED), ("halted", HALTED), ("moves", MOVES)) if said & words]
    return found[0] if len(found) == 1 else None


def is_motion(column: AttributeColumn, name: str) -> bool:
    """Whether an attribute says something about motion."""
    return any(claim_of(name, value) for value in column.as_text.names)


def _words(text: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return set(re.findall(r"[a-z0-9]+", spaced.lower()))
