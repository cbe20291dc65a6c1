"""Decimal numbers in text files; `float()` alone would accept "nan", "1_000", "1e308" and digits of other scripts."""

from __future__ import annotations

import math
import re

from calibration.errors import FileProblemError

DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
# Nothing on a road is as large in any unit, and products of a few such numbers are still far from overflowing.
LARGEST = 1e12


def is_number(word: str) -> bool:
    """Whether a word is written as a decimal number."""
    return DECIMAL.fullmatch(word) is not None


def finite_number(word: str, what: str, path: str, line: int) -> float:
    """The finite number, up to `LARGEST`, that a word stands for.

    Raises:
        FileProblemError: it stands for none; `what` says which word of the line it was.
    """
    value = float(word) if is_number(word) else math.nan
    if not abs(value) <= LARGEST:
        raise FileProblemError(path, f"{what} must be a finite number, got '{word}'", line)
    return value
