"""A byte-bounded store for what was measured of a scene's frames, so that each thing is computed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar

import numpy as np

Value = TypeVar("Value")

# Two 120k-point sweeps with everything measured on them, or a dozen decoded images: enough for a frame and its
# neighbours, small enough for several workers on one machine.
DEFAULT_CAPACITY_BYTES = 256 * 1024 * 1024


class MeasurementCache:
    """Least recently used values leave first once their arrays exceed the capacity. Threads may share it.

    Values are computed outside the lock: two threads that miss the same one at once both compute it.
    """

    def __init__(self, capacity_bytes: int = DEFAULT_CAPACITY_BYTES) -> None:
        self.capacity_bytes = capacity_bytes
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """The value of `key`, computed now if it isn't kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                kept: Value = self._values[key][0]
                return kept
        value = compute()
        with self._lock:
            self._keep(key, value)
        return value

    def _keep(self, key: Hashable, value: Any) -> None:
        size = bytes_of(value)
        self._bytes += size - (self._values[key][1] if key in self._values else 0)
        self._values[key] = (value, size)
        while self._bytes > self.capacity_bytes and len(self._values) > 1:
            _, (_, freed) = self._values.popitem(last=False)
            self._bytes -= freed

    def copy_of(self, wanted: Callable[[Hashable], bool]) -> MeasurementCache:
        """A store of its own that starts with those values; scenes that differ in labels alone share the rest."""
        copy = MeasurementCache(self.capacity_bytes)
        with self._lock:
            kept = {key: entry for key, entry in self._values.items() if wanted(key)}
        copy._values.update(kept)
        copy._bytes = sum(size for _, size in kept.values())
        return copy

    def __reduce__(self) -> tuple[type[MeasurementCache], tuple[int]]:
        """Another process measures for itself."""
        return MeasurementCache, (self.capacity_bytes,)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays kept."""
        return self._bytes


def bytes_of(value: Any) -> int:
    """Bytes of the arrays a value holds; a flat fee for anything else."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, (list, tuple)):
        return sum(bytes_of(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return sum(bytes_of(getattr(value, item.name)) for item in fields(value))
    return 64
