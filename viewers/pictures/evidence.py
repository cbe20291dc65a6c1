"""One picture that lets a person decide a finding: what is claimed, and everything that speaks for or against it."""

from __future__ import annotations

import numpy as np

from calibration.arrays import ByteImage
from fusion.checks.finding import Finding
from fusion.measure.frame import SyncedFrame
from fusion.scene.scene import Scene
from viewers.pictures.accused import Accused, accused_of
from viewers.pictures.birds_eye import birds_eye
from viewers.pictures.drawing import fill_box, new_canvas
from viewers.pictures.emphasis import NOTHING
from viewers.pictures.finding_text import facts_of, limit_text, measured_text, whom
from viewers.pictures.names import short_track
from viewers.pictures.object_sheet import (
    CURVES_PX,
    STRIP_PX,
    Size,
    drawn,
    object_panels,
    object_rows,
    whole_image,
)
from viewers.pictures.overlay import ALL_LAYERS
from viewers.pictures.palette import MUTED, OUTLINE, PANEL, TEXT, severity_colour
from viewers.pictures.panel import GAP_PX, TITLE_PX, Panel, fact_sheet, message_card, sheet, titled
from viewers.pictures.text import BODY, BODY_BOLD, SMALL, TITLE, draw_text, elided, text_size
from viewers.pictures.timeline import step_plot, timeline

WIDTH_PX = 1568
HEADER_PX = 96
FACTS_PX = 384
MAIN_PX = (WIDTH_PX - FACTS_PX - GAP_PX, 554)
TIMELINE_PX = 260
TALL_TIMELINE_PX = 420
WIDE_PX = (1000, 480)


def evidence_picture(scene: Scene, finding: Finding) -> ByteImage:
    """Everything a person needs to confirm or reject a finding, on one sheet.

    Boxes, pairs, views and tracks are shown in their best camera (close up and whole), from above, cut along and
    across, tracks with their curves too; frames and rigs as their sensor sees them; sensors and scenes in time.
    Whatever is missing is said in its place.

    Returns:
        (H, 1600, 3) uint8, blue green red.
    """
    accused = accused_of(scene, finding)
    return sheet([[_header(accused)], *_rows(accused)])


def evidence_panels(scene: Scene, finding: Finding) -> list[list[Panel]]:
    """The pictures of that sheet one by one in rows, small, without what a page tells better in words."""
    accused = accused_of(scene, finding)
    frame = accused.frame
    if frame is not None and (accused.rows or len(accused.proposed)):
        return object_panels(accused, frame)
    if finding.sensor is not None and finding.sensor in scene.streams and finding.subject in ("frame", "rig"):
        return _sensor_panels(accused, finding.sensor)
    if finding.subject not in ("sensor", "rig", "scene") and frame is not None:
        return [[Panel(drawn(lambda inner: birds_eye(frame, size=inner), WIDE_PX), "from above")]]
    return _time_panels(accused)


def _sensor_panels(accused: Accused, sensor: str) -> list[list[Panel]]:
    frame = accused.frame or _busiest_frame(accused.scene, sensor)
    if frame is None:
        return _time_panels(accused)
    picture = _sensor_picture(frame, sensor, WIDE_PX)
    return [[Panel(picture, sensor, f"frame {short_track(frame.key)}")], *_time_panels(accused)]


def _time_panels(accused: Accused) -> list[list[Panel]]:
    return [[_timeline(accused, (CURVES_PX[0], TIMELINE_PX))]] if accused.scene.has_real_times else []


def _rows(accused: Accused) -> list[list[ByteImage]]:
    finding = accused.finding
    if accused.frame is not None and (accused.rows or len(accused.proposed)):
        return object_rows(accused, accused.frame, WIDTH_PX)
    if finding.sensor in accused.scene.streams and finding.subject in ("frame", "rig"):
        return _sensor_rows(accused)
    if finding.subject not in ("sensor", "rig", "scene") and accused.frame is not None:
        return _frame_rows(accused, accused.frame)
    return _time_rows(accused)


def _header(accused: Accused) -> ByteImage:
    """Severity, code and name, what was measured against which limit; the message; whom it is about."""
    finding = accused.finding
    colour = severity_colour(finding.severity)
    canvas = new_canvas(WIDTH_PX, HEADER_PX, PANEL)
    fill_box(canvas, 0, 0, 6, HEADER_PX, colour)
    left = 22.0
    chip = finding.severity.upper()
    chip_width = text_size(chip, BODY_BOLD)[0] + 20
    fill_box(canvas, left, 12, left + chip_width, 36, colour)
    draw_text(canvas, chip, left + 10, 29, BODY_BOLD, OUTLINE)
    measured = measured_text(finding)
    right = draw_text(canvas, measured, WIDTH_PX - 20, 32, TITLE, colour, align=1.0)
    left += chip_width + 14
    title = elided(f"{finding.code} {finding.name}", WIDTH_PX - left - right - 60, TITLE)
    draw_text(canvas, title, left, 32, TITLE, TEXT)
    limit = limit_text(finding)
    limit_width = draw_text(canvas, limit, WIDTH_PX - 20, 58, BODY, MUTED, align=1.0)
    draw_text(canvas, elided(finding.message, WIDTH_PX - limit_width - 80, BODY), 22, 58, BODY, TEXT)
    draw_text(canvas, elided(whom(accused), WIDTH_PX - 44, SMALL), 22, 82, SMALL, MUTED)
    return canvas


def _sensor_rows(accused: Accused) -> list[list[ByteImage]]:
    """A finding about one sweep or image, or about a calibration: what the sensor sees, and when it measured."""
    sensor = accused.finding.sensor or ""
    frame = accused.frame or _busiest_frame(accused.scene, sensor)
    if frame is None:
        return _time_rows(accused)
    picture = titled(_sensor_picture(frame, sensor, MAIN_PX), sensor, f"frame {short_track(frame.key)}")
    facts = _facts_panel(accused, MAIN_PX[1])
    return [[picture, facts], [_timeline_panel(accused, WIDTH_PX, TIMELINE_PX)]]


def _frame_rows(accused: Accused, frame: SyncedFrame) -> list[list[ByteImage]]:
    """A finding about a whole frame, or about boxes that can't be placed in it: the view from above and the numbers."""
    picture = titled(drawn(lambda inner: birds_eye(frame, size=inner), MAIN_PX), "from above")
    facts = _facts_panel(accused, MAIN_PX[1])
    return [[picture, facts], [_timeline_panel(accused, WIDTH_PX, TIMELINE_PX)]]


def _time_rows(accused: Accused) -> list[list[ByteImage]]:
    """A finding about a stream, a scene or a file: when everything measured, and the numbers."""
    timeline_panel = _timeline_panel(accused, MAIN_PX[0], TALL_TIMELINE_PX)
    rows = [[timeline_panel, _facts_panel(accused, TALL_TIMELINE_PX)]]
    sensor = accused.finding.sensor
    if sensor is not None and sensor in accused.scene.streams and accused.scene.has_real_times:
        colour = severity_colour(accused.finding.severity)
        steps = step_plot(accused.scene.streams[sensor].timestamps_ns, colour, (WIDTH_PX, STRIP_PX))
        rows.append([titled(steps, f"{sensor}: time since the measurement before, in the order of the files")])
    return rows


def _busiest_frame(scene: Scene, sensor: str) -> SyncedFrame | None:
    """The frame with the most labels among those the sensor took part in."""
    if sensor not in scene.frame_table.measurements:
        return None
    taking_part = np.flatnonzero(scene.frame_table.measurements[sensor] >= 0)
    if not len(taking_part):
        return None
    labelled = scene.labels.frame_index[scene.labels.frame_index >= 0]
    counts = np.bincount(labelled, minlength=len(scene.frame_table))
    frame: SyncedFrame = scene.frames[int(taking_part[np.argmax(counts[taking_part])])]
    return frame


def _sensor_picture(frame: SyncedFrame, sensor: str, size: Size) -> ByteImage:
    """A camera's image with everything in it; the view from above for other sensors."""
    view = frame.cameras.get(sensor)
    if view is None:
        return drawn(lambda inner: birds_eye(frame, size=inner), size)
    return drawn(lambda inner: whole_image(view, inner, NOTHING, ALL_LAYERS), size)


def _facts_panel(accused: Accused, height: int) -> ByteImage:
    return titled(fact_sheet(FACTS_PX, height - TITLE_PX, facts_of(accused)), "evidence")


def _timeline_panel(accused: Accused, width: int, height: int) -> ByteImage:
    if not accused.scene.has_real_times:
        card = message_card(width, height - TITLE_PX, "this data set has no real times")
        return titled(card, "when the sensors measured")
    return _timeline(accused, (width, height)).framed


def _timeline(accused: Accused, size: Size) -> Panel:
    finding = accused.finding
    colour = severity_colour(finding.severity)
    picture = drawn(lambda inner: timeline(accused.scene, finding.sensor, colour, finding.timestamp_ns, inner), size)
    return Panel(picture, "when the sensors measured", "count, rate")
