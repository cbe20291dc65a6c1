"""Numbers with their units, as a person reads them."""

from __future__ import annotations

from typing import Any

UNITS = {"deg": "°", "mps": "m/s", "mps2": "m/s²", "m/s2": "m/s²", "px2": "px²", "share": "%", "ratio": "", "": ""}


def quantity(value: float | None, unit: str = "", digits: int = 4) -> str:
    """`0.5 m`, `37 %`, `12°`; a dash where there is no number.

    digits: the significant ones, of a share at most three; those before the point are always told.
    """
    if value is None or value != value:  # NaN differs from itself
        return "-"
    if unit == "share":
        value, digits = 100 * value, min(digits, 3)
    shown = UNITS.get(unit, unit)
    return f"{_number(value, digits)}{'' if shown in ('', '°') else ' '}{shown}"


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 frame`, `2 frames`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _number(value: float, digits: int) -> str:
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def value_text(value: Any) -> str:
    """A value of a proposal or piece of evidence."""
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(value_text(item) for item in value)}]"
    if isinstance(value, dict):
        return ", ".join(f"{name} {value_text(item)}" for name, item in value.items())
    return str(value)
