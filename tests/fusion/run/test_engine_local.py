from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calibration.kernels.choice import choose, chosen
from fusion.errors import SettingsError
from fusion.run.engine_local import WorkerDiedError, run_as_ready, run_map


def slow_first(number: int) -> int:
    time.sleep(0.3 if number == 0 else 0)
    return number * number


def process_of(_: int) -> int:
    return os.getpid()


def threads_of(_: int) -> str | None:
    return os.environ.get("OPENBLAS_NUM_THREADS")


def wait(seconds: float) -> None:
    time.sleep(seconds)


def fail(number: int) -> int:
    raise ValueError(number)


def test_one_worker_stays_in_this_process_and_goes_item_by_item() -> None:
    seen: list[int] = []

    def note(number: int) -> int:
        seen.append(number)
        return number

    answers = run_map(note, [1, 2, 3])
    assert next(answers) == 1
    assert seen == [1]
    assert list(answers) == [2, 3]


def test_answers_come_in_the_order_of_the_items() -> None:
    assert list(run_map(slow_first, range(4), workers=2)) == [0, 1, 4, 9]


def test_several_workers_are_other_processes() -> None:
    assert os.getpid() not in set(run_map(process_of, range(2), workers=2))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_comes_back(workers: int) -> None:
    with pytest.raises(ValueError, match="5"):
        list(run_map(fail, [5], workers=workers))


def test_an_unknown_engine_is_told_which_there_are() -> None:
    with pytest.raises(SettingsError, match="engine must be one of local, got 'spark'"):
        list(run_map(slow_first, [1], engine="spark"))


def test_somebody_has_to_work() -> None:
    with pytest.raises(SettingsError, match="workers must be at least 1, got 0"):
        list(run_map(slow_first, [1], workers=0))


def test_a_worker_uses_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert set(run_map(threads_of, range(2), workers=2)) == {"1"}
    assert "OPENBLAS_NUM_THREADS" not in os.environ


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs the alarm of posix")
def test_an_interrupt_ends_the_workers_at_once() -> None:
    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 2)
    start = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(run_map(wait, [60, 60], workers=2))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - start < 20


def die_at_two(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.1)
    return number


def die_the_first_time(marker: str) -> str:
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return marker


def kernels_of(_: int) -> str:
    return chosen().asked


def test_a_task_that_kills_its_process_takes_no_other_with_it() -> None:
    answers = dict(run_as_ready(die_at_two, range(5), workers=2, died=lambda number: -number))
    assert answers == {0: 0, 1: 1, 2: -2, 3: 3, 4: 4}


def test_a_task_whose_process_was_killed_once_is_tried_again(tmp_path: Path) -> None:
    marker = str(tmp_path / "tried")
    assert list(run_map(die_the_first_time, [marker], workers=2)) == [marker]


def test_a_task_that_kills_its_process_is_an_error_where_nobody_answers_for_it() -> None:
    with pytest.raises(WorkerDiedError, match="died, and again when its task was tried alone"):
        list(run_map(die_at_two, range(3), workers=2))


def test_answers_come_when_they_are_ready() -> None:
    assert [answer for _, answer in run_as_ready(slow_first, range(3), workers=2)][-1] == 0


def test_workers_have_the_kernels_of_the_run() -> None:
    before = chosen().asked
    try:
        choose("numpy")
        assert set(run_map(kernels_of, range(2), workers=2)) == {"numpy"}
    finally:
        choose(before)


ORPHANS = """
import os, sys, time
from fusion.run.engine_local import run_map
sys.path.insert(0, sys.argv[1])
from sleeper import sleep
list(run_map(sleep, [sys.argv[1]] * 2, workers=2))
"""


def test_workers_do_not_outlive_a_run_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text(
        "import os, time\nfrom pathlib import Path\n"
        "def sleep(folder):\n    Path(folder, f'pid{os.getpid()}').touch()\n    time.sleep(60)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", ORPHANS, str(tmp_path)], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    workers = waited_for(lambda: pids if len(pids := list(tmp_path.glob("pid*"))) == 2 else [])
    run.kill()
    run.wait()
    assert waited_for(lambda: not any(Path("/proc", path.name[3:]).exists() for path in workers))


def waited_for(found: Callable[[], Any]) -> Any:
    """What is found within half a minute."""
    end = time.monotonic() + 30
    while not (answer := found()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer
