"""What a check returns: a verdict on every row it was handed, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.arrays import BoolArray, FloatArray
from calibration.errors import ShapeError
from fusion.checks.proposal import Proposal
from fusion.checks.reason import NotAssessed
from fusion.checks.severity import Severity
from fusion.checks.subject import Subject

Column = ArrayLike


@dataclass(frozen=True, eq=False)
class Assessment:
    """Verdicts on M rows.

    about: what the rows are; violated: (M,) bool; measured, limit: (M,) or one number for all, in `unit`;
    message: a sentence with {measured}, {limit} and names of evidence in braces; evidence: named columns, units in
    their names; not_assessed: reasons by row; an unassessed row is never violated;
    errors: (M,) bool, rows that are errors whatever the check's own severity: impossible rather than unusual;
    infos: (M,) bool, rows with too little evidence for more than a hint;
    propose: the correction of a violated row, if the evidence determines one.
    """

    about: Subject
    violated: BoolArray
    measured: Column
    limit: Column
    unit: str
    message: str
    evidence: Mapping[str, Column] = field(default_factory=dict)
    not_assessed: NotAssessed | None = None
    errors: BoolArray | None = None
    infos: BoolArray | None = None
    propose: Callable[[int], Proposal | None] | None = None

    def __post_init__(self) -> None:
        rows = len(self.about)
        for name in ("violated", "errors", "infos"):
            column = getattr(self, name)
            if column is not None and np.shape(column) != (rows,):
                raise ShapeError(f"{name} needs {rows} rows, got {np.shape(column)}")
        if self.not_assessed is not None and len(self.not_assessed.codes) != rows:
            raise ShapeError(f"not_assessed needs {rows} rows, got {len(self.not_assessed.codes)}")

    def __len__(self) -> int:
        return len(self.about)

    @property
    def assessed(self) -> BoolArray:
        """(M,) bool: the check could see this row."""
        return np.ones(len(self), dtype=bool) if self.not_assessed is None else ~self.not_assessed.rows

    @property
    def reported(self) -> NDArray[np.int64]:
        """Rows that are assessed and violated."""
        return np.flatnonzero(np.asarray(self.violated) & self.assessed)

    def column(self, values: Column) -> NDArray[Any]:
        """`values` by row, one number spread over all."""
        return np.broadcast_to(np.asarray(values), (len(self),))

    def severity_of(self, row: int, usual: Severity) -> Severity:
        """How bad a row is, where the check's severity is `usual`."""
        if self.errors is not None and self.errors[row]:
            return Severity.ERROR
        return Severity.INFO if self.infos is not None and self.infos[row] else usual

    @cached_property
    def excess(self) -> FloatArray:
        """(M,) how far a row is beyond its limit, as a ratio: 1 at the limit, 2 at twice or half of it.

        Where nothing at all is allowed, the number found takes its place.
        """
        measured = np.abs(self.column(self.measured).astype(np.float64))
        limit = np.abs(self.column(self.limit).astype(np.float64))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(limit == 0, np.maximum(measured, 1.0), np.maximum(measured / limit, limit / measured))
        return np.where(np.isfinite(ratio), np.clip(ratio, 1.0, MAX_EXCESS), MAX_EXCESS)


# Ten times the limit is as clear as evidence gets; beyond it, more says nothing more.
MAX_EXCESS = 10.0
