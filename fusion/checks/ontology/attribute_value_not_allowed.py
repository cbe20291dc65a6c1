"""ONT604 attribute-value-not-allowed: labels give an attribute a value that the label specification does not allow.

What it looks for: values outside an attribute's list, and numbers outside its range.
Why it matters: a slip of the pen becomes a class of its own, or a number that no model survives.
Evidence: the attribute, the value, how many labels have it.
Blind spots: needs a label specification; an allowed value that is wrong.
Example: a car in the tests whose activity is 'parkd'.
"""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np

from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.ontology.attribute_groups import Group, boxes_with_attributes, groups_of, moments, texts
from fusion.checks.severity import Severity
from fusion.checks.specified import SpecifiedLimits
from fusion.checks.subject import NameRows
from fusion.scene.scene import Scene


class AttributeValueNotAllowedLimits(SpecifiedLimits):
    """None of its own: the label specification decides."""


@scene_check("ONT604", Severity.ERROR, AttributeValueNotAllowedLimits)
def attribute_value_not_allowed(scene: Scene, limits: AttributeValueNotAllowedLimits) -> Assessment:
    """Each value in use of each attribute that the specification defines."""
    rules, boxes = limits.rules.attributes, boxes_with_attributes(scene)
    groups: list[Group] = []
    for name, column in boxes.attributes.items():
        if name in rules:
            groups += groups_of(name, column.as_text, column.present)
    meant = [_closest(group, limits) for group in groups]
    return Assessment(
        about=NameRows(scene, tuple(group.name for group in groups), moments(groups)),
        violated=~np.asarray([rules[group.attribute].allows(group.other) for group in groups], dtype=bool),
        measured=np.asarray([group.labels for group in groups], dtype=np.float64),
        limit=0.0,
        unit="",
        message="{measured:.0f} labels have {attribute} = {value!r}, which is not allowed{hint}",
        evidence={
            "attribute": texts([group.attribute for group in groups]),
            "value": texts([group.other for group in groups]),
            "hint": texts([f"; probably {one!r}" if one else "" for one in meant]),
        },
    )


def _closest(group: Group, limits: AttributeValueNotAllowedLimits) -> str:
    values = limits.rules.attributes[group.attribute].values or ()
    return next(iter(get_close_matches(group.other, values, n=1)), "")
