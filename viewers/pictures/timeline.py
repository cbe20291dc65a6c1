"""When each sensor measured: a lane of ticks a sensor, and the steps of one, so that gaps and disorder can be seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from calibration.arrays import ByteImage, FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.sensors import SensorKind
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream
from viewers.pictures.drawing import draw_path, draw_paths, fill_box, new_canvas
from viewers.pictures.palette import BLUE, GREEN, GRID, MUTED, PURPLE, SURFACE, TEXT, WHITE, Colour
from viewers.pictures.panel import message_card
from viewers.pictures.plot import Curve, plot, ticks
from viewers.pictures.text import SMALL, draw_text, elided

NAMES_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 190, 150, 16, 30
MOST_LANES = 14
# As many of the reference's steps are shown about a moment: more could not be told apart.
STEPS_SHOWN = 40
LONG_STEP_RATIO = 1.5
KIND_COLOURS = {
    SensorKind.LIDAR: GREEN.mixed(WHITE, 0.3),
    SensorKind.CAMERA: BLUE.mixed(WHITE, 0.45),
    SensorKind.RADAR: PURPLE,
}


def timeline(
    scene: Scene,
    accused: str | None,
    colour: Colour,
    moment_ns: int | None = None,
    size: tuple[int, int] = (1568, 360),
) -> ByteImage:
    """Stamps of all sensors about a moment.

    Args:
        accused: the sensor to point out; its long steps are filled.
        moment_ns: in the middle, if given; else the accused sensor's longest step, else the start.

    Returns:
        (H, W, 3) uint8, blue green red.
    """
    width, height = size
    lanes = {"frames": np.sort(scene.frame_table.timestamps_ns)}
    lanes |= {name: np.asarray(stream.timestamps_ns) for name, stream in _ordered_streams(scene, accused)}
    if not any(len(stamps) for stamps in lanes.values()):
        return message_card(width, height, "no sensor has any measurement")
    first_ns, last_ns = _window_ns(lanes, accused, moment_ns)
    canvas = new_canvas(width, height, SURFACE)
    inner = width - NAMES_PX - RIGHT_PX
    origin = min(int(stamps.min()) for stamps in lanes.values() if len(stamps))
    _draw_axis(canvas, (first_ns - origin) / SECOND_NS, (last_ns - origin) / SECOND_NS, inner)
    room = (height - TOP_PX - BOTTOM_PX) / min(len(lanes), MOST_LANES)
    for place, (name, stamps) in enumerate(list(lanes.items())[:MOST_LANES]):
        top = TOP_PX + place * room
        tint = colour if name == accused else _lane_colour(scene, name)
        shares = (stamps - first_ns) / max(last_ns - first_ns, 1)
        _draw_lane(canvas, name, shares, (top, top + room), tint, inner, name == accused)
        rate = _rate_text(stamps)
        draw_text(canvas, rate, width - 12, top + room / 2 + 4, SMALL, MUTED, align=1.0)
    if moment_ns is not None:
        x = NAMES_PX + inner * (moment_ns - first_ns) / max(last_ns - first_ns, 1)
        draw_path(canvas, np.array([[x, TOP_PX], [x, height - BOTTOM_PX]]), WHITE, 1, dash_px=4)
    return canvas


def _ordered_streams(scene: Scene, accused: str | None) -> list[tuple[str, Stream[Any]]]:
    """The accused first, then lidars, cameras, radars."""
    order = list(SensorKind)
    return sorted(scene.streams.items(), key=lambda entry: (entry[0] != accused, order.index(entry[1].kind)))


def _window_ns(lanes: dict[str, IntArray], accused: str | None, moment_ns: int | None) -> tuple[int, int]:
    shown = [stamps for stamps in lanes.values() if len(stamps)]
    first, last = min(int(s.min()) for s in shown), max(int(s.max()) for s in shown)
    own = np.sort(lanes.get(accused or "frames", lanes["frames"]))
    steps = np.diff(own)
    usual = int(np.median(steps[steps > 0])) if (steps > 0).any() else max(last - first, SECOND_NS // 10)
    if moment_ns is None:
        moment_ns = int(own[int(np.argmax(steps))]) if len(steps) and accused else first
    half = usual * STEPS_SHOWN // 2
    if last - first <= 2 * half:
        pad = max((last - first) // 50, usual // 4, 1)
        return first - pad, last + pad
    start = min(max(moment_ns - half, first - usual), last + usual - 2 * half)
    return start, start + 2 * half


def _lane_colour(scene: Scene, name: str) -> Colour:
    return KIND_COLOURS[scene.streams[name].kind] if name in scene.streams else MUTED


def _draw_axis(canvas: ByteImage, first_s: float, last_s: float, inner: int) -> None:
    height = canvas.shape[0]
    for second in ticks(first_s, last_s, most=10):
        x = NAMES_PX + inner * (second - first_s) / (last_s - first_s)
        draw_path(canvas, np.array([[x, TOP_PX], [x, height - BOTTOM_PX]]), GRID)
        draw_text(canvas, f"{second:g} s", x, height - 10, SMALL, MUTED, align=0.5)


def _draw_lane(
    canvas: ByteImage,
    name: str,
    shares: FloatArray,
    edges: tuple[float, float],
    colour: Colour,
    inner: int,
    accused: bool,
) -> None:
    top, bottom = edges
    middle, half = (top + bottom) / 2, min((bottom - top) * 0.36, 14)
    draw_text(canvas, elided(name, NAMES_PX - 24, SMALL), 12, middle + 4, SMALL, colour if accused else TEXT)
    draw_path(canvas, np.array([[NAMES_PX, middle], [NAMES_PX + inner, middle]]), GRID)
    places = NAMES_PX + inner * shares
    if accused:
        _fill_long_steps(canvas, np.sort(places), (middle - half, middle + half), colour, NAMES_PX + inner)
    places = places[(places >= NAMES_PX) & (places <= NAMES_PX + inner)]
    strokes = [np.array([[x, middle - half], [x, middle + half]]) for x in places]
    draw_paths(canvas, strokes, colour, 2 if accused else 1)


def _fill_long_steps(
    canvas: ByteImage, places: FloatArray, edges: tuple[float, float], colour: Colour, right: int
) -> None:
    steps = np.diff(places)
    usual = float(np.median(steps)) if len(steps) else 0.0
    for place in np.flatnonzero(steps > LONG_STEP_RATIO * usual):
        low, high = max(places[place], NAMES_PX), min(places[place + 1], right)
        if low < high:
            fill_box(canvas, low, edges[0], high, edges[1], colour, 0.3)


def _rate_text(stamps: IntArray) -> str:
    """How many there are and how often they come."""
    steps = np.diff(np.sort(stamps))
    steps = steps[steps > 0]
    rate = f", {SECOND_NS / float(np.median(steps)):.1f} Hz" if len(steps) else ""
    return f"{len(stamps)}{rate}"


def step_plot(timestamps_ns: IntArray, colour: Colour, size: tuple[int, int]) -> ByteImage:
    """Milliseconds from each measurement to the next in the order of the files; odd ones pointed out.

    Odd is a step that stands still, goes back, or is half as long again as usual.
    """
    steps_ms = np.diff(timestamps_ns) / 1e6
    forward = steps_ms[steps_ms > 0]
    usual = float(np.median(forward)) if len(forward) else 0.0
    odd = (steps_ms <= 0) | (steps_ms > LONG_STEP_RATIO * usual)
    numbers = np.arange(1, len(steps_ms) + 1, dtype=np.float64)
    curve = Curve("step", numbers, np.asarray(steps_ms, dtype=np.float64), KIND_COLOURS[SensorKind.CAMERA], odd)
    return plot([curve], size, f"step, usually {usual:.1f}", "ms", colour, max(usual, 1.0), across_unit="")
