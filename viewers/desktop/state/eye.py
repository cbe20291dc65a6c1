"""Where the 3D pane looks from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from fusion.scene.box_geometry import headings_of_boxes
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.state.preferences import ViewName

AWAY_M, ABOVE_M = 22.0, 14.0
TOP_M = 55.0
CHASE_M, CHASE_ABOVE_M, CHASE_AHEAD_M = 12.0, 6.0, 15.0
# So many lengths of an object away it fills about a third of the pane.
LENGTHS_AWAY, LEAST_AWAY_M = 2.2, 6.0
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Eye:
    """(3,) each, in ego: what is looked at, from where, and which way is up."""

    centre: FloatArray
    place: FloatArray
    up: FloatArray


def eye_of(view: ViewName, focus: Boxes3D) -> Eye:
    """The usual place of a view.

    Args:
        focus: an object to look at, none for the surroundings of the vehicle.
    """
    placed = len(focus) and bool(np.isfinite(focus.corners_m[0]).all())
    centre = focus.centres_m[0] if placed else np.zeros(3)
    ahead = np.append(headings_of_boxes(focus.rotations)[0], 0.0) if placed else np.array([1.0, 0.0, 0.0])
    away = max(float(focus.sizes_m[0].max()) * LENGTHS_AWAY, LEAST_AWAY_M) if placed else AWAY_M
    if view == "top":
        height = away * 1.6 if placed else TOP_M
        return Eye(centre, centre + height * UP, np.array([1.0, 0.0, 0.0]))
    if view == "chase":
        if not placed:
            return Eye(ahead * CHASE_AHEAD_M, np.array([-CHASE_M, 0.0, CHASE_ABOVE_M]), UP)
        return Eye(centre, centre - ahead * away + UP * away / 2, UP)
    # From the vehicle's side of the object: that is the side the lidar saw.
    towards = -centre / max(float(np.linalg.norm(centre)), 1e-6) if placed else np.array([-1.0, 0.35, 0.0])
    towards = towards * (1 - UP)
    return Eye(centre, centre + towards * away + UP * (away * ABOVE_M / AWAY_M), UP)
