"""`boresight review`, as two people use it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "Answer"]  # type: ignore[name-defined]  # noqa: F821

FAR_CAR = "Car 0 0 0 560 170 640 250 1.5 1.6 4 8 1.7 45 -1.57"


@pytest.fixture
def checked(run: Run, bad: Path, tmp_path: Path) -> Path:
    """A run folder with an error and a warning."""
    folder = tmp_path / "checked"
    assert run("check", bad, "--run", folder, "--fail-on", "never").code == 0
    return folder


def listed(run: Run, folder: Path, *words: str) -> list[dict]:
    answer = run("review", "list", folder, "--json", *words)
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_findings_are_listed_decided_and_remembered(run: Run, checked: Path, bad: Path) -> None:
    first = listed(run, checked)[0]["finding"]
    answer = run("review", "set", checked, first["id"][:8], "false alarm", "-m", "a poster", "--as", "ada")
    assert (answer.code, answer.out.startswith("false-alarm by ada, revision 1")) == (0, True)
    assert first["id"] not in [item["finding"]["id"] for item in listed(run, checked)]
    assert [item["comment"] for item in listed(run, checked, "--status", "decided")] == ["a poster"]
    again = run("check", bad, "--reviews", checked / "reviews.sqlite", "--json", "--fail-on", "never")
    content = json.loads(again.out)
    assert first["id"] not in [finding["id"] for finding in content["findings"]]
    assert [(one["id"], one["comment"]) for one in content["dismissed"]] == [(first["id"], "a poster")]
    assert f"1 finding dismissed in {checked / 'reviews.sqlite'} and left out: 1 {first['code']}" in again.err


def test_a_line_put_in_above_does_not_bring_a_dismissed_finding_back(run: Run, odd: Path, tmp_path: Path) -> None:
    """KITTI labels have no ids but their lines, so all that follow get the id of another."""
    folder = tmp_path / "checked"
    run("check", odd, "--run", folder)
    before = [item["finding"] for item in listed(run, folder)]
    for finding in before:
        run("review", "set", folder, finding["id"], "false-alarm")
    labels = odd / "training" / "label_2" / "000000.txt"
    labels.write_text(f"{FAR_CAR}\n{labels.read_text()}")
    again = json.loads(run("check", odd, "--reviews", folder / "reviews.sqlite", "--json").out)
    assert [one["message"] for one in again["dismissed"]] == [finding["message"] for finding in before]
    assert {one["id"] for one in again["dismissed"]}.isdisjoint(finding["id"] for finding in before)


def test_a_gate_passes_once_its_errors_are_accepted(run: Run, checked: Path, bad: Path) -> None:
    assert run("check", bad).code == 1
    for item in listed(run, checked, "--severity", "error"):
        run("review", "set", checked, item["finding"]["id"], "accepted-deviation")
    assert run("check", bad, "--reviews", checked / "reviews.sqlite").code == 0


def test_a_second_opinion_is_a_conflict_until_the_first_was_seen(run: Run, checked: Path) -> None:
    name = listed(run, checked)[0]["finding"]["id"]
    run("review", "set", checked, name, "confirmed", "--as", "ada")
    refused = run("review", "set", checked, name, "unsure", "--as", "bob")
    assert refused.code == 1
    assert "ada said confirmed" in refused.err
    assert refused.out == ""
    assert run("review", "set", checked, name, "unsure", "--as", "bob", "--revision", "1").code == 0
    history = json.loads(run("review", "history", checked, name, "--json").out)
    assert [(event["reviewer"], event["verdict"]) for event in history] == [("ada", "confirmed"), ("bob", "unsure")]


def test_next_hands_out_the_most_urgent_and_each_only_once(run: Run, checked: Path) -> None:
    order = [item["finding"]["id"] for item in listed(run, checked)]
    for reviewer, expected in zip(("ada", "bob"), order, strict=False):
        item = json.loads(run("review", "next", checked, "--as", reviewer, "--json").out)
        assert item["finding"]["id"] == expected


def test_what_is_assigned_comes_first(run: Run, checked: Path) -> None:
    last = listed(run, checked)[-1]["finding"]["id"]
    assert run("review", "assign", checked, last, "--to", "bob").out == "1 finding given to bob\n"
    assert json.loads(run("review", "next", checked, "--as", "bob", "--json").out)["finding"]["id"] == last
    assert [item["assigned_to"] for item in listed(run, checked, "--assigned-to", "bob")] == ["bob"]


def test_work_done_apart_is_merged_and_disagreement_listed(run: Run, checked: Path, tmp_path: Path) -> None:
    name = listed(run, checked)[0]["finding"]["id"]
    run("review", "set", checked, name, "confirmed", "--as", "ada")
    apart = tmp_path / "laptop.sqlite"
    run("review", "set", checked, name, "false-alarm", "--as", "bob", "--store", apart)
    merged = run("review", "merge", checked, apart)
    assert merged.code == 1
    assert "1 subject on which people disagree" in merged.out
    assert "decide with --revision 2" in merged.out
    assert [item["contested"] for item in listed(run, checked, "--status", "contested")] == [True]
    assert run("review", "set", checked, name, "confirmed", "--as", "lead", "--revision", "2").code == 0
    assert run("review", "merge", checked, apart).code == 0


def test_tampering_is_exit_code_1_and_names_the_event(run: Run, checked: Path, tmp_path: Path) -> None:
    for item in listed(run, checked):
        run("review", "set", checked, item["finding"]["id"], "confirmed", "--as", "ada")
    whole = run("review", "verify", checked, "--write-head", tmp_path / "heads.json")
    assert (whole.code, "whole" in whole.out) == (0, True)
    forger = sqlite3.connect(checked / "reviews.sqlite")
    guards = [sql for (sql,) in forger.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
    for (name,) in forger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        forger.execute(f"DROP TRIGGER {name}")
    forger.execute("DELETE FROM events WHERE id = (SELECT MAX(id) FROM events)")
    forger.execute("UPDATE sqlite_sequence SET seq = (SELECT MAX(id) FROM events)")
    for guard in guards:
        forger.execute(guard)
    forger.commit()
    assert run("review", "verify", checked).code == 0, "nothing inside the file tells of a careful cut"
    cut = run("review", "verify", checked, "--head", tmp_path / "heads.json")
    assert (cut.code, "of ada" in cut.out) == (1, True)
    forger.execute("DROP TRIGGER events_are_not_changed")
    forger.execute("UPDATE events SET verdict = 'false-alarm' WHERE id = 1")
    forger.commit()
    forger.close()
    changed = run("review", "verify", checked, "--json")
    assert changed.code == 1
    assert "event of ada" in json.loads(changed.out)["faults"][0]["reason"]


def test_decisions_are_exported_and_hold_no_formulas(run: Run, checked: Path, tmp_path: Path) -> None:
    name = listed(run, checked)[0]["finding"]["id"]
    run("review", "set", checked, name, "confirmed", "-m", "=HYPERLINK(1)", "--as", "ada")
    content = json.loads(run("review", "export", checked).out)
    assert content["schema"] == "boresight.reviews/1"
    assert content["reviews"][0]["comment"] == "=HYPERLINK(1)"
    out = tmp_path / "reviews.csv"
    assert run("review", "export", checked, "--output-format", "csv", "--output", out).code == 0
    (row,) = csv.DictReader(io.StringIO(out.read_text()))
    assert (row["comment"], row["reviewer"], row["verdict"]) == ("'=HYPERLINK(1)", "ada", "confirmed")


def test_drawn_reviews_teach_a_precision_that_check_takes(run: Run, checked: Path, bad: Path, tmp_path: Path) -> None:
    nothing = run("review", "learn", checked, "-o", tmp_path / "precision.toml")
    assert nothing.code == 2
    seen = set()
    for _ in range(30):
        item = json.loads(
            run("review", "next", checked, "--as", "ada", "--random", "1", "--unflagged", "0.5", "--json").out
        )
        if item is None:
            break
        seen.add(item["subject"].partition(":")[0])
        verdict = "confirmed" if item["finding"] else "correct"
        assert run("review", "set", checked, item["subject"], verdict, "--as", "ada").code == 0
    assert seen == {"finding", "label"} or seen == {"finding"}
    settings = tmp_path / "proposed.toml"
    learned = run("review", "learn", checked, "-o", tmp_path / "precision.toml", "--propose", settings)
    assert learned.code == 0, learned.err
    assert "precision" in learned.out
    assert settings.read_text().startswith("#")
    plain = json.loads(run("check", bad, "--json").out)["findings"]
    moved = json.loads(run("check", bad, "--json", "--precision", tmp_path / "precision.toml").out)["findings"]
    severities = {finding["id"]: finding["severity"] for finding in plain}
    assert {finding["id"]: finding["severity"] for finding in moved} == severities
    assert {f["id"]: f["score"] for f in moved} != {f["id"]: f["score"] for f in plain}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["set", "RUN", "abcd", "fixd"], "did you mean fixed?"),
        (["set", "RUN", "zzzz", "fixed"], "no finding's id starts with 'zzzz'"),
        (["set", "RUN", "frame:day", "correct"], "expected frame:SCENE/NAME"),
        (["list", "RUN", "--severity", "fatal"], "expected error, warning, info, got 'fatal'"),
        (["list", "nowhere"], "RUN: nowhere: no such run; `boresight check ROOT --run DIR` makes one"),
        (["verify", "RUN", "--store", "nowhere.sqlite"], "no such review store"),
        (["merge", "RUN", "nowhere.sqlite"], "no such review store"),
        (["verify", "RUN", "--head", "nowhere.json"], "nowhere.json: no such file"),
    ],
    ids=["verdict", "finding", "subject", "severity", "run", "store", "other", "heads"],
)
def test_what_does_not_fit_is_one_line(run: Run, checked: Path, words: list[str], complaint: str) -> None:
    import re

    run("review", "list", checked)
    answer = run("review", *(checked if word == "RUN" else word for word in words))
    assert answer.code in (2, 3)
    assert re.search(complaint, answer.err), answer.err
    assert answer.err.count("\n") == 1


def test_every_verb_has_its_help(run: Run) -> None:
    from viewers.cli.review import SUBVERBS

    for verb in SUBVERBS:
        answer = run("review", verb, "--help")
        assert answer.code == 0
        assert "Exit codes" in answer.out


def test_a_list_for_a_store_that_is_not_there_makes_none(run: Run, checked: Path, tmp_path: Path) -> None:
    answer = run("review", "list", checked, "--store", tmp_path / "typo.sqlite")
    assert (answer.code, "no such review store" in " ".join(answer.err.split())) == (2, True)
    assert not (tmp_path / "typo.sqlite").exists()


def test_proposals_nested_beyond_reason_are_refused(run: Run, checked: Path, tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 200_000, encoding="utf-8")
    answer = run("review", "set", checked, "frame:day/000001", "new-error", "--proposals", tmp_path / "deep.json")
    assert answer.code == 2
    assert answer.err.count("\n") == 1
