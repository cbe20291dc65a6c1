"""Numbers on their way out, rounded once: as fine as anybody can use, coarse enough to be the same on every machine."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np

# Decimals by unit. A tenth of a millimetre, a thousandth of a pixel or degree are far below any label's noise.
DECIMALS = {
    "m": 4,
    "px": 3,
    "px2": 1,
    "deg": 3,
    "rad": 5,
    "s": 6,
    "ms": 3,
    "ns": 0,
    "mps": 3,
    "m/s": 3,
    "mps2": 3,
    "m/s2": 3,
    "share": 4,
    "ratio": 4,
    "": 6,
}


def rounded(value: Any, unit: str = "") -> Any:
    """A value as JSON can hold it: floats rounded for their unit, NaN and infinity as None, numpy types as Python's."""
    if isinstance(value, (np.ndarray, list, tuple)):
        return [rounded(item, unit) for item in value]
    if isinstance(value, dict):
        return {str(key): rounded(item, unit_of(str(key)) or unit) for key, item in value.items()}
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = round(float(value), DECIMALS.get(unit, DECIMALS[""]))
        return (number or 0.0) if math.isfinite(number) else None
    return value if value is None else str(value)


def unit_of(name: str) -> str:
    """The unit a name ends in: `gap_m` is in m."""
    suffix = name.rpartition("_")[2]
    return suffix if suffix in DECIMALS and "_" in name else ""


def digest(*parts: Any) -> str:
    """16 hex digits that stand for JSON-able parts."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
