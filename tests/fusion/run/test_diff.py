from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import FileProblemError
from fusion.checks.finding import BoxPlace, Finding, LabelReference
from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset
from fusion.run.check import check_dataset
from fusion.run.diff import RunDiff, diff_runs, new_findings
from fusion.run.document import CheckSummary, FindingsDocument, Incomplete, Tool
from fusion.run.run import Run
from fusion.run.saved_run import load_run

Drives = Callable[..., Path]
SETTINGS = Settings(select=("BOX306", "TRK501", "DAT003"))


def finding(key: str, cause: str | None = None, **changes: Any) -> Finding:
    box = BoxPlace(centre_m=(10.0 * ord(key[0]), 100.0 * len(key), 0), size_m=(4, 2, 1.5), yaw_rad=0)
    fields: dict[str, Any] = {
        "id": key,
        "code": "BOX304",
        "name": "floating-box",
        "severity": "warning",
        "score": 0.5,
        "subject": "box",
        "scene": "dusk",
        "frame": "f0",
        "timestamp_ns": 0,
        "sensor": None,
        "label": key,
        "track": key,
        "category": "car",
        "message": "0.5 m from the ground",
        "measured": 0.5,
        "limit": 0.3,
        "unit": "m",
        "evidence": {},
        "evidence_hash": "0",
        "cause": cause,
        "labels": (LabelReference(label=key, track=key, scene="dusk", frame="f0", set="x", timestamp_ns=0, box=box),),
    }
    return Finding(**{**fields, **changes})


def run_of(
    *findings: Finding,
    assessed: int = 9,
    checks: tuple[str, ...] = ("BOX304",),
    scenes: tuple[str, ...] = ("dusk",),
    lost: tuple[str, ...] = (),
) -> Run:
    summaries = [
        CheckSummary(
            code=code, name="x", severity="warning", assessed=assessed, violations=0, not_assessed={"too dark": 3}
        )
        for code in checks
    ]
    document = FindingsDocument(
        schema_name="boresight.findings/1",
        tool=Tool(version="1"),
        datasets=(),
        checks=tuple(summaries),
        findings=tuple(sorted(findings, key=lambda one: one.rank)),
        incomplete=tuple(Incomplete(path=path, reason="torn") for path in lost),
    )
    return Run(document, Settings(), scenes=scenes)


def told(diff: RunDiff) -> dict[str, list[str]]:
    """Ids of the findings of each kind that has any."""
    kinds = {
        "new": [one.id for one in diff.new],
        "reappeared": [one.finding.id for one in diff.reappeared],
        "still_open": [one.finding.id for one in diff.still_open],
        "fixed": [one.id for one in diff.fixed],
        "not_looked_at": [one.finding.id for one in diff.not_looked_at],
    }
    return {kind: found for kind, found in kinds.items() if found}


def test_two_runs_tell_what_is_new_fixed_and_still_open() -> None:
    diff = diff_runs([run_of(finding("a"), finding("b")), run_of(finding("b"), finding("c"))])
    assert told(diff) == {"new": ["c"], "still_open": ["b"], "fixed": ["a"]}


def test_what_was_gone_for_a_run_has_reappeared() -> None:
    diff = diff_runs([run_of(finding("a")), run_of(), run_of(finding("a"), finding("b"))])
    assert told(diff) == {"new": ["b"], "reappeared": ["a"]}
    assert [one.id for one in diff.failing] == ["b", "a"]


def test_what_nobody_looked_for_in_between_is_still_open_and_not_back() -> None:
    diff = diff_runs([run_of(finding("a")), run_of(checks=("BOX305",)), run_of(finding("a"))])
    assert told(diff) == {"still_open": ["a"]}


def test_what_a_review_called_fixed_has_reappeared() -> None:
    diff = diff_runs([run_of(finding("a")), run_of(finding("a"))], said_fixed={"a"})
    assert told(diff) == {"reappeared": ["a"]}


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        pytest.param(run_of(checks=("BOX305",)), "the check was not run", id="another selection"),
        pytest.param(run_of(assessed=0), "the check could assess nothing", id="nothing to go by"),
        pytest.param(run_of(scenes=("dawn",)), "the scene was not checked", id="another scene"),
        pytest.param(run_of(lost=("dusk",)), "dusk could not be read", id="a lost scene"),
        pytest.param(run_of(lost=("label_2/7.txt",)), "label_2/7.txt could not be read", id="a lost file"),
    ],
)
def test_what_nobody_looked_for_is_not_called_fixed(after: Run, reason: str) -> None:
    diff = diff_runs([run_of(finding("a", source="label_2/7.txt:3")), after])
    assert told(diff) == {"not_looked_at": ["a"]}
    assert diff.not_looked_at[0].reason == reason


def test_a_symptom_that_gets_a_cause_is_still_open() -> None:
    before = run_of(finding("a"))
    after = run_of(finding("whole", subject="track"), finding("a", "whole"), finding("b", "whole"))
    diff = diff_runs([before, after])
    assert told(diff) == {"new": ["whole"], "still_open": ["a"]}
    assert new_findings(before, after) == {"whole", "b"}


def test_a_whole_whose_parts_are_all_known_is_known() -> None:
    before = run_of(finding("a"), finding("b"))
    after = run_of(finding("whole", subject="track"), finding("a", "whole"), finding("b", "whole"))
    assert told(diff_runs([before, after])).get("new") is None
    assert new_findings(before, after) == frozenset()


def test_one_more_symptom_of_a_known_cause_is_not_new() -> None:
    before = run_of(finding("whole", subject="track"), finding("a", "whole"))
    after = run_of(finding("whole", subject="track"), finding("a", "whole"), finding("b", "whole"))
    assert new_findings(before, after) == frozenset()


def test_causes_that_go_in_circles_end() -> None:
    circle = run_of(finding("a", "b"), finding("b", "a"))
    assert new_findings(run_of(), circle) == {"a", "b"}
    assert told(diff_runs([run_of(), circle])) == {}


keys = st.sets(st.sampled_from("abcdefgh"))


@given(keys, keys)
def test_forwards_and_backwards_tell_the_same_and_nothing_is_forgotten(one: set[str], other: set[str]) -> None:
    first, second = (run_of(*map(finding, sorted(names))) for names in (one, other))
    forth, back = diff_runs([first, second]), diff_runs([second, first])
    assert {found.id for found in forth.new} == {found.id for found in back.fixed}
    assert {found.id for found in forth.fixed} == {found.id for found in back.new}
    assert {known.before for known in forth.still_open} == {known.finding.id for known in back.still_open}
    assert {found.id for found in forth.new} | {known.finding.id for known in forth.still_open} == other
    assert {found.id for found in forth.fixed} | {known.before for known in forth.still_open} == one


@given(st.lists(keys, min_size=2, max_size=5))
def test_every_finding_of_many_runs_has_one_place(history: list[set[str]]) -> None:
    diff = diff_runs([run_of(*map(finding, sorted(names))) for names in history])
    *earlier, before, last = history
    kinds = told(diff)
    assert set(kinds.get("new", [])) == last - before - set().union(*earlier)
    assert set(kinds.get("reappeared", [])) == last & set().union(*earlier) - before
    assert set(kinds.get("still_open", [])) == last & before
    assert set(kinds.get("fixed", [])) == before - last


def checked(root: Path) -> Run:
    return check_dataset(open_dataset(root), SETTINGS)


def test_renamed_tracks_are_known(drives: Drives) -> None:
    before, path = checked(drives(1)), drives(1, "later") / "training" / "label_02" / "0000.txt"
    rows = [line.split(" ") for line in path.read_text().splitlines()]
    path.write_text("".join(" ".join([row[0], str(90 - int(row[1])), *row[2:]]) + "\n" for row in rows))
    after = checked(path.parents[2])
    assert not {one.id for one in before.leading} & {one.id for one in after.leading}
    assert set(told(diff_runs([before, after]))) == {"still_open"}


def test_a_label_that_was_put_right_is_fixed(drives: Drives) -> None:
    before, path = checked(drives(1)), drives(1, "later") / "training" / "label_02" / "0000.txt"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if line.split()[1] != "2"))
    diff = diff_runs([before, checked(path.parents[2])])
    assert set(told(diff)) == {"fixed"}


def test_a_run_comes_back_as_it_was(drives: Drives, tmp_path: Path) -> None:
    run = check_dataset(open_dataset(drives(2)), SETTINGS, folder=tmp_path / "run")
    again = load_run(tmp_path / "run")
    assert (again.to_json(), again.settings, again.opened, again.scenes) == (
        run.to_json(),
        run.settings,
        run.opened,
        run.scenes,
    )
    assert load_run(tmp_path / "run" / "findings.json").findings == run.findings
    assert load_run(run.save(tmp_path / "saved")).to_json() == run.to_json()


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        pytest.param(lambda run: (run / "run.json").unlink(), "is no run folder, as it has no run.json", id="empty"),
        pytest.param(lambda run: (run / "findings.json").unlink(), "findings.json: no such file", id="no findings"),
        pytest.param(
            lambda run: (run / "findings.json").write_text("{}"), "is not what this run wrote", id="others' findings"
        ),
        pytest.param(
            lambda run: replaced(run / "run.json", 'state": "finished"', 'state": "running"'),
            "was not finished",
            id="unfinished",
        ),
        pytest.param(
            lambda run: replaced(run / "run.json", '"base_rate"', '"bass_rate"'), "another version", id="settings"
        ),
        pytest.param(lambda run: replaced(run / "run.json", "{", "", 1), "is no boresight.run/1 document", id="torn"),
        pytest.param(
            lambda run: replaced(run / "run.json", "run/1", "run/9"),
            "is no boresight.run/1 document",
            id="later schema",
        ),
    ],
)
def test_a_folder_that_holds_no_whole_run_is_told(
    drives: Drives, tmp_path: Path, spoil: Callable[[Path], Any], complaint: str
) -> None:
    check_dataset(open_dataset(drives(1)), SETTINGS, folder=tmp_path / "run")
    spoil(tmp_path / "run")
    with pytest.raises(FileProblemError, match=complaint):
        load_run(tmp_path / "run")


def replaced(path: Path, old: str, new: str, count: int = -1) -> None:
    path.write_text(path.read_text().replace(old, new, count))
