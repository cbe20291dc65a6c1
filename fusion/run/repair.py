"""A corrected copy of a data set: proposals of a run, applied in the data set's own format, never in place."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fusion.checks.catalogue import find_check
from fusion.checks.finding import Finding
from fusion.checks.settings import FAMILIES
from fusion.errors import LabelEditError
from fusion.formats.label_writing import WrittenCopy, write_labels
from fusion.measure.recounted import recounted
from fusion.run.corrections import COLUMNS, Correction, corrections_of
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.dataset import Dataset
from fusion.scene.label_edits import LabelEdit, edited, joined
from fusion.scene.scene import Scene

CHANGES = "boresight-changes.json"
CHANGES_SCHEMA = "boresight.changes/1"


@dataclass(frozen=True)
class Repaired:
    """A corrected copy; applied and skipped: what became of each proposal."""

    copy: WrittenCopy
    applied: tuple[Correction, ...]
    skipped: tuple[Correction, ...]


def repair(
    dataset: Dataset,
    findings: Sequence[Finding],
    out: str | Path,
    select: Sequence[str] = (),
    min_score: float = 0.8,
    meant: Collection[str] = frozenset(),
    left_out: Sequence[Correction] = (),
) -> Repaired:
    """Write a copy of a data set with the proposals of a run applied, and `boresight-changes.json` beside its labels.

    Args:
        findings: of a run over this data set.
        out: a new folder.
        select: codes, names or families of the checks whose proposals are applied; all if empty.
        min_score: the least probability of a finding whose proposal is applied.
        meant: ids of findings that a person stands for: before all others, and whatever their score.
        left_out: what a person decided against, and why, to be listed with what is skipped.

    Raises:
        LabelEditError: nothing to apply, no writer for the format, or no place for the copy.
        UnknownCheckError: `select` names no check.
    """
    wanted = chosen(findings, select, min_score, meant)
    corrections = [one for name in dataset.scene_names for one in _of_scene(dataset, name, wanted, meant)]
    corrections += [one for one in left_out if one.finding.proposal is not None]
    applied = tuple(one for one in corrections if one.edits)
    if not applied:
        told = f"; {corrections[0].skipped}" if corrections else ""
        raise LabelEditError(f"no finding with a score of {min_score:g} or more proposes a change{told}")
    edits = [edit for one in applied for edit in one.edits]
    before = {name: _Before.of(dataset.scene(name).labels.boxes) for name in dict.fromkeys(e.scene for e in edits)}
    copy = write_labels(dataset, _together(dataset, edits), out)
    skipped = tuple(one for one in corrections if not one.edits)
    content = {"schema": CHANGES_SCHEMA, "applied": _listed(applied, before), "skipped": _listed(skipped, before)}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    (copy.folder / CHANGES).write_text(text + "\n", encoding="utf-8")
    return Repaired(copy, applied, skipped)


def chosen(
    findings: Sequence[Finding], select: Sequence[str], min_score: float, meant: Collection[str] = frozenset()
) -> list[Finding]:
    """Findings that may change labels."""
    families = set(select) & set(FAMILIES)
    codes = {find_check(word).code for word in select if word not in families}
    wanted = [one for one in findings if not select or one.code in codes or one.code[:3] in families]
    return [one for one in wanted if one.score >= min_score or one.id in meant]


def _of_scene(dataset: Dataset, name: str, findings: Sequence[Finding], meant: Collection[str]) -> list[Correction]:
    own = [finding for finding in findings if finding.scene == name]
    return corrections_of(dataset.scene(name), own, meant) if own else []


def _together(dataset: Dataset, edits: Sequence[LabelEdit]) -> list[LabelEdit]:
    """One edit a label, with the points of boxes that lie elsewhere now."""
    by_scene: dict[str, list[LabelEdit]] = {}
    for edit in edits:
        by_scene.setdefault(edit.scene, []).append(edit)
    together = [(name, joined(own)) for name, own in by_scene.items()]
    return [edit for name, own in together for edit in recounted(corrected(dataset.scene(name), own), own)]


def corrected(scene: Scene, edits: Sequence[LabelEdit]) -> Scene:
    """The scene with edited labels, in memory."""
    label_sets = {**scene.label_sets, scene.labels_on_trial: edited(scene.labels, edits)}
    return replace(scene, label_sets=label_sets, measurements=type(scene.measurements)())


@dataclass(frozen=True, eq=False)
class _Before:
    """The labels of a scene as they were."""

    boxes: Boxes3D
    rows: dict[str, int]

    @classmethod
    def of(cls, boxes: Boxes3D) -> _Before:
        return cls(boxes, {str(label): row for row, label in enumerate(boxes.label_ids)})

    def value(self, label: str, column: str) -> Any:
        boxes, row = self.boxes, self.rows[label]
        columns = {"centre_m": boxes.centres_m, "size_m": boxes.sizes_m, "rotation": boxes.rotations}
        if column in columns:
            return columns[column][row].tolist()
        if column == "attributes":
            return {name: values[row] for name, values in boxes.attributes.items()}
        return {"category": boxes.category, "track": boxes.track}[column][row]


def _listed(corrections: Sequence[Correction], before: dict[str, _Before]) -> list[dict[str, Any]]:
    return [
        {
            "finding": one.finding.id,
            "code": one.finding.code,
            "message": one.finding.message,
            "score": one.finding.score,
            "scene": one.finding.scene,
            **({"skipped": one.skipped} if one.skipped else {"changes": [_change(edit, before) for edit in one.edits]}),
        }
        for one in corrections
    ]


def _change(edit: LabelEdit, before: dict[str, _Before]) -> dict[str, Any]:
    """One label: what it was, what it is now."""
    now = {name: value for name in COLUMNS if (value := getattr(edit, name))}
    change: dict[str, Any] = {"action": edit.action, "label": edit.label, "now": now}
    if edit.action == "set":
        change["was"] = {name: before[edit.scene].value(edit.label, name) for name in now}
    return change
