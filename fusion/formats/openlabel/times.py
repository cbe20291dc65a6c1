"""When each frame was: stamps as decimal text, numbers or dates, or none at all.

OpenLABEL says                                    we say
"1631441453.299504000", 1631441453.3              seconds, exact to the last digit
"2021-09-12T10:10:53.3+02:00"                     utc
no stamp in any frame                             0.1 s a frame, synthetic: time checks are not assessed
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from calibration.arrays import IntArray
from calibration.clock import SECOND_NS, TimestampError, nanoseconds_from_date, nanoseconds_from_seconds
from fusion.formats.openlabel.json_members import MalformedError, is_absent, text
from fusion.formats.openlabel.report import FileReport

SYNTHETIC_STEP_NS = SECOND_NS // 10
# Seconds since 1970 of 2001 to 2100; what lies outside counts from an unknown start.
UNIX_SECONDS = (1_000_000_000, 4_102_444_800)
DATE = re.compile(r"\s*(\d{4}-\d\d-\d\d[T ].*?)\s*(Z|[+-]\d\d:?\d\d)?\s*", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class FrameTimes:
    """The time of each frame, (F,) nanoseconds, and what clock it is of."""

    timestamps_ns: IntArray
    time_base: str


def frame_times(keys: Sequence[str], stamps: Sequence[msgspec.Raw | None], report: FileReport) -> FrameTimes:
    """Times of the frames, synthetic if any of them has no stamp that can be read."""
    read: list[int] = []
    absent = 0
    for key, raw in zip(keys, stamps, strict=True):
        try:
            stamp_ns = stamp_of(raw)
        except (MalformedError, TimestampError) as error:
            report.malformed("time stamps", f"frame {key}, timestamp: {error}", frame=key)
            continue
        if stamp_ns is None:
            absent += 1
        else:
            read.append(stamp_ns)
    if len(read) == len(keys) and keys:
        return FrameTimes(np.asarray(read, dtype=np.int64), _time_base(stamps, read, report))
    if absent == len(keys):
        report.assume("frames have no time stamps; 0.1 s a frame stands in and time checks are not assessed")
    else:
        report.assume(
            f"{len(keys) - len(read)} of {len(keys)} frames have no usable time stamp, so no stamp is used; "
            "0.1 s a frame stands in and time checks are not assessed"
        )
    return FrameTimes(_synthetic(keys), "synthetic")


def stamp_of(raw: msgspec.Raw | None) -> int | None:
    """One stamp in nanoseconds, None where it is absent.

    Raises:
        MalformedError: neither text nor a number; TimestampError: no time.
    """
    written = "" if is_absent(raw) else text(raw)
    if not written:
        return None
    date = DATE.fullmatch(written)
    if date is None:
        return nanoseconds_from_seconds(written)
    zone = (date[2] or "Z").upper()
    return nanoseconds_from_date(date[1]) - (0 if zone == "Z" else _zone_ns(zone))


def _zone_ns(zone: str) -> int:
    digits = zone[1:].replace(":", "")
    ahead_ns = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * SECOND_NS
    return -ahead_ns if zone[0] == "-" else ahead_ns


def _time_base(stamps: Sequence[msgspec.Raw | None], read: list[int], report: FileReport) -> str:
    if any(DATE.fullmatch(text(raw)) for raw in stamps):
        return "utc"
    first_s, last_s = min(read) // SECOND_NS, max(read) // SECOND_NS
    if UNIX_SECONDS[0] <= first_s and last_s <= UNIX_SECONDS[1]:
        report.assume("time stamps are taken for seconds since 1970, UTC")
        return "utc"
    report.assume("time stamps are taken for seconds since an unknown start")
    return "sensor"


def _synthetic(keys: Sequence[str]) -> IntArray:
    """A tenth of a second from one frame number to the next, or from frame to frame where they are no numbers."""
    if all(is_frame_number(key) for key in keys) and len({int(key) for key in keys}) == len(keys):
        first = min((int(key) for key in keys), default=0)
        return np.asarray([(int(key) - first) * SYNTHETIC_STEP_NS for key in keys], dtype=np.int64)
    return np.arange(len(keys), dtype=np.int64) * SYNTHETIC_STEP_NS


def is_frame_number(key: str) -> bool:
    """Whether a frame's name is a number as the standard wants it, and not a monster."""
    return key.isascii() and key.isdigit() and len(key) <= 9
