"""Time: the frames of the scene with their findings, gaps and camera offsets, and the curves of the selected track."""

from __future__ import annotations

from functools import partial

import numpy as np

from calibration.arrays import ByteImage, FloatArray
from calibration.clock import SECOND_NS
from viewers.desktop.panes.pane import PAD_PX, Hit, Pane, Theme
from viewers.desktop.state.frame_content import FrameContent, FramePlace
from viewers.desktop.state.session import Session
from viewers.pictures.accused import accused_of
from viewers.pictures.drawing import draw_path, fill_box, new_canvas
from viewers.pictures.palette import ORANGE, SKY, WHITE, severity_colour
from viewers.pictures.panel import message_card
from viewers.pictures.text import SMALL, draw_text, elided
from viewers.pictures.track_strip import moments_across, track_strip

BAR_PX = 58
TRACK_PX = 16
# Steps this much longer than usual are gaps.
GAP_RATIO = 1.6


def time_pane(session: Session, theme: Theme, size: tuple[int, int]) -> Pane:
    """The frame bar above, the curves below."""
    width, height = size
    content = session.content
    if content is None:
        return Pane(message_card(width, height, session.status or "loading"))
    canvas = new_canvas(width, height, theme.surface)
    hits = _draw_bar(canvas[:BAR_PX], session, content, theme)
    if height > BAR_PX + 60:
        hits += _draw_curves(canvas, session, content, (width, height - BAR_PX))
    return Pane(canvas, tuple(hits))


def frame_shares(timestamps_ns: np.ndarray, real_times: bool) -> FloatArray:
    """(F,) where in the bar each frame stands: by its time, evenly where there are no real times."""
    count = len(timestamps_ns)
    if not real_times or count < 2 or timestamps_ns[-1] <= timestamps_ns[0]:
        return (np.arange(count) + 0.5) / max(count, 1)
    return np.asarray((timestamps_ns - timestamps_ns[0]) / (timestamps_ns[-1] - timestamps_ns[0]), dtype=np.float64)


def _draw_bar(canvas: ByteImage, session: Session, content: FrameContent, theme: Theme) -> list[Hit]:
    scene, width = content.frame.scene, canvas.shape[1]
    stamps = scene.frame_table.timestamps_ns
    shares = frame_shares(stamps, scene.has_real_times)
    inner = width - 2 * PAD_PX
    xs = PAD_PX + shares * (inner - 4) + 2
    top = 24
    fill_box(canvas, PAD_PX, top, width - PAD_PX, top + TRACK_PX, theme.panel)
    _draw_gaps(canvas, stamps if scene.has_real_times else stamps[:0], xs, top)
    for x in xs:
        draw_path(canvas, [[x, top + TRACK_PX - 5], [x, top + TRACK_PX]], theme.muted)
    for row in session.findings.rows():
        finding = row.finding
        if finding.scene == scene.name and finding.frame_index is not None and finding.frame_index < len(xs):
            x = xs[finding.frame_index]
            fill_box(canvas, x - 2, top, x + 2, top + TRACK_PX - 6, severity_colour(finding.severity))
    here = float(xs[content.place.frame])
    draw_path(canvas, [[here, top - 6], [here, top + TRACK_PX + 6]], theme.text, 2)
    seconds = (content.timestamp_ns - int(stamps[0])) / SECOND_NS if scene.has_real_times else 0.0
    told = f"{scene.name}   frame {content.place.frame} of 0-{len(stamps) - 1}"
    told += f"   {seconds:.2f} s" if scene.has_real_times else ""
    told += "   playing" if session.playing else ""
    draw_text(canvas, elided(told, inner * 0.6, SMALL), PAD_PX, 15, SMALL, theme.text)
    offsets = "   ".join(
        f"{name} {(view.timestamp_ns - content.timestamp_ns) / 1e6:+.0f} ms" for name, view in content.views.items()
    )
    draw_text(canvas, elided(offsets, inner, SMALL), PAD_PX, BAR_PX - 4, SMALL, theme.muted)
    return [Hit(PAD_PX, 0, width - PAD_PX, BAR_PX, partial(_jump, session.live, xs))]


def _draw_gaps(canvas: ByteImage, stamps: np.ndarray, xs: FloatArray, top: int) -> None:
    steps = np.diff(stamps)
    if not len(steps):
        return
    for step in np.flatnonzero(steps > GAP_RATIO * np.median(steps)):
        fill_box(canvas, xs[step], top, xs[step + 1], top + TRACK_PX, ORANGE, 0.35)


def _jump(session: Session, xs: FloatArray, across: float, down: float) -> None:
    """To the frame nearest to the click."""
    left, right = PAD_PX, PAD_PX + (float(xs[-1]) - PAD_PX if len(xs) else 0) + 2
    x = PAD_PX + across * (max(right, left + 1) - left)
    session.playing = False
    session.go_to(FramePlace(session.place.scene, int(np.argmin(np.abs(xs - x)))))


def _draw_curves(canvas: ByteImage, session: Session, content: FrameContent, size: tuple[int, int]) -> list[Hit]:
    """Speed, heading and size of the selected object; a click goes to that moment."""
    scene = content.frame.scene
    track = content.boxes.track[session.selected] if session.selected is not None else ""
    if not track:
        canvas[BAR_PX:] = message_card(*size, "select an object to see its track")
        return []
    finding = session.finding
    accused = () if finding is None or finding.track != track else accused_of(scene, finding).track_rows
    colour = WHITE if finding is None else severity_colour(finding.severity)
    canvas[BAR_PX:] = track_strip(scene, track, accused, colour if accused else SKY, size, content.timestamp_ns)
    stamps = scene.frame_table.timestamps_ns
    hits = []
    for left, right, first_ns, last_ns in moments_across(scene, track, size, content.timestamp_ns):
        go = partial(_go_to_moment, session.live, stamps, first_ns, last_ns)
        hits.append(Hit(left, BAR_PX, right, BAR_PX + size[1], go))
    return hits


def _go_to_moment(
    session: Session, stamps: np.ndarray, first_ns: float, last_ns: float, across: float, down: float
) -> None:
    moment = first_ns + across * (last_ns - first_ns)
    session.playing = False
    session.go_to(FramePlace(session.place.scene, int(np.argmin(np.abs(stamps - moment)))))
