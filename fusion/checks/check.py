"""A check: its code and manual, its limits, and the function that looks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from fusion.checks.assessment import Assessment
from fusion.checks.limits import Limits
from fusion.checks.manual import Manual, read_manual
from fusion.checks.severity import Severity
from fusion.measure.frame import SyncedFrame
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene

LimitsT = TypeVar("LimitsT", bound=Limits)
Level = Literal["frame", "scene", "problems"]
# What a check has to read: tables only, the sweeps too, a search in them for what is not labelled, decoded images.
Tier = Literal["labels", "points", "search", "pixels"]


@dataclass(frozen=True, eq=False)
class Check(Generic[LimitsT]):
    """One rule of the catalogue; call it on a frame or scene to get its assessment."""

    manual: Manual
    severity: Severity
    limits_type: type[LimitsT]
    function: Callable[[Any, LimitsT], Assessment | tuple[Assessment, ...]]
    level: Level
    tier: Tier

    @property
    def code(self) -> str:
        """Stable id, never reused."""
        return self.manual.code

    @property
    def name(self) -> str:
        """The defect in words."""
        return self.manual.name

    @property
    def family(self) -> str:
        """The accused: DAT, RIG, TIM, BOX, IMG, TRK, ONT or MIS."""
        return self.code[:3]

    def __call__(self, target: Any, limits: LimitsT | None = None) -> Assessment:
        """The assessment of one frame or scene; where a check gives several (one a camera), use `assess`."""
        (assessment,) = self.assess(target, limits)
        return assessment

    def assess(self, target: Any, limits: LimitsT | None = None) -> tuple[Assessment, ...]:
        """All assessments of one frame or scene.

        Raises:
            NotMeasurableError: the data can't support the check; its message is the reason.
            FileProblemError: a file it needs can't be read.
        """
        result = self.function(target, limits if limits is not None else self.limits_type())
        return result if isinstance(result, tuple) else (result,)


@dataclass(frozen=True, eq=False)
class ReadingProblems:
    """What went wrong while reading a scene, or the data set as a whole (`scene` is then "")."""

    scene: str
    problems: ProblemLog


FrameFunction = Callable[[SyncedFrame, LimitsT], "Assessment | tuple[Assessment, ...]"]
SceneFunction = Callable[[Scene, LimitsT], "Assessment | tuple[Assessment, ...]"]
ProblemFunction = Callable[[ReadingProblems, LimitsT], "Assessment | tuple[Assessment, ...]"]


def frame_check(
    code: str, severity: Severity, limits: type[LimitsT], *, tier: Tier = "points"
) -> Callable[[FrameFunction[LimitsT]], Check[LimitsT]]:
    """Make a function of a frame a check; its module's docstring is the manual."""
    return lambda function: _check(function, code, severity, limits, "frame", tier)


def scene_check(
    code: str, severity: Severity, limits: type[LimitsT], *, tier: Tier = "labels"
) -> Callable[[SceneFunction[LimitsT]], Check[LimitsT]]:
    """Make a function of a whole scene a check; its module's docstring is the manual."""
    return lambda function: _check(function, code, severity, limits, "scene", tier)


def problem_check(
    code: str, severity: Severity, limits: type[LimitsT]
) -> Callable[[ProblemFunction[LimitsT]], Check[LimitsT]]:
    """Make a function of what could not be read a check; its module's docstring is the manual."""
    return lambda function: _check(function, code, severity, limits, "problems", "labels")


def _check(
    function: Callable[[Any, LimitsT], Any],
    code: str,
    severity: Severity,
    limits: type[LimitsT],
    level: Level,
    tier: Tier,
) -> Check[LimitsT]:
    manual = read_manual(sys.modules[function.__module__].__doc__, function.__module__)
    if manual.code != code:
        raise ValueError(f"{function.__module__}: the manual is of {manual.code}, the check says {code}")
    return Check(manual, severity, limits, function, level, tier)
