"""How bad a violation is."""

from __future__ import annotations

from enum import Enum


class Severity(str, Enum):
    """error: impossible, or contradicted by evidence; warning: unusual; info: worth a look."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """2 for an error, 1, 0."""
        return ("info", "warning", "error").index(self.value)
