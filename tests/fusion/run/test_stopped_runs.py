"""Runs in processes of their own, killed, starved of disk space, or robbed of a worker."""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset
from fusion.run.check import check_dataset
from fusion.run.run_record import read_record
from fusion.run.saved_run import load_run

Drives = Callable[..., Path]
SELECTED = ("DAT002", "BOX306", "TRK501")
RESULTS = ("findings.json", "findings.parquet")
# Every write takes a while, so that a kill can meet it at any step.
SLOW = """
import os, sys, time
fsync = os.fsync
def slow(opened):
    fsync(opened)
    time.sleep(0.04)
os.fsync = slow
"""
CHECK = f"""
import sys
from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset
from fusion.run.check import check_dataset
opened = open_dataset(sys.argv[1])
print("ready", flush=True)
check_dataset(opened, Settings(select={SELECTED!r}), folder=sys.argv[2])
"""
COMMAND = f"""
import sys
from viewers.cli.main import main
import viewers.cli.check, fusion.run.check
print("ready", flush=True)
sys.exit(main(["check", sys.argv[1], "--run", sys.argv[2], "--select", "{",".join(SELECTED)}", *sys.argv[3:]]))
"""
DEADLY = f"""
import os, signal, sys
import fusion.run.check as run
from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset
whole = run._read_and_check
def deadly(dataset, task):
    if task.scene == "0001" and os.environ.get("DEADLY"):
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(dataset, task)
run._read_and_check = deadly
if __name__ == "__main__":
    run.check_dataset(open_dataset(sys.argv[1]), Settings(select={SELECTED!r}), workers=2, folder=sys.argv[2])
"""


def started(code: str, *words: object, **more: object) -> subprocess.Popen[str]:
    """A process that has imported everything and is about to check."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        **more,  # type: ignore[call-overload]  # only preexec_fn
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.stderr and process.stderr.read()
    return process


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and what it complained about."""
    _, err = process.communicate(timeout=120)
    return process.returncode, err


def shards_of(folder: Path) -> list[Path]:
    return sorted((folder / "shards").glob("*.json"))


def waited_for(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not found() and time.monotonic() < end:
        time.sleep(0.01)


@pytest.fixture
def whole(drives: Drives, tmp_path: Path) -> tuple[Path, dict[str, bytes]]:
    """A data set of four drives, and what an undisturbed run of it writes."""
    root = drives(4)
    check_dataset(open_dataset(root), Settings(select=SELECTED), folder=tmp_path / "whole")
    return root, {name: (tmp_path / "whole" / name).read_bytes() for name in RESULTS}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bytes(
    whole: tuple[Path, dict[str, bytes]], tmp_path: Path, seed: int
) -> None:
    chance, (root, results), folder = random.Random(seed), whole, tmp_path / "run"
    done: list[int] = []
    for shards in (0, 1, 1, 2):  # how far a machine gets in a time differs; so it is killed when it is that far
        process = started(SLOW + CHECK, root, folder)
        waited_for(
            lambda process=process, shards=shards: len(shards_of(folder)) >= shards or process.poll() is not None
        )  # type: ignore[misc]
        time.sleep(chance.uniform(0.0, 0.1))
        process.kill()
        ended(process)
        done.append(len(shards_of(folder)))
    assert done == sorted(done)
    assert done[0] < 4
    assert ended(started(SLOW + CHECK, root, folder)) == (0, "")
    assert {name: (folder / name).read_bytes() for name in RESULTS} == results
    assert list(folder.rglob(".*")) == []
    assert load_run(folder).findings


@pytest.mark.slow
def test_an_interrupted_run_ends_with_130_and_goes_on(whole: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    root, results = whole
    process = started(SLOW + COMMAND, root, tmp_path / "run")
    waited_for(lambda: len(shards_of(tmp_path / "run")) > 1)
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, "boresight: interrupted\n")
    code, err = ended(started(COMMAND, root, tmp_path / "run"))
    assert code == 1
    assert "going on with this run" in err
    assert {name: (tmp_path / "run" / name).read_bytes() for name in RESULTS} == results


@pytest.mark.slow
def test_a_worker_that_dies_costs_its_scene_and_a_second_run_tries_it_again(
    whole: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    (root, results), script = whole, tmp_path / "deadly.py"
    script.write_text(DEADLY)
    command = [sys.executable, str(script), str(root), str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, check=True, env={**environment, "DEADLY": "1"})
    run = load_run(tmp_path / "run")
    assert [(gap.path, gap.reason) for gap in run.incomplete] == [
        ("0001", "the process that checked this scene died, and again on a second try")
    ]
    assert {one.scene for one in run.findings if one.code == "BOX306"} == {"0000", "0002", "0003"}
    subprocess.run(command, check=True, env=environment)
    assert {name: (tmp_path / "run" / name).read_bytes() for name in RESULTS} == results


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))


@pytest.mark.slow
def test_files_that_may_not_grow_are_one_line_and_nothing_is_lost(
    whole: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    (root, results), folder = whole, tmp_path / "run"
    process = started(SLOW + CHECK, root, folder)
    waited_for(lambda: len(shards_of(folder)) > 1)
    process.kill()
    ended(process)
    before = {path: path.read_bytes() for path in shards_of(folder)}
    code, err = ended(started(COMMAND, root, folder, preexec_fn=small_files))
    assert code == 2
    assert f"{folder}: can't write the run: {os.strerror(errno.EFBIG)}; " in err.splitlines()[-1]
    assert {path: path.read_bytes() for path in before} == before
    assert ended(started(CHECK, root, folder))[0] == 0
    assert {name: (folder / name).read_bytes() for name in RESULTS} == results


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that holds a little."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a disk, and not everywhere")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_nothing_is_lost(whole: tuple[Path, dict[str, bytes]], small_disk: Path) -> None:
    (root, results), folder = whole, small_disk / "run"
    code, err = ended(started(COMMAND, root, folder))
    assert (code, err.count("\n")) == (2, 1), err
    assert "No space left on device" in err
    assert "of 4 scenes are kept, the same command goes on from there" in err
    kept = {path: path.read_bytes() for path in shards_of(folder)}
    assert kept
    assert read_record(folder).state == "running"
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    code, err = ended(started(COMMAND, root, folder))
    assert code == 1
    assert f"going on with this run, {len(kept)} of 4 scenes are done" in err
    assert {name: (folder / name).read_bytes() for name in RESULTS} == results


@pytest.mark.slow
def test_a_disk_that_may_only_be_read_is_one_line(whole: tuple[Path, dict[str, bytes]], small_disk: Path) -> None:
    root, _ = whole
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    code, err = ended(started(COMMAND, root, small_disk / "run"))
    assert (code, err.count("\n")) == (2, 1), err
    assert "Read-only file system" in err or "can't write into" in err


@pytest.mark.parametrize(
    "name", ["../../up", "a/b", "line\nbreak", "x" * 300, "", "..", ".hidden", "nul\0", "\udcff", "C:\\x", "-rf", "ü"]
)
def test_names_of_scenes_never_lead_out_of_the_shards(tmp_path: Path, name: str) -> None:
    from fusion.run.phases import SceneResult
    from fusion.run.shard import Shard, read_shard, shard_name, write_shard

    assert len(shard_name(3, name)) < 80
    result = SceneResult(name, 1, 2, {}, [], {}, (), "day")
    write_shard(tmp_path, Shard.of(result, "run", 3, 0.5))
    (written,) = tmp_path.iterdir()
    assert written.name.startswith("000003-")
    assert json.loads(written.read_text())["scene"] == name
    found = read_shard(tmp_path, "run", 3, name)
    assert found is not None
    assert found.result == result
    assert read_shard(tmp_path, "run", 3, f"{name}?") is None
    assert read_shard(tmp_path, "other run", 3, name) is None
