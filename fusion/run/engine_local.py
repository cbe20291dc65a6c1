"""The seam between a run and what executes it: the same tasks in this process, or in several.

One task is a scene or a chunk of frames. Tasks take and return plain records; the order of the answers never depends
on the engine.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from typing import TypeVar

from fusion.errors import SettingsError

Item = TypeVar("Item")
Answer = TypeVar("Answer")
ENGINES = ("local",)
# Read by numpy's and scipy's linear algebra when they are first imported, which in a worker is after this.
THREAD_COUNTS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def run_map(
    function: Callable[[Item], Answer], items: Iterable[Item], engine: str = "local", workers: int = 1
) -> Iterator[Answer]:
    """`function` of every item, in the order of the items, as they become ready.

    With several workers, `function` and its items travel to fresh processes, so they must be picklable.

    Raises:
        SettingsError: the engine is unknown, or there is no worker.
    """
    if engine not in ENGINES:
        raise SettingsError(f"engine must be one of {', '.join(ENGINES)}, got {engine!r}")
    if workers < 1:
        raise SettingsError(f"workers must be at least 1, got {workers}")
    if workers == 1:
        yield from map(function, items)
        return
    others = set(active_children())
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_prepare_worker) as pool:
        try:
            yield from pool.map(function, items)
        except KeyboardInterrupt:
            for process in set(active_children()) - others:
                process.terminate()  # else the pool waits until each has finished its scene
            raise


def _prepare_worker() -> None:
    """One thread a worker, and no traceback from each of them when a person interrupts the run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for library in THREAD_COUNTS:
        os.environ.setdefault(library, "1")
