"""A real browser without a window, and pages for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from calibration.arrays import ByteImage
from fusion.checks.finding import Finding
from fusion.run.document import CheckSummary, DatasetSummary, FindingsDocument, Tool
from viewers.pictures.drawing import new_canvas
from viewers.pictures.panel import Panel
from viewers.report.content import ReportContent
from viewers.report.images import EvidenceImage, Pictures
from viewers.report.page import report_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KINDS = (
    ("BOX304", "floating-box", "warning"),
    ("TRK501", "position-jump", "error"),
    ("IMG401", "hull-off-2d-box", "info"),
)
CLASSES = ("car", "van", "pedestrian", "cyclist")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as the system has it; its own sandbox can't start as root in a container."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """`open_page(html, width=390, scheme="dark")`: the page as a reader has it; fails if it complains or asks for more.

    What the console says and what is asked of other places is checked when the test is over.
    """
    complaints: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_it(html: str, width: int = 1280, scheme: Any = "light", fragment: str = "") -> Page:
        path = tmp_path / "report.html"
        path.write_text(html, encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{path.as_uri()}{fragment}")
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.fixture
def numbered() -> Callable[..., Finding]:
    """`numbered(5, category="van")`: check, severity, class and scene go round in steps of 3, 3, 4 and 2."""

    def make(number: int, **changes: Any) -> Finding:
        code, name, severity = KINDS[number % len(KINDS)]
        fields: dict[str, Any] = {
            "id": f"f{number:04d}",
            "code": code,
            "name": name,
            "severity": severity,
            "score": 0.9 - number / 10_000,
            "subject": "track",
            "scene": f"scene-{number % 2}",
            "frame": str(number),
            "frame_index": number,
            "timestamp_ns": 1_715_680_800_000_000_001 + number,
            "sensor": None,
            "label": f"label-{number}",
            "track": f"track-{number}",
            "category": CLASSES[number % len(CLASSES)],
            "message": f"is {number} cm off where it should be",
            "measured": 0.5,
            "limit": 0.3,
            "unit": "m",
            "evidence": {"ground_m": -1.7, "points": 12},
            "evidence_hash": "0",
        }
        return Finding(**{**fields, **changes})

    return make


@pytest.fixture
def page_of() -> Callable[..., str]:
    """`page_of(findings, pictured=2)`: the report of these findings, so many with two pictures each."""

    def make(findings: list[Finding], pictured: int = 0, opened: int = 0) -> str:
        checks = tuple(
            CheckSummary(code=code, name=name, severity=severity, assessed=99, violations=1, not_assessed={"dark": 2})
            for code, name, severity in KINDS
        )
        document = FindingsDocument(
            tool=Tool(version="1"),
            datasets=(DatasetSummary(root="/data/day", format="kitti", scenes=2, frames=90, labels=4000),),
            checks=checks,
            findings=tuple(sorted(findings, key=lambda finding: finding.rank)),
            incomplete=(),
        )
        content = ReportContent(document)
        rows = [
            [EvidenceImage.of(Panel(striped(480, 300), "close up")), EvidenceImage.of(Panel(striped(640, 300), "all"))]
        ]
        images = {finding.id: rows for finding in content.leading[:pictured]}
        return report_html(ReportContent(document, pictures=Pictures(images)), opened)

    return make


def striped(width: int, height: int) -> ByteImage:
    """A picture with something in it."""
    canvas = new_canvas(width, height)
    canvas[::7] = 200
    return canvas
