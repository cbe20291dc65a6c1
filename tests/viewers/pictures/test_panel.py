from __future__ import annotations

import numpy as np
import pytest

from viewers.pictures.drawing import new_canvas
from viewers.pictures.palette import SKY, SURFACE
from viewers.pictures.panel import (
    GAP_PX,
    MARGIN_PX,
    TITLE_PX,
    columns,
    fact_sheet,
    fitted,
    message_card,
    sheet,
    titled,
)


def test_a_title_stands_above_the_picture_and_leaves_it_alone() -> None:
    picture = new_canvas(200, 100, SKY)
    panel = titled(picture, "a title that is much too long for so small a panel", "a note")
    assert panel.shape == (100 + TITLE_PX, 200, 3)
    assert (panel[TITLE_PX + 2 : -2, 2:-2] == SKY.bgr).all()


def test_a_smaller_picture_is_centred_and_a_larger_one_cut() -> None:
    assert (fitted(new_canvas(100, 50, SKY), 200, 100)[25:75, 50:150] == SKY.bgr).all()
    assert fitted(new_canvas(300, 300, SKY), 200, 100).shape == (100, 200, 3)


def test_rows_lie_below_each_other_with_equal_margins() -> None:
    page = sheet([[new_canvas(50, 40, SKY), new_canvas(30, 40, SKY)], [], [new_canvas(92, 20, SKY)]])
    assert page.shape == (40 + 20 + GAP_PX + 2 * MARGIN_PX, 92 + 2 * MARGIN_PX, 3)
    lit = (page == SKY.bgr).all(axis=2)
    assert np.count_nonzero(lit) == 50 * 40 + 30 * 40 + 92 * 20
    assert not lit[:MARGIN_PX].any()
    assert not lit[:, :MARGIN_PX].any()


@pytest.mark.parametrize(("width", "count"), [(1568, 3), (100, 1), (101, 4)])
def test_columns_fill_the_row(width: int, count: int) -> None:
    assert sum(columns(width, count)) + GAP_PX * (count - 1) == width


@pytest.mark.parametrize("size", [(400, 200), (140, 44)], ids=["roomy", "cramped"])
def test_a_message_is_written_in_the_middle(size: tuple[int, int]) -> None:
    card = message_card(*size, "no ego pose at this frame, so the labels in the world can't be moved to the vehicle")
    assert card.shape == (size[1], size[0], 3)
    assert (card != SURFACE.bgr).any()


def test_more_facts_than_fit_end_in_dots_and_long_values_are_wrapped() -> None:
    facts = [("source", "training/label_2/" + "0" * 90 + ".txt:1")] + [(f"name {n}", f"{n} m") for n in range(40)]
    assert fact_sheet(260, 200, facts).shape == (200, 260, 3)
    assert (fact_sheet(260, 200, []) == SURFACE.bgr).all()
