"""ONT603 missing-attribute: labels lack an attribute that the label specification requires.

What it looks for: attributes required of a class, always or where another attribute has some value.
Why it matters: a training job reads the gap as a default, and the object gets a state nobody saw.
Evidence: the attribute, the class, how many labels lack it, of how many.
Blind spots: needs a label specification; a tool that fills gaps with a default leaves none to see.
Example: a parked car in the tests that lacks the state of its doors.
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.ontology.attribute_groups import Group, boxes_with_attributes, groups_of, moments, texts
from fusion.checks.severity import Severity
from fusion.checks.specification import AttributeRule
from fusion.checks.specified import SpecifiedLimits
from fusion.checks.subject import NameRows
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene


class MissingAttributeLimits(SpecifiedLimits):
    """None of its own: the label specification decides."""


@scene_check("ONT603", Severity.WARNING, MissingAttributeLimits)
def missing_attribute(scene: Scene, limits: MissingAttributeLimits) -> Assessment:
    """Each required attribute on each class that must have it."""
    boxes = boxes_with_attributes(scene)
    groups: list[Group] = []
    lacking: list[int] = []
    for name, rule in limits.rules.attributes.items():
        needed = _needed(boxes, rule)
        column = boxes.attributes.get(name)
        absent = needed & ~column.present if column is not None else needed
        short = {group.other: group for group in groups_of(name, boxes.category, absent)}
        for group in groups_of(name, boxes.category, needed):
            groups.append(short.get(group.other, group))
            lacking.append(short[group.other].labels if group.other in short else 0)
    counts = np.asarray(lacking, dtype=np.int64)
    return Assessment(
        about=NameRows(scene, tuple(group.name for group in groups), moments(groups)),
        violated=counts > 0,
        measured=counts.astype(np.float64),
        limit=0.0,
        unit="",
        message="{measured:.0f} labels of {of} lack {attribute!r}, which the specification requires",
        evidence={
            "attribute": texts([group.attribute for group in groups]),
            "of": texts([group.other or "no class" for group in groups]),
        },
    )


def _needed(boxes: Boxes3D, rule: AttributeRule) -> BoolArray:
    """(M,) bool: the label must have the attribute."""
    needed = np.full(len(boxes), rule.required)
    if rule.required_if is not None:
        other = boxes.attributes.get(rule.required_if.attribute)
        if other is not None:
            needed |= other.as_text.is_any(rule.required_if.values)
    if rule.classes is not None:
        needed &= boxes.category.is_any(rule.classes)
    return needed
