"""One picture that lets a person decide a finding: what is claimed, and everything that speaks for or against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from calibration.arrays import ByteImage
from calibration.errors import BoresightError
from fusion.checks.finding import Finding
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame
from fusion.scene.box_geometry import footprints_of_boxes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from viewers.pictures.accused import Accused, accused_of, best_view, neighbours_of
from viewers.pictures.birds_eye import Ghost, birds_eye, birds_eye_around
from viewers.pictures.drawing import fill_box, new_canvas
from viewers.pictures.emphasis import NOTHING, Emphasis
from viewers.pictures.finding_text import facts_of, limit_text, measured_text, whom
from viewers.pictures.names import box_name, milliseconds, seconds, short_track
from viewers.pictures.overlay import ALL_LAYERS, Layers, camera_overlay, crop_around
from viewers.pictures.palette import MUTED, OUTLINE, PANEL, TEXT, WHITE, Colour, severity_colour
from viewers.pictures.panel import GAP_PX, fact_sheet, fitted, message_card, sheet, titled
from viewers.pictures.side_cut import Cut, side_cut
from viewers.pictures.text import BODY, BODY_BOLD, SMALL, TITLE, draw_text, elided, text_size
from viewers.pictures.timeline import step_plot, timeline
from viewers.pictures.track_strip import track_strip
from viewers.pictures.viewport import Viewport

WIDTH_PX = 1568
HEADER_PX = 96
CROP_PX = 620
CAMERA_HEIGHTS_PX = (340, 526)
CUT_PX = (384, 340)
STRIP_PX = 200
FACTS_PX = 384
MAIN_PX = (WIDTH_PX - FACTS_PX - GAP_PX, 526)
TIMELINE_PX = 260
TALL_TIMELINE_PX = 420

# The colours of a crop's points span the object's distance and as much before and behind it.
CROP_DISTANCE_RATIO = 1.8


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


def _rows(accused: Accused) -> list[list[ByteImage]]:
    finding = accused.finding
    if accused.frame is not None and (accused.rows or len(accused.proposed)):
        return _object_rows(accused, accused.frame)
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


def _object_rows(accused: Accused, frame: SyncedFrame) -> list[list[ByteImage]]:
    """A finding about objects: camera, above, cuts, facts; curves where it is about a track."""
    colour = severity_colour(accused.finding.severity)
    emphasis = Emphasis.of(accused.rows, colour)
    shown = _boxes_or_proposed(frame, accused)
    ghosts = _ghosts(accused)
    rows = [_camera_row(frame, accused, shown, emphasis, ghosts), _cut_row(frame, accused, emphasis, ghosts)]
    if accused.finding.subject == "track" and accused.track:
        strip = track_strip(accused.scene, accused.track, accused.label_rows, colour, (WIDTH_PX, STRIP_PX))
        rows.append([titled(strip, f"track {accused.track}", f"{len(accused.label_rows)} flagged")])
    return rows


def _boxes_or_proposed(frame: SyncedFrame, accused: Accused) -> Boxes3D:
    """What the close-ups are about: the accused boxes, else those that are missing."""
    return frame.boxes.take(list(accused.rows)) if accused.rows else accused.proposed


def _ghosts(accused: Accused) -> list[Ghost]:
    """The proposal, and for tracks the same object before and after."""
    ghosts = []
    if accused.finding.subject == "track":
        neighbours = neighbours_of(accused)
        if neighbours is not None:
            footprints = _footprints(neighbours.boxes)
            named = zip(footprints, neighbours.offsets_ns, strict=True)
            ghosts = [Ghost(footprint, seconds(int(offset)), on_path=True) for footprint, offset in named]
    ghosts += [Ghost(footprint, "proposed", WHITE) for footprint in _footprints(accused.proposed)]
    return [ghost for ghost in ghosts if np.isfinite(ghost.footprint).all()]


def _footprints(boxes: Boxes3D) -> Any:
    return footprints_of_boxes(boxes.centres_m, boxes.sizes_m, boxes.rotations)


def _camera_row(
    frame: SyncedFrame, accused: Accused, shown: Boxes3D, emphasis: Emphasis, ghosts: Sequence[Ghost]
) -> list[ByteImage]:
    """The best camera close up and whole; without one, the place from above at two scales."""
    wide = WIDTH_PX - CROP_PX - GAP_PX
    view, reason = best_view(frame, shown, accused.finding.sensor)
    if view is None:
        height = CAMERA_HEIGHTS_PX[0] + 80
        rows = tuple(emphasis.rows)
        near = _panel(lambda: birds_eye_around(frame, rows, emphasis, (CROP_PX, height), ghosts), (CROP_PX, height))
        far = _panel(lambda: birds_eye(frame, emphasis, size=(wide, height)), (wide, height))
        return [titled(near, "from above", reason), titled(far, "surroundings")]
    whole_height = round(wide * _aspect(view))
    height = int(np.clip(whole_height, *CAMERA_HEIGHTS_PX))
    boxes_2d = accused.finding.subject == "view"
    close = _panel(lambda: _close_up(view, shown, emphasis, boxes_2d, accused.proposed, height), (CROP_PX, height))
    whole = _panel(lambda: _fitted_overlay(view, emphasis, Layers(points=False), (wide, height)), (wide, height))
    note = f"exposed {milliseconds(view.timestamp_ns - frame.timestamp_ns)} from the frame" if view.gap_s else ""
    return [titled(close, f"{view.name}, close up", note), titled(whole, view.name, PurePosixPath(view.path).name)]


def _aspect(view: CameraView) -> float:
    try:
        return view.camera.height / view.camera.width
    except BoresightError:
        return CAMERA_HEIGHTS_PX[1] / (WIDTH_PX - CROP_PX)


def _close_up(
    view: CameraView, shown: Boxes3D, emphasis: Emphasis, boxes_2d: bool, proposed: Boxes3D, height: int
) -> ByteImage:
    viewport = crop_around(view, Boxes3D.concatenate([shown, proposed]), CROP_PX, height)
    away_m = float(np.linalg.norm(view.camera_from_ego.apply(shown.centres_m[:1])))
    distances_m = (max(away_m / CROP_DISTANCE_RATIO, 1.0), max(away_m * CROP_DISTANCE_RATIO, 3.0))
    return camera_overlay(view, emphasis, viewport, Layers(boxes_2d=boxes_2d), distances_m, proposed)


def _cut_row(frame: SyncedFrame, accused: Accused, emphasis: Emphasis, ghosts: Sequence[Ghost]) -> list[ByteImage]:
    """From above, from the side, from behind, and the numbers."""
    width, height = CUT_PX
    rows = accused.rows
    facts_width = WIDTH_PX - 3 * (width + GAP_PX)
    facts = titled(fact_sheet(facts_width, height, facts_of(accused)), "evidence")
    above = _panel(lambda: birds_eye_around(frame, rows, emphasis, CUT_PX, ghosts), CUT_PX)
    if not rows:
        wide = (2 * width + GAP_PX, height)
        around = _panel(lambda: birds_eye(frame, emphasis, size=wide, ghosts=ghosts), wide)
        return [titled(above, "from above"), titled(around, "surroundings"), facts]
    colour = emphasis.colours[0]
    proposed = accused.proposed if len(accused.proposed) == 1 else None
    cuts = [
        titled(_panel(_cut(frame, rows[0], colour, cut, proposed), CUT_PX), title, box_name(frame.boxes, rows[0]))
        for cut, title in ((Cut.SIDE, "from its right side"), (Cut.REAR, "from behind"))
    ]
    return [titled(above, "from above"), *cuts, facts]


def _cut(frame: SyncedFrame, row: int, colour: Colour, cut: Cut, proposed: Boxes3D | None) -> Callable[[], ByteImage]:
    return lambda: side_cut(frame, row, colour, CUT_PX, cut, proposed)


def _panel(draw: Callable[[], ByteImage], size: tuple[int, int]) -> ByteImage:
    """A picture, or a card that says why there is none."""
    try:
        return draw()
    except BoresightError as error:
        return message_card(*size, str(error))


def _sensor_rows(accused: Accused) -> list[list[ByteImage]]:
    """A finding about one sweep or image, or about a calibration: what the sensor sees, and when it measured."""
    sensor = accused.finding.sensor or ""
    frame = accused.frame or _busiest_frame(accused.scene, sensor)
    if frame is None:
        return _time_rows(accused)
    picture = titled(_sensor_picture(frame, sensor, MAIN_PX), sensor, f"frame {short_track(frame.key)}")
    facts = titled(fact_sheet(FACTS_PX, MAIN_PX[1], facts_of(accused)), "evidence")
    return [[picture, facts], [_timeline_panel(accused, WIDTH_PX, TIMELINE_PX)]]


def _frame_rows(accused: Accused, frame: SyncedFrame) -> list[list[ByteImage]]:
    """A finding about a whole frame, or about boxes that can't be placed in it: the view from above and the numbers."""
    picture = titled(_panel(lambda: birds_eye(frame, size=MAIN_PX), MAIN_PX), "from above")
    facts = titled(fact_sheet(FACTS_PX, MAIN_PX[1], facts_of(accused)), "evidence")
    return [[picture, facts], [_timeline_panel(accused, WIDTH_PX, TIMELINE_PX)]]


def _time_rows(accused: Accused) -> list[list[ByteImage]]:
    """A finding about a stream, a scene or a file: when everything measured, and the numbers."""
    facts = titled(fact_sheet(FACTS_PX, TALL_TIMELINE_PX, facts_of(accused)), "evidence")
    rows = [[_timeline_panel(accused, MAIN_PX[0], TALL_TIMELINE_PX), facts]]
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


def _sensor_picture(frame: SyncedFrame, sensor: str, size: tuple[int, int]) -> ByteImage:
    """A camera's image with everything in it; the view from above for other sensors."""
    view = frame.cameras.get(sensor)
    if view is None:
        return _panel(lambda: birds_eye(frame, size=size), size)
    return _panel(lambda: _fitted_overlay(view, NOTHING, ALL_LAYERS, size), size)


def _fitted_overlay(view: CameraView, emphasis: Emphasis, layers: Layers, size: tuple[int, int]) -> ByteImage:
    """The whole image, as large as fits."""
    width, height = size
    camera = view.camera
    scaled = min(width, round(height * camera.width / camera.height))
    viewport = Viewport.of_image(camera.width, camera.height, scaled)
    return fitted(camera_overlay(view, emphasis, viewport, layers), width, height)


def _timeline_panel(accused: Accused, width: int, height: int) -> ByteImage:
    finding = accused.finding
    if not accused.scene.has_real_times:
        card = message_card(width, height, "this data set has no real times")
        return titled(card, "when the sensors measured")
    colour = severity_colour(finding.severity)
    picture = timeline(accused.scene, finding.sensor, colour, finding.timestamp_ns, (width, height))
    return titled(picture, "when the sensors measured", "count, rate")
