from __future__ import annotations

from pathlib import Path

import pytest

from viewers.doctor.examination import as_dict, can_check, examine_sample
from viewers.doctor.records import Examined, Health

OK, LIMITED, BROKEN = (Examined("x", health, "found", "advice") for health in Health)


@pytest.mark.parametrize(
    ("examined", "works"),
    [([OK], True), ([OK, LIMITED], True), ([OK, BROKEN, LIMITED], False), ([], True)],
    ids=["ok", "limited", "broken", "nothing"],
)
def test_only_what_is_broken_stops_checking(examined: list[Examined], works: bool) -> None:
    assert can_check(examined) is works
    assert as_dict(examined)["can_check"] is works


def test_the_document_has_a_row_each() -> None:
    assert as_dict([BROKEN]) == {
        "schema": "boresight.doctor/1",
        "can_check": False,
        "examined": [{"name": "x", "health": "broken", "found": "found", "advice": "advice"}],
    }


def test_sample_data_is_a_matter_of_the_checkout(tmp_path: Path) -> None:
    assert examine_sample(tmp_path).health is Health.OK
    assert examine_sample(tmp_path / "nowhere").health is Health.LIMITED
