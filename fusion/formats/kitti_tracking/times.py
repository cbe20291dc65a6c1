"""The times KITTI tracking does not have, and the names of its frames."""

from __future__ import annotations

from calibration.clock import SECOND_NS

FRAME_RATE_HZ = 10
PERIOD_NS = SECOND_NS // FRAME_RATE_HZ
NO_CLOCK = f"nothing: KITTI tracking has no times, frames are taken to follow each other at {FRAME_RATE_HZ} Hz"
DIGITS = 6


def key_of(frame: int) -> str:
    """The name of a frame, as image files have it."""
    return f"{frame:0{DIGITS}d}"
