from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.run.run import Run
from viewers.outputs.documents import COLUMNS, as_csv, as_json, as_jsonl
from viewers.outputs.formats import WRITERS
from viewers.outputs.github import as_github
from viewers.outputs.junit import as_junit
from viewers.outputs.places import file_and_line, seen_from_here
from viewers.outputs.sarif import MAX_RESULTS, as_sarif

Make = Callable[..., Finding]
RunOf = Callable[..., Run]
HOSTILE = 'a"<b>&\x1b[2J\r\n::error::x,%:=1+1\u202e'


def rows_of(run: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(run), newline="")))


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_ends_its_last_line_and_takes_a_run_without_findings(run_of: RunOf, name: str) -> None:
    assert WRITERS[name](run_of()).endswith("\n") or name == "jsonl"


@pytest.mark.parametrize("name", WRITERS)
def test_no_name_breaks_out_of_its_place(finding: Make, run_of: RunOf, name: str) -> None:
    changes = dict.fromkeys(("scene", "frame", "label", "track", "category", "message", "source"), HOSTILE)
    text = WRITERS[name](run_of(finding(**changes), incomplete=[(HOSTILE, HOSTILE)]))
    assert "\x1b" not in text
    if name in ("json", "sarif"):
        json.loads(text)
    if name == "jsonl":
        assert len(text.splitlines()) == 1
    if name == "junit":
        ElementTree.fromstring(text.encode())
    if name == "github":
        assert all(line.startswith("::") for line in text.splitlines())
        assert not any(line.startswith("::error::x") for line in text.splitlines())
    if name == "csv":
        assert len(list(csv.reader(io.StringIO(text, newline="")))) == 2


def test_json_is_the_document(finding: Make, run_of: RunOf) -> None:
    run = run_of(finding())
    assert json.loads(as_json(run)) == run.document.as_dict()


def test_json_lines_are_findings_alone(finding: Make, run_of: RunOf) -> None:
    run = run_of(finding("a"), finding("b", cause="a"))
    assert [json.loads(line)["id"] for line in as_jsonl(run).splitlines()] == [one.id for one in run.findings]


def test_a_table_has_a_row_a_finding(finding: Make, run_of: RunOf) -> None:
    proposal = Proposal(action="delete", target="17")
    row, _ = rows_of(run_of(finding("a", proposal=proposal), finding("b", cause="a", score=0.1)))
    assert tuple(row) == COLUMNS
    assert (row["id"], row["measured"], row["label"], row["proposal"]) == ("a", "0.5", "17", "delete 17")
    assert (row["sensor"], row["cause"]) == ("", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_spreadsheet_has_nothing_to_run(finding: Make, run_of: RunOf, start: str) -> None:
    (row,) = rows_of(run_of(finding(label=f"{start}cmd", measured=-0.5)))
    assert row["label"] == f"'{start}cmd"
    assert row["measured"] == "-0.5"


def test_annotations_name_file_line_and_rule(finding: Make, run_of: RunOf) -> None:
    first, *_, last = as_github(run_of(finding(severity="error"), root="data/day/")).splitlines()
    assert first == (
        "::error file=data/day/label_2/000003.txt,line=4,title=BOX304 floating-box"
        "::bottom face is +0.50 m from the ground (scene dusk, frame 000003, track 7, label 17)"
    )
    assert last == "::notice::Boresight: 1 error"


@pytest.mark.parametrize(
    ("severity", "level"), [("error", "error"), ("warning", "warning"), ("info", "notice")], ids=str
)
def test_a_severity_is_a_level(finding: Make, run_of: RunOf, severity: str, level: str) -> None:
    assert as_github(run_of(finding(severity=severity))).startswith(f"::{level} ")
    sarif = json.loads(as_sarif(run_of(finding(severity=severity))))
    assert sarif["runs"][0]["results"][0]["level"] == level.replace("notice", "note")


def test_symptoms_are_not_annotated_and_what_was_unreadable_is(finding: Make, run_of: RunOf) -> None:
    text = as_github(run_of(finding("a"), finding("b", cause="a"), incomplete=[("a.bin", "torn")]))
    assert text.count("BOX304") == 1
    assert "::error title=unreadable::a.bin: torn" in text


def test_sarif_has_rules_places_and_fingerprints(finding: Make, run_of: RunOf) -> None:
    (run,) = json.loads(as_sarif(run_of(finding("a"), finding("b", cause="a"))))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["BOX304", "IMG401"]
    (result,) = run["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "label_2/000003.txt"},
        "region": {"startLine": 4},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "dusk/000003/7"}]
    assert result["partialFingerprints"] == {"boresight/1": "a"}
    assert run["invocations"][0]["executionSuccessful"] is True


def test_sarif_says_what_could_not_be_read_and_what_was_left_out(finding: Make, run_of: RunOf) -> None:
    run = run_of(*(finding(f"f{number}") for number in range(MAX_RESULTS + 2)), incomplete=[("a.bin", "torn")])
    (content,) = json.loads(as_sarif(run))["runs"]
    assert len(content["results"]) == MAX_RESULTS
    (invocation,) = content["invocations"]
    assert invocation["executionSuccessful"] is False
    notes = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert notes == ["a.bin: torn", "2 less urgent findings are left out"]


def test_junit_fails_passes_and_skips(finding: Make, run_of: RunOf) -> None:
    run = run_of(finding("a"), finding("b", cause="a"), not_assessed={"too dark": 3}, incomplete=[("a.bin", "torn")])
    root = ElementTree.fromstring(as_junit(run).encode())
    failed = root.find("testsuite[@name='dusk']/testcase[@name='BOX304 floating-box']/failure")
    skipped = root.find("testsuite[@name='no findings']/testcase[@name='IMG401 hull-off-2d-box']/skipped")
    error = root.find("testsuite[@name='unreadable']/testcase[@name='a.bin']/error")
    assert failed is not None
    assert "label_2/000003.txt:4" in str(failed.text)
    assert skipped is not None
    assert skipped.get("message") == "too dark"
    assert error is not None
    assert error.get("message") == "torn"


def test_junit_shows_that_a_check_passed(run_of: RunOf) -> None:
    case = ElementTree.fromstring(as_junit(run_of()).encode()).find(".//testcase[@name='BOX304 floating-box']")
    assert case is not None
    assert len(case) == 0


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("day", id="the data set"),
        pytest.param("day/training", id="a split of it"),
        pytest.param("day/training/label_2/000003.txt", id="a file of it"),
    ],
)
def test_a_file_is_found_from_whatever_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    (tmp_path / "day" / "training" / "label_2").mkdir(parents=True)
    (tmp_path / "day" / "training" / "label_2" / "000003.txt").touch()
    monkeypatch.chdir(tmp_path)
    assert seen_from_here("training/label_2/000003.txt", typed) == "day/training/label_2/000003.txt"
    assert seen_from_here("training/calib/000003.txt", "day") == "day/training/calib/000003.txt"


def test_services_find_a_file_from_the_working_folder_and_else_from_the_data(
    finding: Make, run_of: RunOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "day" / "label_2").mkdir(parents=True)
    (tmp_path / "day" / "label_2" / "000003.txt").touch()
    monkeypatch.chdir(tmp_path)
    run = run_of(finding(severity="error"), root=str(tmp_path / "day"))
    assert as_github(run).startswith("::error file=day/label_2/000003.txt,")
    assert '"uri": "day/label_2/000003.txt"' in as_sarif(run)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert '"uri": "label_2/000003.txt"' in as_sarif(run)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        pytest.param("label_2/000003.txt:4", ("label_2/000003.txt", 4), id="with a line"),
        pytest.param("tables/sample.json", ("tables/sample.json", None), id="without"),
        pytest.param("12:30:00/a.bin", ("12:30:00/a.bin", None), id="colons in a folder"),
        pytest.param("a:0", ("a:0", None), id="no line zero"),
        pytest.param(":3", (":3", None), id="no file"),
    ],
)
def test_a_source_is_a_file_and_perhaps_a_line(source: str, place: tuple[str, int | None]) -> None:
    assert file_and_line(source) == place
