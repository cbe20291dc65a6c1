from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from fusion.checks.finding import Finding
from fusion.run.document import FindingsDocument
from viewers.report.content import ReportContent
from viewers.report.page import amount, percent, report_html, shown
from viewers.report.theme import DARK, LIGHT

Make = Callable[..., Finding]
Document = Callable[..., FindingsDocument]
HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    """Everything a browser would make of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.started: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.started.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.started if name == tag]


def test_the_first_line_says_what_is_wrong_in_one_sentence(finding: Make, document: Document) -> None:
    findings = [finding("a", severity="error"), finding("b"), finding("c")]
    page = report_html(ReportContent(document(findings)))
    assert "<h1>1 thing is wrong and 2 things look unusual in 30 labels of 1 scene.</h1>" in page
    clean = report_html(ReportContent(document([])))
    assert "<h1>Nothing wrong was found in 30 labels of 1 scene.</h1>" in clean


def test_a_run_that_missed_something_is_never_called_fine(document: Document) -> None:
    page = report_html(ReportContent(document([], incomplete=[("a.bin", "torn")])))
    assert "Incomplete: 1 input could not be read" in page
    assert 'class="headline incomplete"' in page


@pytest.mark.parametrize("field", ["category", "track", "label", "scene", "message", "source", "sensor"])
def test_hostile_names_stay_text(finding: Make, document: Document, field: str) -> None:
    tags = Tags(report_html(ReportContent(document([finding(**{field: HOSTILE})]))))
    assert len(tags.named("script")) == 1
    assert tags.named("img") == []
    assert not [name for _, attributes in tags.started for name in attributes if name.startswith("on")]


def test_letters_that_turn_the_direction_of_text_are_written_out(finding: Make, document: Document) -> None:
    page = report_html(ReportContent(document([finding(category="car\u202egnp", message="\x1b[2J\u2066")])))
    assert "\u202e" not in re.sub(r'data-\w+="[^"]*"|value="[^"]*"', "", page)
    assert "\\u202e" in page
    assert "\\x1b[2J" in page


def test_the_policy_names_exactly_the_style_and_the_script_of_the_page(finding: Make, document: Document) -> None:
    page = report_html(ReportContent(document([finding()])))
    (policy,) = [one["content"] for one in Tags(page).named("meta") if one.get("http-equiv")]
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in str(policy)
    assert "default-src 'none'" in str(policy)
    assert "unsafe" not in str(policy)


def test_the_page_asks_for_nothing_from_elsewhere(finding: Make, document: Document) -> None:
    for _, attributes in Tags(report_html(ReportContent(document([finding()])))).started:
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))


def test_time_stamps_keep_all_their_digits(finding: Make, document: Document) -> None:
    assert "1715680800850000001 ns" in report_html(ReportContent(document([finding()])))


def test_symptoms_are_under_their_cause_and_have_no_card(finding: Make, document: Document) -> None:
    page = report_html(ReportContent(document([finding("cause"), finding("symptom", cause="cause", label="99")])))
    assert 'id="f-cause"' in page
    assert 'id="f-symptom"' not in page
    assert "Causes that explain most" in page
    assert "1 more finding follows from them" in page


def test_who_is_accused_and_who_could_not_be_asked_is_told(finding: Make, document: Document) -> None:
    text = " ".join(" ".join(Tags(report_html(ReportContent(document([finding()])))).text).split())
    assert "Labels 1 warning" in text
    assert "Calibration Nothing found" in text
    assert "Clocks and poses Not assessed no real times" in text


@pytest.mark.parametrize(
    ("letters", "told"), [("car", "car"), ("a\nb", "a\\nb"), ("x" * 10_000, "x" * 600 + "... (10,000 letters)")]
)
def test_names_are_shown_as_visible_letters_and_no_novel(letters: str, told: str) -> None:
    assert shown(letters) == told


@pytest.mark.parametrize(("value", "told"), [(0.0, "0"), (0.42, "0.4"), (7.0, "7"), (12.6, "13"), (1234.4, "1,234")])
def test_amounts_are_as_fine_as_anybody_reads(value: float, told: str) -> None:
    assert amount(value) == told


def test_next_to_everything_is_not_everything() -> None:
    assert (percent(0.999), percent(1.0), percent(0.46)) == ("over 99 %", "100 %", "46 %")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["ground", "panel", "sunk"])
@pytest.mark.parametrize("ink", ["text", "muted", "link", "good", "bad"])
def test_letters_stand_out_from_their_ground(theme: dict[str, object], ink: str, ground: str) -> None:
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("severity", ["error", "warning", "info"])
def test_severities_stand_out(theme: dict[str, object], severity: str) -> None:
    assert contrast(theme["chip-text"], theme[f"chip-{severity}"]) >= 4.5
    assert contrast(theme[severity], theme["panel"]) >= 2.0


def contrast(one: object, other: object) -> float:
    """WCAG 2.2, contrast ratio."""
    first, second = sorted((luminance(one), luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def luminance(colour: object) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.unit]  # type: ignore[attr-defined]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
