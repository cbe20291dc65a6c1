"""A symptom goes under a cause only if it vanishes when measured again with the effect of the cause taken out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from calibration.errors import BoresightError
from fusion.checks.assessment import Assessment
from fusion.checks.catalogue import find_check
from fusion.checks.check import Check
from fusion.checks.finding import Finding
from fusion.checks.rounding import digest
from fusion.checks.settings import Settings
from fusion.judge.cause import Cause
from fusion.judge.file_causes import causes_in_files
from fusion.judge.label_residuals import causes_of
from fusion.scene.scene import Scene

# Causes beyond these are left unproven: each measures part of the scene again.
MOST_CAUSES = 40


def under_causes(
    scene: Scene, findings: Sequence[Finding], settings: Settings, dataset_key: tuple[str, ...]
) -> list[Finding]:
    """All findings; those that vanish with the effect of another one taken out name it as their cause.

    What was proven stays out while the next cause is tried, so that a slipped frame is seen through a turned camera.
    """
    current, right = list(findings), scene
    causes = [*causes_in_files(scene, findings), *causes_of(scene, findings)]
    for cause in [one for one in causes if not one.alone][:MOST_CAUSES]:
        if not _unexplained(cause, current) or not any(cause.may_explain(finding) for finding in current):
            continue
        without = _without(cause, right)
        proven = _gone(without, [cause], current, settings, dataset_key)
        if proven:
            current, right = _under(current, proven), right if cause.passing else without
    # Single labels do not meet, so all of them are tried at once.
    labels = [one for one in causes if one.alone and _unexplained(one, current)]
    tried = [one for one in labels if any(one.may_explain(finding) for finding in current)]
    without = right
    for cause in tried:
        without = _without(cause, without)
    return _under(current, _gone(without, tried, current, settings, dataset_key))


def _without(cause: Cause, scene: Scene) -> Scene:
    """The scene without the effect of a cause; as it is where the effect can't be taken out, which proves nothing."""
    try:
        return cause.effect.removed_from(scene)
    except BoresightError:
        return scene


def _unexplained(cause: Cause, findings: Iterable[Finding]) -> bool:
    return any(one.id == cause.finding.id and one.cause is None for one in findings)


def _under(findings: Iterable[Finding], cause_of: dict[str, str]) -> list[Finding]:
    return [one.model_copy(update={"cause": cause_of[one.id]}) if one.id in cause_of else one for one in findings]


def _gone(
    right: Scene, causes: Sequence[Cause], findings: Sequence[Finding], settings: Settings, dataset_key: tuple[str, ...]
) -> dict[str, str]:
    """By id of a finding that a check sees no more, having looked, the id of the cause that explains it."""
    by_code: dict[str, dict[str, str]] = defaultdict(dict)
    symptoms: dict[str, list[Finding]] = defaultdict(list)
    order = {cause.finding.id: place for place, cause in enumerate(causes)}
    for one in findings:
        # Of two causes the first may explain the second, and never both each other.
        before = causes[: order.get(one.id, len(causes))]
        cause = next((cause for cause in before if cause.may_explain(one)), None)
        if cause is not None:
            by_code[one.code][one.id] = cause.finding.id
            symptoms[one.code].append(one)
    gone: dict[str, str] = {}
    for code, cause_of in by_code.items():
        fine, wrong = _verdicts(right, find_check(code), symptoms[code], settings, dataset_key)
        if any(cause.unseen for cause in causes):
            fine |= set(cause_of)
        vanished = {symptom: cause for symptom, cause in cause_of.items() if symptom in fine - wrong}
        # A correction that spoils as many as it mends explains nothing.
        if len(vanished) > len(wrong - {one.id for one in findings}):
            gone |= vanished
    return gone


def _verdicts(
    scene: Scene, check: Check[Any], group: Sequence[Finding], settings: Settings, dataset_key: tuple[str, ...]
) -> tuple[set[str], set[str]]:
    """Ids of what the check finds fine, and of what it finds wrong, in the frames of the group or the whole scene.

    Two boxes that do not meet are no row of any check, so of a pair silence is enough.
    """
    targets: dict[int | None, Any] = {None: scene}
    if check.level == "frame":
        frames = {one.frame_index for one in group if one.frame_index is not None}
        targets = {index: scene.frames[index] for index in sorted(frames)}
    fine: set[str] = set()
    wrong: set[str] = set()
    told: set[str] = set()
    for index, target in targets.items():
        try:
            assessments = check.assess(target, settings.limits_of(check))
        except BoresightError:  # what can't be measured again stays a finding of its own
            continue
        for assessment in assessments:
            violated = np.asarray(assessment.violated) & assessment.assessed
            wrong |= _ids(check, assessment, np.flatnonzero(violated), dataset_key)
            fine |= _ids(check, assessment, np.flatnonzero(assessment.assessed & ~violated), dataset_key)
            told |= _ids(check, assessment, np.flatnonzero(~assessment.assessed), dataset_key)
        fine |= {one.id for one in group if one.subject == "pair" and index in (None, one.frame_index)} - told - wrong
    return fine, wrong


def _ids(check: Check[Any], assessment: Assessment, rows: Iterable[int], dataset_key: tuple[str, ...]) -> set[str]:
    described = [assessment.about.describe(int(row)) for row in rows]
    return {digest(check.code, *dataset_key, one.kind, *one.key) for one in described}
