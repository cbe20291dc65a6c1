"""The seam between a run and what executes it: the same tasks in this process, or in several.

One task is a scene or a chunk of frames. Tasks take and return plain records; the order of the answers never depends
on the engine. A process that dies (out of memory, killed, a library that crashed) takes its task with it and no other:
what was under way is tried once more, one task at a time, and the one that kills its process again has failed.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from typing import TypeVar

from calibration.errors import BoresightError
from calibration.kernels.choice import Mode, choose, chosen
from fusion.errors import SettingsError

Item = TypeVar("Item")
Answer = TypeVar("Answer")
ENGINES = ("local",)
# Read by numpy's and scipy's linear algebra when they are first imported, which in a worker is after this.
THREAD_COUNTS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class WorkerDiedError(BoresightError):
    """The process of a task died, twice."""


def run_map(
    function: Callable[[Item], Answer], items: Iterable[Item], engine: str = "local", workers: int = 1
) -> Iterator[Answer]:
    """`function` of every item, in the order of the items, as they become ready.

    With several workers, `function` and its items travel to fresh processes, so they must be picklable.

    Raises:
        SettingsError: the engine is unknown, or there is no worker; WorkerDiedError: an item killed its process.
    """
    early: dict[int, Answer] = {}
    wanted = 0
    for index, answer in run_as_ready(function, items, engine, workers):
        early[index] = answer
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1


def run_as_ready(
    function: Callable[[Item], Answer],
    items: Iterable[Item],
    engine: str = "local",
    workers: int = 1,
    died: Callable[[Item], Answer] | None = None,
) -> Iterator[tuple[int, Answer]]:
    """Position and answer of every item, in the order in which they become ready.

    Args:
        died: the answer for an item that kills its process; left out, that is an error.

    Raises:
        SettingsError: the engine is unknown, or there is no worker; WorkerDiedError: an item killed its process.
    """
    if engine not in ENGINES:
        raise SettingsError(f"engine must be one of {', '.join(ENGINES)}, got {engine!r}")
    if workers < 1:
        raise SettingsError(f"workers must be at least 1, got {workers}")
    if workers == 1:
        yield from enumerate(map(function, items))
        return
    waiting = deque(enumerate(items))
    suspects: deque[tuple[int, Item]] = deque()
    while waiting or suspects:
        alone = bool(suspects)
        lost: list[tuple[int, Item]] = []
        yield from _in_processes(function, suspects if alone else waiting, 1 if alone else workers, lost)
        if not alone:
            suspects.extend(lost)
            continue
        for index, item in lost:
            if died is None:
                raise WorkerDiedError("a worker process died, and again when its task was tried alone")
            yield index, died(item)


def _in_processes(
    function: Callable[[Item], Answer],
    items: deque[tuple[int, Item]],
    workers: int,
    lost: list[tuple[int, Item]],
) -> Iterator[tuple[int, Answer]]:
    """Answers until the items are used up, or a process dies: then what was under way is `lost`."""
    others = set(active_children())
    under_way: dict[Future[Answer], tuple[int, Item]] = {}
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_prepare_worker, initargs=(chosen().asked,)
    )
    try:
        while items or under_way:
            # No more than can run: what is lost with a process stays countable.
            while items and len(under_way) < workers:
                future = pool.submit(function, items[0][1])
                under_way[future] = items.popleft()
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda one: isinstance(one.exception(), BrokenProcessPool)):
                answer = future.result()
                index, _ = under_way.pop(future)
                yield index, answer
        pool.shutdown()
    except BrokenProcessPool:
        lost.extend(sorted(under_way.values(), key=lambda task: task[0]))
        pool.shutdown()
    except BaseException:
        for process in set(active_children()) - others:
            process.terminate()  # else the pool waits until each has finished its scene
        pool.shutdown(cancel_futures=True)
        raise


def _prepare_worker(kernels: Mode) -> None:
    """One thread and the run's kernels in a worker; it neither tells of an interrupt nor outlives its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for library in THREAD_COUNTS:
        os.environ.setdefault(library, "1")
    choose(kernels)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
