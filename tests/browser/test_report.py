"""The report as a reader meets it, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fusion.checks.finding import Finding

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("browser")

OpenPage = Callable[..., "Page"]
PageOf = Callable[..., str]
Numbered = Callable[..., Finding]

RUNS = "window.hacked = 1"
HOSTILE = {
    "markup": f"</script><script>{RUNS}</script><img src=x onerror='{RUNS}'>\" onfocus=\"{RUNS}\" x='",
    "quotes": 'it\'s a "car" & <van>',
    "right to left": "\u202e\u05e8\u05db\u05d1 \u0639\u0631\u0628\u0629\u2066",
    "long": "x" * 10_000,
    "line breaks": "a\nb\r\u2028c\x1b[2J",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7}",
}
WIDTHS = (390, 1280)


def shown(page: Page) -> list[str]:
    """Ids of the findings that can be seen."""
    ids: list[str] = page.evaluate(
        "[...document.querySelectorAll('.finding')].filter((f) => f.checkVisibility()).map((f) => f.id)"
    )
    return ids


def overflow_px(page: Page) -> int:
    """How far the page reaches beyond its window."""
    pixels: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return pixels


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_opens_without_a_word_and_fits_its_window(
    open_page: OpenPage, page_of: PageOf, numbered: Numbered, width: int, scheme: str
) -> None:
    page = open_page(page_of([numbered(k) for k in range(9)], pictured=3, opened=9), width, scheme)
    assert (
        page.locator("h1").inner_text().startswith("3 things are wrong, 3 things look unusual and 3 things are worth")
    )
    assert len(shown(page)) == 9
    assert overflow_px(page) <= 0
    brightness = sum(page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"))
    assert (brightness > 600) is (scheme == "light")


def test_pictures_are_decoded_and_no_larger_than_their_room(
    open_page: OpenPage, page_of: PageOf, numbered: Numbered
) -> None:
    page = open_page(page_of([numbered(1)], pictured=1, opened=1), 390)
    measured = "[i.naturalWidth, i.width, i.height, i.parentElement.clientHeight]"
    sizes = page.evaluate(f"Promise.all([...document.images].map((i) => i.decode().then(() => {measured})))")
    assert [natural for natural, *_ in sizes] == [480, 640]
    for _, width, height, room in sizes:
        assert 300 < width <= 390
        assert 150 < height < room


@pytest.mark.parametrize(
    ("control", "value", "left"),
    [("severity", "error", 4), ("code", "IMG401", 4), ("category", "car", 3), ("scene", "scene-1", 6)],
)
def test_a_filter_leaves_what_fits_and_says_how_much(
    open_page: OpenPage, page_of: PageOf, numbered: Numbered, control: str, value: str, left: int
) -> None:
    page = open_page(page_of([numbered(k) for k in range(12)]))
    page.locator(f"select[name={control}]").select_option(value)
    page.wait_for_function(f"document.getElementById('shown').textContent === '{left} of 12 findings shown'")
    assert len(shown(page)) == left
    page.locator("#clear").click()
    assert len(shown(page)) == 12
    assert page.locator("#shown").inner_text() == "12 findings"


@pytest.mark.parametrize(
    ("words", "left"),
    [("label-7", ["f-f0007"]), ("TRACK-7 is 7", ["f-f0007"]), ("position-jump car", ["f-f0004"]), ("nothing so", [])],
)
def test_the_search_takes_all_words_in_any_order(
    open_page: OpenPage, page_of: PageOf, numbered: Numbered, words: str, left: list[str]
) -> None:
    page = open_page(page_of([numbered(k) for k in range(12)]))
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.wait_for_function(f"document.getElementById('shown').textContent.startsWith('{len(left)} of')")
    assert shown(page) == left
    assert page.locator("#nothing").is_visible() is not left
    page.keyboard.press("Escape")
    assert len(shown(page)) == 12


def test_keys_go_through_the_findings_that_are_shown_and_open_them(
    open_page: OpenPage, page_of: PageOf, numbered: Numbered
) -> None:
    page = open_page(page_of([numbered(k) for k in range(12)]))
    page.locator("select[name=severity]").select_option("error")
    page.locator("h1").click()
    here = "document.activeElement.closest('.finding').id"
    order = shown(page)
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert page.evaluate(here) == order[place]
    assert not page.locator(f"#{order[1]} .body").is_visible()
    page.keyboard.press("Enter")
    page.locator(f"#{order[1]} .body").wait_for()


def test_a_check_of_the_table_and_a_cause_lead_to_their_findings(
    open_page: OpenPage, page_of: PageOf, numbered: Numbered
) -> None:
    findings = [*(numbered(k) for k in range(12)), numbered(40, cause="f0005")]
    page = open_page(page_of(findings))
    page.get_by_role("button", name="TRK501 position-jump").click()
    assert len(shown(page)) == 4
    page.locator("#causes + .panel a").click()
    page.locator("#f-f0005 .body").wait_for()
    assert len(shown(page)) == 12


def test_a_link_to_a_finding_opens_it(open_page: OpenPage, page_of: PageOf, numbered: Numbered) -> None:
    page = open_page(page_of([numbered(k) for k in range(60)]), fragment="#f-f0050")
    page.locator("#f-f0050 .body").wait_for()
    below_filters = (
        "(e) => e.getBoundingClientRect().top >= document.getElementById('filters').getBoundingClientRect().bottom"
    )
    assert page.locator("#f-f0050 > summary").evaluate(below_filters)
    assert page.locator("#f-f0050 > summary").evaluate("(e) => e.getBoundingClientRect().bottom < innerHeight")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_are_text_and_can_still_be_filtered_by(
    open_page: OpenPage, page_of: PageOf, numbered: Numbered, name: str, width: int
) -> None:
    everywhere = {"category": name, "track": name, "label": name, "scene": name, "frame": name, "sensor": name}
    hostile = numbered(1, **everywhere, message=name, source=name, evidence={name: name})
    page = open_page(page_of([numbered(0), hostile], opened=2), width)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("document.images.length") == 0
    assert overflow_px(page) <= 0
    page.locator("select[name=category]").select_option(index=1 + sorted([name, "car"]).index(name))
    page.wait_for_function("document.getElementById('shown').textContent === '1 of 2 findings shown'")
    assert shown(page) == ["f-f0001"]
    box = page.locator("#f-f0001").bounding_box()
    assert box is not None
    assert box["height"] < 20_000 * 390 / width


def test_a_script_that_got_in_would_not_run(
    browser: Browser, page_of: PageOf, numbered: Numbered, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of([numbered(0)]).replace("</main>", f"<script>{RUNS}</script></main>"), encoding="utf-8")
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(path.as_uri())
    assert page.evaluate("window.hacked") is None
    assert ["Content Security Policy" in complaint for complaint in complaints] == [True]
    page.close()


def test_five_hundred_findings_open_and_filter(open_page: OpenPage, page_of: PageOf, numbered: Numbered) -> None:
    page = open_page(page_of([numbered(k) for k in range(500)], pictured=30, opened=3))
    assert len(shown(page)) == 500
    page.locator("input[name=text]").fill("label-49")
    page.wait_for_function("document.getElementById('shown').textContent === '11 of 500 findings shown'")


def test_time_stamps_come_out_with_all_digits(open_page: OpenPage, page_of: PageOf, numbered: Numbered) -> None:
    page = open_page(page_of([numbered(7)], opened=1))
    assert "1715680800000000008 ns" in page.locator("#f-f0007").inner_text()


def test_paper_has_the_evidence_and_no_controls(open_page: OpenPage, page_of: PageOf, numbered: Numbered) -> None:
    page = open_page(page_of([numbered(k) for k in range(4)], pictured=2))
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("#filters").is_visible()
    assert [image.is_visible() for image in page.locator(".finding img").all()] == [True] * 4
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 23, 28)"
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_everything_one_can_use_has_a_name(open_page: OpenPage, page_of: PageOf, numbered: Numbered) -> None:
    page = open_page(page_of([numbered(k) for k in range(4)], pictured=2, opened=4))
    page.get_by_role("search", name="Filter the findings").wait_for()
    for name in ("Severity", "Check", "Class", "Scene"):
        page.get_by_role("combobox", name=name).wait_for()
    page.get_by_role("searchbox", name="Text").wait_for()
    assert all(page.evaluate("[...document.images].map((image) => image.alt)"))
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
