"""What the checks that call a calibration audit share: from results by quantity to one row a sensor.

An audit judges by whole intervals: off means that the interval of the estimate excludes what the files say by more than
what does no harm. A sensor is reported when one of its quantities is off, with all of them as evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.audit.result import AuditResult
from calibration.estimate import Verdict
from fusion.checks.assessment import Assessment
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.subject import SensorRows, SubjectKind
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene

# What does no harm, by unit: a pixel or two, a label's own error, a walker's step, a frame's jitter in a minute.
HARMLESS = {"deg": 0.25, "m": 0.15, "ms": 5.0, "ppm": 50.0}
UNTOLD = "too little structure, motion or overlap to tell (boresight calib says more)"
NOBODY = "nobody tells what is in the files"


class AuditLimits(Limits):
    """The audits' own limits decide; `boresight calib` prints them with each number."""


def assess_audit(
    scene: Scene, results: Sequence[AuditResult], kind: SubjectKind, what: str, sure: frozenset[str]
) -> Assessment:
    """One row a sensor.

    Args:
        results: of the quantities the check is about.
        what: is off, in words.
        sure: quantities that make an error of it when even twice the harmless is excluded.

    Raises:
        NotMeasurableError: there are no results.
    """
    sensors = tuple(dict.fromkeys(result.sensor for result in results))
    if not sensors:
        raise NotMeasurableError(UNTOLD)
    own = [[result for result in results if result.sensor == name] for name in sensors]
    off = [[result for result in of_one if result.verdict is Verdict.OFF] for of_one in own]
    judged = [any(result.verdict is not Verdict.CANNOT_TELL for result in of_one) for of_one in own]
    measured = [max((_times_harmless(result) for result in of_one), default=0.0) for of_one in off]
    return Assessment(
        about=SensorRows(scene, sensors, kind=kind),
        not_assessed=Reason(UNTOLD).where(~np.asarray(judged, dtype=bool)),
        violated=np.asarray([len(of_one) > 0 for of_one in off], dtype=bool),
        errors=np.asarray([any(_clearly(result, sure) for result in of_one) for of_one in off], dtype=bool),
        measured=np.asarray(measured),
        limit=1.0,
        unit="",
        message=what + ": {off}",
        evidence={
            "off": np.asarray(["; ".join(map(_told, of_one)) for of_one in off], dtype=object),
            "all": np.asarray(["; ".join(map(_told, of_one)) for of_one in own], dtype=object),
            "held_against": np.asarray([of_one[0].relative_to for of_one in own], dtype=object),
            "frames": np.asarray([max(result.estimate.frames for result in of_one) for of_one in own]),
        },
    )


def _times_harmless(result: AuditResult) -> float:
    """The correction in units of what does no harm."""
    return abs(result.correction or 0.0) / HARMLESS.get(result.unit, 1.0)


def _clearly(result: AuditResult, sure: frozenset[str]) -> bool:
    """The interval excludes twice what does no harm, of a quantity that little else looks like."""
    interval, in_file = result.estimate.interval, result.in_file
    if interval is None or in_file is None or result.quantity.rpartition(".")[2] not in sure:
        return False
    least = min(abs(interval[0] - in_file), abs(interval[1] - in_file))
    return least > 2 * HARMLESS.get(result.unit, np.inf)


def _told(result: AuditResult) -> str:
    """One quantity with its correction and half its interval."""
    name, interval = result.quantity.rpartition(".")[2], result.estimate.interval
    if result.correction is None or interval is None:
        return f"{name} unknown"
    return f"{name} {result.correction:+.3g} {result.unit} (+-{(interval[1] - interval[0]) / 2:.2g})"
