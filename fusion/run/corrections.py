"""Proposals of findings turned into edits of labels, none of which contradicts another.

A proposal names its target as a person would (a label, a track, a class name); an edit is of one label. First it is
settled which object a label belongs to and whether there is one, then its class, its size, its heading and its place,
because each is judged by those before; within a step the most urgent finding comes first, and what one of them has
changed no later one changes again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, IntArray
from calibration.transform import multiply_quaternions, quaternions_from_yaws, wrap_angle_rad
from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.checks.rounding import digest
from fusion.errors import NotMeasurableError
from fusion.measure.displacement import retimed
from fusion.scene.label_edits import LabelEdit
from fusion.scene.scene import Scene

# A ghost is deleted; a box that is seen through here and stands on its object elsewhere is misplaced.
SEE_THROUGH = "BOX301"
SETTLED_FIRST = ("category", "attributes", "size_m", "yaw_rad", "centre_m")
COLUMNS = ("centre_m", "size_m", "rotation", "category", "track", "attributes")


@dataclass(frozen=True)
class Correction:
    """What one finding's proposal does; `edits` is empty where `skipped` says why nothing was done."""

    finding: Finding
    edits: tuple[LabelEdit, ...] = ()
    skipped: str = ""


class _UnusableError(Exception):
    """A proposal that says nothing about these labels; its text is the reason."""


@dataclass
class _Taken:
    """What earlier corrections have changed: columns by label, labels that are gone, tracks whose labels moved."""

    columns: set[tuple[str, str]] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    retracked: set[str] = field(default_factory=set)


def corrections_of(scene: Scene, findings: Sequence[Finding], meant: Collection[str] = frozenset()) -> list[Correction]:
    """What the proposals of a scene's findings do to its labels, in the order in which they are applied.

    A finding that another explains is left to that other one, where it proposes something.

    Args:
        meant: ids of findings that a person stands for: before all others, and whatever explains them.
    """
    proposing = {finding.id for finding in findings if finding.proposal is not None}
    taken, corrections = _Taken(), []
    for finding in sorted(findings, key=lambda one: (one.id not in meant, _step(one.proposal), one.rank)):
        if finding.proposal is None or (finding.cause in proposing and finding.id not in meant):
            continue
        corrections.append(_corrected(scene, finding, finding.proposal, taken))
    return corrections


def _step(proposal: Proposal | None) -> int:
    """When it is its turn, see the module."""
    if proposal is not None and proposal.action == "retime":
        return len(SETTLED_FIRST)
    if proposal is None or proposal.action != "set":
        order = ("merge", "split", "delete")
        return 0 if proposal is not None and proposal.action in order else len(SETTLED_FIRST) + 1
    return next((step for step, name in enumerate(SETTLED_FIRST, 1) if name in proposal.values), len(SETTLED_FIRST))


def _corrected(scene: Scene, finding: Finding, proposal: Proposal, taken: _Taken) -> Correction:
    try:
        edits = _edits(scene, finding, proposal)
    except _UnusableError as reason:
        return Correction(finding, skipped=str(reason))
    if any(edit.label in taken.deleted for edit in edits if edit.action == "set"):
        return Correction(finding, skipped="a more urgent finding deletes the label")
    if finding.track in taken.retracked and proposal.action not in ("merge", "split"):
        return Correction(finding, skipped="a more urgent finding says which object the track is first")
    if finding.code == SEE_THROUGH and _leaves_part_of_its_track(scene, edits):
        return Correction(finding, skipped="the rest of its track stands, so its object is elsewhere and not nowhere")
    changed = {(edit.label, column) for edit in edits for column in _columns(edit)}
    if changed & taken.columns:
        return Correction(finding, skipped="a more urgent finding changes the same")
    taken.columns |= changed
    taken.deleted |= {edit.label for edit in edits if edit.action == "delete"}
    if proposal.action in ("merge", "split"):
        taken.retracked |= _tracks_of(scene, edits)
    return Correction(finding, tuple(edits))


def _tracks_of(scene: Scene, edits: Sequence[LabelEdit]) -> set[str]:
    """Tracks that labels leave or join: what is said of their sizes and paths is said of two objects."""
    track_of = dict(
        zip((str(label) for label in scene.labels.boxes.label_ids), scene.labels.boxes.track.values, strict=True)
    )
    return {name for edit in edits for name in (track_of.get(edit.label), edit.track) if name}


def _leaves_part_of_its_track(scene: Scene, edits: Sequence[LabelEdit]) -> bool:
    """Labels of a track are deleted, and others of it are not."""
    boxes, gone = scene.labels.boxes, {edit.label for edit in edits if edit.action == "delete"}
    rows = np.asarray([str(label) in gone for label in boxes.label_ids], dtype=bool)
    tracks = np.unique(boxes.track.codes[rows & boxes.track.present])
    return bool((np.isin(boxes.track.codes, tracks) & ~rows).any())


def _columns(edit: LabelEdit) -> list[str]:
    if edit.action != "set":
        return list(COLUMNS)
    return [name for name in COLUMNS if getattr(edit, name)]


def _edits(scene: Scene, finding: Finding, proposal: Proposal) -> list[LabelEdit]:
    if proposal.action == "set":
        return _set(scene, proposal)
    if proposal.action == "delete":
        return [_edit(scene, row, "delete") for row in _rows(scene, proposal)]
    if proposal.action == "add":
        return _add(scene, proposal)
    if proposal.action == "merge":
        return _merge(scene, proposal)
    if proposal.action == "split":
        return _split(scene, proposal)
    return _retime(scene, proposal)


def _rows(scene: Scene, proposal: Proposal) -> list[int]:
    """The labels a proposal is about: those it lists, the one it names, or those of the track or class at its times."""
    boxes, listed = scene.labels.boxes, proposal.values.get("label_ids")
    by_id = {str(label): row for row, label in enumerate(boxes.label_ids)}
    if listed is not None:
        return [by_id[name] for name in listed if name in by_id]
    if proposal.target in by_id and not _is_track(scene, proposal):
        return [by_id[proposal.target]]
    owned = boxes.track.is_any([proposal.target])
    if not owned.any():
        owned = boxes.category.is_any([proposal.target]) & ~_of_another_class(scene, proposal)
    if proposal.timestamps_ns:
        owned &= np.isin(boxes.timestamps_ns, proposal.timestamps_ns)
    rows = np.flatnonzero(owned)
    if not len(rows):
        raise _UnusableError(f"no label, track or class is called '{proposal.target}'")
    return [int(row) for row in rows[np.argsort(boxes.timestamps_ns[rows], kind="stable")]]


def _of_another_class(scene: Scene, proposal: Proposal) -> BoolArray:
    """(M,) bool: the rest of the label's track has another class than the one proposed for a misspelt name."""
    boxes, tracks = scene.labels.boxes, scene.labels.tracks
    other = np.zeros(len(boxes), dtype=bool)
    meant = proposal.values.get("category")
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        names = [boxes.category[int(row)] for row in rows]
        told = [name for name in names if name not in ("", proposal.target)]
        if proposal.target in names and told and max(set(told), key=told.count) != meant:
            other[rows] = True
    return other


def _is_track(scene: Scene, proposal: Proposal) -> bool:
    """A track's id may be a label's too; several times then mean the track."""
    return len(proposal.timestamps_ns) > 1 and bool(scene.labels.boxes.track.is_any([proposal.target]).any())


def _edit(scene: Scene, row: int, action: Any, **values: Any) -> LabelEdit:
    return LabelEdit(action, scene.name, str(scene.labels.boxes.label_ids[row]), **values)


def _set(scene: Scene, proposal: Proposal) -> list[LabelEdit]:
    rows = _rows(scene, proposal)
    edits = []
    for place, row in enumerate(rows):
        values: dict[str, Any] = {}
        for name in ("centre_m", "size_m"):
            if name in proposal.values:
                values[name] = tuple(float(value) for value in _of(proposal.values[name], place, len(rows), depth=1))
        if "yaw_rad" in proposal.values:
            yaw_rad = float(_of(proposal.values["yaw_rad"], place, len(rows), depth=0))
            values["rotation"] = _turned_to(scene, row, yaw_rad)
        if "category" in proposal.values:
            values["category"] = _of(proposal.values["category"], place, len(rows), depth=0)
        if "attributes" in proposal.values:
            values["attributes"] = dict(proposal.values["attributes"])
        if not values:
            raise _UnusableError(f"it sets {', '.join(proposal.values) or 'nothing'}, which is no label column")
        edits.append(_edit(scene, row, "set", **values))
    return edits


def _of(value: Any, place: int, rows: int, depth: int) -> Any:
    """The entry of a row, where a proposal gives one for each; else the one for all."""
    several = isinstance(value, (list, tuple))
    if not several or (depth and not isinstance(value[0], (list, tuple))):
        return value
    if len(value) != rows and len(value) != 1:
        raise _UnusableError(f"it has {len(value)} values for {rows} labels")
    return value[place if len(value) == rows else 0]


def _turned_to(scene: Scene, row: int, yaw_rad: float) -> tuple[float, ...]:
    """The rotation of a label with another yaw, its tilt kept."""
    boxes = scene.labels.boxes
    turn = wrap_angle_rad(np.asarray([yaw_rad - boxes.yaws_rad[row]]))
    rotation = multiply_quaternions(quaternions_from_yaws(turn), boxes.rotations[row : row + 1])[0]
    return tuple(float(value) for value in rotation)


def _add(scene: Scene, proposal: Proposal) -> list[LabelEdit]:
    """Boxes of a track at times where it has none, like the nearest one it has."""
    boxes, table = scene.labels.boxes, scene.frame_table
    own = np.flatnonzero(boxes.track.is_any([proposal.target]))
    if not len(own):
        raise _UnusableError(f"no track is called '{proposal.target}', which the new box would belong to")
    edits = []
    count = len(proposal.timestamps_ns)
    for place, stamp in enumerate(proposal.timestamps_ns):
        frame = np.flatnonzero(table.timestamps_ns == stamp)
        if not len(frame):
            raise _UnusableError(f"no frame at {stamp} ns")
        like = int(own[np.argmin(np.abs(boxes.timestamps_ns[own] - stamp))])
        edits.append(
            LabelEdit(
                "add",
                scene.name,
                digest("added", scene.name, proposal.target, str(stamp)),
                centre_m=tuple(_of(proposal.values["centre_m"], place, count, depth=1)),
                size_m=tuple(_of(proposal.values["size_m"], place, count, depth=1)),
                rotation=_turned_to(scene, like, float(_of(proposal.values["yaw_rad"], place, count, depth=0))),
                like=str(boxes.label_ids[like]),
                frame=int(frame[0]),
                timestamp_ns=int(stamp),
            )
        )
    return edits


def _retime(scene: Scene, proposal: Proposal) -> list[LabelEdit]:
    """Boxes put where their track passes so much later: their frames, and so their stamps, stay as they are."""
    rows = np.asarray(_rows(scene, proposal), dtype=np.int64)
    if "late_s" not in proposal.values:
        raise _UnusableError("it doesn't say by how much time")
    try:
        boxes = retimed(scene, rows, np.full(len(rows), float(proposal.values["late_s"])))
    except NotMeasurableError as error:
        raise _UnusableError(str(error)) from error
    return [
        _edit(
            scene,
            int(row),
            "set",
            centre_m=tuple(float(value) for value in boxes.centres_m[place]),
            rotation=tuple(float(value) for value in boxes.rotations[place]),
        )
        for place, row in enumerate(rows)
    ]


def _merge(scene: Scene, proposal: Proposal) -> list[LabelEdit]:
    """All labels of the other track get this one's id."""
    boxes, other = scene.labels.boxes, str(proposal.values.get("track", ""))
    rows = np.flatnonzero(boxes.track.is_any([other]))
    if not len(rows):
        raise _UnusableError(f"no track is called '{other}'")
    return [_edit(scene, int(row), "set", track=proposal.target) for row in rows]


def _split(scene: Scene, proposal: Proposal) -> list[LabelEdit]:
    """The labels listed get the ids listed, or a new one."""
    rows = _rows(scene, proposal)
    named = proposal.values.get("track")
    if named is None:
        return [_edit(scene, row, "set", track=_new_track(scene, proposal.target)) for row in rows]
    return [
        _edit(scene, row, "set", track=str(_of(named, place, len(rows), depth=0))) for place, row in enumerate(rows)
    ]


def _new_track(scene: Scene, old: str) -> str:
    """An id that no track has: a number where the old one is one, as formats with numbers need."""
    names = set(scene.labels.boxes.track.names)
    if old.isdigit():
        numbers: IntArray = np.asarray([int(name) for name in names if name.isdigit()], dtype=np.int64)
        return str(int(numbers.max()) + 1)
    return next(name for name in (f"{old}-{number}" for number in range(2, len(names) + 3)) if name not in names)
