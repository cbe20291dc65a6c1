"""What a finding points at, looked up in its scene: the frame, the boxes, the best camera, the proposed correction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import BoresightError
from calibration.transform import RigidTransform, quaternions_from_yaws
from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.measure.box_projection import project_boxes
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

PROPOSED_COLUMNS = ("centre_m", "size_m", "yaw_rad")
FARTHEST_NEIGHBOUR_NS = 3 * SECOND_NS
SMALLEST_MOVE_M = 0.4


@dataclass(frozen=True, eq=False)
class Accused:
    """A finding's subject.

    frame: None where the finding is about no instant; rows: positions among the frame's boxes, the accused first,
    none where the boxes can't be placed, which `why_no_boxes` explains; label_rows: all rows of the labels the finding
    names, of any frame; proposed: boxes in the frame's ego as the finding would have them, none where it proposes no
    shape.
    """

    finding: Finding
    scene: Scene
    frame: SyncedFrame | None
    rows: tuple[int, ...]
    label_rows: tuple[int, ...]
    proposed: Boxes3D
    why_no_boxes: str = ""

    @property
    def track(self) -> str | None:
        """The track of the accused box."""
        return self.finding.track

    @property
    def track_rows(self) -> list[int]:
        """Those of `label_rows` on the accused track; a finding about a pair names both."""
        tracks = self.scene.labels.boxes.track
        return [row for row in self.label_rows if tracks[row] == self.track]


def accused_of(scene: Scene, finding: Finding) -> Accused:
    """Look up what a finding is about; what can't be found is left out."""
    label_rows = _label_rows(scene, finding)
    index = _frame_of_addition(scene, finding.proposal)
    if index is None:
        index = _frame_index(scene, finding, label_rows)
    if index is None:
        return Accused(finding, scene, None, (), label_rows, Boxes3D.empty())
    frame: SyncedFrame = scene.frames[index]
    try:
        boxes = frame.boxes
    except BoresightError as error:
        return Accused(finding, scene, frame, (), label_rows, Boxes3D.empty(), str(error))
    position = {int(row): place for place, row in enumerate(frame.label_rows)}
    rows = tuple(position[row] for row in label_rows if row in position)
    if not np.isfinite(boxes.corners_m[list(rows)]).all():
        return Accused(finding, scene, frame, (), label_rows, Boxes3D.empty(), "the box is not made of finite numbers")
    return Accused(finding, scene, frame, rows, label_rows, _proposed_boxes(finding.proposal, frame, rows))


def _label_rows(scene: Scene, finding: Finding) -> tuple[int, ...]:
    """Rows of the labels on trial that the finding names, in its order."""
    labels = scene.labels
    wanted = [(label.frame, label.label) for label in finding.labels if label.set == labels.name]
    if not wanted and finding.label is not None:
        wanted = [(finding.frame or "", finding.label)]
    ids = labels.boxes.label_ids
    found = []
    for frame_key, label in wanted:
        same = [int(row) for row in np.flatnonzero(ids == label)]
        in_frame = [row for row in same if _frame_key(scene, row) == frame_key]
        found.extend(in_frame or same[:1])
    return tuple(dict.fromkeys(found))


def _frame_key(scene: Scene, row: int) -> str:
    frame = int(scene.labels.frame_index[row])
    return scene.frame_table.keys[frame] if frame >= 0 else ""


def _frame_index(scene: Scene, finding: Finding, label_rows: tuple[int, ...]) -> int | None:
    keys = scene.frame_table.keys
    if finding.frame in keys:
        return keys.index(finding.frame)
    frames = [int(scene.labels.frame_index[row]) for row in label_rows]
    return next((frame for frame in frames if frame >= 0), None)


def _frame_of_addition(scene: Scene, proposal: Proposal | None) -> int | None:
    """The middle one of the frames in which boxes are missing: there is to see what nobody labelled."""
    if proposal is None or proposal.action != "add" or not proposal.timestamps_ns or not len(scene.frame_table):
        return None
    middle = proposal.timestamps_ns[len(proposal.timestamps_ns) // 2]
    return int(np.argmin(np.abs(scene.frame_table.timestamps_ns - middle)))


def _proposed_boxes(proposal: Proposal | None, frame: SyncedFrame, rows: tuple[int, ...]) -> Boxes3D:
    """What a proposal would put into the frame: the accused box changed, or the boxes it would add."""
    if proposal is None or not set(PROPOSED_COLUMNS) & set(proposal.values):
        return Boxes3D.empty()
    try:
        ego_from_reference = _ego_from(frame, proposal.reference)
        if proposal.action == "add":
            native = _added_boxes(proposal, frame.timestamp_ns)
        elif proposal.action == "set" and rows:
            native = _changed_box(proposal, frame, frame.boxes.take([rows[0]]).moved(ego_from_reference.inverse()))
        else:
            return Boxes3D.empty()
        proposed = native.moved(ego_from_reference)
        return proposed.take(np.isfinite(proposed.corners_m).all(axis=(1, 2)))
    except (BoresightError, ValueError, TypeError):
        # The numbers of a proposal come from a file; a picture without it is better than none.
        return Boxes3D.empty()


def _ego_from(frame: SyncedFrame, reference: str) -> RigidTransform:
    reference = reference or frame.scene.labels.reference
    if reference == "world":
        world_from_ego = frame.world_from_ego
        if world_from_ego is None:
            raise BoresightError(f"frame {frame.key} has no pose")
        return world_from_ego.inverse()
    if reference == "ego":
        return RigidTransform.identity("ego", "reference")
    return frame.scene.rig_at(frame.timestamp_ns).transform("ego", reference)


def _changed_box(proposal: Proposal, frame: SyncedFrame, box: Boxes3D) -> Boxes3D:
    values = _at_time(proposal, frame.timestamp_ns)
    changes: dict[str, Any] = {}
    if "centre_m" in values:
        changes["centres_m"] = values["centre_m"].reshape(1, 3)
    if "size_m" in values:
        changes["sizes_m"] = values["size_m"].reshape(1, 3)
    if "yaw_rad" in values:
        changes["rotations"] = quaternions_from_yaws(values["yaw_rad"].reshape(1))
    return replace(box, **changes)


def _at_time(proposal: Proposal, timestamp_ns: int) -> Mapping[str, FloatArray]:
    """The proposed values of one instant: a proposal for several instants may hold one value for each."""
    stamps = np.asarray(proposal.timestamps_ns, dtype=np.int64)
    nearest = int(np.argmin(np.abs(stamps - timestamp_ns))) if len(stamps) else 0
    values = {}
    for name in PROPOSED_COLUMNS:
        if name in proposal.values:
            column = np.asarray(proposal.values[name], dtype=np.float64)
            single = 0 if name == "yaw_rad" else 1
            values[name] = column[nearest] if column.ndim > single else column
    return values


def _added_boxes(proposal: Proposal, timestamp_ns: int) -> Boxes3D:
    """The boxes to add in one frame: the one of its time where each has a time, else all."""
    centres = np.atleast_2d(np.asarray(proposal.values["centre_m"], dtype=np.float64))
    sizes = np.broadcast_to(np.asarray(proposal.values["size_m"], dtype=np.float64), centres.shape)
    yaws = np.broadcast_to(np.asarray(proposal.values.get("yaw_rad", 0.0), dtype=np.float64), (len(centres),))
    boxes = Boxes3D.upright(centres, sizes, yaws)
    stamps = np.asarray(proposal.timestamps_ns, dtype=np.int64)
    return boxes.take([int(np.argmin(np.abs(stamps - timestamp_ns)))]) if len(stamps) == len(boxes) else boxes


def best_view(frame: SyncedFrame, boxes: Boxes3D, preferred: str | None = None) -> tuple[CameraView | None, str]:
    """The camera that shows a box best: the largest outline, cut off as little as possible.

    Args:
        boxes: one box or several in ego; the first decides.
        preferred: a camera that is taken if it sees the box at all.

    Returns:
        The view, or None and the reason.
    """
    views = frame.cameras
    if not views:
        return None, "no camera in this frame"
    scores: dict[str, float] = {}
    reasons = []
    for name, view in views.items():
        try:
            scores[name] = _visible_area_px2(view, boxes)
        except BoresightError as error:
            reasons.append(str(error))
    if preferred is not None and scores.get(preferred, 0.0) > 0:
        return views[preferred], ""
    best = max(scores, key=lambda name: scores[name], default=None)
    if best is None or scores[best] <= 0:
        return None, "; ".join(dict.fromkeys(reasons)) or f"none of the {len(views)} cameras sees this box"
    return views[best], ""


def _visible_area_px2(view: CameraView, boxes: Boxes3D) -> float:
    corners = view.camera_from_ego.apply(boxes.corners_m[0])[None]
    projected = project_boxes(corners, view.camera)
    return float(projected.hull_area_px2[0] * (1 - projected.truncation[0]))


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The same track in other frames. boxes: K boxes in the ego of the shown frame; offsets_ns: (K,) from it."""

    boxes: Boxes3D
    offsets_ns: IntArray


def neighbours_of(accused: Accused, reach: int = 2) -> Neighbours | None:
    """The nearest boxes before and after along the track that look different; None without a track or a frame.

    Where there are poses they stand where they were over ground, else as they were seen from ego. A box that would be
    drawn onto the one before it tells nothing and is passed over.
    """
    frame, tracks = accused.frame, accused.scene.labels.tracks
    if frame is None or accused.track not in tracks.names:
        return None
    rows = tracks.rows(tracks.names.index(accused.track))
    offsets = accused.scene.labels.boxes.timestamps_ns[rows] - frame.timestamp_ns
    near = np.abs(offsets) <= FARTHEST_NEIGHBOUR_NS
    rows, offsets = rows[near], offsets[near]
    try:
        boxes = _boxes_over_ground(frame, rows)
    except BoresightError:
        boxes = boxes_in_ego(accused.scene).take(rows)
    corners = boxes.corners_m[:, :4, :2]
    before, after = np.flatnonzero(offsets < 0)[::-1], np.flatnonzero(offsets > 0)
    own = corners[offsets == 0]
    chosen = [*_distinct(corners, before, own, reach)[::-1], *_distinct(corners, after, own, reach)]
    return Neighbours(boxes.take(chosen), offsets[chosen])


def _distinct(corners: FloatArray, candidates: IntArray, own: FloatArray, most: int) -> list[int]:
    """The first candidates whose outlines differ from the one kept before them, and from the box's own."""
    kept: list[int] = []
    for candidate in candidates.tolist():
        shown = [*own, *corners[kept[-1:]]]
        if all(np.abs(corners[candidate] - other).max() > SMALLEST_MOVE_M for other in shown):
            kept.append(candidate)
        if len(kept) == most:
            break
    return kept


def _boxes_over_ground(frame: SyncedFrame, rows: IntArray) -> Boxes3D:
    world_from_ego = frame.world_from_ego
    if world_from_ego is None:
        raise BoresightError(f"frame {frame.key} has no pose")
    return boxes_in_world(frame.scene).take(rows).moved(world_from_ego.inverse())
