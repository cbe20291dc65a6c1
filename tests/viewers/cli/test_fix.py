from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_a_run_is_fixed_in_a_copy_and_the_text_says_what_changed(run: Run, crossing: Path, tmp_path: Path) -> None:
    checked = run(
        "check", crossing / "v1.0-planted", "--select", "ONT601,TRK503", "--run", tmp_path / "run", "--fail-on", "never"
    )
    assert checked.code == 0
    answer = run("fix", tmp_path / "run", "--out", tmp_path / "copy", "--min-score", "0.5")
    assert (answer.code, answer.err) == (0, "")
    assert "ONT601 unknown-class" in answer.out
    assert "21 labels changed, each listed in boresight-changes.json" in answer.out
    again = run("check", tmp_path / "copy" / "v1.0-planted", "--select", "ONT601,TRK503")
    assert again.code == 0


def test_nothing_to_apply_and_a_folder_without_a_run_are_told(run: Run, crossing: Path, tmp_path: Path) -> None:
    run("check", crossing / "v1.0-clean", "--select", "ONT601", "--run", tmp_path / "run")
    answer = run("fix", tmp_path / "run", "--out", tmp_path / "copy")
    assert answer.code == 2
    assert "proposes a change" in answer.err
    assert run("fix", tmp_path, "--out", tmp_path / "copy").code == 3
    assert not (tmp_path / "copy").exists()


def test_a_data_set_that_changed_since_the_run_is_not_corrected_unless_asked_to(
    run: Run, crossing: Path, tmp_path: Path
) -> None:
    root = crossing / "v1.0-planted"
    run("check", root, "--select", "ONT601,TRK503", "--run", tmp_path / "run", "--fail-on", "never")
    table = root / "sample_annotation.json"
    before = table.read_text(encoding="utf-8")
    table.write_text(before + "\n", encoding="utf-8")
    answer = run("fix", tmp_path / "run", "--out", tmp_path / "copy", "--min-score", "0.5")
    assert answer.code == 2
    assert "has changed since" in answer.err
    assert "sample_annotation.json; check it again, or pass --force" in " ".join(answer.err.split())
    assert not (tmp_path / "copy").exists()
    assert run("fix", tmp_path / "run", "--out", tmp_path / "forced", "--min-score", "0.5", "--force").code == 0
    table.write_text(before, encoding="utf-8")
    assert run("fix", tmp_path / "run", "--out", tmp_path / "copy", "--min-score", "0.5").code == 0


def test_what_reviewers_decided_is_applied_and_what_they_dismissed_is_not(
    run: Run, crossing: Path, tmp_path: Path
) -> None:
    checked, root = tmp_path / "run", crossing / "v1.0-planted"
    run("check", root, "--select", "ONT601,TRK503", "--run", checked, "--fail-on", "never")
    found = json.loads((checked / "findings.json").read_text(encoding="utf-8"))["findings"]
    flip = next(one for one in found if one["code"] == "TRK503" and one["proposal"])
    misspelt = [one for one in found if one["code"] == "ONT601" and one["proposal"]]
    label = flip["labels"][0]["label"]
    (tmp_path / "nudge.json").write_text(
        json.dumps({"action": "set", "target": label, "values": {"size_m": [4.4, 1.8, 1.6]}}), encoding="utf-8"
    )
    assert run("review", "set", checked, flip["id"], "confirmed").code == 0
    scene_and_label = f"label:{flip['scene']}/{label}"
    assert run("review", "set", checked, scene_and_label, "new-error", "--proposals", tmp_path / "nudge.json").code == 0
    for one in misspelt:
        assert run("review", "set", checked, one["id"], "false-alarm", "--as", "ada").code == 0

    answer = run("fix", checked, "--out", tmp_path / "copy", "--reviewed", "--min-score", "1")
    assert answer.code == 0
    (listed,) = (tmp_path / "copy").rglob("boresight-changes.json")
    changes = json.loads(listed.read_text(encoding="utf-8"))
    assert {one["code"] for one in changes["applied"]} == {"TRK503", "REVIEW"}
    sizes = [each["now"].get("size_m") for one in changes["applied"] for each in one["changes"]]
    assert [4.4, 1.8, 1.6] in sizes
    assert {one["skipped"] for one in changes["skipped"]} == {"false-alarm, says ada"}

    plain = run("fix", checked, "--out", tmp_path / "plain", "--select", "ONT601", "--min-score", "0")
    assert plain.code == 2
    assert "false-alarm, says ada" in " ".join(plain.err.split())


def test_reviews_that_are_not_there_are_asked_for(run: Run, crossing: Path, tmp_path: Path) -> None:
    run("check", crossing / "v1.0-planted", "--select", "ONT601", "--run", tmp_path / "run", "--fail-on", "never")
    for more in (["--reviewed"], ["--store", tmp_path / "typo.sqlite"]):
        answer = run("fix", tmp_path / "run", "--out", tmp_path / "copy", *more)
        assert answer.code == 2
        assert "no such review store" in " ".join(answer.err.split())
    assert not (tmp_path / "typo.sqlite").exists()
