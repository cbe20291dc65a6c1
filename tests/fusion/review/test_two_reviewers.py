"""Two reviewers at once, in processes of their own, killed in the middle of their work again and again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fusion.review.event import Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

ROOT = Path(__file__).resolve().parents[3]
SUBJECTS = 120

# Says what it is about to write, and after `append` returned that it is written.
REVIEWER = """
import random, sys, time
from fusion.errors import StaleRevisionError
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

name, seed, verdict, folder, subjects = sys.argv[1:]
order = list(range(int(subjects)))
random.Random(int(seed)).shuffle(order)
store = ReviewStore.open(folder, create=True)
print("ready", flush=True)
sys.stdin.readline()
for number in order:
    subject = ReviewSubject.finding(f"{number:016x}")
    time.sleep(random.uniform(0, 0.004))
    try:
        event = store.append(Decision(subject=subject, reviewer=name, verdict=Verdict(verdict), comment="x" * 500), 0)
        print("stored", number, event.hash, flush=True)
    except StaleRevisionError as error:
        print("refused", number, str(error).replace("\\n", " "), flush=True)
print("done", flush=True)
"""

INSISTENT = """
import sys
from fusion.errors import StaleRevisionError
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject

subject, done = ReviewSubject.finding("0" * 16), 0
store = ReviewStore.open(sys.argv[2], create=True)
decision = Decision(subject=subject, reviewer=sys.argv[1], verdict=Verdict.CONFIRMED)
while done < 15:
    try:
        store.append(decision, store.current(subject).revision)
        done += 1
        print("stored", done, flush=True)
    except StaleRevisionError as error:
        print("refused", error.revision, flush=True)
"""

# Forty findings, made here so that both have the same.
WORKER = """
import random, sys, time
from fusion.checks.finding import Finding
from fusion.errors import StaleRevisionError
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.work import next_item

plain = dict(code="BOX304", name="floating-box", severity="error", subject="box", scene="day", frame=None,
             timestamp_ns=None, sensor=None, label=None, track=None, category=None, message="", measured=None,
             limit=None, unit="", evidence={}, evidence_hash="e")
findings = [Finding(id=f"{number:016x}", score=number / 40, **plain) for number in range(40)]
store = ReviewStore.open(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
while (item := next_item(findings, store, sys.argv[1])) is not None:
    time.sleep(random.uniform(0, 0.01))
    try:
        store.append(Decision(subject=item.subject, reviewer=sys.argv[1], verdict=Verdict.CONFIRMED), 0)
        print("stored", item.subject, flush=True)
    except StaleRevisionError:
        print("refused", item.subject, flush=True)
"""


def start_worker(name: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, name, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def start(name: str, seed: int, verdict: Verdict, folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", REVIEWER, name, str(seed), verdict.value, str(folder), str(SUBJECTS)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)


def begin_together(processes: list[subprocess.Popen[str]]) -> None:
    """None begins before all have started: on a busy machine one would be done before the other."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def lines_of(process: subprocess.Popen[str]) -> list[list[str]]:
    """What a process said before it ended, a line cut by the kill left out."""
    assert process.stdout is not None
    text = process.stdout.read()
    process.stdout.close()
    if process.stdin is not None:
        process.stdin.close()
    process.wait()
    return [line.split(" ", 2) for line in text.split("\n")[:-1]]


@pytest.mark.slow
def test_kills_lose_nothing_acknowledged_and_nobody_overwrites_anybody(tmp_path: Path) -> None:
    pause = random.Random(7)
    stored: dict[str, str] = {}
    refused: list[str] = []
    for seed in range(4):
        pair = [
            start("ada", seed, Verdict.CONFIRMED, tmp_path),
            start("bob", seed + 100, Verdict.FALSE_ALARM, tmp_path),
        ]
        begin_together(pair)
        if seed < 3:
            time.sleep(pause.uniform(0.02, 0.15))
            for process in pair:
                process.send_signal(signal.SIGKILL)
        for process in pair:
            for what, *rest in lines_of(process):
                if what == "stored":
                    assert rest[0] not in stored, "both were told that theirs is the first verdict"
                    stored[rest[0]] = rest[1]
                elif what == "refused":
                    refused.append(rest[1])
    with ReviewStore.open(tmp_path) as store:
        verdicts = store.verdicts()
        hashes = {event.hash for event in store.events()}
        assert store.verify() == []
    assert set(stored.values()) <= hashes, "an acknowledged verdict is gone"
    assert len(verdicts) == SUBJECTS
    assert all(standing.revision == 1 for standing in verdicts.values())
    # What was stored in the instant of a kill may not have been acknowledged, but never more than that.
    assert len(hashes) - len(stored) <= 6
    assert refused
    assert all("nothing was stored" in reason and ("ada said" in reason or "bob said" in reason) for reason in refused)
    assert {standing.event.reviewer for standing in verdicts.values() if standing.event} == {"ada", "bob"}


@pytest.mark.slow
def test_work_handed_out_to_two_processes_is_never_decided_twice(tmp_path: Path) -> None:
    """Each asks for the next, decides it, and asks again; one is killed in between and comes back."""
    ReviewStore.open(tmp_path, create=True).close()
    processes = [start_worker("ada", tmp_path), start_worker("bob", tmp_path)]
    begin_together(processes)
    assert processes[1].stdout is not None
    first = processes[1].stdout.readline().split()
    processes[1].send_signal(signal.SIGKILL)
    said = [first, *lines_of(processes[1])]
    processes[1] = start_worker("bob", tmp_path)
    begin_together(processes[1:])
    for process in processes:
        said += lines_of(process)
    assert [line for line in said if line[0] == "refused"] == []
    with ReviewStore.open(tmp_path) as store:
        verdicts = store.verdicts()
        assert len(verdicts) == 40
        assert all(standing.revision == 1 for standing in verdicts.values())
        assert {line[1] for line in said} <= {str(subject) for subject in verdicts}
        assert store.verify() == []


def test_each_verdict_on_one_subject_knows_the_one_before(tmp_path: Path) -> None:
    """Both insist: whoever is refused looks again and decides anew, so no verdict goes unseen."""
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", INSISTENT, name, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        for name in ("ada", "bob")
    ]
    for process in pair:
        assert sum(line[0] == "stored" for line in lines_of(process)) == 15
    with ReviewStore.open(tmp_path) as store:
        history = store.history(ReviewSubject.finding("0" * 16))
        assert [event.revision for event in history] == list(range(1, 31))
        assert [list(event.replaces) for event in history[1:]] == [[event.hash] for event in history[:-1]]
        assert store.verify() == []
