"""When something was said, as a person reads it."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_text(created_ns: int) -> str:
    """`2026-01-31 12:30:05 UTC`."""
    return datetime.fromtimestamp(created_ns // 1_000_000_000, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
