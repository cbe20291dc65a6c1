"""Pictures of a calibration audit: points in images before and after the correction, and curves of what was tried."""

from __future__ import annotations

import numpy as np

from calibration.arrays import ByteImage
from calibration.audit.result import AuditResult
from calibration.estimate import Verdict
from fusion.measure.camera_view import CameraView
from viewers.pictures.overlay import Layers, camera_overlay
from viewers.pictures.palette import BLUE, GREEN, MUTED, VERMILLION, WHITE, Colour
from viewers.pictures.panel import columns, sheet, titled
from viewers.pictures.plot import Curve, plot
from viewers.pictures.viewport import Viewport

SHEET_PX = 1600
ONLY_POINTS = Layers(boxes=False, tags=False)
CURVE_SIZE = (760, 320)
VERDICT_COLOURS: dict[Verdict, Colour] = {
    Verdict.OFF: VERMILLION,
    Verdict.GOOD: GREEN,
    Verdict.CANNOT_TELL: MUTED,
}


def before_and_after(as_in_files: CameraView, corrected: CameraView | None, note: str = "") -> ByteImage:
    """Lidar points in a camera's image as the files place them and, beside it, with the corrected rig.

    Args:
        corrected: the same view of a scene with the corrected rig; None where nothing is corrected.
        note: what was corrected, for the strip above.

    Returns:
        (H, W, 3) uint8, blue green red.
    """
    views = [(as_in_files, "as in the files", "")]
    if corrected is not None:
        views.append((corrected, "corrected", note))
    panels = []
    for (view, title, told), width in zip(views, columns(SHEET_PX, len(views)), strict=True):
        picture = camera_overlay(view, viewport=_whole_image(view, width), layers=ONLY_POINTS)
        panels.append(titled(picture, f"{view.name}: {title}", told))
    return sheet([panels])


def scan_curves(results: list[AuditResult]) -> ByteImage | None:
    """A field a quantity: agreement over the values tried, with what the files say and what the data say marked.

    Returns:
        (H, W, 3) uint8, blue green red; None where no result has a curve.
    """
    fields = [_scan_curve(result) for result in results if result.scan is not None]
    rows = [fields[start : start + 2] for start in range(0, len(fields), 2)]
    return sheet(rows) if rows else None


def _whole_image(view: CameraView, width: int) -> Viewport:
    return Viewport.of_image(view.camera.width, view.camera.height, width)


def _scan_curve(result: AuditResult) -> ByteImage:
    scan = result.scan
    if scan is None or not len(scan.values):
        return plot([], CURVE_SIZE, result.quantity, "", WHITE, 1.0)
    best = np.zeros(len(scan.values), dtype=bool)
    best[int(np.argmax(scan.agreement))] = True
    curve = Curve(scan.says, scan.values, scan.agreement, BLUE, best)
    colour = VERDICT_COLOURS[result.verdict]
    in_file = () if result.in_file is None else (result.in_file,)
    span = max(float(np.ptp(scan.agreement)), 1e-9)
    picture = plot([curve], CURVE_SIZE, scan.says, "", colour, span, marks_s=in_file, across_unit=result.unit)
    told = f"line: in the files; dot: best of those tried; {result.verdict}"
    return titled(picture, f"{result.sensor} {result.quantity}", told)
