"""A track's life in curves: speed, heading and size along it, with the moments a finding is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, ByteImage, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.errors import BoresightError
from calibration.transform import wrap_angle_rad
from fusion.measure.scene_boxes import boxes_in_ego, boxes_in_world
from fusion.measure.track_motion import TrackMotion, track_motion
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from viewers.pictures.drawing import new_canvas
from viewers.pictures.palette import ORANGE, PURPLE, SKY, YELLOW, Colour
from viewers.pictures.panel import GAP_PX, columns, message_card
from viewers.pictures.plot import LEFT_PX, RIGHT_PX, Curve, plot, time_span

SPEED_SPAN_MPS = 2.0
HEADING_SPAN_DEG = 20.0
SIZE_SPAN_M = 0.6
# A line is broken where the track's boxes are this many of its usual steps apart.
LONGEST_STEP_RATIO = 1.6
SHARE_OF_FRONT = 0.5


@dataclass(frozen=True, eq=False)
class _Track:
    """K boxes of a track in time order. rows: of the labels; flagged: (K,) boxes a finding is about."""

    rows: IntArray
    times_s: FloatArray
    flagged: BoolArray
    marks_s: list[float]

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
    scene: Scene,
    track: str,
    flagged_rows: Sequence[int],
    colour: Colour,
    size: tuple[int, int] = (1568, 190),
    moment_ns: int | None = None,
) -> ByteImage:
    """Speed, heading and size of a track over time.

    Args:
        track: the data set's id; flagged_rows: rows of the labels to point out; colour: to point them out in;
        moment_ns: marked by an upright line.

    Returns:
        (H, W, 3) uint8, blue green red; where nothing can be told it says why.
    """
    width, height = size
    tracks = scene.labels.tracks
    if track not in tracks.names:
        return message_card(width, height, f"labels have no track {track}")
    rows = tracks.rows(tracks.names.index(track))
    marks_s = [] if moment_ns is None else _seconds(scene, np.array([moment_ns], dtype=np.int64)).tolist()
    times_s = _seconds(scene, scene.labels.boxes.timestamps_ns[rows])
    line = _Track(rows, times_s, np.isin(rows, np.asarray(flagged_rows, dtype=np.int64)), marks_s)
    canvas = new_canvas(width, height)
    left = 0
    for across, draw in zip(columns(width, 3), (_speed, _heading, _sizes), strict=True):
        canvas[:, left : left + across] = draw(scene, line, colour, (across, height))
        left += across + GAP_PX
    return canvas


def moments_across(
    scene: Scene, track: str, size: tuple[int, int], moment_ns: int | None = None
) -> list[tuple[float, float, float, float]]:
    """Of each curve of `track_strip`: its left and right edge in pixels, and the times in ns that stand there."""
    tracks = scene.labels.tracks
    if track not in tracks.names or not len(scene.frame_table):
        return []
    stamps = scene.labels.boxes.timestamps_ns[tracks.rows(tracks.names.index(track))]
    marks = np.concatenate([stamps, [] if moment_ns is None else [moment_ns]]).astype(np.int64)
    first_s, last_s = time_span(_seconds(scene, marks))
    origin_ns = int(scene.frame_table.timestamps_ns.min())
    spans, left = [], 0
    for across in columns(size[0], 3):
        first_ns, last_ns = origin_ns + first_s * SECOND_NS, origin_ns + last_s * SECOND_NS
        spans.append((float(left + LEFT_PX), float(left + across - RIGHT_PX), first_ns, last_ns))
        left += across + GAP_PX
    return spans


def _seconds(scene: Scene, timestamps_ns: IntArray) -> FloatArray:
    """(K,) seconds since the scene's first frame."""
    frames = scene.frame_table.timestamps_ns
    first = int(frames.min()) if len(frames) else int(timestamps_ns.min())
    return np.asarray((timestamps_ns - first) / SECOND_NS, dtype=np.float64)


def _speed(scene: Scene, line: _Track, colour: Colour, size: tuple[int, int]) -> ByteImage:
    try:
        motion = track_motion(scene)
    except BoresightError as error:
        return message_card(*size, f"no speed: {error}")
    title = "speed relative to ego" if motion.relative else "speed"
    curve = line.curve("speed", _step_speeds_mps(motion, line.rows), SKY)
    return plot([curve], size, title, "m/s", colour, SPEED_SPAN_MPS, line.marks_s)


def _step_speeds_mps(motion: TrackMotion, rows: IntArray) -> FloatArray:
    """(K,) speed over each box's step from the one before: unlike a mean over both sides, it shows a jump in full."""
    centres, stamps = motion.boxes.centres_m[rows], motion.boxes.timestamps_ns[rows]
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = np.linalg.norm(np.diff(centres[:, :2], axis=0), axis=1) / (np.diff(stamps) / SECOND_NS)
    speeds = np.concatenate([steps[:1], steps]) if len(steps) else np.full(len(rows), np.nan)
    return np.where(np.isfinite(speeds), speeds, np.nan)


def _heading(scene: Scene, line: _Track, colour: Colour, size: tuple[int, int]) -> ByteImage:
    boxes, where = _settled_boxes(scene)
    curve = line.curve("heading", np.rad2deg(unbroken_yaws_rad(boxes.yaws_rad[line.rows])), YELLOW)
    title = f"heading in {where}"
    return plot([curve], size, title, "deg", colour, HEADING_SPAN_DEG, line.marks_s)


def unbroken_yaws_rad(yaws_rad: FloatArray) -> FloatArray:
    """Headings along a track without jumps at half a turn; a flip is a step of half a turn up and the same down again.

    The axis of the object is followed first, as if front and rear were the same; the side with more boxes is its front.
    """
    known = np.nan_to_num(yaws_rad)
    axis = np.unwrap(2 * known) / 2
    flipped = np.abs(wrap_angle_rad(known - axis)) > np.pi / 2
    if flipped.mean() > SHARE_OF_FRONT:
        axis, flipped = axis + np.pi, ~flipped
    return np.where(np.isfinite(yaws_rad), axis + np.pi * flipped, np.nan)


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
    return plot(curves, size, "size", "m", colour, SIZE_SPAN_M, line.marks_s)
