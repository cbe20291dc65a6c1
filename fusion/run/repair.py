"""A corrected copy of a data set: proposals of a run, applied in the data set's own format, never in place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calibration.errors import FileProblemError
from fusion.checks.catalogue import find_check
from fusion.checks.finding import Finding
from fusion.checks.settings import FAMILIES
from fusion.errors import DatasetError, LabelEditError
from fusion.formats.label_writing import WrittenCopy, write_labels
from fusion.formats.registry import open_dataset
from fusion.measure.recounted import recounted
from fusion.run.corrections import COLUMNS, Correction, corrections_of
from fusion.run.document import FindingsDocument, read_findings
from fusion.run.fingerprint import changed_files, fingerprint
from fusion.run.run_record import UNFINISHED, RunInput
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.dataset import Dataset
from fusion.scene.label_edits import LabelEdit, edited, joined
from fusion.scene.scene import Scene

CHANGES = "boresight-changes.json"
# Of the files that changed, so many are named.
MOST_TOLD = 5
CHANGES_SCHEMA = "boresight.changes/1"


@dataclass(frozen=True)
class Repaired:
    """A corrected copy; applied and skipped: what became of each proposal."""

    copy: WrittenCopy
    applied: tuple[Correction, ...]
    skipped: tuple[Correction, ...]


@dataclass(frozen=True)
class SavedRun:
    """A run folder, read back; opened: the data sets as they were opened; inputs: and what their files were."""

    folder: Path
    document: FindingsDocument
    opened: tuple[str, ...]
    inputs: tuple[RunInput, ...] = ()


def read_run(folder: str | Path) -> SavedRun:
    """The run that `Run.save` wrote.

    Raises:
        FileProblemError: there is none, or its files hold something else.
    """
    place = Path(folder)
    try:
        about = json.loads((place / "run.json").read_bytes())
        opened = about.get("opened", [])
        if not isinstance(opened, list) or not all(isinstance(path, str) and path for path in opened):
            raise ValueError("'opened' is no list of paths")
        inputs = tuple(RunInput.model_validate(one) for one in about.get("inputs", []))
    except OSError as error:
        raise FileProblemError(place / "run.json", f"can't be read: {error.strerror or error}") from error
    except (ValueError, AttributeError) as error:
        raise FileProblemError(place / "run.json", f"is no run: {error}") from error
    if about.get("state") == "running":
        raise FileProblemError(place / "run.json", UNFINISHED)
    return SavedRun(place, read_findings(place / "findings.json"), tuple(opened), inputs)


def dataset_of(run: SavedRun, root: str | Path | None = None) -> Dataset:
    """The data set a run was of.

    Args:
        root: where it is now; left out, where it was. Of a run over several, which of them.

    Raises:
        DatasetError: it was of several and findings don't tell whose they are, or the run doesn't say of which.
    """
    if len(run.document.datasets) > 1 or len(run.opened) > 1:
        one = _input_of(run, root)
        if one is None:
            # Scenes and labels of several sets may have the same names, so a proposal could go into the wrong one.
            raise DatasetError(f"{run.folder} is of several data sets; check the one to correct on its own")
        return open_dataset(root or one.root, format=one.format)
    if root is None and not run.opened:
        raise DatasetError(f"{run.folder} doesn't say which data set it is of; name it")
    formats = {summary.format for summary in run.document.datasets}
    return open_dataset(root or run.opened[0], format=formats.pop() if len(formats) == 1 else None)


def findings_about(run: SavedRun, root: str | Path | None = None) -> tuple[Finding, ...]:
    """The findings of a run that are about the data set `dataset_of` gives."""
    one = _input_of(run, root) if len(run.inputs) > 1 else None
    found = run.document.findings
    return found if one is None else tuple(finding for finding in found if finding.scene in one.scenes)


def _input_of(run: SavedRun, root: str | Path | None) -> RunInput | None:
    """Of a run over several data sets the one that is named, where no other has scenes of the same names."""
    if root is None:
        return None
    named = [one for one in run.inputs if Path(one.root) == Path(root).absolute()]
    if len(named) != 1:
        return None
    others = {scene for one in run.inputs if one is not named[0] for scene in one.scenes}
    return None if others & set(named[0].scenes) else named[0]


def require_unchanged(run: SavedRun, dataset: Dataset, root: str | Path | None = None) -> None:
    """Refuse a data set whose files are not those that the run read; a run that noted none can't tell.

    Raises:
        DatasetError: files came, went or changed.
    """
    one = _input_of(run, root) if len(run.inputs) > 1 else run.inputs[0] if run.inputs else None
    if one is None or one.fingerprint is None:
        return
    now = fingerprint(dataset.root)
    if now.digest == one.fingerprint.digest:
        return
    names = changed_files(one.fingerprint, now)
    told = ", ".join(names[:MOST_TOLD]) or "sweeps or images"
    more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    raise DatasetError(
        f"'{dataset.root}' has changed since {run.folder} was made: {told}{more}; check it again, or pass --force"
    )


def repair(
    dataset: Dataset,
    findings: Sequence[Finding],
    out: str | Path,
    select: Sequence[str] = (),
    min_score: float = 0.8,
) -> Repaired:
    """Write a copy of a data set with the proposals of a run applied, and `boresight-changes.json` beside its labels.

    Args:
        findings: of a run over this data set.
        out: a new folder.
        select: codes, names or families of the checks whose proposals are applied; all if empty.
        min_score: the least probability of a finding whose proposal is applied.

    Raises:
        LabelEditError: nothing to apply, no writer for the format, or no place for the copy.
        UnknownCheckError: `select` names no check.
    """
    wanted = chosen(findings, select, min_score)
    corrections = [one for name in dataset.scene_names for one in _of_scene(dataset, name, wanted)]
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


def chosen(findings: Sequence[Finding], select: Sequence[str], min_score: float) -> list[Finding]:
    """Findings that may change labels."""
    families = set(select) & set(FAMILIES)
    codes = {find_check(word).code for word in select if word not in families}
    wanted = [one for one in findings if not select or one.code in codes or one.code[:3] in families]
    return [one for one in wanted if one.score >= min_score]


def _of_scene(dataset: Dataset, name: str, findings: Sequence[Finding]) -> list[Correction]:
    own = [finding for finding in findings if finding.scene == name]
    return corrections_of(dataset.scene(name), own) if own else []


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
