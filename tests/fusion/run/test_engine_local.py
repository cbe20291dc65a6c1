from __future__ import annotations

import os
import signal
import time

import pytest

from fusion.errors import SettingsError
from fusion.run.engine_local import run_map


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
