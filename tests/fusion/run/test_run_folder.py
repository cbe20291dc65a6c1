from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calibration.errors import FileProblemError
from calibration.kernels.choice import KernelChoice
from fusion.checks.settings import Settings
from fusion.errors import DatasetError, RunFolderError
from fusion.formats.registry import open_dataset
from fusion.run.check import check_dataset
from fusion.run.run import Run
from fusion.run.run_record import read_record

Drives = Callable[..., Path]
SETTINGS = Settings(select=("DAT001", "BOX306", "TRK501"))
RESULTS = ("findings.json", "findings.parquet")
HOLD = """
import sys, time
from pathlib import Path
from fusion.run.folder_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def checked(root: Path, folder: Path | None, **more: Any) -> Run:
    return check_dataset(open_dataset(root), more.pop("settings", SETTINGS), folder=folder, **more)


def files_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in RESULTS}


def shards_of(folder: Path) -> list[Path]:
    return sorted((folder / "shards").iterdir())


class StopError(Exception):
    """What ends a run in the middle."""


def stopped(root: Path, folder: Path, after: int) -> None:
    """A run that ends when so many scenes are done."""

    def stop(_: str, done: int, __: int) -> None:
        if done == after:
            raise StopError

    with pytest.raises(StopError):
        checked(root, folder, progress=stop)


def test_a_run_says_what_it_was_of_and_how_long_it_took(drives: Drives, tmp_path: Path) -> None:
    run = checked(drives(2), tmp_path / "run")
    record = read_record(tmp_path / "run")
    assert (record.state, record.opened, record.datasets) == ("finished", run.opened, run.document.datasets)
    (held,) = record.inputs
    assert (held.format, held.scenes, held.fingerprint and held.fingerprint.files) == (
        "kitti-tracking",
        ("0000", "0001"),
        10,
    )
    assert record.timings is not None
    assert [one.scene for one in record.timings.scenes] == ["0000", "0001"]
    assert [path.name for path in shards_of(tmp_path / "run")] == ["000000-0000.json", "000001-0001.json"]
    assert json.loads((tmp_path / "run" / "findings.json").read_bytes()) == run.document.as_dict()
    assert run.findings


def test_a_run_with_a_folder_finds_the_same_as_one_without(drives: Drives, tmp_path: Path) -> None:
    root = drives(2)
    assert checked(root, tmp_path / "run").to_json() == checked(root, None).to_json()


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_stopped_run_goes_on_and_ends_with_the_same_bytes(drives: Drives, tmp_path: Path, after: int) -> None:
    root, told, news = drives(3), [], []
    checked(root, tmp_path / "whole")
    stopped(root, tmp_path / "run", after)
    assert read_record(tmp_path / "run").state == "running"
    checked(root, tmp_path / "run", progress=lambda *one: told.append(one), notice=news.append)
    assert [done for _, done, _ in told] == list(range(after + 1, 4))
    assert news == [f"{tmp_path / 'run'}: going on with this run, {after} of 3 scenes are done"]
    assert files_of(tmp_path / "run") == files_of(tmp_path / "whole")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda shard: shard.write_bytes(shard.read_bytes()[:-40]), id="torn"),
        pytest.param(lambda shard: shard.write_bytes(b""), id="empty"),
        pytest.param(lambda shard: shard.write_text("[" * 100_000), id="nested"),
        pytest.param(lambda shard: shard.write_text(shard.read_text().replace('"0001"', '"0002"')), id="other scene"),
        pytest.param(lambda shard: shard.write_text(shard.read_text().replace("shard/1", "shard/2")), id="schema"),
        pytest.param(lambda shard: (shard.unlink(), shard.mkdir()), id="a folder"),
        pytest.param(lambda shard: (shard.unlink(), os.mkfifo(shard)), id="a pipe"),
    ],
)
def test_a_shard_that_is_none_is_made_again(drives: Drives, tmp_path: Path, spoil: Callable[[Path], Any]) -> None:
    root, told = drives(3), []
    checked(root, tmp_path / "whole")
    stopped(root, tmp_path / "run", 2)
    spoil(shards_of(tmp_path / "run")[1])
    if shards_of(tmp_path / "run")[1].is_dir():
        with pytest.raises(RunFolderError, match="can't write the run: Is a directory"):
            checked(root, tmp_path / "run")
        return
    checked(root, tmp_path / "run", progress=lambda *one: told.append(one))
    assert [scene for scene, _, _ in told] == ["0001", "0002"]
    assert files_of(tmp_path / "run") == files_of(tmp_path / "whole")


def test_a_link_in_place_of_a_shard_is_neither_read_nor_written_through(drives: Drives, tmp_path: Path) -> None:
    root = drives(2)
    stopped(root, tmp_path / "run", 1)
    (shard,) = shards_of(tmp_path / "run")
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_bytes(shard.read_bytes())
    shard.unlink()
    shard.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    checked(root, tmp_path / "run")
    assert not shard.is_symlink()
    assert elsewhere.read_bytes() == before


def test_a_link_in_place_of_the_shards_is_refused(drives: Drives, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "shards").symlink_to(tmp_path)
    with pytest.raises(RunFolderError, match="shards is a link"):
        checked(drives(1), tmp_path / "run")


def test_what_a_killed_writer_left_is_removed(drives: Drives, tmp_path: Path) -> None:
    stopped(drives(2), tmp_path / "run", 1)
    for place in ("", "shards"):
        (tmp_path / "run" / place / ".findings.json.77.unfinished").touch()
    checked(tmp_path / "drives", tmp_path / "run")
    assert list((tmp_path / "run").rglob(".*")) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"settings": Settings(select=("BOX306",))}, "other settings: select", id="selection"),
        pytest.param(
            {"settings": Settings(select=SETTINGS.select, base_rate=0.03)}, "other settings: base_rate", id="a number"
        ),
        pytest.param({"scenes": ["0001"]}, "it was of 0000, 0001, now 0001", id="scenes"),
    ],
)
def test_a_stopped_run_of_something_else_is_refused(
    drives: Drives, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    root = drives(2)
    stopped(root, tmp_path / "run", 1)
    with pytest.raises(RunFolderError, match=f"holds another run: {told}.*--restart"):
        checked(root, tmp_path / "run", **changes)
    assert checked(root, tmp_path / "run", restart=True, **changes).findings
    assert read_record(tmp_path / "run").state == "finished"


def test_labels_that_changed_while_a_run_was_stopped_are_told(drives: Drives, tmp_path: Path) -> None:
    root = drives(2)
    stopped(root, tmp_path / "run", 1)
    (root / "training" / "label_02" / "0001.txt").write_text("")
    with pytest.raises(RunFolderError, match=r"has changed since: training/label_02/0001.txt\. Choose"):
        checked(root, tmp_path / "run")


def test_another_version_is_told(drives: Drives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = drives(2)
    stopped(root, tmp_path / "run", 1)
    monkeypatch.setattr("fusion.run.kept.tool_version", lambda: "99")
    with pytest.raises(RunFolderError, match=r"it was begun with Boresight \S+, this is 99"):
        checked(root, tmp_path / "run")


def test_a_finished_run_is_handed_out_again_where_nothing_changed(drives: Drives, tmp_path: Path) -> None:
    root, told, news = drives(2), [], []
    first = checked(root, tmp_path / "run")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*") if path.is_file()}
    again = checked(root, tmp_path / "run", progress=lambda *one: told.append(one), notice=news.append)
    assert (again.to_json(), told) == (first.to_json(), [])
    assert "nothing has changed since" in news[0]
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_finished_run_is_done_anew_where_labels_changed(drives: Drives, tmp_path: Path) -> None:
    root, told, news = drives(2), [], []
    before = checked(root, tmp_path / "run")
    path = root / "training" / "label_02" / "0001.txt"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if line.split()[1] != "2"))
    after = checked(root, tmp_path / "run", progress=lambda *one: told.append(one), notice=news.append)
    assert len(told) == 2
    assert "checking anew" in news[0]
    assert "training/label_02/0001.txt" in news[0]
    assert {one.scene for one in before.findings} > {one.scene for one in after.findings}


def test_findings_that_somebody_changed_are_put_right(drives: Drives, tmp_path: Path) -> None:
    root = drives(1)
    checked(root, tmp_path / "run")
    before = files_of(tmp_path / "run")
    (tmp_path / "run" / "findings.json").write_text("{}")
    checked(root, tmp_path / "run")
    assert files_of(tmp_path / "run") == before


def test_a_run_kept_inside_its_data_set_does_not_change_it(drives: Drives) -> None:
    root, news = drives(2), []
    checked(root, root)
    checked(root, root / "runs" / "1")
    for folder in (root, root / "runs" / "1"):
        checked(root, folder, notice=news.append)
    assert ["nothing has changed" in one for one in news] == [True, True]


def test_a_folder_that_is_being_written_is_refused_until_its_writer_dies(drives: Drives, tmp_path: Path) -> None:
    root, folder = drives(1), tmp_path / "run"
    folder.mkdir()
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(RunFolderError, match=f"is being written by process {holder.pid} on "):
        checked(root, folder)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert (folder / ".lock").exists()
    assert checked(root, folder).findings
    assert not (folder / ".lock").exists()


@pytest.mark.parametrize("name", ["findings.json", "findings.parquet"])
def test_findings_of_no_run_are_not_written_over(drives: Drives, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(RunFolderError, match=f"holds a {name} of no run"):
        checked(drives(1), tmp_path)
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="torn"),
        pytest.param("[]", id="a list"),
        pytest.param('{"schema": "another/1"}', id="another schema"),
        pytest.param("[" * 100_000, id="nested"),
        pytest.param("\x00", id="zeros"),
    ],
)
def test_a_record_that_is_none_is_told_and_left(drives: Drives, tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunFolderError, match=r"run.json: is no boresight.run/1 document: .*--restart"):
        checked(drives(1), tmp_path)
    with pytest.raises(FileProblemError):
        read_record(tmp_path)
    assert (tmp_path / "run.json").read_text() == content
    assert checked(tmp_path / "drives", tmp_path, restart=True).findings


def test_a_full_disk_keeps_what_is_done(drives: Drives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, folder = drives(3), tmp_path / "run"
    checked(root, tmp_path / "whole")
    fsync = os.fsync
    with monkeypatch.context() as full:

        def fail(opened: int) -> None:
            if len(shards_of(folder)) > 2:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fsync(opened)

        full.setattr(os, "fsync", fail)
        with pytest.raises(RunFolderError, match="No space left on device; 2 of 3 scenes are kept, the same command"):
            checked(root, folder)
    checked(root, folder)
    assert files_of(folder) == files_of(tmp_path / "whole")


def test_a_place_that_can_not_hold_a_folder_is_one_line(drives: Drives, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(RunFolderError, match="taken/run: can't write the run: Not a directory"):
        checked(drives(1), tmp_path / "taken" / "run")


def test_a_scene_that_does_not_exist_leaves_no_folder(drives: Drives, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no scene '7'"):
        checked(drives(1), tmp_path / "run", scenes=["7"])
    assert not (tmp_path / "run").exists()


def test_a_run_goes_on_with_the_kernels_it_was_begun_with(
    drives: Drives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(mode: str) -> KernelChoice:
        asked.append(mode)
        return KernelChoice(asked=mode, compiled=() if mode == "numpy" else ("fast",), numpy=("slow",))

    root = drives(2)
    stopped(root, tmp_path / "run", 1)
    monkeypatch.setattr("fusion.run.run_folder.choose", choose)
    monkeypatch.setattr("fusion.run.run_folder.chosen", lambda: choose(asked[-1] if asked else "auto"))
    assert checked(root, tmp_path / "run").findings
    assert asked[1] == "numpy"


def test_compiled_kernels_that_are_missing_here_are_told(drives: Drives, tmp_path: Path) -> None:
    root = drives(2)
    stopped(root, tmp_path / "run", 1)
    content = json.loads((tmp_path / "run" / "run.json").read_text())
    content["kernels"]["compiled"] = ["project_points"]
    (tmp_path / "run" / "run.json").write_text(json.dumps(content))
    with pytest.raises(RunFolderError, match="it was begun with compiled kernels project_points, here none"):
        checked(root, tmp_path / "run")
