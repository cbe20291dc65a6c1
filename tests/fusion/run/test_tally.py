from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fusion.checks.assessment import Assessment
from fusion.checks.reason import Reason
from fusion.checks.subject import Described, Subject
from fusion.run.tally import Tally, added


@dataclass(frozen=True)
class Rows(Subject):
    count: int

    def __len__(self) -> int:
        return self.count

    def describe(self, row: int) -> Described:
        return Described("box", (str(row),))


def assessment(violated: list[bool], blind: list[bool] | None = None) -> Assessment:
    reasons = None if blind is None else Reason("dark").where(blind)
    return Assessment(Rows(len(violated)), np.array(violated, dtype=bool), 1.0, 1.0, "m", "", not_assessed=reasons)


def test_every_row_is_assessed_or_has_a_reason() -> None:
    tally = Tally()
    tally.count(assessment([True, True, False, False], blind=[True, False, False, True]))
    assert (tally.assessed, tally.violations, dict(tally.not_assessed)) == (2, 1, {"dark": 2})


def test_no_rows_count_nothing() -> None:
    tally = Tally()
    tally.count(assessment([]))
    assert tally == Tally()


def test_rows_that_were_never_reached_count_by_their_reason() -> None:
    tally = Tally()
    tally.skip("no poses", 3)
    tally.skip("no poses", 2)
    assert tally.not_assessed == {"no poses": 5}


def test_parts_of_a_run_add_up() -> None:
    one, other = Tally(), Tally()
    one.count(assessment([True]))
    other.count(assessment([True, False], blind=[False, True]))
    total = added([{"BOX304": one}, {"BOX304": other, "DAT001": Tally(assessed=7)}])
    assert (total["BOX304"].assessed, total["BOX304"].violations) == (2, 2)
    assert total["BOX304"].not_assessed == {"dark": 1}
    assert total["DAT001"].assessed == 7


def test_adding_leaves_the_parts_alone() -> None:
    part = {"BOX304": Tally(assessed=1)}
    added([part, part])
    assert part["BOX304"].assessed == 1
