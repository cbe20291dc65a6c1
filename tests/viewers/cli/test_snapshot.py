from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calibration.image_file import image_size

Run = Callable[..., Any]
TWO = ("--select", "BOX304,BOX306")


def test_the_most_urgent_findings_are_drawn_and_named(run: Run, bad: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "pictures"
    answer = run("snapshot", bad, *TWO, "--out", folder)
    assert (answer.code, answer.err) == (0, "")
    written = [Path(line) for line in answer.out.splitlines()]
    assert written == sorted(folder.iterdir())
    assert [path.name[:10] for path in written] == ["000-overvi", "001-BOX306", "002-BOX304"]
    assert all(min(image_size(path)) > 100 for path in written)


def test_no_more_are_drawn_than_asked_for(run: Run, bad: Path, tmp_path: Path) -> None:
    answer = run("snapshot", bad, *TWO, "--out", tmp_path / "pictures", "--limit", "1")
    assert [Path(line).name[:10] for line in answer.out.splitlines()] == ["000-overvi", "001-BOX306"]


@pytest.mark.parametrize("frame", ["000001", "1"], ids=["by key", "by number"])
def test_a_frame_is_drawn_with_its_own_findings(run: Run, bad: Path, tmp_path: Path, frame: str) -> None:
    answer = run("snapshot", bad, *TWO, "--out", tmp_path / "pictures", "--frame", frame)
    assert answer.code == 0
    assert [Path(line).name[:10] for line in answer.out.splitlines()] == ["000-overvi", "001-BOX304"]


def test_without_findings_there_is_still_something_to_see(run: Run, good: Path, tmp_path: Path) -> None:
    answer = run("snapshot", good, *TWO, "--out", tmp_path / "pictures")
    assert [Path(line).name for line in answer.out.splitlines()] == ["000-overview.png"]


def test_findings_of_a_run_before_are_drawn_without_checking_again(
    run: Run, bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("check", bad, *TWO, "--run", tmp_path / "run")
    monkeypatch.setattr("fusion.run.check.check_dataset", None)
    for place in (tmp_path / "run", tmp_path / "run" / "findings.json"):
        answer = run("snapshot", bad, "--findings", place, "--out", tmp_path / "pictures")
        assert [Path(line).name[:10] for line in answer.out.splitlines()] == ["000-overvi", "001-BOX306", "002-BOX304"]


def test_what_could_not_be_read_makes_code_3(run: Run, torn: Path, tmp_path: Path) -> None:
    answer = run("snapshot", torn, "--select", "BOX306,DAT", "--out", tmp_path / "pictures")
    assert answer.code == 3
    assert answer.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["--frame", "000007"], "no frame '000007'; it has 000000, 000001", id="frame"),
        pytest.param(["--scene", "dusk"], "has no scene 'dusk'", id="scene"),
        pytest.param(["--findings", "nowhere.json"], "--findings: nowhere.json: no such run", id="findings"),
    ],
)
def test_what_does_not_exist_is_code_2(
    run: Run, bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("snapshot", bad, *TWO, "--out", "pictures", *words)
    assert (answer.code, answer.out) == (2, "")
    assert complaint in answer.err
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param("{", "is no boresight.findings/1 document: no JSON: Expecting", id="no JSON"),
        pytest.param("[]", "is no boresight.findings/1 document", id="a list"),
        pytest.param('{"schema": "boresight.info/1"}', "schema: ", id="another document"),
    ],
)
def test_a_file_that_holds_no_findings_is_code_2(
    run: Run, bad: Path, tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / "findings.json").write_text(content)
    answer = run("snapshot", bad, "--findings", tmp_path / "findings.json", "--out", tmp_path / "pictures")
    assert answer.code == 2
    assert complaint in answer.err


def test_a_folder_that_is_a_file_is_code_2(run: Run, bad: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    assert run("snapshot", bad, "--out", tmp_path / "taken").code == 2
