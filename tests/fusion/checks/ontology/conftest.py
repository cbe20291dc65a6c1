from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from fusion.checks.check import Check
from fusion.checks.finding import Finding, findings_of
from fusion.checks.specification import LabelSpecification
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def labelled(
    category: Sequence[str],
    places: Sequence[Sequence[float]] | None = None,
    sizes: Sequence[Sequence[float]] | None = None,
    track: Sequence[str | None] | None = None,
    frames: Sequence[int] | None = None,
    points: Any = None,
    **attributes: Sequence[str | None],
) -> Scene:
    """Boxes 10 m apart, or where told, in one frame, or in those told."""
    count = len(category)
    boxes = Boxes3D.upright(
        places if places is not None else [[10.0 * (row + 1), 0, 0.8] for row in range(count)],
        sizes if sizes is not None else np.tile([4.5, 1.9, 1.6], (count, 1)),
        np.zeros(count),
        category=list(category),
        track=None if track is None else list(track),
        attributes=Attributes(
            {name: AttributeColumn(Coded.from_values(column)) for name, column in attributes.items()}
        ),
    )
    if frames is not None:
        stamps = np.arange(max(frames) + 1) * 100_000_000
        return scene_from_arrays(boxes=boxes, box_frames=list(frames), timestamps_ns=stamps)
    return scene_from_arrays(boxes=boxes, points=points)


def specified(**parts: Any) -> LabelSpecification:
    """A specification of cars and riders, and what else is given."""
    content = {"schema": "boresight.specification/1", "classes": {"car": {}, "rider": {}}} | parts
    return LabelSpecification.model_validate(content)


def judged(check: Check[Any], scene: Scene, rules: LabelSpecification | None) -> list[Finding]:
    limits = check.limits_type(specification=rules)
    targets = [scene] if check.level == "scene" else list(scene.frames)
    return [
        finding
        for target in targets
        for assessment in check.assess(target, limits)
        for finding in findings_of(check, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)
    ]


@pytest.fixture
def label() -> Callable[..., Scene]:
    return labelled


@pytest.fixture
def specify() -> Callable[..., LabelSpecification]:
    return specified


@pytest.fixture
def judge() -> Callable[[Check[Any], Scene, LabelSpecification | None], list[Finding]]:
    return judged
