from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

Run = Callable[..., Any]


@pytest.fixture
def folder(run: Run, good: Path, tmp_path: Path) -> Path:
    run("check", good, "--run", tmp_path / "run", "--select", "DAT")
    return tmp_path / "run"


def judged(folder: Path, subjects: list[str], verdict: Verdict) -> None:
    with ReviewStore.open(folder / "reviews.sqlite", create=True) as store:
        for text in subjects:
            subject = ReviewSubject.parse(text)
            revision = store.current(subject).revision
            store.append(Decision(subject=subject, reviewer="<b>ada</b>", verdict=verdict), revision)


def drawn(folder: Path) -> list[str]:
    return [text for lot in json.loads((folder / "acceptance.json").read_text())["lots"] for text in lot["drawn"]]


def test_asks_for_verdicts_then_accepts(run: Run, folder: Path, tmp_path: Path) -> None:
    first = run("accept", folder)
    assert first.code == 3
    assert first.out.startswith("Not decided yet")
    judged(folder, drawn(folder), Verdict.CORRECT)
    answer = run("accept", folder, "--page", tmp_path / "page.html", "--signed-by", "Ada <script>")
    assert (answer.code, answer.out.split(":")[0]) == (0, "Accepted")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Ada &lt;script&gt;" in page
    assert "<b>ada" not in page
    assert "SHA-256" in page


def test_rejects_what_is_wrong(run: Run, folder: Path, tmp_path: Path) -> None:
    run("accept", folder)
    judged(folder, drawn(folder), Verdict.NEW_ERROR)
    answer = run("accept", folder, "--json", "--page", tmp_path / "page.md")
    assert answer.code == 1
    assert json.loads(answer.out)["decision"] == "reject"
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert page.startswith("# Delivery: Rejected")
    assert "\\<b\\>ada" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--plan", "double"), "no kind 'double'"),
        (("--aql", "8", "--rql", "2"), "below the rejectable one"),
        (("--page", "summary.pdf"), "should end in .html or .md"),
    ],
)
def test_what_was_typed_wrong_is_said(run: Run, folder: Path, words: tuple[str, ...], said: str) -> None:
    answer = run("accept", folder, *words)
    assert answer.code == 2
    assert said in answer.err


def test_other_numbers_after_the_draw_are_refused(run: Run, folder: Path) -> None:
    run("accept", folder)
    answer = run("accept", folder, "--aql", "5")
    assert (answer.code, "was drawn on" in answer.err) == (2, True)
