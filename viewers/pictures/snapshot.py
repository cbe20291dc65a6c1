"""Pictures as files: the evidence of a run's findings, and what a frame looks like to all its sensors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calibration.arrays import ByteImage
from calibration.errors import BoresightError
from calibration.image_file import write_image
from fusion.checks.finding import Finding
from fusion.measure.camera_view import CameraView
from fusion.measure.frame import SyncedFrame
from fusion.scene.dataset import Dataset
from fusion.scene.scene import Scene
from viewers.pictures.birds_eye import birds_eye
from viewers.pictures.drawing import new_canvas
from viewers.pictures.evidence import evidence_picture
from viewers.pictures.names import short_track
from viewers.pictures.overlay import Layers, camera_overlay
from viewers.pictures.palette import MUTED, PANEL, TEXT
from viewers.pictures.panel import GAP_PX, TITLE_PX, columns, fitted, message_card, sheet, titled
from viewers.pictures.text import BODY, TITLE, draw_text, elided
from viewers.pictures.viewport import Viewport

if TYPE_CHECKING:
    from fusion.run.run import Run

OVERVIEW_PX = 1888
HEADER_PX = 56
BIRDS_EYE_PX = 620
WIDE_BIRDS_EYE_PX = 620
WIDE_HALF_EXTENT_M = 32.0
MOST_CAMERAS_IN_A_ROW = 3
PANORAMA_ASPECT = 0.4
# Names would hide a smaller tile; the colours are told beside the view from above.
SMALLEST_TAGGED_TILE_PX = 560
FALLBACK_ASPECT = 9 / 16
# Where a camera stands in the mosaic: by its name, as vehicles are photographed: left, ahead, right; front, then rear.
SIDES = ("left", "right")
ID_LENGTH = 8


def write_snapshots(source: Scene | Dataset, run: Run, folder: str | Path, limit: int = 20) -> list[Path]:
    """Write the evidence of the most urgent findings as PNG files named by rank, code and id.

    Args:
        source: the scene or data set the run judged.
        limit: of the findings that no other explains (`run.leading`), so many.

    Returns:
        The files, most urgent first.

    Raises:
        BoresightError: the folder can't be written, or a finding's scene is not in the data set.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BoresightError(f"{target}: can't make the folder: {error.strerror or error}") from error
    ranked = list(enumerate(run.leading[:limit], start=1))
    written: dict[int, Path] = {}
    for name in dict.fromkeys(finding.scene for _, finding in ranked):
        scene = _scene_of(source, name)
        for rank, finding in ranked:
            if finding.scene == name:
                written[rank] = target / file_name(rank, finding)
                write_image(written[rank], evidence_picture(scene, finding))
    return [written[rank] for rank in sorted(written)]


def file_name(rank: int, finding: Finding) -> str:
    """`001-BOX304-floating-box-0f3a2b1c.png`: sorts by rank, says what it is."""
    return f"{rank:03d}-{finding.code}-{finding.name}-{finding.id[:ID_LENGTH]}.png"


def _scene_of(source: Scene | Dataset, name: str) -> Scene:
    if isinstance(source, Scene):
        return source
    if name:
        return source.scene(name)
    if not source.scene_names:
        raise BoresightError(f"{source.root} has no scene to draw")
    # A finding about the data set as a whole names no scene; it is drawn beside the first.
    return source.scene(source.scene_names[0])


def scene_overview(frame: SyncedFrame) -> ByteImage:
    """What all cameras and the lidars see in one frame, with its boxes.

    Returns:
        (H, 1920, 3) uint8, blue green red.
    """
    views = in_driving_order(frame.cameras.values())
    rows = [[_header(frame)]]
    if len(views) > MOST_CAMERAS_IN_A_ROW:
        mosaic = _mosaic(views, columns(OVERVIEW_PX - BIRDS_EYE_PX - GAP_PX, MOST_CAMERAS_IN_A_ROW))
        above = birds_eye(frame, size=(BIRDS_EYE_PX, mosaic.shape[0] - TITLE_PX))
        return sheet([*rows, [mosaic, titled(above, "from above")]])
    if views:
        rows.append([_mosaic(views, columns(OVERVIEW_PX, max(len(views), _least_columns(views[0]))))])
    wide = birds_eye(frame, half_extent_m=WIDE_HALF_EXTENT_M, size=(OVERVIEW_PX, WIDE_BIRDS_EYE_PX))
    return sheet([*rows, [titled(wide, "from above")]])


def _least_columns(view: CameraView) -> int:
    """A single image is shown on the whole width only where it is much wider than high."""
    return 1 if _aspect(view) < PANORAMA_ASPECT else 2


def in_driving_order(views: Iterable[CameraView]) -> list[CameraView]:
    """Cameras as one looks out of the car: front row from left to right, then the rear row."""
    return sorted(views, key=lambda view: _seat(view.name))


def _seat(name: str) -> tuple[int, int, str]:
    lower = name.lower()
    row = 1 if "back" in lower or "rear" in lower else 0
    side = 0 if "left" in lower else 2 if "right" in lower else 1
    return row, side, name


def _header(frame: SyncedFrame) -> ByteImage:
    canvas = new_canvas(OVERVIEW_PX, HEADER_PX, PANEL)
    right = draw_text(canvas, _counts(frame), OVERVIEW_PX - 20, 36, BODY, MUTED, align=1.0)
    title = f"{frame.scene.name}, frame {short_track(frame.key)}"
    draw_text(canvas, elided(title, OVERVIEW_PX - right - 60, TITLE), 20, 37, TITLE, TEXT)
    return canvas


def _counts(frame: SyncedFrame) -> str:
    parts = [frame.scene.dataset_format, f"frame {frame.index} of 0-{len(frame.scene.frames) - 1}"]
    try:
        parts.append(f"{len(frame.boxes)} boxes")
        parts.append(f"{len(frame.points_in_ego)} points")
    except BoresightError as error:
        parts.append(str(error))
    return "   |   ".join(parts)


def _mosaic(views: Sequence[CameraView], widths: list[int]) -> ByteImage:
    """Camera pictures in rows of as many as there are widths."""
    rows = [views[start : start + len(widths)] for start in range(0, len(views), len(widths))]
    bands = []
    for row in rows:
        tiles = [titled(_mosaic_tile(view, width), view.name) for view, width in zip(row, widths, strict=False)]
        height = max(tile.shape[0] for tile in tiles)
        band = new_canvas(sum(widths) + GAP_PX * (len(widths) - 1), height)
        left = 0
        for tile, width in zip(tiles, widths, strict=False):
            band[: tile.shape[0], left : left + width] = tile
            left += width + GAP_PX
        bands += [band, new_canvas(band.shape[1], GAP_PX)]
    return np.concatenate(bands[:-1])


def _mosaic_tile(view: CameraView, width: int) -> ByteImage:
    height = round(width * _aspect(view))
    try:
        camera = view.camera
    except BoresightError:
        return fitted(camera_overlay(view), width, height)
    try:
        scaled = Viewport.of_image(camera.width, camera.height, width)
        return camera_overlay(view, viewport=scaled, layers=Layers(tags=width > SMALLEST_TAGGED_TILE_PX, legend=False))
    except BoresightError as error:
        return message_card(width, height, str(error))


def _aspect(view: CameraView) -> float:
    try:
        return view.camera.height / view.camera.width
    except BoresightError:
        return FALLBACK_ASPECT
