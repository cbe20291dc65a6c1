from __future__ import annotations

import pytest

from fusion.scene.scope import LabelScope


@pytest.mark.parametrize(
    ("scope", "line"),
    [
        pytest.param(LabelScope(), "all around (estimated)", id="nothing known"),
        pytest.param(
            LabelScope(("front", "left"), max_range_m=80, min_points=1, source="declared"),
            "seen by front, left, up to 80 m, from 1 points (declared)",
            id="cameras and range",
        ),
        pytest.param(
            LabelScope(classes=("car", "van"), min_pixels=25.0, source="format"),
            "all around, from 25 px, 2 classes (format)",
            id="classes and pixels",
        ),
    ],
)
def test_a_scope_tells_a_person_what_was_promised(scope: LabelScope, line: str) -> None:
    assert scope.describe() == line
