"""Boxes that differ between label sets as CSV, one row each."""

from __future__ import annotations

import csv
import io

from fusion.compare.compare import Comparison
from fusion.compare.differences import csv_rows
from fusion.compare.document import Difference

COLUMNS = ("first", "second", *Difference.model_fields)
# A spreadsheet runs what starts like this; a label may be called so.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def differences_csv(found: Comparison) -> str:
    """The table as text; names that a spreadsheet would run get a quote in front."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in csv_rows(found.delivery, found.pairs):
        writer.writerow({name: _harmless(value) for name, value in row.items()})
    return text.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
