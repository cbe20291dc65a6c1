from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from fusion.checks.specification import LabelSpecification
from viewers.report.handbook import handbook_html, handbook_markdown

CONTENT: dict[str, Any] = {
    "schema": "boresight.specification/1",
    "title": "Boxes of <Town>",
    "about": "For all deliveries.",
    "scope": {"max_range_m": 80, "min_points": 1},
    "classes": {
        "car": {"about": "Cars & vans.", "length_m": [3, 6.5], "points_by_range": [{"to_m": 30, "at_least": 10}]},
        "rider": {},
    },
    "attributes": {
        "activity": {"values": ["moving", "parked"], "required": True, "about": "What it does."},
        "door": {"values": ["open"], "required_if": {"attribute": "activity", "is": ["parked"]}, "classes": ["car"]},
        "kind": {"constant": True},
        "share": {"numbers": [0, 1]},
        "things": {"values": ["a", "b"], "several": True},
    },
    "overlaps": [{"classes": ["car", "rider"], "max_share": 0.25, "about": "Beside it."}],
}
SMALLEST: dict[str, Any] = {"schema": "boresight.specification/1", "classes": {"car": {}}}


def rules(content: dict[str, Any] = CONTENT) -> LabelSpecification:
    return LabelSpecification.model_validate(content)


class _Tags(HTMLParser):
    """Fails on tags that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_handbook_says_every_rule() -> None:
    lines = handbook_markdown(rules()).splitlines()
    assert lines[0] == "# Boxes of <Town>"
    for line in (
        "- Objects up to 80 m from the vehicle.",
        "- Objects with at least 1 lidar point.",
        "- 2 classes; whatever is none of them gets no box.",
        "| `car` | 3 to 6.5 m | any | any | Cars & vans. |",
        "`car` needs lidar points to be labelled: 0 to 30 m: at least 10.",
        "- Values: moving, parked",
        "- Given: always",
        "- Given: where activity is parked",
        "- On: car",
        "- Values: 0 to 1",
        "- Values: a, b, several joined by ;",
        "- Stays the same along the whole track.",
        "- `car` and `rider` may share 25 % of the smaller footprint. Beside it.",
    ):
        assert line in lines


@pytest.mark.parametrize("content", [CONTENT, SMALLEST], ids=["all of it", "the least"])
def test_the_page_is_well_formed_and_nothing_in_it_is_markup_by_accident(content: dict[str, Any]) -> None:
    page = _Tags()
    page.feed(handbook_html(rules(content)))
    assert page.open == []
    assert rules(content).title in "".join(page.words)


def test_the_least_specification_has_no_empty_chapters() -> None:
    text = handbook_markdown(rules(SMALLEST))
    assert "## Attributes" not in text
    assert "## Boxes that may touch" not in text
    assert "- 1 class;" in text
