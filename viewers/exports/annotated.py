"""Labels with what a run says of them, as annotation tools take them: every box, a comment where there is a finding.

Corrections a run proposes come as boxes of their own beside the labels, so that a person takes them or leaves them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from calibration.arrays import BoolArray, IntArray
from calibration.sensors import EGO, SensorKind
from fusion.checks.finding import Finding
from fusion.judge.causes import leading
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.run.corrections import corrections_of
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_edits import edited, joined
from fusion.scene.label_set import LabelSet
from fusion.scene.measurement_cache import MeasurementCache
from fusion.scene.scene import Scene
from fusion.scene.stream import path_of
from viewers.outputs.human import proposal_text
from viewers.outputs.lines import printable


@dataclass(frozen=True, eq=False)
class AnnotatedScene:
    """Boxes of a scene, labels first, then proposals.

    boxes: M rows in ego at their frame; frames: (M,) indices; findings: of each row, most urgent first; proposed: (M,)
    rows that are no labels but corrections; elsewhere: leading findings about no label of this scene.
    """

    scene: Scene
    boxes: Boxes3D
    frames: IntArray
    findings: Sequence[Sequence[Finding]]
    proposed: BoolArray
    elsewhere: Sequence[Finding]

    @classmethod
    def of(cls, scene: Scene, findings: Sequence[Finding]) -> AnnotatedScene:
        """From a scene and its findings; symptoms are left to their causes."""
        own = [finding for finding in leading(findings) if finding.scene == scene.name]
        said, elsewhere = _by_row(scene, own)
        labels = scene.labels
        places = boxes_in_ego(scene)
        usable = np.flatnonzero((labels.frame_index >= 0) & np.isfinite(places.corners_m).all(axis=(1, 2)))
        corrected, corrected_frames, causes = _proposals(scene, own)
        return cls(
            scene=scene,
            boxes=Boxes3D.concatenate([_bare(places.take(usable)), _bare(corrected)]),
            frames=np.concatenate([labels.frame_index[usable], corrected_frames]).astype(np.int64),
            findings=[*(said.get(int(row), ()) for row in usable), *causes],
            proposed=np.arange(len(usable) + len(corrected)) >= len(usable),
            elsewhere=elsewhere,
        )

    @cached_property
    def lidar(self) -> str:
        """The sensor whose points a tool shows, ego where there is no lidar."""
        streams = self.scene.streams.items()
        return next((name for name, stream in streams if stream.kind is SensorKind.LIDAR), EGO)

    @property
    def annotated(self) -> BoolArray:
        """(M,) rows with something to say: a finding, or a proposal."""
        return np.asarray([bool(said) for said in self.findings], dtype=bool) | self.proposed

    def rows_of_frame(self, frame: int) -> IntArray:
        """Rows of one frame, labels first."""
        return np.flatnonzero(self.frames == frame)

    def boxes_seen_by(self, sensor: str, frame: int) -> Boxes3D:
        """The boxes of a frame where a sensor, or ego, has them."""
        stamp = int(self.scene.frame_table.timestamps_ns[frame])
        boxes = self.boxes.take(self.rows_of_frame(frame))
        return boxes if sensor == EGO else boxes.moved(self.scene.rig_at(stamp).transform(sensor, EGO))

    def file_of(self, sensor: str, frame: int) -> str:
        """The file of a sensor's measurement in a frame, "" where there is none."""
        if sensor not in self.scene.streams:
            return ""
        index = int(self.scene.frame_table.measurements[sensor][frame])
        return path_of(self.scene.streams[sensor], index) if index >= 0 else ""

    def name(self, row: int) -> str:
        """A name for the object, the same in all frames; a proposal has one of its own."""
        own = self.boxes.track[row] or str(self.boxes.label_ids[row])
        return f"{own} proposed" if self.proposed[row] else own

    def category(self, row: int) -> str:
        """Its class."""
        return printable(self.boxes.category[row] or "unknown")

    def comment(self, row: int) -> str:
        """What is said of it, one finding after the other; "" where nothing is."""
        return " | ".join(comment_of(finding) for finding in self.findings[row])

    def codes(self, row: int) -> str:
        """The checks that speak of it."""
        return " ".join(dict.fromkeys(finding.code for finding in self.findings[row]))


def comment_of(finding: Finding) -> str:
    """One finding as a reviewer would write it down."""
    proposal = proposal_text(finding)
    wish = f" Proposed: {proposal}." if proposal and len(proposal) <= 200 else ""
    told = f"{finding.code} {finding.name} ({finding.severity}, score {finding.score:.2f}): {finding.message}.{wish}"
    return printable(f"{told} [{finding.id}]")


def _bare(boxes: Boxes3D) -> Boxes3D:
    """Places, sizes, classes and names alone, which all label sets have."""
    return Boxes3D(
        centres_m=boxes.centres_m,
        sizes_m=boxes.sizes_m,
        rotations=boxes.rotations,
        category=boxes.category,
        track=boxes.track,
        label_ids=boxes.label_ids,
        timestamps_ns=boxes.timestamps_ns,
    )


def _by_row(scene: Scene, findings: Sequence[Finding]) -> tuple[dict[int, list[Finding]], list[Finding]]:
    """Findings by the rows of the labels they name, and those that name none."""
    labels, keys = scene.labels, scene.frame_table.keys
    frames = (keys[frame] if frame >= 0 else "" for frame in labels.frame_index.tolist())
    ids = [str(label) for label in labels.boxes.label_ids]
    row_of = {name: row for row, name in enumerate(zip(frames, ids, strict=True))}
    # A reviewer names a label alone.
    row_of |= {("", label): row for row, label in enumerate(ids)}
    said: dict[int, list[Finding]] = defaultdict(list)
    elsewhere = []
    for finding in findings:
        references = [(one.frame, one.label) for one in finding.labels] or [(finding.frame or "", finding.label or "")]
        rows = [row_of[name] for name in dict.fromkeys(references) if name in row_of]
        for row in rows:
            said[row].append(finding)
        if not rows:
            elsewhere.append(finding)
    return said, elsewhere


def _proposals(scene: Scene, findings: Sequence[Finding]) -> tuple[Boxes3D, IntArray, list[list[Finding]]]:
    """Boxes as they would be, in ego, with their frames and the findings that ask for them."""
    corrections = [one for one in corrections_of(scene, findings) if one.edits]
    asked: dict[str, list[Finding]] = defaultdict(list)
    for one in corrections:
        for edit in one.edits:
            if edit.action == "add" or (edit.action == "set" and edit.moves_box):
                asked[edit.label].append(one.finding)
    if not asked:
        return Boxes3D.empty(), np.zeros(0, dtype=np.int64), []
    after: LabelSet = edited(scene.labels, joined([edit for one in corrections for edit in one.edits]))
    sets = {**scene.label_sets, scene.labels_on_trial: after}
    places = boxes_in_ego(replace(scene, label_sets=sets, measurements=MeasurementCache()))
    rows = [row for row, label in enumerate(after.boxes.label_ids) if str(label) in asked]
    kept = [row for row in rows if after.frame_index[row] >= 0 and np.isfinite(places.corners_m[row]).all()]
    frames = after.frame_index[kept].astype(np.int64)
    return places.take(kept), frames, [asked[str(after.boxes.label_ids[row])] for row in kept]
