"""The sheet of a finding about labelled objects: its best camera, from above, cut open, its numbers, its curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from calibration.arrays import ByteImage, FloatArray
from calibration.errors import BoresightError
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame
from fusion.scene.box_geometry import footprints_of_boxes
from fusion.scene.boxes3d import Boxes3D
from viewers.pictures.accused import Accused, best_view, neighbours_of
from viewers.pictures.birds_eye import Ghost, birds_eye, birds_eye_around
from viewers.pictures.emphasis import Emphasis
from viewers.pictures.finding_text import facts_of
from viewers.pictures.names import box_name, seconds, short_time
from viewers.pictures.overlay import Layers, camera_overlay, crop_around
from viewers.pictures.palette import WHITE, severity_colour
from viewers.pictures.panel import GAP_PX, TITLE_PX, Panel, columns, fact_sheet, fitted, message_card
from viewers.pictures.side_cut import Cut, side_cut
from viewers.pictures.track_strip import track_strip
from viewers.pictures.viewport import Viewport

CROP_PX = 620
ROW_PX = 340
LEAST_CAMERA_PX, MOST_CAMERA_PX = 340, 526
WITHOUT_CAMERA_PX = 420
STRIP_PX = 200
# Panels for pages: two or three beside each other on a desk's screen, one on a telephone's.
PAGE_PX = (480, 360)
MOST_PAGE_PX = 860
DETAIL_PX = (400, 280 + TITLE_PX)
CURVES_PX = (1224, 170 + TITLE_PX)
USUAL_ASPECT = 9 / 16
# The colours of a crop's points span the object's distance and as much before and behind it.
CROP_DISTANCE_RATIO = 1.8

Size = tuple[int, int]
CUT_TITLES = ((Cut.SIDE, "from its right side"), (Cut.REAR, "from behind"))


@dataclass(frozen=True, eq=False)
class _Case:
    """What all panels of a sheet share. shown: the accused boxes in ego, else those that are missing."""

    accused: Accused
    frame: SyncedFrame
    emphasis: Emphasis
    shown: Boxes3D
    ghosts: list[Ghost]

    def above(self, size: Size, note: str = "") -> Panel:
        """From above, close up."""
        rows = self.accused.rows
        picture = drawn(lambda inner: birds_eye_around(self.frame, rows, self.emphasis, inner, self.ghosts), size)
        return Panel(picture, "from above", note)

    @property
    def has_curves(self) -> bool:
        """Whether it is about a track."""
        return self.accused.finding.subject == "track" and bool(self.accused.track)

    def surroundings(self, size: Size) -> Panel:
        """From above, as far as one drives in a few seconds."""
        wished = [ghost for ghost in self.ghosts if not ghost.on_path]
        picture = drawn(lambda inner: birds_eye(self.frame, self.emphasis, size=inner, ghosts=wished), size)
        return Panel(picture, "surroundings")

    def cut(self, cut: Cut, title: str, size: Size) -> Panel:
        """The first box cut open, and where it should be."""
        box, proposed = self.shown.take([0]), self.accused.proposed
        wished = proposed if self.accused.rows and len(proposed) == 1 else None
        colour = self.emphasis.colours[0] if self.emphasis.colours else WHITE
        picture = drawn(lambda inner: side_cut(self.frame, box, colour, inner, cut, wished), size)
        return Panel(picture, title, box_name(box, 0) if self.accused.rows else "proposed")

    def facts(self, size: Size) -> Panel:
        """The numbers."""
        return Panel(drawn(lambda inner: fact_sheet(*inner, facts_of(self.accused)), size), "evidence")

    def curves(self, size: Size) -> Panel:
        """The life of the accused track."""
        accused, flagged = self.accused, self.accused.track_rows
        colour, track = severity_colour(accused.finding.severity), accused.track or ""
        picture = drawn(
            lambda inner: track_strip(accused.scene, track, flagged, colour, inner, self.frame.timestamp_ns), size
        )
        return Panel(picture, f"track {track}", f"{len(flagged)} flagged")

    def close_up(self, view: CameraView, size: Size) -> Panel:
        """The object in a camera, with the points on it."""
        layers = Layers(boxes_2d=self.accused.finding.subject == "view")
        gap_ns = view.timestamp_ns - self.frame.timestamp_ns
        note = f"exposed {short_time(gap_ns)} from the frame" if gap_ns else ""
        picture = drawn(lambda inner: self._close_up(view, layers, inner), size)
        return Panel(picture, f"{view.name}, close up", note)

    def _close_up(self, view: CameraView, layers: Layers, size: Size) -> ByteImage:
        viewport = crop_around(view, Boxes3D.concatenate([self.shown, self.accused.proposed]), *size)
        away_m = float(np.linalg.norm(view.camera_from_ego.apply(self.shown.centres_m[:1])))
        distances_m = (max(away_m / CROP_DISTANCE_RATIO, 1.0), max(away_m * CROP_DISTANCE_RATIO, 3.0))
        return camera_overlay(view, self.emphasis, viewport, layers, distances_m, self.accused.proposed)

    def whole(self, view: CameraView, size: Size) -> Panel:
        """All the camera sees, without points, so that nothing hides the picture."""
        layers = Layers(points=False)
        picture = drawn(lambda inner: whole_image(view, inner, self.emphasis, layers, self.accused.proposed), size)
        return Panel(picture, view.name, PurePosixPath(view.path).name)


def object_rows(accused: Accused, frame: SyncedFrame, width: int) -> list[list[ByteImage]]:
    """Rows of panels about the accused boxes, or about those the finding would add.

    Args:
        width: of each row in pixels.
    """
    case, view, reason = _case_of(accused, frame)
    wide = width - CROP_PX - GAP_PX
    if view is not None:
        height = int(np.clip(round(wide * _aspect(view)), LEAST_CAMERA_PX, MOST_CAMERA_PX)) + TITLE_PX
        first = [case.close_up(view, (CROP_PX, height)), case.whole(view, (wide, height))]
    else:
        height = WITHOUT_CAMERA_PX
        first = [case.above((CROP_PX, height), reason), case.surroundings((wide, height))]
    rows = [first, _detail_row(case, width, has_camera=view is not None)]
    if case.has_curves:
        rows.append([case.curves((width, STRIP_PX + TITLE_PX))])
    return [[panel.framed for panel in row] for row in rows]


def object_panels(accused: Accused, frame: SyncedFrame) -> list[list[Panel]]:
    """The same without the numbers, as rows of small panels, for pages that arrange them as they have room."""
    case, view, reason = _case_of(accused, frame)
    cuts = [case.cut(cut, title, DETAIL_PX) for cut, title in CUT_TITLES]
    if view is not None:
        across = min(round(PAGE_PX[1] / _aspect(view)), MOST_PAGE_PX)
        height = round(across * _aspect(view)) + TITLE_PX
        first = [case.close_up(view, (PAGE_PX[0], height)), case.whole(view, (across, height))]
        rows = [first, [case.above(DETAIL_PX), *cuts]]
    else:
        size = (PAGE_PX[0], PAGE_PX[1] + TITLE_PX)
        rows = [[case.above(size, reason), case.surroundings(size)], cuts]
    return [*rows, [case.curves(CURVES_PX)]] if case.has_curves else rows


def _case_of(accused: Accused, frame: SyncedFrame) -> tuple[_Case, CameraView | None, str]:
    """With the camera that shows it best, or why none does."""
    colour = severity_colour(accused.finding.severity)
    shown = frame.boxes.take(list(accused.rows)) if accused.rows else accused.proposed
    case = _Case(accused, frame, Emphasis.of(accused.rows, colour), shown, _ghosts(accused))
    return case, *best_view(frame, shown, accused.finding.sensor)


def _detail_row(case: _Case, width: int, has_camera: bool) -> list[Panel]:
    """From above, from the side, from behind, and the numbers; without what the row above shows already."""
    sizes = [(across, ROW_PX + TITLE_PX) for across in columns(width, 4 if has_camera else 3)]
    panels = [case.above(sizes[0])] if has_camera else []
    for (cut, title), size in zip(CUT_TITLES, sizes[len(panels) :], strict=False):
        panels.append(case.cut(cut, title, size))
    return [*panels, case.facts(sizes[-1])]


def _ghosts(accused: Accused) -> list[Ghost]:
    """The proposal, and for tracks the same object before and after."""
    ghosts = []
    neighbours = neighbours_of(accused) if accused.finding.subject == "track" else None
    if neighbours is not None:
        named = zip(_footprints(neighbours.boxes), neighbours.offsets_ns, strict=True)
        ghosts = [Ghost(footprint, seconds(int(offset)), on_path=True) for footprint, offset in named]
    ghosts += [Ghost(footprint, "proposed", WHITE) for footprint in _footprints(accused.proposed)]
    return [ghost for ghost in ghosts if np.isfinite(ghost.footprint).all()]


def _footprints(boxes: Boxes3D) -> FloatArray:
    return footprints_of_boxes(boxes.centres_m, boxes.sizes_m, boxes.rotations)


def _aspect(view: CameraView) -> float:
    try:
        return view.camera.height / view.camera.width
    except BoresightError:
        return USUAL_ASPECT


def whole_image(
    view: CameraView, size: Size, emphasis: Emphasis, layers: Layers, proposed: Boxes3D | None = None
) -> ByteImage:
    """A camera's whole image, as large as it fits into a size.

    Raises:
        LensError: the rig has no intrinsics for this camera.
    """
    width, height = size
    camera = view.camera
    scaled = max(min(width, round(height * camera.width / camera.height)), 1)
    viewport = Viewport.of_image(camera.width, camera.height, scaled)
    return fitted(camera_overlay(view, emphasis, viewport, layers, proposed=proposed), width, height)


def drawn(draw: Callable[[Size], ByteImage], size: Size) -> ByteImage:
    """A picture for a panel of that size with its title, or a card that says why there is none."""
    width, height = size
    inner = (width, height - TITLE_PX)
    try:
        return draw(inner)
    except BoresightError as error:
        return message_card(*inner, str(error))
