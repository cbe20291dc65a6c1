from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.run.diff import diff_runs
from fusion.run.document import FindingsDocument
from fusion.run.run import Run
from viewers.report.changes import Changes
from viewers.report.content import ReportContent
from viewers.report.decided import decisions, store_beside
from viewers.report.page import report_html

Make = Callable[..., Finding]
Document = Callable[..., FindingsDocument]


def test_what_is_new_and_what_is_gone_since_a_run_is_told(finding: Make, document: Document) -> None:
    elsewhere = {"frame": "9", "timestamp_ns": 9, "label": "99", "track": "99"}
    before = document([finding("kept"), finding("gone", **elsewhere)])
    after = document([finding("kept"), finding("fresh", code="ONT601", name="unknown-class", category="van")])
    changes = Changes.of(diff_runs([Run(before, Settings()), Run(after, Settings())], ["monday", "tuesday"]))
    assert dict(changes.by_id) == {"kept": "still open", "fresh": "new"}
    assert [one.id for one in changes.fixed] + [one.finding.id for one in changes.not_looked_at] == ["gone"]
    page = report_html(ReportContent(after, changes=changes))
    assert "monday" in page
    assert 'data-change="new"' in page
    assert 'data-change="still open"' in page


def test_what_reviewers_decided_is_on_the_card_and_can_be_filtered_by(
    finding: Make, document: Document, tmp_path: Path
) -> None:
    assert store_beside(tmp_path) is None
    with ReviewStore.open(tmp_path / "reviews.sqlite", create=True) as store:
        subject = ReviewSubject.finding("a")
        said = {"reviewer": "ada", "verdict": Verdict.FALSE_ALARM, "comment": "a kerb <b>"}
        store.append(Decision(subject=subject, **said), 0)
    findings = [finding("a"), finding("b")]
    decided = decisions(store_beside(tmp_path) or tmp_path, findings)
    page = report_html(ReportContent(document(findings), decided=decided))
    assert 'data-verdict="false-alarm"' in page
    assert 'data-verdict="open"' in page
    assert "false-alarm by ada, " in page
    assert "a kerb &lt;b&gt;" in page
    assert "of 2 findings" in page


def test_what_was_taken_back_is_undecided(finding: Make, tmp_path: Path) -> None:
    with ReviewStore.open(tmp_path / "reviews.sqlite", create=True) as store:
        subject = ReviewSubject.finding("a")
        store.append(Decision(subject=subject, reviewer="ada", verdict=Verdict.CONFIRMED), 0)
        store.append(Decision(subject=subject, reviewer="ada", verdict=Verdict.UNDECIDED), 1)
    assert decisions(tmp_path / "reviews.sqlite", [finding("a")]) == {}
