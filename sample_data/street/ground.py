"""The ground: a gently sloping road, kerbs with round corners, paving, and what is painted on the asphalt."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sample_data.street.mesh import Colour, FloatArray, Material, Mesh, merged, mesh_from

ROAD_HALF_M = 6.0
LANE_M = 3.5
CORNER_RADIUS_M = 5.0
KERB_M = 0.13
KERB_WIDTH_M = 0.16
STRIDE_M = 0.6
PAVEMENT_M = 4.2
CROSSWALK_M = (8.6, 12.0)
STOP_LINE_M = (12.9, 13.3)
CELL_M = 2.0
ASPHALT: Colour = (0.085, 0.085, 0.088)
PAVING: Colour = (0.30, 0.29, 0.27)
KERBSTONE: Colour = (0.38, 0.37, 0.35)


def road_height_m(x: ArrayLike, y: ArrayLike) -> FloatArray:
    """Height of the carriageway: about one percent of slope and a slow wave."""
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    height: FloatArray = 0.011 * east - 0.006 * north + 0.07 * np.sin(east / 19.0) * np.cos(north / 23.0)
    return height


def surface_height_m(x: ArrayLike, y: ArrayLike) -> FloatArray:
    """Height of what one would stand on: the carriageway or the pavement, with a stride from one to the other."""
    raised = KERB_M * np.clip(distance_to_road_m(x, y) / STRIDE_M + 0.5, 0.0, 1.0)
    height: FloatArray = road_height_m(x, y) + raised
    return height


def distance_to_road_m(x: ArrayLike, y: ArrayLike) -> FloatArray:
    """How far outside the kerb line a place lies; negative on the carriageway."""
    across = np.abs(np.asarray(x, dtype=np.float64)) - ROAD_HALF_M
    along = np.abs(np.asarray(y, dtype=np.float64)) - ROAD_HALF_M
    inside_corner = CORNER_RADIUS_M - np.hypot(
        np.maximum(CORNER_RADIUS_M - across, 0), np.maximum(CORNER_RADIUS_M - along, 0)
    )
    distance: FloatArray = np.where(
        (across > 0) & (along > 0), np.minimum(inside_corner, np.minimum(across, along)), np.minimum(across, along)
    )
    return distance


def ground_mesh(extent_m: float) -> Mesh:
    """Carriageway, kerbs, pavements and the lots behind them, out to `extent_m`."""
    parts = [_carpet((-extent_m, extent_m), (-extent_m, extent_m), 0.0, Material.ROAD, ASPHALT)]
    for side_x in (-1, 1):
        for side_y in (-1, 1):
            parts += _corner_block(extent_m, side_x, side_y)
    return merged(parts)


def _carpet(
    across: tuple[float, float], along: tuple[float, float], lift_m: float, material: Material, colour: Colour
) -> Mesh:
    """A rectangle of ground draped over the slope."""
    columns = np.linspace(*across, max(int((across[1] - across[0]) / CELL_M), 1) + 1)
    rows = np.linspace(*along, max(int((along[1] - along[0]) / CELL_M), 1) + 1)
    x, y = (values.ravel() for values in np.meshgrid(columns, rows))
    indices = np.arange(len(x)).reshape(len(rows), len(columns))
    corner, right, upper, opposite = indices[:-1, :-1], indices[:-1, 1:], indices[1:, :-1], indices[1:, 1:]
    triangles = np.stack([corner, right, opposite, corner, opposite, upper], axis=-1).reshape(-1, 3)
    return mesh_from(np.stack([x, y, road_height_m(x, y) + lift_m], axis=1), triangles, material, colour, smooth=True)


def _corner_block(extent_m: float, side_x: int, side_y: int) -> list[Mesh]:
    """Kerb, pavement strip round the corner, and the lot behind it in one quadrant."""
    middle = ROAD_HALF_M + CORNER_RADIUS_M
    straight = np.linspace(extent_m, middle, int((extent_m - middle) / CELL_M) + 1)
    bend = np.linspace(-np.pi / 2, -np.pi, 13)[1:-1]
    line = np.concatenate([
        np.column_stack([straight, np.full(len(straight), ROAD_HALF_M)]),
        np.column_stack([middle + CORNER_RADIUS_M * np.cos(bend), middle + CORNER_RADIUS_M * np.sin(bend)]),
        np.column_stack([np.full(len(straight), ROAD_HALF_M), straight[::-1]]),
    ])  # fmt: skip
    inwards = np.concatenate([
        np.tile([0.0, 1.0], (len(straight), 1)),
        np.column_stack([-np.cos(bend), -np.sin(bend)]),
        np.tile([1.0, 0.0], (len(straight), 1)),
    ])  # fmt: skip
    sides = np.array([side_x, side_y])

    def strip(near: tuple[float, float], far: tuple[float, float], material: Material, colour: Colour) -> Mesh:
        """A band along the kerb between two (inset, lift) lines."""
        edges = []
        for inset, lift in (near, far):
            place = (line + inwards * inset) * sides
            edges.append(np.column_stack([place, road_height_m(place[:, 0], place[:, 1]) + lift]))
        count = len(line)
        here = np.arange(count - 1)
        triangles = np.concatenate([
            np.column_stack([here, here + 1, here + 1 + count]),
            np.column_stack([here, here + 1 + count, here + count]),
        ])  # fmt: skip
        return mesh_from(np.concatenate(edges), triangles, material, colour)

    lot = PAVEMENT_M + ROAD_HALF_M - 0.2
    reach_x = (lot, extent_m) if side_x > 0 else (-extent_m, -lot)
    reach_y = (lot, extent_m) if side_y > 0 else (-extent_m, -lot)
    return [
        strip((0.0, -0.05), (0.02, KERB_M), Material.KERB, KERBSTONE),
        strip((0.02, KERB_M), (KERB_WIDTH_M, KERB_M), Material.KERB, KERBSTONE),
        strip((KERB_WIDTH_M, KERB_M), (PAVEMENT_M, KERB_M), Material.PAVING, PAVING),
        _carpet(reach_x, reach_y, KERB_M - 0.004, Material.PAVING, PAVING),
    ]
