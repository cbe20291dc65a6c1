from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from calibration.errors import ShapeError
from fusion.checks.assessment import MAX_EXCESS, Assessment
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import Described, Subject


@dataclass(frozen=True)
class Rows(Subject):
    count: int

    def __len__(self) -> int:
        return self.count

    def describe(self, row: int) -> Described:
        return Described("box", (str(row),))


def assessment(measured: Any, limit: Any = 1.0, violated: Any = None, **more: Any) -> Assessment:
    count = len(measured)
    flags = np.abs(measured) > limit if violated is None else np.asarray(violated)
    return Assessment(Rows(count), flags, measured, limit, "m", "{measured}", **more)


def test_an_unassessed_row_is_never_reported() -> None:
    blind = Reason("dark").where([False, True, False])
    judged = assessment(np.array([2.0, 2.0, 0.5]), not_assessed=blind)
    assert judged.assessed.tolist() == [True, False, True]
    assert judged.reported.tolist() == [0]


def test_without_reasons_every_row_is_assessed() -> None:
    assert assessment(np.array([2.0, 0.5])).assessed.tolist() == [True, True]


@pytest.mark.parametrize("name", ["violated", "errors", "infos"])
def test_flags_have_one_entry_a_row(name: str) -> None:
    with pytest.raises(ShapeError, match=f"{name} needs 2 rows"):
        assessment(np.zeros(2), **{name: np.zeros(3, dtype=bool)})


def test_reasons_have_one_entry_a_row() -> None:
    with pytest.raises(ShapeError, match="not_assessed needs 2 rows, got 3"):
        assessment(np.zeros(2), not_assessed=Reason("dark").where(np.zeros(3, dtype=bool)))


@pytest.mark.parametrize(
    ("measured", "limit", "excess"),
    [
        pytest.param(1.0, 1.0, 1.0, id="at the limit"),
        pytest.param(-3.0, 1.0, 3.0, id="the sign says nothing"),
        pytest.param(0.5, 2.0, 4.0, id="below a lower limit"),
        pytest.param(3.0, 0.0, 3.0, id="nothing was allowed"),
        pytest.param(0.0, 0.0, 1.0, id="nothing of nothing"),
        pytest.param(np.nan, 1.0, MAX_EXCESS, id="not a number"),
        pytest.param(1e9, 1.0, MAX_EXCESS, id="beyond all bounds"),
    ],
)
def test_excess_is_how_many_times_beyond_the_limit(measured: float, limit: float, excess: float) -> None:
    assert assessment(np.array([measured]), limit, [True]).excess.tolist() == [excess]


def test_a_limit_may_differ_by_row() -> None:
    judged = assessment(np.array([2.0, 2.0]), np.array([1.0, 4.0]))
    assert judged.reported.tolist() == [0]
    assert judged.excess.tolist() == [2.0, 2.0]


def test_rows_may_be_worse_or_milder_than_their_check() -> None:
    judged = assessment(np.full(3, 2.0), errors=np.array([True, False, False]), infos=np.array([True, True, False]))
    found = [judged.severity_of(row, Severity.WARNING) for row in range(3)]
    assert found == [Severity.ERROR, Severity.INFO, Severity.WARNING]
