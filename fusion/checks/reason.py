"""Why rows were not assessed, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import BoolArray, Int32Array


@dataclass(frozen=True)
class Reason:
    """A reason for not assessing, in words for a person."""

    text: str

    def where(self, rows: ArrayLike) -> NotAssessed:
        """The rows (M,) bool to which it applies."""
        mask = np.asarray(rows, dtype=bool)
        return NotAssessed(np.where(mask, 0, -1).astype(np.int32), (self.text,))


@dataclass(frozen=True, eq=False)
class NotAssessed:
    """A reason by row: reasons[codes[i]], -1 where the row was assessed. `a | b`: a's reason wins."""

    codes: Int32Array
    reasons: tuple[str, ...]

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> NotAssessed:
        """By row what kept it from being assessed, "" where nothing did."""
        reasons = tuple(dict.fromkeys(text for text in texts if text))
        codes = [reasons.index(text) if text else -1 for text in texts]
        return cls(np.asarray(codes, dtype=np.int32), reasons)

    @property
    def rows(self) -> BoolArray:
        """(M,) bool: not assessed."""
        return self.codes >= 0

    def __or__(self, other: NotAssessed) -> NotAssessed:
        shifted = np.where(other.codes >= 0, other.codes + len(self.reasons), -1)
        codes = np.where(self.codes >= 0, self.codes, shifted).astype(np.int32)
        return NotAssessed(codes, self.reasons + other.reasons)

    def counts(self) -> dict[str, int]:
        """Rows by reason."""
        found: dict[str, int] = {}
        for code, reason in enumerate(self.reasons):
            number = int(np.count_nonzero(self.codes == code))
            if number:
                found[reason] = found.get(reason, 0) + number
        return found
