"""One thing that was looked at on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Health(str, Enum):
    """ok; limited: something other than checking won't work; broken: checking won't work."""

    OK = "ok"
    LIMITED = "limited"
    BROKEN = "broken"


@dataclass(frozen=True)
class Examined:
    """What was looked at, what was found, and what to do where it is not as it should be."""

    name: str
    health: Health
    found: str
    advice: str = ""
