"""A track's life in curves: speed, heading and size along it, with the moments a finding is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, ByteImage, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import BoresightError
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world
from fusion.measure.track_motion import TrackMotion, track_motion
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from viewers.pictures.drawing import new_canvas
from viewers.pictures.palette import ORANGE, PURPLE, SKY, YELLOW, Colour
from viewers.pictures.panel import GAP_PX, columns, message_card
from viewers.pictures.plot import Curve, plot

SPEED_SPAN_MPS = 2.0
HEADING_SPAN_DEG = 20.0
SIZE_SPAN_M = 0.6
# A line is broken where the track's boxes are this many of its usual steps apart.
LONGEST_STEP_RATIO = 1.6


@dataclass(frozen=True, eq=False)
class _Track:
    """K boxes of a track in time order. rows: of the labels; flagged: (K,) the moments a finding is about."""

    rows: IntArray
    times_s: FloatArray
    flagged: BoolArray

    def curve(self, name: str, values: FloatArray, colour: Colour) -> Curve:
        """Values by box, with a break where boxes are missing."""
        steps = np.diff(self.times_s)
        usual = float(np.median(steps)) if len(steps) else 0.0
        breaks = np.flatnonzero(steps > LONGEST_STEP_RATIO * usual) + 1
        return Curve(
            name,
            np.insert(self.times_s, breaks, self.times_s[breaks]),
            np.insert(values, breaks, np.nan),
            colour,
            np.insert(self.flagged, breaks, False),
        )


def track_strip(
    scene: Scene, track: str, flagged_rows: Sequence[int], colour: Colour, size: tuple[int, int] = (1568, 190)
) -> ByteImage:
    """Speed, heading and size of a track over time.

    Args:
        track: the data set's id; flagged_rows: rows of the labels to point out; colour: to point them out in.

    Returns:
        (H, W, 3) uint8, blue green red; where nothing can be told it says why.
    """
    width, height = size
    tracks = scene.labels.tracks
    if track not in tracks.names:
        return message_card(width, height, f"labels have no track {track}")
    rows = tracks.rows(tracks.names.index(track))
    line = _Track(rows, _times_s(scene, rows), np.isin(rows, np.asarray(flagged_rows, dtype=np.int64)))
    canvas = new_canvas(width, height)
    left = 0
    for across, draw in zip(columns(width, 3), (_speed, _heading, _sizes), strict=True):
        canvas[:, left : left + across] = draw(scene, line, colour, (across, height))
        left += across + GAP_PX
    return canvas


def _times_s(scene: Scene, rows: IntArray) -> FloatArray:
    """(K,) seconds since the scene's first frame."""
    stamps = scene.labels.boxes.timestamps_ns[rows]
    frames = scene.frame_table.timestamps_ns
    first = int(frames.min()) if len(frames) else int(stamps.min())
    return np.asarray((stamps - first) / SECOND_NS, dtype=np.float64)


def _speed(scene: Scene, line: _Track, colour: Colour, size: tuple[int, int]) -> ByteImage:
    try:
        motion = track_motion(scene)
    except BoresightError as error:
        return message_card(*size, f"no speed: {error}")
    title = "speed relative to ego" if motion.relative else "speed"
    curve = line.curve("speed", _step_speeds_mps(motion, line.rows), SKY)
    return plot([curve], size, title, "m/s", colour, SPEED_SPAN_MPS, line.times_s[line.flagged].tolist())


def _step_speeds_mps(motion: TrackMotion, rows: IntArray) -> FloatArray:
    """(K,) speed over each box's step from the one before: unlike a mean over both sides, it shows a jump in full."""
    centres, stamps = motion.boxes.centres_m[rows], motion.boxes.timestamps_ns[rows]
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = np.linalg.norm(np.diff(centres[:, :2], axis=0), axis=1) / (np.diff(stamps) / SECOND_NS)
    speeds = np.concatenate([steps[:1], steps]) if len(steps) else np.full(len(rows), np.nan)
    return np.where(np.isfinite(speeds), speeds, np.nan)


def _heading(scene: Scene, line: _Track, colour: Colour, size: tuple[int, int]) -> ByteImage:
    boxes, where = _settled_boxes(scene)
    unwrapped = np.rad2deg(np.unwrap(np.nan_to_num(boxes.yaws_rad[line.rows])))
    curve = line.curve("heading", unwrapped, YELLOW)
    title = f"heading in {where}"
    return plot([curve], size, title, "deg", colour, HEADING_SPAN_DEG, line.times_s[line.flagged].tolist())


def _settled_boxes(scene: Scene) -> tuple[Boxes3D, str]:
    """All boxes where headings keep their meaning over time, as far as there are poses."""
    try:
        return boxes_in_world(scene), "world"
    except BoresightError:
        return boxes_in_ego(scene), "ego"


def _sizes(scene: Scene, line: _Track, colour: Colour, size: tuple[int, int]) -> ByteImage:
    sizes_m = scene.labels.boxes.sizes_m[line.rows]
    named = (("length", SKY), ("width", ORANGE), ("height", PURPLE))
    curves = [line.curve(name, sizes_m[:, axis], tint) for axis, (name, tint) in enumerate(named)]
    return plot(curves, size, "size", "m", colour, SIZE_SPAN_M, line.times_s[line.flagged].tolist())
