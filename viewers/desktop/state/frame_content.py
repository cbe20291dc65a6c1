"""All that the panes show of one frame, measured once, in the background; nothing here is read lazily by the screen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, ByteImage, Float32Array, FloatArray, Int32Array, IntArray
from calibration.errors import BoresightError
from calibration.sweep import LidarSweep
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame
from fusion.scene.box_geometry import rotation_matrices
from fusion.scene.boxes3d import Boxes3D

# Of each frame: a person goes back and forth between a few objects.
MOST_PANES = 6


@dataclass(frozen=True)
class FramePlace:
    """Which frame."""

    scene: str
    frame: int


@dataclass(frozen=True, eq=False)
class Cloud:
    """N returns with a place, in ego at the frame's time.

    points: (N, 3) float32; intensity, time_share (0 first to 1 last firing of its sweep): (N,) float32, NaN unknown;
    box: (N,) int32 row of a box that holds the return, -1 none; rows: (N,) its row among the frame's points, -1 for a
    return of another sweep.
    """

    points: Float32Array
    intensity: Float32Array
    time_share: Float32Array
    box: Int32Array
    rows: IntArray

    @classmethod
    def empty(cls) -> Cloud:
        """No returns."""
        none = np.empty(0, dtype=np.float32)
        return cls(np.empty((0, 3), dtype=np.float32), none, none, np.empty(0, np.int32), np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.points)

    @property
    def size_bytes(self) -> int:
        """Memory of the columns."""
        return sum(column.nbytes for column in (self.points, self.intensity, self.time_share, self.box, self.rows))


@dataclass(frozen=True, eq=False)
class DecodedView(CameraView):
    """A camera of a frame whose image is decoded once and then kept: overlays are drawn anew with every selection."""

    @cached_property
    def _decoded(self) -> ByteImage:
        return self.image.pixels()

    def pixels(self) -> ByteImage:
        """(H, W, 3) uint8 BGR.

        Raises:
            ImageFileError: the file is missing or no image.
        """
        return self._decoded

    @cached_property
    def _pictures(self) -> dict[Hashable, ByteImage]:
        return {}

    def kept(self, key: Hashable, draw: Callable[[], ByteImage]) -> ByteImage:
        """A picture of this view that is drawn once and then kept, with the one kept before."""
        pictures = self._pictures
        picture = pictures.get(key)
        if picture is None:
            picture = pictures[key] = draw()
            for oldest in list(pictures)[:-2]:
                pictures.pop(oldest, None)
        return picture

    @property
    def size_bytes(self) -> int:
        """Memory of the decoded image."""
        decoded: ByteImage | None = self.__dict__.get("_decoded")
        return 0 if decoded is None else decoded.nbytes


@dataclass(frozen=True, eq=False)
class FrameContent:
    """One frame, ready to be shown.

    boxes: M in ego at the frame's time, label_rows: (M,) their rows in the labels; point_counts: (M,), -1 where there
    are no points to count; missing: what of the frame could not be had, and why, in words for the status line.
    """

    place: FramePlace
    frame: SyncedFrame
    cloud: Cloud
    boxes: Boxes3D
    label_rows: IntArray
    point_counts: IntArray
    views: Mapping[str, DecodedView]
    missing: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The data set's own name of the frame."""
        return self.frame.key

    @property
    def timestamp_ns(self) -> int:
        """Time of the frame."""
        return self.frame.timestamp_ns

    @property
    def size_bytes(self) -> int:
        """Memory of what the panes keep of it."""
        return self.cloud.size_bytes + sum(view.size_bytes for view in self.views.values())

    def kept(self, key: Hashable, draw: Callable[[], Any]) -> Any:
        """A pane of this frame that is drawn once and kept, with some that were drawn before."""
        if key not in self._panes:
            self._panes[key] = draw()
            for oldest in list(self._panes)[:-MOST_PANES]:
                self._panes.pop(oldest, None)
        return self._panes[key]

    @cached_property
    def _panes(self) -> dict[Hashable, Any]:
        return {}

    @cached_property
    def comparisons(self) -> dict[str, Any]:
        """What `comparison` has found of this frame, by the name of the other label set."""
        return {}

    def row_of_label(self, label_row: int) -> int | None:
        """Which of the frame's boxes a label is."""
        places = np.flatnonzero(self.label_rows == label_row)
        return int(places[0]) if len(places) else None

    def row_of_track(self, track: str) -> int | None:
        """Which of the frame's boxes is on a track."""
        places = np.flatnonzero(self.boxes.track.is_any([track]))
        return int(places[0]) if track and len(places) else None


def content_of(frame: SyncedFrame, images: bool = True) -> FrameContent:
    """Measure and decode a frame; what can't be had is named in `missing` and left out, never an error."""
    missing: list[str] = []
    boxes, label_rows = _boxes(frame, missing)
    cloud, counts = _cloud(frame, len(boxes), missing)
    views = {}
    for name, view in frame.cameras.items() if images else ():
        views[name] = DecodedView(view.frame, view.name, view.index)
        try:
            views[name].pixels()
        except BoresightError as error:
            missing.append(str(error))
    place = FramePlace(frame.scene.name, frame.index)
    return FrameContent(place, frame, cloud, boxes, label_rows, counts, views, tuple(missing))


def _boxes(frame: SyncedFrame, missing: list[str]) -> tuple[Boxes3D, IntArray]:
    try:
        return frame.boxes, frame.label_rows
    except BoresightError as error:
        missing.append(f"no boxes: {error}")
        return Boxes3D.empty(), np.empty(0, dtype=np.int64)


def _cloud(frame: SyncedFrame, boxes: int, missing: list[str]) -> tuple[Cloud, IntArray]:
    try:
        points = frame.points_in_ego
        sweeps = list(frame.lidars.values())
    except BoresightError as error:
        missing.append(f"no points: {error}")
        return Cloud.empty(), np.full(boxes, -1, dtype=np.int64)
    box = np.full(len(points), -1, dtype=np.int32)
    counts = np.zeros(boxes, dtype=np.int64)
    if boxes:
        membership = frame.membership
        box[membership.point_index] = membership.rows
        counts = membership.counts
    kept = np.isfinite(points).all(axis=1)
    return (
        Cloud(
            points=np.ascontiguousarray(points[kept]),
            intensity=np.concatenate([_intensity(sweep) for sweep in sweeps])[kept],
            time_share=np.concatenate([_time_share(sweep) for sweep in sweeps])[kept],
            box=box[kept],
            rows=np.flatnonzero(kept),
        ),
        counts,
    )


def _intensity(sweep: LidarSweep) -> Float32Array:
    return np.full(len(sweep), np.nan, dtype=np.float32) if sweep.intensity is None else sweep.intensity


def _time_share(sweep: LidarSweep) -> Float32Array:
    """(N,) when in its sweep each return was seen."""
    if sweep.times_ns is None or not len(sweep):
        return np.full(len(sweep), np.nan, dtype=np.float32)
    since_first: FloatArray = (sweep.times_ns - sweep.times_ns.min()).astype(np.float64)
    return (since_first / max(float(since_first.max()), 1.0)).astype(np.float32)


def nearest_on_ray(origin: FloatArray, direction: FloatArray, boxes: Boxes3D) -> int | None:
    """The first box a ray meets: what a click in the 3D pane means.

    Args:
        origin: (3,) where the eye is; direction: (3,) where it looks, in the frame of the boxes.
    """
    if not len(boxes):
        return None
    to_box = rotation_matrices(boxes.rotations).transpose(0, 2, 1)
    start = np.einsum("mij,mj->mi", to_box, origin - boxes.centres_m)
    ahead = np.einsum("mij,j->mi", to_box, direction)
    half = np.maximum(boxes.sizes_m / 2, 0.15)
    with np.errstate(divide="ignore", invalid="ignore"):
        sides = np.stack([(-half - start) / ahead, (half - start) / ahead])
    near = np.nan_to_num(sides.min(axis=0), nan=-np.inf).max(axis=1)
    far = np.nan_to_num(sides.max(axis=0), nan=np.inf).min(axis=1)
    hit: BoolArray = (near <= far) & (far > 0) & np.isfinite(boxes.corners_m).all(axis=(1, 2))
    if not hit.any():
        return None
    return int(np.argmin(np.where(hit, np.maximum(near, 0), np.inf)))
