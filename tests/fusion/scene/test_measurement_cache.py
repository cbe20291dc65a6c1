from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from fusion.scene.measurement_cache import MeasurementCache, bytes_of


@dataclass
class Measured:
    heights_m: np.ndarray
    names: tuple[str, ...] = ()


def array_of(bytes_: int) -> np.ndarray:
    return np.zeros(bytes_, dtype=np.uint8)


def test_a_value_is_computed_once() -> None:
    cache, calls = MeasurementCache(), []
    for _ in range(3):
        assert cache.get("a", lambda: calls.append(1) or "value") == "value"  # type: ignore[func-returns-value]
    assert len(calls) == 1


def test_none_is_a_value_too() -> None:
    cache, calls = MeasurementCache(), []
    for _ in range(2):
        assert cache.get("a", lambda: calls.append(1)) is None  # type: ignore[func-returns-value]
    assert len(calls) == 1


def test_the_least_recently_used_value_leaves_first() -> None:
    cache = MeasurementCache(capacity_bytes=100)
    cache.get("old", lambda: array_of(40))
    cache.get("new", lambda: array_of(40))
    cache.get("old", lambda: array_of(40))
    cache.get("newest", lambda: array_of(40))
    assert cache.size_bytes == 80
    assert cache.get("old", lambda: None) is not None
    assert cache.get("new", lambda: None) is None


def test_a_value_beyond_the_capacity_is_kept_alone() -> None:
    cache = MeasurementCache(capacity_bytes=10)
    cache.get("small", lambda: array_of(5))
    large = cache.get("large", lambda: array_of(50))
    assert cache.get("large", lambda: array_of(0)) is large
    assert cache.size_bytes == 50


def test_what_fails_is_not_kept() -> None:
    cache = MeasurementCache()
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: 7) == 7


def test_a_measurement_may_ask_for_another() -> None:
    cache = MeasurementCache()
    assert cache.get("outer", lambda: cache.get("inner", lambda: 1) + 1) == 2
    assert cache.get("inner", lambda: 9) == 1


def test_nothing_is_left_after_clearing() -> None:
    cache = MeasurementCache()
    cache.get("a", lambda: array_of(5))
    cache.clear()
    assert cache.size_bytes == 0
    assert cache.get("a", lambda: 3) == 3


@pytest.mark.parametrize(
    ("value", "size"),
    [
        pytest.param(array_of(100), 100, id="array"),
        pytest.param((array_of(100), [array_of(20)]), 120, id="arrays in sequences"),
        pytest.param(Measured(array_of(100)), 100, id="record"),
        pytest.param(object(), 64, id="anything else"),
    ],
)
def test_arrays_are_what_counts(value: object, size: int) -> None:
    assert bytes_of(value) == size


def test_threads_may_share_it() -> None:
    cache = MeasurementCache(capacity_bytes=500)

    def busy(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        keys = rng.integers(40, size=2000)
        return all(len(cache.get(int(key), lambda key=key: array_of(int(key)))) == key for key in keys)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(busy, range(4)))
    assert cache.size_bytes == sum(size for _, size in cache._values.values()) <= 500


def test_another_process_starts_with_nothing_measured() -> None:
    cache = MeasurementCache(capacity_bytes=77)
    cache.get("a", lambda: array_of(5))
    sent = copy.deepcopy(cache)
    assert (sent.capacity_bytes, sent.size_bytes) == (77, 0)
