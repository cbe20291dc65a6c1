from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pyarrow.parquet
import pytest

from fusion.run.document import findings_json_schema
from viewers.cli.options import OutputFormat
from viewers.outputs.formats import BINARY_WRITERS, WRITERS

Run = Callable[..., Any]
Write = Callable[..., Path]
# Findings of checks to come don't count here.
TWO = ("--select", "BOX304,BOX306,IMG401")
GOOD_CAR = "Car 0 0 0 560 170 640 250 1.5 1.6 4 0 1.7 20 -1.57"


@pytest.mark.parametrize(
    ("data", "options", "code"),
    [
        pytest.param("good", [], 0, id="nothing wrong"),
        pytest.param("bad", [], 1, id="errors"),
        pytest.param("odd", [], 0, id="warnings do not fail by default"),
        pytest.param("odd", ["--fail-on", "warning"], 1, id="warnings fail where asked"),
        pytest.param("odd", ["--fail-on", "info"], 1, id="what is worse than asked fails too"),
        pytest.param("bad", ["--fail-on", "never"], 0, id="nothing ever fails"),
        pytest.param("bad", ["--select", "ONT"], 0, id="what is not looked for is not found"),
        pytest.param("bad", ["--select", "BOX306,ONT"], 1, id="words with a comma"),
        pytest.param("bad", ["--ignore", "duplicate-box"], 0, id="ignored by name"),
        pytest.param("torn", [], 3, id="unreadable wins over findings"),
        pytest.param("torn", ["--fail-on", "never"], 3, id="unreadable is never suppressed"),
        pytest.param("good", ["--min-assessed", "100"], 3, id="too little assessed"),
        pytest.param("bad", ["--min-assessed", "100"], 3, id="too little assessed wins over findings"),
        pytest.param("good", ["--min-assessed", "1"], 0, id="enough assessed"),
        pytest.param("good", ["--select", "TIM201"], 3, id="nothing could be assessed at all"),
        pytest.param("torn", ["--select", "nonsense"], 2, id="usage wins over unreadable"),
        pytest.param("good", ["--require", "BOX306,floating-box"], 0, id="what is required was assessed"),
        pytest.param("good", ["--require", "TIM201"], 3, id="what is required was not assessed"),
        pytest.param("good", ["--require", "BOX", "--select", "BOX306"], 0, id="a family means what runs of it"),
        pytest.param("bare", ["--require", "BOX306"], 3, id="there is no label"),
        pytest.param("good", ["--require", "BOX304", "--select", "BOX306"], 3, id="what is required was left out"),
        pytest.param("bad", ["--require", "TIM201", "--fail-on", "never"], 3, id="required is never suppressed"),
    ],
)
def test_the_exit_code_says_what_was_found(
    run: Run, request: pytest.FixtureRequest, data: str, options: list[str], code: int
) -> None:
    answer = run("check", request.getfixturevalue(data), *options)
    assert answer.code == code, answer.out + answer.err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        pytest.param(["--format", "kity"], "no format is called 'kity'; there are kitti-object", id="format"),
        pytest.param(["--scene", "dusk"], "has no scene 'dusk'; it has training", id="scene"),
        pytest.param(["--select", "BOX3O1"], "no check 'BOX3O1'; did you mean BOX3", id="check to select"),
        pytest.param(["--ignore", "nonsense"], "no check 'nonsense'", id="check to ignore"),
        pytest.param(["--tiers", "dreams"], "--tiers: tiers.0", id="tier"),
        pytest.param(["--tiers", "pixels", "--select", "BOX306"], "leave no check to run", id="nothing left"),
        pytest.param(["--settings", "nowhere.toml"], "nowhere.toml: no such settings file", id="settings"),
        pytest.param(["--rig", "nowhere.json"], "--rig: nowhere.json: ", id="rig"),
        pytest.param(["--labels", "nowhere"], "separate labels ('nowhere') are not supported", id="labels"),
        pytest.param(["--predictions", "nowhere"], "separate predictions", id="predictions"),
        pytest.param(["--engine", "abacus"], "engine must be one of local, got 'abacus'", id="engine"),
        pytest.param(["--output", "nowhere/f.json"], "--output: there is no folder 'nowhere'", id="output"),
        pytest.param(["--output", "."], "--output: '.' is a folder, a file is needed", id="output to a folder"),
        pytest.param(["--require", "BOX3O1"], "--require: no check 'BOX3O1'", id="check to require"),
        pytest.param(["--json", "--output-format", "csv"], "contradict each other", id="two formats"),
    ],
)
def test_what_was_typed_wrong_is_one_line_and_code_2(
    run: Run, good: Path, options: list[str], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("check", good, *options)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("boresight: ")
    assert answer.err.count("\n") == 1
    assert complaint in answer.err


def test_a_root_that_is_not_there_and_one_in_no_format_are_usage_errors(run: Run, tmp_path: Path) -> None:
    nowhere, empty = run("check", tmp_path / "nowhere"), run("check", tmp_path)
    assert (nowhere.code, empty.code) == (2, 2)
    assert "there is no file or folder" in nowhere.err
    assert "is in no format we read" in empty.err


def test_settings_change_limits_and_severities(run: Run, bad: Path, tmp_path: Path) -> None:
    settings = tmp_path / "mine.toml"
    settings.write_text('[checks.duplicate-box]\nseverity = "info"\n')
    assert run("check", bad, "--settings", settings).code == 0
    settings.write_text('[checks.duplicate-box]\nseverty = "info"\n')
    answer = run("check", bad, "--settings", settings)
    assert answer.code == 2
    assert "did you mean 'severity'" in answer.err


def test_tiers_come_on_top_of_a_settings_file(run: Run, bad: Path, tmp_path: Path) -> None:
    settings = tmp_path / "mine.toml"
    settings.write_text('select = ["BOX"]\n')
    answer = run("check", bad, "--settings", settings, "--tiers", "labels", "--json")
    codes = [check["code"] for check in json.loads(answer.out)["checks"]]
    assert codes
    assert all(code.startswith("BOX") for code in codes)


def test_json_is_the_document_and_nothing_else(run: Run, bad: Path) -> None:
    answer = run("check", bad, "--json")
    content = json.loads(answer.out)
    jsonschema.validate(content, findings_json_schema())
    assert content["datasets"][0] | {"root": ""} == {
        "root": "",
        "format": "kitti-object",
        "scenes": 1,
        "frames": 2,
        "labels": 3,
    }
    assert content["findings"][0]["code"] == "BOX306"
    assert answer.err == ""


def test_json_names_what_could_not_be_read(run: Run, torn: Path) -> None:
    answer = run("check", torn, "--output-format", "json")
    content = json.loads(answer.out)
    assert [one["path"] for one in content["incomplete"]] == ["training/velodyne/000000.bin"]
    assert answer.err == "boresight: 1 file or record could not be read, and what lies there is unchecked\n"


def test_what_was_required_and_not_assessed_is_told_with_the_reason(run: Run, good: Path) -> None:
    err = run("check", good, "--require", "TIM201,TRK501").err
    assert "--require TIM201: disordered-timestamps could assess nothing: frames have no real times (1 time)\n" in err
    assert "--require TRK501: position-jump could assess nothing: labels have no track ids (1 time)\n" in err


def test_a_second_run_says_the_same(run: Run, bad: Path) -> None:
    assert run("check", bad, "--json").out == run("check", bad, "--json").out


def test_json_lines_are_the_findings(run: Run, bad: Path) -> None:
    lines = run("check", bad, "--output-format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == json.loads(run("check", bad, "--json").out)["findings"]


def test_csv_has_a_row_a_finding(run: Run, bad: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("check", bad, "--output-format", "csv").out)))
    assert rows[0]["code"] == "BOX306"
    assert rows[0]["source"] == "training/label_2/000000.txt:1"
    assert len(rows) == len(json.loads(run("check", bad, "--json").out)["findings"])


def test_sarif_and_junit_and_github_can_be_read_back(run: Run, bad: Path) -> None:
    sarif = json.loads(run("check", bad, "--output-format", "sarif").out)
    assert sarif["runs"][0]["results"][0]["ruleId"] == "BOX306"
    junit = ElementTree.fromstring(run("check", bad, "--output-format", "junit").out.encode())
    assert junit.find(".//testcase[@name='BOX306 duplicate-box']/failure") is not None
    github = run("check", bad, "--output-format", "github").out
    assert f"::error file={bad}/training/label_2/000000.txt,line=1,title=BOX306 duplicate-box::" in github


def test_every_format_has_a_writer() -> None:
    assert {one.value for one in OutputFormat} == {"human", *WRITERS, *BINARY_WRITERS}


def test_what_is_no_text_goes_to_a_file_and_nowhere_else(run: Run, bad: Path, tmp_path: Path) -> None:
    answer = run("check", bad, *TWO, "--output-format", "parquet")
    assert (answer.code, answer.out) == (2, "")
    assert "--output-format parquet needs --output FILE" in answer.err
    answer = run("check", bad, *TWO, "--output-format", "parquet", "--output", tmp_path / "findings.parquet")
    assert (answer.code, answer.out) == (1, "")
    assert pyarrow.parquet.read_table(tmp_path / "findings.parquet").num_rows == 2


def test_a_workflow_gets_its_summary(run: Run, bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    run("check", bad, *TWO, "--output-format", "github")
    assert (tmp_path / "summary.md").read_text().startswith("before\n## Boresight: 1 error, 1 warning\n")
    run("check", bad, *TWO, "--output-format", "json")
    assert (tmp_path / "summary.md").read_text().count("## Boresight") == 1


@pytest.mark.parametrize("form", [one.value for one in OutputFormat if one.value in ("human", *WRITERS)])
def test_a_file_holds_what_would_have_been_printed(run: Run, bad: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / "findings.out"
    printed = run("check", bad, *TWO, "--output-format", form)
    answer = run("check", bad, *TWO, "--output-format", form, "--output", target)
    assert (answer.code, answer.out) == (1, "")
    assert target.read_bytes().decode() == printed.out
    assert answer.err == f"boresight: 1 error, 1 warning, written to {target}\n"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_device_may_be_written_to(run: Run, bad: Path) -> None:
    assert run("check", bad, "--output", "/dev/null").code == 1


def test_a_run_is_kept(run: Run, bad: Path, tmp_path: Path) -> None:
    answer = run("check", bad, "--run", tmp_path / "runs" / "1", "--json")
    kept = tmp_path / "runs" / "1"
    assert json.loads((kept / "findings.json").read_text()) == json.loads(answer.out)
    assert sorted(path.name for path in kept.iterdir()) == ["findings.json", "findings.parquet", "run.json", "shards"]


def test_a_run_folder_that_is_a_file_is_refused_before_anything_runs(run: Run, bad: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    answer = run("check", bad, "--run", tmp_path / "taken")
    assert (answer.code, answer.out) == (2, "")


def test_a_run_that_can_not_be_kept_is_told_by_its_option(run: Run, bad: Path, tmp_path: Path) -> None:
    (tmp_path / "kept" / "run.json").mkdir(parents=True)
    answer = run("check", bad, "--run", tmp_path / "kept")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(
        f"boresight: {tmp_path / 'kept' / 'run.json'}: expected a file, found a folder; choose"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_behind_standard_output_is_one_line(bad: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "viewers.cli.main", "check", str(bad)]
        answer = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith("boresight: can't write to standard output: ")
    assert answer.stderr.count("\n") == 1


def test_several_data_sets_are_one_run(run: Run, good: Path, bad: Path) -> None:
    content = json.loads(run("check", good, bad, "--json").out)
    assert [one["root"] for one in content["datasets"]] == [str(good), str(bad)]
    assert content["dataset"] == content["datasets"][0]


def test_one_label_file_is_a_data_set(run: Run, bad: Path) -> None:
    content = json.loads(run("check", bad / "training" / "label_2" / "000000.txt", "--json").out)
    assert content["dataset"]["labels"] == 2


def test_a_person_is_told_what_where_and_how_bad(run: Run, bad: Path) -> None:
    out = run("check", bad, *TWO).out
    assert out.splitlines()[0] == f"{bad} (kitti-object): 1 scene, 2 frames, 3 labels"
    assert out.splitlines()[1] == "1 error, 1 warning from 3 checks"
    assert out.index("BOX306 duplicate-box") < out.index("BOX304 floating-box")
    place = "frame 000001, label 000001:1, training/label_2/000001.txt:1"
    assert re.search(rf" 0\.\d+ m \(limit 0\.\d+ m\), {place}\n", out)
    assert "Not assessed" in out
    assert "`boresight explain BOX306`" in out


def test_hostile_names_are_printed_as_they_are_and_do_nothing(run: Run, kitti: Write) -> None:
    line = GOOD_CAR.replace("Car", "[red]\x1b[2Jcar[/red]")
    answer = run("check", kitti([line]))
    assert "\x1b" not in answer.out + answer.err
    assert "[red]\\x1b[2Jcar[/red]" in answer.out


def printed_on_a_terminal(root: Path, **environment: str) -> str:
    """What a terminal of 60 columns is sent."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "viewers.cli.main", "check", str(root)]
    changes = {"COLUMNS": "60", "TERM": "xterm-256color", **environment}
    started = subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env={**os.environ, **changes})
    os.close(theirs)
    sent = b""
    try:
        while piece := os.read(ours, 65536):
            sent += piece
    except OSError:  # the terminal's other end is closed
        pass
    started.wait()
    os.close(ours)
    return sent.decode()


def test_a_terminal_gets_colours_and_lines_that_fit(bad: Path) -> None:
    sent = printed_on_a_terminal(bad)
    assert "\x1b[1;31merror" in sent
    assert "error   Car" in printed_on_a_terminal(bad, NO_COLOR="1").replace("\r\n", "\n")


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colours_gets_none(bad: Path, name: str, value: str) -> None:
    sent = printed_on_a_terminal(bad, **{name: value})
    assert "\x1b" not in sent
    assert max(len(line) for line in sent.splitlines()) <= 60


def test_a_pipe_gets_each_line_in_one_piece(run: Run, bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert f"{bad} (kitti-object): 1 scene, 2 frames, 3 labels" in run("check", bad).out
