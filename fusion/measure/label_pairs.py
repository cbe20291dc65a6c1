"""Whether labels in space and labels in images promise each other: of what a camera plainly sees, how much has both.

Data sets differ: some draw a 2D box for every 3D box, some for none, some for vehicles only. So the labels themselves
are asked, by camera and kind of object, before a missing partner is held against anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray
from calibration.errors import BoresightError
from fusion.measure.camera_view import CameraView
from fusion.measure.depth_cells import depth_cells, seen_whole
from fusion.measure.extrinsic_frames import spread_rows
from fusion.measure.frame import SyncedFrame
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import ObjectKind, kind_of_name

# Spread over the scene, so many frames tell a habit as well as all of them.
MOST_FRAMES = 40
PLAIN_HEIGHT_PX = 40.0
PLAIN_SHARE = 0.7
PLAIN_CELLS = 12
BORDER_PX = 2.0


@dataclass(frozen=True)
class Habit:
    """Of `seen` objects of a kind in a camera, how many have a partner."""

    seen: int
    paired: int

    @property
    def share(self) -> float:
        """Paired of those seen; 0 where none was."""
        return self.paired / self.seen if self.seen else 0.0


Habits = dict[tuple[str, ObjectKind | None], Habit]


def has_2d_box(view: CameraView) -> BoolArray:
    """(M,) bool: a 2D box of this image belongs to the frame's 3D box."""
    boxes = view.boxes_2d
    linked = np.zeros(0, dtype=np.int64) if boxes is None else boxes.box3d_rows
    return np.asarray(np.isin(view.frame.label_rows, linked), dtype=bool)


def plainly_seen(view: CameraView) -> BoolArray:
    """(M,) bool: whole in the image, large, and not hidden as far as the lidar tells."""
    hulls, measured = view.project_boxes(), depth_cells(view)
    height_px = hulls.bounds_px[:, 3] - hulls.bounds_px[:, 1]
    clear = (measured.cells >= PLAIN_CELLS) & (np.nan_to_num(measured.visible_share) >= PLAIN_SHARE)
    plain: BoolArray = seen_whole(view, BORDER_PX) & (height_px >= PLAIN_HEIGHT_PX) & clear
    return plain


def habits_in_images(scene: Scene) -> Habits:
    """By camera and kind: of 3D boxes plainly seen, how many have a 2D box there; measured once a scene."""
    return scene.measurements.get("2D boxes of 3D boxes", lambda: _habits_in_images(scene))


def _habits_in_images(scene: Scene) -> Habits:
    tallies: dict[tuple[str, ObjectKind | None], list[int]] = {}
    for row in spread_rows(len(scene.frames), MOST_FRAMES):
        frame: SyncedFrame = scene.frames[row]
        for name, view in frame.cameras.items():
            try:
                plain, paired = plainly_seen(view), has_2d_box(view)
            except BoresightError:  # the frame's own assessment says why
                continue
            for box in np.flatnonzero(plain).tolist():
                tally = tallies.setdefault((name, kind_of_name(frame.boxes.category[box])), [0, 0])
                tally[0] += 1
                tally[1] += int(paired[box])
    return {key: Habit(*tally) for key, tally in tallies.items()}


def habits_in_space(scene: Scene) -> Habits:
    """By camera and kind: of large 2D boxes, how many belong to a 3D box; measured once a scene."""
    return scene.measurements.get("3D boxes of 2D boxes", lambda: _habits_in_space(scene))


def _habits_in_space(scene: Scene) -> Habits:
    boxes = scene.labels.boxes_2d
    if boxes is None:
        return {}
    large = (boxes.edges_px[:, 3] - boxes.edges_px[:, 1]) >= PLAIN_HEIGHT_PX
    tallies: dict[tuple[str, ObjectKind | None], list[int]] = {}
    for row in np.flatnonzero(large).tolist():
        tally = tallies.setdefault((boxes.camera[row], kind_of_name(boxes.category[row])), [0, 0])
        tally[0] += 1
        tally[1] += int(boxes.box3d_rows[row] >= 0)
    return {key: Habit(*tally) for key, tally in tallies.items()}


def shares(habits: Habits, keys: list[tuple[str, ObjectKind | None]]) -> tuple[FloatArray, FloatArray]:
    """(K,) share paired and (K,) how many were seen, by key; 0 where nothing was seen."""
    found = [habits.get(key, Habit(0, 0)) for key in keys]
    return np.asarray([one.share for one in found]), np.asarray([float(one.seen) for one in found])
