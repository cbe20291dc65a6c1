"""A run in three phases.

    measure   per chunk of frames: residual columns of every frame check, also of what is fine
    judge     once per scene: checks on whole tracks and streams, causes
    reduce    once per delivery: what spans scenes

Phases hand on plain records, so that measuring can happen in any process and in any order.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, FloatArray, Int32Array, IntArray
from calibration.errors import BoresightError, FileProblemError, ImageFileError
from calibration.image_file import require_whole
from calibration.sensors import SensorKind
from fusion.checks.assessment import Assessment
from fusion.checks.check import Check, ReadingProblems
from fusion.checks.finding import Finding, findings_of
from fusion.checks.settings import Settings
from fusion.errors import UnsafePathError
from fusion.formats.safe_files import inside_root
from fusion.judge.causes import rolled_up
from fusion.judge.delivery import across_scenes
from fusion.judge.joint_score import jointly_scored
from fusion.judge.ranking import score
from fusion.judge.remeasure import under_causes
from fusion.measure.frame import SyncedFrame
from fusion.run.tally import Tallies, Tally, added
from fusion.scene.problems import Problem, ProblemLog, problem_of, unreadable
from fusion.scene.scene import Scene
from fusion.scene.stream import path_of

# Cameras may also be stored in files that hold more than a picture, which only their loader understands.
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True, eq=False)
class Residuals:
    """What one check measured, row by row, also of what is fine.

    label_rows: (K,) row of the scene's labels, -1 for rows that are no label; frames: (K,) index of the frame.
    """

    label_rows: IntArray
    frames: Int32Array
    measured: FloatArray
    limit: FloatArray
    assessed: BoolArray
    violated: BoolArray

    @classmethod
    def of(cls, assessment: Assessment, frame: int) -> Residuals:
        """The columns of one assessment."""
        return cls(
            label_rows=assessment.about.label_rows(),
            frames=np.full(len(assessment), frame, dtype=np.int32),
            measured=assessment.column(assessment.measured).astype(np.float64),
            limit=assessment.column(assessment.limit).astype(np.float64),
            assessed=assessment.assessed,
            violated=np.asarray(assessment.violated) & assessment.assessed,
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Residuals]) -> Residuals:
        """The rows below each other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))


@dataclass
class Measured:
    """A chunk of frames, measured: how many they are, and how many labels they hold."""

    frames: int = 0
    labels: int = 0
    residuals: dict[str, Residuals] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    tallies: Tallies = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass
class SceneResult:
    """A scene, judged; `root` is what its file names are relative to, "" for a scene in memory."""

    scene: str
    frames: int
    labels: int
    residuals: dict[str, Residuals]
    findings: list[Finding]
    tallies: Tallies
    problems: tuple[Problem, ...]
    root: str = ""


@dataclass
class Judged:
    """All scenes, reduced."""

    findings: list[Finding]
    tallies: Tallies
    problems: tuple[Problem, ...]


def measure_frames(scene: Scene, frames: Iterable[int], settings: Settings) -> Measured:
    """Run every frame check on some frames of a scene."""
    checks = [check for check in settings.active_checks if check.level == "frame"]
    columns: dict[str, list[Residuals]] = defaultdict(list)
    measured = Measured(tallies={check.code: Tally() for check in checks})
    for index in frames:
        frame: SyncedFrame = scene.frames[index]
        measured.frames += 1
        measured.labels += len(frame.label_rows)
        scene.problems.extend(damaged_files(frame))
        for check in checks:
            for assessment in _assessed(check, frame, settings, measured.tallies, max(1, len(frame.label_rows)), frame):
                columns[check.code].append(Residuals.of(assessment, index))
                measured.findings += _findings(check, assessment, scene, settings)
    measured.residuals = {code: Residuals.concatenate(parts) for code, parts in columns.items()}
    measured.problems = tuple(scene.problems)
    return measured


def judge_scene(scene: Scene, chunks: Sequence[Measured], settings: Settings, whole: bool = True) -> SceneResult:
    """Bring the chunks of a scene together, run the checks of whole scenes, and find causes.

    whole: False where the chunks are only part of the scene, so that nothing is said about tracks and streams.
    """
    for chunk in chunks:
        scene.problems.extend(chunk.problems)
    tallies = added(chunk.tallies for chunk in chunks)
    findings = [finding for chunk in chunks for finding in chunk.findings]
    for check in settings.active_checks:
        if check.level == "scene" and whole:
            tally = tallies.setdefault(check.code, Tally())
            for assessment in _assessed(check, scene, settings, {check.code: tally}, max(1, len(scene.labels))):
                findings += _findings(check, assessment, scene, settings)
    reading = ReadingProblems(scene.name, scene.problems)
    findings += _judge_problems(reading, _dataset_key(scene), settings, tallies)
    codes = dict.fromkeys(code for chunk in chunks for code in chunk.residuals)
    return SceneResult(
        scene=scene.name,
        frames=sum(chunk.frames for chunk in chunks),
        labels=len(scene.labels) if whole else sum(chunk.labels for chunk in chunks),
        residuals={
            code: Residuals.concatenate([chunk.residuals[code] for chunk in chunks if code in chunk.residuals])
            for code in codes
        },
        findings=_weighed(scene, findings, settings, whole),
        tallies=tallies,
        problems=tuple(scene.problems),
        root=str(scene.root or ""),
    )


def _weighed(scene: Scene, findings: Sequence[Finding], settings: Settings, whole: bool) -> list[Finding]:
    """The findings, each under its cause where one is proven, with what all of them say of an object together."""
    explained = under_causes(scene, findings, settings, _dataset_key(scene)) if whole else findings
    return jointly_scored(rolled_up(explained, _dataset_key(scene)), settings.base_rate)


def unread_scene(name: str, dataset_format: str, error: BoresightError, settings: Settings) -> SceneResult:
    """A scene that could not be read at all: nothing was judged, and the run says so."""
    problem = unreadable(name, error, scene=name)
    reading, tallies = ReadingProblems(name, ProblemLog([problem])), Tallies()
    findings = _judge_problems(reading, (dataset_format, name), settings, tallies)
    return SceneResult(name, 0, 0, {}, findings, tallies, (problem,))


def reduce_scenes(
    results: Sequence[SceneResult], dataset_format: str, dataset_problems: ProblemLog, settings: Settings
) -> Judged:
    """Bring all scenes together, and judge what belongs to none of them."""
    tallies = added(result.tallies for result in results)
    findings = across_scenes((finding for result in results for finding in result.findings), dataset_format)
    findings += _judge_problems(ReadingProblems("", dataset_problems), (dataset_format,), settings, tallies)
    problems = ProblemLog(dataset_problems)
    for result in results:
        problems.extend(result.problems)
    return Judged(sorted(_unique(findings), key=lambda finding: finding.rank), tallies, tuple(problems))


def damaged_files(frame: SyncedFrame) -> list[Problem]:
    """Sensor files that a frame names and that are missing, and images that are cut short; none is decoded for it."""
    scene = frame.scene
    if scene.root is None:
        return []
    table = scene.frame_table
    problems = []
    for sensor in table.sensors_of(frame.index):
        stream = scene.streams[sensor]
        path = path_of(stream, int(table.measurements[sensor][frame.index]))
        error = _damage(scene.root, path, stream.kind) if path else None
        if error is not None:
            problems.append(problem_of(error, scene=scene.name, frame=frame.key, sensor=sensor))
    return problems


def _damage(root: Path, path: str, kind: SensorKind) -> FileProblemError | None:
    """What is wrong with a file as far as its ends show."""
    if not _is_there(root, path):
        return FileProblemError(path, "no such file")
    if kind is not SensorKind.CAMERA or not path.lower().endswith(IMAGE_SUFFIXES):
        return None
    try:
        require_whole(inside_root(root, path))
    except UnsafePathError:  # for its loader to report
        return None
    except ImageFileError as error:
        return FileProblemError(path, error.reason)
    return None


def _is_there(root: Path, path: str) -> bool:
    """Whether a file is there; a name that may not be looked up is for its loader to report."""
    try:
        return os.path.exists(inside_root(root, path))  # noqa: PTH110  (Path.exists raises on names that are too long)
    except UnsafePathError:
        return True


def _assessed(
    check: Check[Any],
    target: SyncedFrame | Scene,
    settings: Settings,
    tallies: Tallies,
    rows: int,
    frame: SyncedFrame | None = None,
) -> tuple[Assessment, ...]:
    """A check's assessments, counted; what stops it becomes the reason of all rows, and a file's fault is kept."""
    tally = tallies[check.code]
    try:
        assessments = check.assess(target, settings.limits_of(check))
    except FileProblemError as error:
        scene = target.scene if isinstance(target, SyncedFrame) else target
        scene.problems.add_unless_told(_problem(error, scene, frame))
        tally.skip("a sensor file can't be read", rows)
        return ()
    except BoresightError as error:
        tally.skip(str(error), rows)
        return ()
    for assessment in assessments:
        tally.count(assessment)
    return assessments


def _problem(error: FileProblemError, scene: Scene, frame: SyncedFrame | None) -> Problem:
    path = error.path
    if scene.root is not None and Path(path).is_relative_to(scene.root):
        path = Path(path).relative_to(scene.root).as_posix()
    relative = FileProblemError(path, error.reason, error.line)
    key = "" if frame is None else frame.key
    return problem_of(relative, scene=scene.name, frame=key, sensor=_sensor_of(path, frame))


def _sensor_of(path: str, frame: SyncedFrame | None) -> str:
    if frame is None or not path:
        return ""
    table = frame.scene.frame_table
    for sensor in table.sensors_of(frame.index):
        if path_of(frame.scene.streams[sensor], int(table.measurements[sensor][frame.index])) == path:
            return sensor
    return ""


def _judge_problems(
    reading: ReadingProblems, dataset_key: tuple[str, ...], settings: Settings, tallies: Tallies
) -> list[Finding]:
    findings: list[Finding] = []
    for check in settings.active_checks:
        if check.level == "problems":
            for assessment in check.assess(reading, settings.limits_of(check)):
                tallies.setdefault(check.code, Tally()).count(assessment)
                findings += findings_of(
                    check, assessment, dataset_key, _score(settings, check), settings.severity_of(check)
                )
    return findings


def _findings(check: Check[Any], assessment: Assessment, scene: Scene, settings: Settings) -> list[Finding]:
    return findings_of(check, assessment, _dataset_key(scene), _score(settings, check), settings.severity_of(check))


def _score(settings: Settings, check: Check[Any]) -> Callable[[Any, float], float]:
    shift = 0.0 if settings.precision is None else settings.precision.shift_of(check.code)
    return partial(score, settings.base_rate, log_odds_shift=shift)


def _dataset_key(scene: Scene) -> tuple[str, ...]:
    return (scene.dataset_format, scene.name)


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """Each id once, the worst of them: two rows about the same subject are one finding."""
    by_id: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda finding: finding.rank):
        by_id.setdefault(finding.id, finding)
    return list(by_id.values())
