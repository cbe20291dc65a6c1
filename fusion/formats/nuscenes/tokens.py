"""Columns of tokens, and the rows they name: joins of whole tables at once.

A token is kept as the bytes of its text. To find rows, tokens are folded to 64 bits and sorted; a hit counts only if
all its bytes agree, so the folding decides how fast a row is found and never which one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, IntArray

TokenColumn = NDArray[np.bytes_]

# What a column of rows says where there is none: the field is empty, or names a token that is not there.
NOT_GIVEN = -1
DANGLING = -2

WORD_BYTES = 8
# What is looked up at once, so that millions of links need no scratch arrays of their size.
ROWS_AT_ONCE = 200_000
# Odd constants with evenly spread bits (the first is 2**64 over the golden ratio, as in Fibonacci hashing).
SPREAD = np.uint64(0x9E3779B97F4A7C15)
SALTS = tuple(np.uint64(salt) for salt in (0, 0xD1B54A32D192ED03, 0x8CB92BA72F3D8DD7, 0xDB4F0B9175AE2165))


def token_column(tokens: Sequence[str | None]) -> TokenColumn:
    """Tokens as a column of bytes; None becomes empty."""
    texts = [token or "" for token in tokens]
    joined = "".join(texts)
    if not joined:
        return np.zeros(len(texts), dtype="S1")
    if not joined.isascii():
        return np.array([text.encode() for text in texts], dtype=np.bytes_)
    width = max(map(len, texts))
    if len(joined) < width * len(texts):
        joined = "".join([text.ljust(width, "\0") for text in texts])
    return np.frombuffer(joined.encode("ascii"), dtype=f"S{width}")


def text_of(token: Any) -> str:
    """One entry of a column as text."""
    return bytes(token).decode()


class TokenIndex:
    """Finds the rows of a table by token. Where a token occurs again, the first row has it."""

    def __init__(self, tokens: TokenColumn) -> None:
        self.tokens = tokens
        self._salt, self._order, self._keys = _sorted_keys(tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def duplicated(self) -> BoolArray:
        """(N,) rows whose token an earlier row has already."""
        again = np.zeros(len(self.tokens), dtype=np.bool_)
        again[self._order[1:][self._keys[1:] == self._keys[:-1]]] = True
        return again

    def rows_of(self, wanted: TokenColumn) -> IntArray:
        """(Q,) row of each token; `NOT_GIVEN` for empty ones, `DANGLING` for those no row has."""
        rows = np.empty(len(wanted), dtype=np.int64)
        for start in range(0, len(wanted), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            rows[part] = self._rows_of_part(wanted[part])
        return rows

    def _rows_of_part(self, wanted: TokenColumn) -> IntArray:
        if len(self.tokens) == 0:
            return np.where(wanted == b"", NOT_GIVEN, DANGLING).astype(np.int64)
        keys = _keys_of(wanted.astype(self.tokens.dtype, copy=False), self._salt)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        rows = self._order[place]
        found = np.where(self.tokens[rows] == wanted, rows, DANGLING)
        return np.where(wanted == b"", NOT_GIVEN, found).astype(np.int64)


def _sorted_keys(tokens: TokenColumn) -> tuple[np.uint64, IntArray, NDArray[np.uint64]]:
    """A salt under which different tokens have different keys, the order that sorts the keys, and them sorted."""
    for salt in SALTS:
        keys = _keys_of(tokens, salt)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        same = np.flatnonzero(keys[1:] == keys[:-1])
        if (tokens[order[same]] == tokens[order[same + 1]]).all():
            return salt, order, keys
    raise OverflowError("tokens collide under every salt")  # four times in a row: odds of 1 in 10**25 for a million


def _keys_of(tokens: TokenColumn, salt: np.uint64) -> NDArray[np.uint64]:
    """(N,) 64 bits folded from each token."""
    width = -(-tokens.dtype.itemsize // WORD_BYTES) * WORD_BYTES
    words = (
        np.ascontiguousarray(tokens.astype(f"S{width}", copy=False))
        .view(np.uint64)
        .reshape(len(tokens), width // WORD_BYTES)
    )
    keys = np.full(len(tokens), salt, dtype=np.uint64)
    for word in words.T:
        keys = (keys ^ word) * SPREAD
        keys ^= keys >> np.uint64(29)
    return keys
