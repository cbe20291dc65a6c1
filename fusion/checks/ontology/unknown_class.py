"""ONT601 unknown-class: labels carry a class name that nobody knows.

What it looks for: names outside the data set's own list of classes, and names that are a slip of another one.
Why it matters: a training job drops or mis-maps them without a word, and every check by class passes them over.
Evidence: the name, how many labels carry it, the name that was probably meant.
Blind spots: a known class on the wrong object.
Example: sample_data/crossing, v1.0-planted: 'vehicle.cra' on one car.
"""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np
from pydantic import Field

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal
from fusion.checks.severity import Severity
from fusion.checks.subject import NameRows
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
    """Each class name in use, against the declared ones and those with a meaning."""
    category = scene.labels.boxes.category
    used = np.unique(category.codes[category.present])
    names = tuple(category.names[code] for code in used)
    declared = scene.labels.declared_classes
    foreign = np.asarray([declared is not None and name not in declared for name in names], dtype=bool)
    without_meaning = np.asarray([kind_of_name(name) is None for name in names], dtype=bool)
    meant = [_meant(name, {*names, *(declared or ())}, limits.min_likeness) for name in names]
    slip = without_meaning & np.asarray([name != "" for name in meant], dtype=bool)
    counts = np.asarray([np.count_nonzero(category.codes == code) for code in used])
    return Assessment(
        about=NameRows(scene, names, np.asarray([np.argmax(category.codes == code) for code in used], dtype=np.int64)),
        violated=foreign | without_meaning,
        errors=foreign | slip,
        infos=without_meaning & ~foreign & ~slip,
        measured=counts.astype(np.float64),
        limit=0.0,
        unit="",
        message="{labels} labels say '{name}', which is no known class{hint}",
        evidence={
            "name": np.asarray(names, dtype=object),
            "labels": counts,
            "hint": np.asarray([f"; probably '{name}'" if name else "" for name in meant], dtype=object),
        },
        propose=lambda row: (
            Proposal(action="set", target=names[row], values={"category": meant[row]}) if meant[row] else None
        ),
    )


def _meant(name: str, others: set[str], min_likeness: float) -> str:
    """The known name that this one is probably a slip of, "" if there is none."""
    known = sorted(other for other in others if other != name and kind_of_name(other) is not None)
    by_lower = {other.lower(): other for other in reversed(known)}
    close = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=min_likeness)
    return by_lower[close[0]] if close else ""
