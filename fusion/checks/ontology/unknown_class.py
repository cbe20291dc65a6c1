"""ONT601 unknown-class: labels carry a class name that nobody knows, or none at all.

What it looks for: names outside the data set's own list of classes, names that are a slip of another one, one class
spelled in two ways, and labels without a class among others that have one.
Why it matters: a training job drops or mis-maps them without a word, and every check by class passes them over.
Evidence: the name, how many labels carry it, the name that was probably meant.
Blind spots: a known class on the wrong object.
Example: sample_data/crossing, v1.0-planted: 'vehicle.cra' on one car.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.severity import Severity
from fusion.checks.subject import NameRows
from fusion.errors import NotMeasurableError
from fusion.scene.coded import ABSENT
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import kind_of_name


class UnknownClassLimits(Limits):
    min_likeness: float = Field(
        0.85,
        gt=0,
        le=1,
        description="Likeness of two names above which one is a slip of the other: one letter in seven.",
    )


@scene_check("ONT601", Severity.WARNING, UnknownClassLimits)
def unknown_class(scene: Scene, limits: UnknownClassLimits) -> Assessment:
    """Each class name in use, "" for none, against the declared ones and those with a meaning."""
    category, declared = scene.labels.boxes.category, scene.labels.declared_classes
    used, first, counts = np.unique(category.codes, return_index=True, return_counts=True)
    if len(used) == 1 and used[0] == ABSENT:
        raise NotMeasurableError("labels have no classes")
    names = tuple("" if code == ABSENT else category.names[code] for code in used)
    labels_of = dict(zip(names, counts.tolist(), strict=True))
    meant = [_usual_spelling(name, labels_of) or _meant(name, {*names, *(declared or ())}, limits) for name in names]
    nameless = np.asarray([name == "" for name in names], dtype=bool)
    foreign = np.asarray([declared is not None and name not in declared for name in names], dtype=bool)
    meaningless = np.asarray([kind_of_name(name) is None for name in names], dtype=bool)
    likely = np.asarray([other != "" for other in meant], dtype=bool)
    return Assessment(
        about=NameRows(scene, names, first.astype(np.int64)),
        violated=nameless | foreign | meaningless | likely,
        errors=nameless | (meaningless & (foreign | likely)),
        infos=meaningless & ~nameless & ~foreign & ~likely,
        measured=counts.astype(np.float64),
        limit=0.0,
        unit="",
        message="{what}{hint}",
        evidence={
            "name": np.asarray(names, dtype=object),
            "labels": counts,
            "what": np.asarray([_what(name, labels_of[name]) for name in names], dtype=object),
            "hint": np.asarray([f"; probably {other!r}" if other else "" for other in meant], dtype=object),
        },
        propose=lambda row: (
            Proposal(action="set", target=names[row], values={"category": meant[row]}) if meant[row] else None
        ),
    )


def _what(name: str, labels: int) -> str:
    if labels == 1:
        return f"1 label says {name!r}, {WRONG}" if name else "1 label has no class"
    return f"{labels} labels say {name!r}, {WRONG}" if name else f"{labels} labels have no class"


WRONG = "which is not one of the known classes"


def _usual_spelling(name: str, labels_of: dict[str, int]) -> str:
    """The same name with other capitals or separators that more labels carry, "" if there is none."""
    same = [other for other in labels_of if other != name and _letters(other) == _letters(name)]
    usual = max(same, key=labels_of.__getitem__, default="")
    return usual if usual and labels_of[usual] > labels_of[name] else ""


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _meant(name: str, others: Collection[str], limits: UnknownClassLimits) -> str:
    """The known name that a name without a meaning is probably a slip of, "" if there is none."""
    if kind_of_name(name) is not None or not name:
        return ""
    known = sorted(other for other in others if other != name and kind_of_name(other) is not None)
    swapped = [other for other in known if sorted(_letters(other)) == sorted(_letters(name))]
    by_lower = {other.lower(): other for other in reversed(known)}
    close = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=limits.min_likeness)
    return swapped[0] if swapped else by_lower[close[0]] if close else ""
