"""Boxes as one camera images them: outline, bounds, how much is cut off, and their edges for drawing.

The outline is amodal: the convex hull of the whole box, occluded or not, as far as the lens can image it. Corners
alone don't give it. Edges are cut where they leave the space in front of the lens, a bending lens makes them curves,
and a box so near that all its edges are outside still fills the view with a face. All three are taken into account,
so that the outline is right within half a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.cameras.model import HALF_PIXEL, CameraModel
from calibration.cameras.pinhole import Pinhole
from calibration.errors import ShapeError
from fusion.measure.kernels.convex_polygons import convex_hulls
from fusion.measure.kernels.lens_region import LensRegion, Spans, cut_edges, region_of
from fusion.measure.kernels.ragged import offsets_of
from fusion.scene.box_geometry import BOX_EDGES

# Edges are cut here. Nearer parts would need pixels by the hundred thousand, and no label means them.
NEAR_M = 0.1
# A curved edge is halved until the middle of a piece lies no further than this from the straight line between its
# ends; its halves are then about four times as close to the curve.
BEND_PX = 0.2
MOST_HALVINGS = 10

# Corner 0 and its three neighbours along length, width and height.
LENGTH_EDGE, WIDTH_EDGE, HEIGHT_EDGE = (1, 0), (3, 0), (0, 4)


@dataclass(frozen=True, eq=False)
class BoxProjection:
    """M boxes in one camera, a row a box.

    vertices_px: (K, 2) outlines cut by the image; that of row i is `vertices_px[offsets[i]:offsets[i + 1]]`,
        clockwise to the eye, empty where the box is not visible; offsets: (M + 1,);
    bounds_px: (M, 4) u_min v_min u_max v_max of the cut outline, NaN where not visible;
    visible: (M,) part of the box lies inside the image, whatever stands in front of it;
    shown_area_px2: (M,) of the cut outline, 0 where not visible;
    hull_area_px2: (M,) of the outline as if the image went on for ever; 0 where nothing of it is near the image;
    truncation: (M,) 1 - shown_area / hull_area: 0 whole in the image, 1 not visible;
    nearest_depth_m: (M,) smallest z of what the lens can image of it, NaN where not visible.
    """

    vertices_px: FloatArray
    offsets: IntArray
    bounds_px: FloatArray
    visible: BoolArray
    shown_area_px2: FloatArray
    hull_area_px2: FloatArray
    truncation: FloatArray
    nearest_depth_m: FloatArray

    def __len__(self) -> int:
        return len(self.visible)

    def outline(self, row: int) -> FloatArray:
        """(V, 2) the cut outline of box `row`."""
        return self.vertices_px[self.offsets[row] : self.offsets[row + 1]]


def project_boxes(corners_in_camera: ArrayLike, camera: CameraModel, near_m: float = NEAR_M) -> BoxProjection:
    """Outlines of boxes in one image, and how much of each the image cuts off.

    Args:
        corners_in_camera: (M, 8, 3) metres, camera frame, in the order of `fusion.scene.box_geometry`; a box with
            a corner that isn't finite is not visible.
        near_m: depth of the near plane; a fisheye has none. A box that reaches through it, or round the camera, is
            imaged as far as it lies beyond: such a box fills a large part of the image and more outside.

    Raises:
        ShapeError: the corners are not (M, 8, 3).
    """
    corners = _as_corners(corners_in_camera)
    region = region_of(camera, near_m)
    near_the_image = np.flatnonzero(region.may_show(corners))
    points_px, rows, depths_m = _outline_points(corners[near_the_image], camera, region)
    hulls = convex_hulls(points_px, rows, len(near_the_image))
    high = np.array([camera.width - HALF_PIXEL, camera.height - HALF_PIXEL])
    cut = hulls.cut_by_box(np.array([-HALF_PIXEL, -HALF_PIXEL]), high)

    full_px2, cut_px2 = hulls.areas(), cut.areas()
    shown = np.where(full_px2 > 0, cut_px2 > 0, cut.counts > 0)  # a box without thickness is seen where it lies
    share = np.divide(cut_px2, full_px2, out=shown.astype(np.float64), where=full_px2 > 0)
    nearest_m = np.full(len(near_the_image), np.inf)
    np.minimum.at(nearest_m, rows, depths_m)

    boxes = len(corners)
    counts = np.where(shown, cut.counts, 0)
    return BoxProjection(
        vertices_px=cut.vertices[np.repeat(shown, cut.counts)],
        offsets=offsets_of(_on_all(counts, near_the_image, boxes, 0)),
        bounds_px=_on_all(np.where(shown[:, None], cut.bounds(), np.nan), near_the_image, boxes, np.nan),
        visible=_on_all(shown, near_the_image, boxes, False),
        shown_area_px2=_on_all(np.where(shown, cut_px2, 0.0), near_the_image, boxes, 0.0),
        hull_area_px2=_on_all(full_px2, near_the_image, boxes, 0.0),
        truncation=_on_all(np.clip(1 - share, 0.0, 1.0), near_the_image, boxes, 1.0),
        nearest_depth_m=_on_all(np.where(shown, nearest_m, np.nan), near_the_image, boxes, np.nan),
    )


def project_edges(
    corners_in_camera: ArrayLike, camera: CameraModel, samples: int = 9, near_m: float = NEAR_M
) -> FloatArray:
    """The twelve edges of each box as polylines to draw.

    Args:
        corners_in_camera: (M, 8, 3) metres, camera frame.
        samples: points along each edge, 2 or more; two are enough for a pinhole.
        near_m: as for `project_boxes`.

    Returns:
        (12 M, samples, 2) pixels, box after box in the order of `BOX_EDGES`, evenly spread over the angle the
        edge spans as far as the lens can image it; also outside the image, NaN where an edge is not imaged.

    Raises:
        ShapeError: the corners are not (M, 8, 3), or fewer than two samples are asked for.
    """
    corners = _as_corners(corners_in_camera)
    if samples < 2:
        raise ShapeError(f"an edge needs 2 samples or more, got {samples}")
    starts, ends = (corners[:, BOX_EDGES[:, side]].reshape(-1, 3) for side in (0, 1))
    whole = np.flatnonzero(np.isfinite(starts).all(axis=1) & np.isfinite(ends).all(axis=1))
    pieces = cut_edges(starts[whole], ends[whole], region_of(camera, near_m))
    edge = whole[pieces.edge]
    # An edge that passes behind a fisheye is in two pieces: its polyline has a gap in the middle.
    first, last = np.full(len(starts), 1.0), np.full(len(starts), 0.0)
    np.minimum.at(first, edge, pieces.start)
    np.maximum.at(last, edge, pieces.end)

    drawn = np.flatnonzero(first <= last)
    along = ends[drawn] - starts[drawn]
    starts, ends = starts[drawn] + first[drawn, None] * along, starts[drawn] + last[drawn, None] * along
    row = np.repeat(np.arange(len(drawn)), samples)
    shares = Spans.of(starts, ends).shares_along(row, np.tile(np.linspace(0, 1, samples), len(drawn)))
    pixels = camera.image_plane(_points_along(starts, ends, row, shares))
    polylines = np.full((12 * len(corners), samples, 2), np.nan)
    polylines[drawn] = pixels.reshape(-1, samples, 2)
    return polylines


def _outline_points(
    corners: FloatArray, camera: CameraModel, region: LensRegion
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Pixels (K, 2) whose hull is the outline, the box (K,) of each, and how deep (K,) it lies.

    What a box shows is bounded by its corners, the ends of its cut edges, the curves between, and where the rim of
    the lens's cone runs through it.
    """
    boxes = np.arange(len(corners))
    in_region = region.holds(corners.reshape(-1, 3)).reshape(-1, 8)
    whole = region.holds_whole(corners)
    straight = isinstance(camera, Pinhole)

    edged = boxes[~whole] if straight else boxes
    starts, ends, of = _edges(corners[edged], None if straight else region.near_m)
    pieces = cut_edges(starts, ends, region)
    along, box = (ends - starts)[pieces.edge], edged[of[pieces.edge]]
    from_points, to_points = (starts[pieces.edge] + share[:, None] * along for share in (pieces.start, pieces.end))
    cut_from, cut_to = pieces.start > 0, pieces.end < 1
    tips = np.concatenate([corners[in_region], from_points[cut_from], to_points[cut_to]])
    seen = [
        (camera.image_plane(tips), np.concatenate([np.nonzero(in_region)[0], box[cut_from], box[cut_to]]), tips[:, 2])
    ]
    if not straight:
        between, between_px, piece = _points_between(from_points, to_points, camera)
        seen.append((between_px, box[piece], between[:, 2]))
    if not whole.all() and len(region.rim_rays):
        met_by, ray, entered_at_m = _rim_meets(corners[~whole], region)
        seen.append((region.rim_px[ray], boxes[~whole][met_by], entered_at_m))
    points_px, row, depths_m = (np.concatenate(column) for column in zip(*seen, strict=True))
    imaged = np.isfinite(points_px).all(axis=1)
    return points_px[imaged], row[imaged], depths_m[imaged]


def _edges(corners: FloatArray, near_m: float | None) -> tuple[FloatArray, FloatArray, IntArray]:
    """Ends (E, 3), (E, 3) of the edges of boxes, and the box (E,) of each.

    With `near_m` also the lines on the near plane between the edges that run through it: a bending lens curves them,
    so where the plane cuts a box open, its outline may bulge beyond the places where the edges end.
    """
    starts, ends = (corners[:, BOX_EDGES[:, side]] for side in (0, 1))
    box = np.repeat(np.arange(len(corners)), len(BOX_EDGES))
    all_starts, all_ends = starts.reshape(-1, 3), ends.reshape(-1, 3)
    if near_m is None:
        return all_starts, all_ends, box
    above_start, above_end = starts[..., 2] - near_m, ends[..., 2] - near_m
    through = (above_start >= 0) != (above_end >= 0)
    share = np.divide(above_start, above_start - above_end, out=np.zeros_like(above_start), where=through)
    openings = starts + share[..., None] * (ends - starts)
    openings[..., 2] = near_m
    one, other = np.triu_indices(len(BOX_EDGES), 1)
    opened, pair = np.nonzero(through[:, one] & through[:, other])
    return (
        np.concatenate([all_starts, openings[opened, one[pair]]]),
        np.concatenate([all_ends, openings[opened, other[pair]]]),
        np.concatenate([box, opened]),
    )


def _points_between(
    starts: FloatArray, ends: FloatArray, camera: CameraModel
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Points inside straight pieces (K, 3) to (K, 3), as dense as the lens bends each; their pixels, and the piece."""
    piece, low, high = np.arange(len(starts)), np.zeros(len(starts)), np.ones(len(starts))
    low_px, high_px = camera.image_plane(starts), camera.image_plane(ends)
    spans = Spans.of(starts, ends)
    found = [(np.empty((0, 3)), np.empty((0, 2)), np.empty(0, dtype=np.int64))]
    for halving in range(MOST_HALVINGS):
        middle = (low + high) / 2
        points = _points_along(starts, ends, piece, spans.shares_along(piece, middle))
        middle_px = camera.image_plane(points)
        found.append((points, middle_px, piece))
        # The first time all are halved: a curve bent like an S has its middle on the line.
        bent = np.flatnonzero(_gaps_px(middle_px, low_px, high_px) > (BEND_PX if halving else -1.0))
        if len(bent) == 0:
            break
        piece = np.concatenate([piece[bent], piece[bent]])
        low, high = np.concatenate([low[bent], middle[bent]]), np.concatenate([middle[bent], high[bent]])
        low_px, high_px = (
            np.concatenate([low_px[bent], middle_px[bent]]),
            np.concatenate([middle_px[bent], high_px[bent]]),
        )
    return (
        np.concatenate([f[0] for f in found]),
        np.concatenate([f[1] for f in found]),
        np.concatenate([f[2] for f in found]),
    )


def _gaps_px(pixels: FloatArray, starts_px: FloatArray, ends_px: FloatArray) -> FloatArray:
    """(K,) distance of pixels from the straight segments between two others; NaN where one is not imaged."""
    chord, off = ends_px - starts_px, pixels - starts_px
    squared = (chord * chord).sum(axis=1)
    share = np.divide((off * chord).sum(axis=1), squared, out=np.zeros_like(squared), where=squared > 0)
    beside = off - np.clip(share, 0.0, 1.0)[:, None] * chord
    return np.asarray(np.hypot(beside[:, 0], beside[:, 1]))


def _points_along(starts: FloatArray, ends: FloatArray, rows: IntArray, shares: FloatArray) -> FloatArray:
    """(K, 3) at shares (K,) of the straight lines starts[rows] to ends[rows]."""
    from_points = starts.take(rows, axis=0)
    points: FloatArray = from_points + shares[:, None] * (ends.take(rows, axis=0) - from_points)
    return points


def _rim_meets(corners: FloatArray, region: LensRegion) -> tuple[IntArray, IntArray, FloatArray]:
    """Pairs of box and rim ray where the ray runs through the box, beyond the near plane, and how deep it enters."""
    centres = corners.mean(axis=1)
    begin = np.zeros((len(corners), len(region.rim_rays)))
    if region.near_m is not None:
        begin += region.near_m / region.rim_rays[:, 2]
    end = np.full_like(begin, np.inf)
    for tip, root in (LENGTH_EDGE, WIDTH_EDGE, HEIGHT_EDGE):
        half_side = (corners[:, tip] - corners[:, root]) / 2
        half = np.einsum("mi,mi->m", half_side, half_side)[:, None]
        middle = np.einsum("mi,mi->m", centres, half_side)[:, None]
        speed = half_side @ region.rim_rays.T
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = (middle - half) / speed, (middle + half) / speed
        parallel = speed == 0
        outside = parallel & (np.abs(middle) > half)
        begin = np.where(parallel, np.where(outside, np.inf, begin), np.maximum(begin, np.minimum(one, other)))
        end = np.where(parallel, end, np.minimum(end, np.maximum(one, other)))
    box, ray = np.nonzero(begin <= end)
    return box, ray, begin[box, ray] * region.rim_rays[ray, 2]


def _as_corners(corners_in_camera: ArrayLike) -> FloatArray:
    corners: FloatArray = np.asarray(corners_in_camera, dtype=np.float64)
    if corners.ndim != 3 or corners.shape[1:] != (8, 3):
        raise ShapeError(f"corners_in_camera must be (M, 8, 3), got {corners.shape}")
    broken = ~np.isfinite(corners.reshape(-1, 24)).all(axis=1)
    return np.where(np.atleast_1d(broken)[:, None, None], np.nan, corners)


def _on_all(values: NDArray[Any], rows: IntArray, row_count: int, absent: Any) -> NDArray[Any]:
    """`values` of some rows among all `row_count`, `absent` elsewhere."""
    spread_out = np.full((row_count, *values.shape[1:]), absent, dtype=values.dtype)
    spread_out[rows] = values
    return spread_out
