"""What a finding about files or conventions makes of the boxes, as an effect that can be taken out of the scene.

A copied sweep shows everything where it was a moment before; with the boxes moved back to that moment they fit it, and
one that doesn't has an error of its own. Copied labels belong where their tracks pass between the frames that are no
copies. Sides or angles that were mixed up are mixed back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import BoresightError
from calibration.transform import multiply_quaternions, quaternions_from_yaws
from fusion.checks.finding import Finding
from fusion.judge.cause import SYMPTOMS, Cause
from fusion.judge.effects import BoxesEffect, LostEffect, StampEffect
from fusion.measure.conventions import put_right
from fusion.measure.native_reference import native_from_ego, native_from_world
from fusion.measure.repeated_files import repeated_measurements
from fusion.measure.surface_offsets import NEIGHBOURS
from fusion.measure.track_motion import track_motion
from fusion.measure.track_passing import passing_at
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

COPIED_LABELS, COPIED_IMAGES, COPIED_SWEEPS = "DAT010", "DAT012", "DAT013"
# Counts recorded with the labels, which say of a frame that its sweep is another one.
OTHER_COUNTS = "DAT006"
MISREAD, SWAPPED_SIDES = "DAT017", "BOX315"
# Copied labels are off in time, and so is the frame.
SLIPPED = ("TIM203", "TIM204")


def causes_in_files(scene: Scene, findings: Sequence[Finding]) -> list[Cause]:
    """The causes among the findings: conventions first, which concern all labels, then what was copied."""
    tellers = {
        MISREAD: _misread,
        SWAPPED_SIDES: _swapped,
        COPIED_LABELS: _copied_labels,
        COPIED_SWEEPS: _copied_measurements,
        COPIED_IMAGES: _copied_measurements,
    }
    return [
        cause for code, tell in tellers.items() for one in findings if one.code == code for cause in tell(scene, one)
    ]


def _misread(scene: Scene, finding: Finding) -> list[Cause]:
    rows = np.arange(len(scene.labels))
    right = put_right(scene.labels.boxes, str(finding.evidence["misread"]))
    frames = np.arange(len(scene.frame_table))
    return [Cause(finding, BoxesEffect(rows, right), "", frames, pairs=True)]


def _swapped(scene: Scene, finding: Finding) -> list[Cause]:
    """Length and width of a class exchanged: on the wrong sides of the box, or with its heading a quarter off too."""
    boxes = scene.labels.boxes
    rows = np.flatnonzero(boxes.category.is_any([finding.category or ""]))
    swapped = put_right(boxes.take(rows), "length-width")
    quarter = quaternions_from_yaws(np.full(len(rows), -np.pi / 2))
    turned = replace(swapped, rotations=multiply_quaternions(swapped.rotations, quarter))
    frames, names = np.arange(len(scene.frame_table)), frozenset(str(name) for name in boxes.label_ids[rows])
    return [
        Cause(finding, BoxesEffect(rows, right), "", frames, names, pairs=True, passing=True)
        for right in (swapped, turned)
    ]


def _copied_measurements(scene: Scene, finding: Finding) -> list[Cause]:
    """Everything is shown as late as the copied sweep or image is older than its stamp."""
    sensor = finding.sensor or ""
    if sensor not in scene.frame_table.measurements:
        return []
    late_s = _age_s(scene, sensor)
    position = scene.frame_table.measurements[sensor]
    old = (position >= 0) & (late_s[np.maximum(position, 0)] > 0)
    frames = np.flatnonzero(old)
    effect = StampEffect(frames, late_s[position[frames]], over_ground=False)
    if finding.code == COPIED_IMAGES:
        return [Cause(finding, effect, sensor, frames, symptoms=("IMG",), passing=True)]
    # Boxes are judged together with their neighbours in the track.
    around = np.unique(np.clip(frames[:, None] + np.arange(-NEIGHBOURS, NEIGHBOURS + 1), 0, len(position) - 1))
    fits = Cause(finding, effect, "", around, symptoms=("BOX", "TRK"), reads_points=True, passing=True)
    lost = LostEffect(sensor, frames)
    return [fits, Cause(finding, lost, "", frames, symptoms=(OTHER_COUNTS,), passing=True, unseen=True)]


def _age_s(scene: Scene, sensor: str) -> FloatArray:
    """(S,) by measurement how much older it is than its stamp, because it is a copy; 0 where it is none."""
    stamps = scene.streams[sensor].timestamps_ns
    origin = np.arange(len(stamps))
    for copy in np.sort(repeated_measurements(scene, sensor)):
        origin[copy] = origin[copy - 1]
    return (stamps - stamps[origin]) / SECOND_NS


def _copied_labels(scene: Scene, finding: Finding) -> list[Cause]:
    """Labels of a run of frames put where their tracks pass between the frames beside it."""
    if finding.frame_index is None:
        return []
    first, count = finding.frame_index, int(finding.evidence["frames"])
    copied = np.arange(first, first + count)
    try:
        rows, centres_m = _passing_places(scene, np.isin(scene.labels.frame_index, copied))
        boxes = _native(scene, replace(track_motion(scene).boxes.take(rows), centres_m=centres_m), rows)
    except BoresightError:  # without a place in the world or in ego nothing can be proven
        return []
    around = np.arange(max(first - 1, 0), min(first + count + 1, len(scene.frame_table)))
    return [Cause(finding, BoxesEffect(rows, boxes), "", around, symptoms=(*SYMPTOMS, *SLIPPED))]


def _passing_places(scene: Scene, copied: BoolArray) -> tuple[IntArray, FloatArray]:
    """Rows of copies whose track goes on beside them, and where it passes at their times; straight on at an end."""
    motion, tracks, stamps = track_motion(scene), scene.labels.tracks, scene.labels.boxes.timestamps_ns
    rows, places = [], []
    for track in range(len(tracks)):
        own = tracks.rows(track)
        own = own[motion.placed[own]]
        held, free = own[copied[own]], own[~copied[own]]
        if not len(held) or len(free) < 2 or stamps[free[0]] > stamps[held[0]]:
            continue
        # With nothing after them, the last way before them goes on.
        known = free if stamps[free[-1]] > stamps[held[-1]] else free[-2:]
        centres_m, _ = passing_at(motion.boxes.take(known), stamps[held], np.zeros(len(held)), beyond=True)
        told = np.isfinite(centres_m).all(axis=1)
        rows.append(held[told])
        places.append(centres_m[told])
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros((0, 3))
    return np.concatenate(rows), np.concatenate(places)


def _native(scene: Scene, boxes: Boxes3D, rows: IntArray) -> Boxes3D:
    """Boxes where motion is seen, in the labels' own reference."""
    frames = scene.labels.frame_index[rows].astype(np.int64)
    return (native_from_ego if track_motion(scene).relative else native_from_world)(scene, boxes, frames)
