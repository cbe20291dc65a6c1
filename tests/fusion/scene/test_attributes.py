from __future__ import annotations

import numpy as np
import pytest

from calibration.errors import ShapeError
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.coded import Coded


def numbers(*values: float) -> AttributeColumn:
    return AttributeColumn(np.asarray(values))


def words(*values: str | None) -> AttributeColumn:
    return AttributeColumn(Coded.from_values(values))


def test_values_come_back_as_words_numbers_or_nothing() -> None:
    assert [words("parked", None)[row] for row in (0, 1)] == ["parked", None]
    assert [numbers(2.0, np.nan)[row] for row in (0, 1)] == [2.0, None]
    assert numbers(2.0, np.nan).present.tolist() == words("parked", "").present.tolist() == [True, False]


def test_whole_numbers_and_truth_values_become_numbers() -> None:
    assert AttributeColumn(np.array([1, 0]))[0] == 1.0  # type: ignore[arg-type]
    assert AttributeColumn(np.array([True, False]))[1] == 0.0  # type: ignore[arg-type]


def test_taken_rows_keep_their_scope() -> None:
    taken = Attributes({"colour": AttributeColumn(Coded.from_values(["red", "blue"]), "track")}).take([1])["colour"]
    assert (taken[0], taken.scope) == ("blue", "track")


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ShapeError, match="equally long"):
        Attributes({"occluded": numbers(1, 2), "colour": words("red")})


def test_missing_columns_are_absent_below_each_other() -> None:
    joined = Attributes.concatenate(
        [(Attributes({"occluded": numbers(1.0)}), 1), (Attributes({"colour": words("red", "blue")}), 2)]
    )
    assert [joined["occluded"][row] for row in range(3)] == [1.0, None, None]
    assert [joined["colour"][row] for row in range(3)] == [None, "red", "blue"]


def test_a_number_in_one_part_and_a_word_in_the_next_are_words() -> None:
    parts = [(Attributes({"state": numbers(0.1, np.nan, 3)}), 3), (Attributes({"state": words("open")}), 1)]
    assert Attributes.concatenate(parts)["state"].as_text.values.tolist() == ["0.1", "", "3", "open"]
    assert Attributes.concatenate(parts[::-1])["state"].as_text.values.tolist() == ["open", "0.1", "", "3"]


def test_no_attributes_are_no_columns() -> None:
    assert len(Attributes()) == len(Attributes.concatenate([])) == len(Attributes().take([0, 1])) == 0
