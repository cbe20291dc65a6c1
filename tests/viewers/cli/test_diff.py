from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Write = Callable[..., Path]
CAR = "Car 0 0 0 560 170 640 250 1.5 1.6 4 0 1.7 20 -1.57"
LIFTED = "Car 0 0 0 560 170 640 250 1.5 1.6 4 0 1.1 20 -1.57"
FAR = CAR.replace(" 20 ", " 40 ")
SIGN = "DontCare -1 -1 -10 10 10 20 20 -1 -1 -1 -1000 -1000 -1000 -10"
SELECTED = ("--select", "BOX304,BOX306")


@pytest.fixture
def kept(run: Run, kitti: Write, tmp_path: Path) -> Callable[..., Path]:
    """`kept("one", [CAR], [LIFTED])`: the run folder of a data set with these label lines."""

    def keep(name: str, *frames: list[str]) -> Path:
        answer = run("check", kitti(*frames, name=name), *SELECTED, "--run", tmp_path / "runs" / name)
        assert answer.code in (0, 1), answer.err
        return tmp_path / "runs" / name

    return keep


def test_an_inserted_line_moves_every_id_and_nothing_is_new(run: Run, kept: Callable[..., Path]) -> None:
    one, other = kept("one", [CAR, CAR], [LIFTED]), kept("other", [SIGN, CAR, CAR], [SIGN, LIFTED])
    content = json.loads(run("diff", one, other, "--json").out)
    assert content["schema"] == "boresight.diff/1"
    assert content["counts"] == {"new": 0, "reappeared": 0, "still_open": 2, "fixed": 0, "not_looked_at": 0}
    assert {entry["before"] for entry in content["still_open"]}.isdisjoint(
        entry["finding"]["id"] for entry in content["still_open"]
    )


@pytest.mark.parametrize(
    ("before", "after", "options", "code"),
    [
        pytest.param([CAR, CAR], [CAR, CAR], [], 0, id="nothing new"),
        pytest.param([CAR], [CAR, CAR], [], 1, id="a new error"),
        pytest.param([CAR], [CAR, CAR], ["--fail-on", "never"], 0, id="nothing ever fails"),
        pytest.param([CAR], [LIFTED], [], 0, id="a new warning"),
        pytest.param([CAR], [LIFTED], ["--fail-on", "warning"], 1, id="a new warning where warnings fail"),
        pytest.param([CAR, CAR], [CAR], ["--fail-on", "info"], 0, id="a fixed error"),
    ],
)
def test_the_exit_code_tells_of_what_is_new(
    run: Run, kept: Callable[..., Path], before: list[str], after: list[str], options: list[str], code: int
) -> None:
    answer = run("diff", kept("one", before), kept("other", after), *options)
    assert answer.code == code, answer.out + answer.err


def test_a_person_is_told_what_changed(run: Run, kept: Callable[..., Path]) -> None:
    out = run("diff", kept("one", [CAR, CAR]), kept("other", [LIFTED])).out
    assert "1 new, 0 reappeared, 0 still open, 1 fixed, 0 not looked at" in out
    assert out.index("New: 1 warning") < out.index("BOX304 floating-box") < out.index("Fixed: 1 error")


def test_a_third_run_tells_what_is_back(run: Run, kept: Callable[..., Path]) -> None:
    runs = [kept("one", [CAR, CAR]), kept("two", [CAR]), kept("three", [CAR, CAR])]
    answer = run("diff", *runs)
    assert "0 new, 1 reappeared" in answer.out
    assert answer.code == 1


def test_what_a_review_called_fixed_is_back(run: Run, kept: Callable[..., Path], tmp_path: Path) -> None:
    from fusion.review.event import Decision, Verdict
    from fusion.review.store import ReviewStore
    from fusion.review.subject import ReviewSubject

    one, other = kept("one", [CAR, CAR]), kept("other", [CAR, CAR])
    (finding,) = json.loads((one / "findings.json").read_text())["findings"]
    with ReviewStore.open(tmp_path / "reviews.sqlite", create=True) as store:
        subject = ReviewSubject.finding(finding["id"])
        store.append(Decision(subject=subject, verdict=Verdict.FIXED, reviewer="ada"), 0)
    answer = run("diff", one, other, "--reviews", tmp_path / "reviews.sqlite")
    assert "1 reappeared, 0 still open" in answer.out, answer.err
    assert answer.code == 1


def test_a_last_run_that_read_not_everything_is_incomplete(
    run: Run, kept: Callable[..., Path], kitti: Write, tmp_path: Path
) -> None:
    torn = kitti([CAR], torn=True, name="torn")
    run("check", torn, *SELECTED, "--run", tmp_path / "torn_run")
    answer = run("diff", kept("one", [CAR]), tmp_path / "torn_run")
    assert answer.code == 3
    assert "could not read all of its data" in answer.err


def test_findings_files_do_as_well(run: Run, kept: Callable[..., Path], tmp_path: Path) -> None:
    one, other = kept("one", [CAR, CAR]) / "findings.json", kept("other", [CAR]) / "findings.json"
    answer = run("diff", one, other, "--json", "--output", tmp_path / "diff.json")
    assert (answer.code, answer.out) == (0, "")
    assert json.loads((tmp_path / "diff.json").read_text())["counts"]["fixed"] == 1


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        pytest.param([], 2, "RUN", id="nothing"),
        pytest.param(["runs/one"], 2, "two runs or more", id="one run"),
        pytest.param(["runs/one", "nowhere"], 3, "nowhere: no such run; `boresight check", id="no folder"),
    ],
)
def test_what_is_no_pair_of_runs_is_told(
    run: Run,
    kept: Callable[..., Path],
    words: list[str],
    code: int,
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept("one", [CAR])
    monkeypatch.chdir(tmp_path)
    answer = run("diff", *words)
    assert answer.code == code
    assert complaint in answer.err


@pytest.mark.parametrize(
    ("after", "code", "new", "known"),
    [
        pytest.param([CAR, CAR], 0, "no findings", "1 error", id="all known"),
        pytest.param([CAR, CAR, LIFTED.replace(" 0 1.1 20 ", " 6 1.1 30 ")], 0, "1 warning", "1 error", id="a warning"),
        pytest.param(
            [CAR, CAR, CAR.replace(" 20 ", " 40 "), CAR.replace(" 20 ", " 40 ")], 1, "1 error", "1 error", id="e"
        ),
    ],
)
def test_with_a_baseline_only_what_is_new_fails(
    run: Run, kept: Callable[..., Path], kitti: Write, after: list[str], code: int, new: str, known: str
) -> None:
    base, later = kept("base", [CAR, CAR]), kitti(after, name="later")
    answer = run("check", later, *SELECTED, "--baseline", base)
    assert answer.code == code, answer.out
    assert f"new against the baseline: {new}; known and not listed: {known}" in answer.out
    assert run("check", later, *SELECTED).code == 1


def test_other_formats_tell_new_from_known(run: Run, kept: Callable[..., Path], kitti: Write) -> None:
    base, later = kept("base", [CAR, CAR]), kitti([CAR, CAR, FAR], [LIFTED], name="later")
    options = (*SELECTED, "--baseline", base, "--output-format")
    results = json.loads(run("check", later, *options, "sarif").out)["runs"][0]["results"]
    states = {one["ruleId"]: one["baselineState"] for one in results}
    assert states == {"BOX306": "unchanged", "BOX304": "new"}
    github = run("check", later, *options, "github").out
    assert "BOX306" not in github
    assert "new against the baseline" in github
    junit = run("check", later, *options, "junit").out
    assert 'type="error"' not in junit
    assert 'type="warning"' in junit


def test_a_baseline_that_is_none_is_refused_before_anything_runs(run: Run, good: Path, tmp_path: Path) -> None:
    answer = run("check", good, "--baseline", tmp_path / "nowhere")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"boresight: --baseline: {tmp_path / 'nowhere'}: no such run; `boresight check")
