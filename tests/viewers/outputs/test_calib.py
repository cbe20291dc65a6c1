from __future__ import annotations

from calibration.audit.result import AuditResult
from calibration.estimate import Estimate, Verdict
from fusion.run.calibration_audit import CalibrationAudit
from fusion.run.dataset_info import ProblemInfo
from viewers.outputs.calib import calib_lines
from viewers.outputs.lines import plain

LATE = AuditResult(
    "front", "poses", "clock.offset", "ms", 0.0, Estimate(-10.04, (-11.0, -9.0), "ms", Verdict.OFF, "late", 300)
)
EVEN = AuditResult("front", "", "clock.rate", "Hz", None, Estimate(10.0, None, "Hz", Verdict.GOOD, "even", 300))
UNKNOWN = [
    AuditResult(sensor, "", quantity, "", None, Estimate.cannot_tell("", "no clock"))
    for sensor in ("left", "right")
    for quantity in ("clock.drops", "clock.duplicates")
]


def text(*results: AuditResult, problems: tuple[ProblemInfo, ...] = ()) -> str:
    return plain(calib_lines(CalibrationAudit("day", "arrays", ("one",), results, problems, None, 1)))


def test_what_is_off_comes_first_with_its_numbers() -> None:
    lines = text(EVEN, LATE).splitlines()
    assert lines[0] == "day (arrays): 1 scene, 1 off, 1 good, 0 can't tell"
    assert lines[2] == "Off (1)"
    assert " ".join(lines[4].split()) == "front clock.offset to poses 0 ms -10.04 ms ± 1 -10.04 ms late"
    assert lines.index("Good (1)") > 4


def test_a_reason_is_given_once_with_all_it_concerns() -> None:
    assert text(*UNKNOWN).splitlines()[2:] == [
        "Can't tell (4)",
        "  no clock",
        "    clock.drops, clock.duplicates of left, right",
    ]


def test_problems_are_listed() -> None:
    problem = ProblemInfo(kind="unreadable file", place="a.jpg", reason="cut short", lost=True)
    assert text(EVEN, problems=(problem,)).splitlines()[-1] == "  a.jpg: cut short"


def test_hostile_names_do_nothing() -> None:
    hostile = AuditResult("\x1b[2J", "", "clock.rate", "Hz", None, EVEN.estimate)
    assert "\x1b" not in text(hostile)
