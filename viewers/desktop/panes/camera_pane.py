"""The cameras of the frame as tiles with their overlays; the one that sees the selected object best comes first."""

from __future__ import annotations

from functools import partial

import numpy as np

from calibration.arrays import ByteImage
from calibration.errors import BoresightError
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.panes.pane import Hit, Pane, Theme
from viewers.desktop.state.camera_nudging import as_drafted
from viewers.desktop.state.frame_content import DecodedView, FrameContent
from viewers.desktop.state.scene_picture import other_colours
from viewers.desktop.state.session import Session
from viewers.pictures.drawing import draw_box_outline, fill_box, new_canvas
from viewers.pictures.emphasis import NOTHING, Emphasis
from viewers.pictures.overlay import Layers, camera_overlay, pointed_out
from viewers.pictures.palette import SURFACE, TEXT, WHITE, Colour, severity_colour
from viewers.pictures.panel import message_card
from viewers.pictures.snapshot import in_driving_order
from viewers.pictures.text import SMALL, draw_text, text_size
from viewers.pictures.viewport import Viewport

GAP_PX = 4
MOST_COLUMNS = 3
USUAL_ASPECT = 9 / 16
# The small tiles leave the large one this much at least.
OTHERS_SHARE = 0.5


def emphasis_of(session: Session) -> Emphasis:
    """The selected object, and those the finding on view is about."""
    rows = [*([] if session.selected is None else [session.selected]), *session.accused_rows]
    rows = list(dict.fromkeys(rows))
    if not rows:
        return NOTHING
    accused = WHITE if session.finding is None else severity_colour(session.finding.severity)
    colours = [accused if row in session.accused_rows else WHITE for row in rows]
    return Emphasis(tuple(rows), tuple(colours))


def outlined_besides(session: Session) -> Boxes3D:
    """Second outlines: what the finding proposes, and the boxes as they were nudged."""
    drafts = [one.box for one in session.box_drafts.values() if _on_view(session, one.scene, one.frame)]
    return Boxes3D.concatenate([session.proposed, *drafts])


def outlined_of_others(session: Session) -> tuple[Boxes3D, list[Colour]]:
    """The boxes of the label set shown beside, and their colours; none if none is."""
    comparison = session.comparison
    if comparison is None:
        return Boxes3D.empty(), []
    return comparison.others, other_colours(comparison)


def _on_view(session: Session, scene: str, frame: int) -> bool:
    return (scene, frame) == (session.place.scene, session.place.frame)


def ordered_views(session: Session, content: FrameContent) -> list[DecodedView]:
    """As one looks out of the car, but the camera that sees the selected object best in front."""
    views = [content.views[view.name] for view in in_driving_order(content.views.values())]
    if session.selected is not None:
        areas_px2 = {view.name: shown_area_px2(view, session.selected) for view in views}
        preferred = session.camera if areas_px2.get(session.camera or "", 0.0) > 0 else None
        best = preferred or max(areas_px2, key=lambda name: areas_px2[name], default=None)
        if best is not None and areas_px2[best] > 0:
            views.sort(key=lambda view: view.name != best)
    return views


def shown_area_px2(view: DecodedView, row: int) -> float:
    """How large a camera shows one of the frame's boxes, less what its edges cut off; the frame has measured it."""
    try:
        projection = view.project_boxes()
    except BoresightError:
        return 0.0
    area = float(projection.hull_area_px2[row] * (1 - projection.truncation[row]))
    return area if projection.visible[row] and np.isfinite(area) else 0.0


def camera_pane(session: Session, theme: Theme, size: tuple[int, int]) -> Pane:
    """All cameras, or the chosen one alone where it is enlarged."""
    width, height = size
    content = session.content
    if content is None:
        return Pane(message_card(width, height, session.status or "loading"))
    views = ordered_views(session, content)
    if not views:
        return Pane(message_card(width, height, "no camera in this frame"))
    if session.enlarged:
        views = [view for view in views if view.name == session.camera] or views[:1]
    canvas = new_canvas(width, height, theme.background)
    hits = []
    for view, (left, top, across, down) in zip(views, _tiles(len(views), width, height), strict=True):
        tile, viewport = _tile(session, view, across, down)
        canvas[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
        chosen = view.name == session.camera
        _name_tile(canvas, view, left, top, chosen, theme, (tile.shape[1], tile.shape[0]))
        clicked = partial(_click, session.live, view, viewport)
        hits.append(Hit(left, top, left + tile.shape[1], top + tile.shape[0], clicked))
    return Pane(canvas, tuple(hits))


def _tiles(count: int, width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of the tiles: the first one large, the others in rows below it."""
    if count == 1:
        return [(0, 0, width, height)]
    others = count - 1
    columns = min(others, MOST_COLUMNS)
    rows = -(-others // columns)
    across = (width - GAP_PX * (columns - 1)) // columns
    down = min(round(across * USUAL_ASPECT), round(height * OTHERS_SHARE) // rows - GAP_PX)
    large = height - rows * (down + GAP_PX)
    places = [(place % columns, place // columns) for place in range(others)]
    small = [(x * (across + GAP_PX), large + GAP_PX + y * (down + GAP_PX), across, down) for x, y in places]
    return [(0, 0, width, large), *small]


def _tile(session: Session, view: DecodedView, width: int, height: int) -> tuple[ByteImage, Viewport | None]:
    """The overlay of all boxes, kept with the view, and on it those that are pointed out now."""
    draft = session.camera_drafts.get(view.name)
    shown = as_drafted(view, draft)
    try:
        camera = shown.camera
        across = max(min(width, int(height * camera.width / camera.height)), 1)
        viewport = Viewport.of_image(camera.width, camera.height, across)
        layers = Layers(points=session.preferences.points_in_images, tags=False, legend=False)
        overlay = shown.kept((across, layers), lambda: camera_overlay(shown, NOTHING, viewport, layers))
        pointed_out(overlay := overlay.copy(), shown, viewport, NOTHING, *outlined_of_others(session))
        pointed_out(overlay, shown, viewport, emphasis_of(session), outlined_besides(session))
        return overlay[:height, :width], viewport
    except BoresightError as error:
        return message_card(width, height, str(error)), None


def draw_ahead(session: Session, content: FrameContent, size: tuple[int, int]) -> None:
    """Draw what tiles of a frame will be made of, in the places they would have if it were on view now."""
    views = [content.views[view.name] for view in in_driving_order(content.views.values())]
    tiles = _tiles(len(views), *size) if views else []
    for view in views:
        for _, _, width, height in {tiles[0], tiles[-1]}:
            _tile(session, view, width, height)


def _name_tile(
    canvas: ByteImage, view: DecodedView, left: int, top: int, chosen: bool, theme: Theme, size: tuple[int, int]
) -> None:
    gap_ms = (view.timestamp_ns - view.frame.timestamp_ns) / 1e6
    name = f"{view.name}  {gap_ms:+.0f} ms" if gap_ms else view.name
    fill_box(canvas, left, top, left + text_size(name, SMALL)[0] + 12, top + 20, SURFACE, 0.75)
    draw_text(canvas, name, left + 6, top + 14, SMALL, TEXT)
    if chosen:
        colour: Colour = theme.accent
        draw_box_outline(canvas, left, top, left + size[0] - 1, top + size[1] - 1, colour, 2)


def _click(session: Session, view: DecodedView, viewport: Viewport | None, across: float, down: float) -> None:
    """The camera is chosen, and the nearest object under the click."""
    session.set_camera(view.name)
    if viewport is None:
        return
    pixel = np.array(
        [
            viewport.left + across * (viewport.right - viewport.left),
            viewport.top + down * (viewport.bottom - viewport.top),
        ]
    )
    row = box_at_pixel(view, pixel)
    if row is not None:
        session.select(row)


def box_at_pixel(view: DecodedView, pixel: np.ndarray) -> int | None:
    """The nearest box whose outline's bounds hold a pixel."""
    try:
        projection = view.project_boxes()
    except BoresightError:
        return None
    bounds = projection.bounds_px
    with np.errstate(invalid="ignore"):
        holds = projection.visible & (bounds[:, :2] <= pixel).all(axis=1) & (pixel <= bounds[:, 2:]).all(axis=1)
    if not holds.any():
        return None
    return int(np.argmin(np.where(holds, projection.nearest_depth_m, np.inf)))
