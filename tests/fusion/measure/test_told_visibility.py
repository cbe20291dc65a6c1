from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.told_visibility import told_visible_shares
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.coded import Coded


def shares(**columns: list[str | None]) -> np.ndarray:
    attributes = {name: AttributeColumn(Coded.from_values(values)) for name, values in columns.items()}
    return told_visible_shares(Attributes(attributes), len(next(iter(columns.values()))))


@pytest.mark.parametrize(
    ("column", "level", "expected"),
    [
        ("visibility", "v0-40", (0.0, 0.4)),
        ("visibility", "80-100%", (0.8, 1.0)),
        ("visibility", "good", (np.nan, np.nan)),
        ("occluded", "0", (0.7, 1.0)),
        ("occluded", "3", (np.nan, np.nan)),
        ("occlusion", "Partly", (0.2, 0.95)),
        ("occlusion", "largely_occluded", (0.0, 0.5)),
    ],
)
def test_levels_stand_for_shares(column: str, level: str, expected: tuple[float, float]) -> None:
    np.testing.assert_array_equal(shares(**{column: [level]}), [expected])


def test_numbers_and_gaps_are_understood_and_the_first_column_that_tells_counts() -> None:
    told = shares(visibility=["v0-40", None, None], occluded=["0", "2", None])
    np.testing.assert_array_equal(told, [[0, 0.4], [0, 0.5], [np.nan, np.nan]])
    numbers = Attributes({"occluded": AttributeColumn(np.array([0.0, np.nan]))})
    np.testing.assert_array_equal(told_visible_shares(numbers, 2), [[0.7, 1.0], [np.nan, np.nan]])


def test_labels_without_such_attributes_tell_nothing() -> None:
    assert np.isnan(told_visible_shares(Attributes(), 3)).all()
