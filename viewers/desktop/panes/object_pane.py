"""The selected object close up: in its best camera, from above, from the side, from behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from calibration.arrays import ByteImage
from calibration.errors import BoresightError
from fusion.scene.box_geometry import footprints_of_boxes
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.panes.camera_pane import (
    emphasis_of,
    ordered_views,
    outlined_besides,
    outlined_of_others,
    shown_area_px2,
)
from viewers.desktop.panes.pane import Pane, Theme
from viewers.desktop.state.camera_nudging import as_drafted
from viewers.desktop.state.frame_content import FrameContent
from viewers.desktop.state.session import Session
from viewers.pictures.accused import best_view
from viewers.pictures.birds_eye import Ghost, birds_eye, birds_eye_around
from viewers.pictures.drawing import new_canvas
from viewers.pictures.emphasis import NOTHING
from viewers.pictures.names import box_name
from viewers.pictures.overlay import Layers, camera_overlay, crop_around, pointed_out
from viewers.pictures.palette import OTHER_SET, WHITE, Colour
from viewers.pictures.panel import TITLE_PX, message_card, titled
from viewers.pictures.side_cut import Cut, side_cut

CROP_SHARE = 0.42
GAP_PX = 4


def object_pane(session: Session, theme: Theme, size: tuple[int, int]) -> Pane:
    """Crop above, three cuts below; the surroundings where nothing is selected."""
    content = session.content
    if content is None:
        return Pane(message_card(*size, "loading"))
    if session.box_drafts or session.camera_drafts:  # these change with every key
        return _drawn(session, content, theme, size)
    finding = None if session.finding is None else session.finding.id
    seen_as = (session.selected, session.camera, session.compared, finding, session.preferences.points_in_images)
    kept: Pane = content.kept((*seen_as, theme.name, size), lambda: _drawn(session, content, theme, size))
    return kept


def _drawn(session: Session, content: FrameContent, theme: Theme, size: tuple[int, int]) -> Pane:
    width, height = size
    shown, besides = _shown(session, content), outlined_besides(session)
    if not len(shown):
        picture = _tried((width, height), "from above", lambda inner: birds_eye(content.frame, size=inner, tags=False))
        return Pane(picture)
    canvas = new_canvas(width, height, theme.background)
    crop = int(height * CROP_SHARE)
    name = box_name(shown, 0)
    canvas[:crop] = _tried((width, crop), name, lambda inner: _close_up(session, content, shown, besides, inner))
    above = (width - GAP_PX) // 2
    rest = height - crop - GAP_PX
    rows = () if session.selected is None else (session.selected,)
    ghosts = [*_ghosts(*outlined_of_others(session)), *_ghosts(besides if rows else shown)]
    emphasis = emphasis_of(session)
    canvas[crop + GAP_PX :, :above] = _tried(
        (above, rest),
        "from above",
        lambda inner: birds_eye_around(content.frame, rows, emphasis, inner, ghosts),
    )
    down = (rest - GAP_PX) // 2
    theirs = _other_of_selected(session)
    wished, tint = (theirs, OTHER_SET) if len(theirs) and not len(besides) else (besides, WHITE)
    second = wished.take([0]) if len(wished) else None
    for place, (cut, title) in enumerate(((Cut.SIDE, "from its right side"), (Cut.REAR, "from behind"))):
        top = crop + GAP_PX + place * (down + GAP_PX)
        canvas[top : top + down, above + GAP_PX :] = _tried(
            (width - above - GAP_PX, down),
            title,
            lambda inner, cut=cut: side_cut(content.frame, shown.take([0]), WHITE, inner, cut, second, tint),  # type: ignore[misc]
        )
    return Pane(canvas)


def _shown(session: Session, content: FrameContent) -> Boxes3D:
    """The selected box, else what the finding would add."""
    if session.selected is not None:
        return content.boxes.take([session.selected])
    return session.proposed


def _close_up(
    session: Session, content: FrameContent, shown: Boxes3D, besides: Boxes3D, size: tuple[int, int]
) -> ByteImage:
    views = ordered_views(session, content)
    if session.selected is not None:
        seeing = [view for view in views[:1] if shown_area_px2(view, session.selected) > 0]
        reason = f"none of the {len(views)} cameras sees this box" if views else "no camera in this frame"
    else:
        best, reason = best_view(content.frame, shown, session.camera)
        seeing = [view for view in views if best is not None and view.name == best.name]
    if not seeing:
        return message_card(*size, reason)
    view = seeing[0]
    drafted = as_drafted(view, session.camera_drafts.get(view.name))
    viewport = crop_around(drafted, Boxes3D.concatenate([shown, besides]), *size)
    layers = Layers(points=session.preferences.points_in_images, tags=False, legend=False)
    picture = camera_overlay(drafted, emphasis_of(session), viewport, layers, proposed=besides)
    if viewport is not None:
        pointed_out(picture, drafted, viewport, NOTHING, *outlined_of_others(session))
    return picture


def _other_of_selected(session: Session) -> Boxes3D:
    """How the label set shown beside has the selected object."""
    if session.comparison is None or session.selected is None:
        return Boxes3D.empty()
    return session.comparison.beside(session.selected)


def _ghosts(boxes: Boxes3D, colours: Sequence[Colour] = ()) -> list[Ghost]:
    """Outlines from above, white if no colours are given."""
    tints = colours or [WHITE] * len(boxes)
    footprints = footprints_of_boxes(boxes.centres_m, boxes.sizes_m, boxes.rotations)
    return [
        Ghost(footprint, "", tint)
        for footprint, tint in zip(footprints, tints, strict=True)
        if np.isfinite(footprint).all()
    ]


def _tried(size: tuple[int, int], title: str, draw: Callable[[tuple[int, int]], ByteImage]) -> ByteImage:
    """A titled picture of exactly that size, or a card that says why there is none."""
    inner = (size[0], size[1] - TITLE_PX)
    try:
        return titled(draw(inner), title)
    except BoresightError as error:
        return titled(message_card(*inner, str(error)), title)
