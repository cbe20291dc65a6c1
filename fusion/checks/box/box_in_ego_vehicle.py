"""BOX312 box-in-ego-vehicle: a box holds one of the recording vehicle's own sensors.

What it looks for: places of cameras, lidars and radars inside a box.
Why it matters: nothing can be where the recording vehicle is; the box is its own shadow, or in another frame.
Evidence: which sensor, and how deep inside it is.
Blind spots: boxes that touch the vehicle between its sensors; data without a rig.
Example: a box in the tests around the roof lidar.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray
from calibration.transform import matrices_from_quaternions
from fusion.checks.assessment import Assessment
from fusion.checks.check import frame_check
from fusion.checks.limits import Limits
from fusion.checks.severity import Severity
from fusion.checks.subject import BoxRows
from fusion.errors import NotMeasurableError
from fusion.measure.frame import SyncedFrame
from fusion.scene.boxes3d import Boxes3D


class BoxInEgoVehicleLimits(Limits):
    min_depth_m: float = Field(
        0.2, ge=0, description="A sensor at the bumper may touch the loose box of what stands before it."
    )


@frame_check("BOX312", Severity.ERROR, BoxInEgoVehicleLimits, tier="labels")
def box_in_ego_vehicle(frame: SyncedFrame, limits: BoxInEgoVehicleLimits) -> Assessment:
    """How deep the deepest sensor sits in each box."""
    rig = frame.scene.rig_at(frame.timestamp_ns)
    if not rig.sensors:
        raise NotMeasurableError("nobody tells where the vehicle's sensors are")
    names = np.asarray(list(rig.sensors), dtype=object)
    places = np.stack([sensor.ego_from_sensor.translation for sensor in rig.sensors.values()])
    depths = _depths_m(frame.boxes, places)
    deepest = np.argmax(depths, axis=1)
    depth = depths[np.arange(len(depths)), deepest]
    return Assessment(
        about=BoxRows(frame),
        violated=depth > limits.min_depth_m,
        measured=depth,
        limit=limits.min_depth_m,
        unit="m",
        message="{sensor_inside} of the recording vehicle is {measured:.2f} m inside",
        evidence={"sensor_inside": names[deepest]},
    )


def _depths_m(boxes: Boxes3D, places: FloatArray) -> FloatArray:
    """(M, S) how far each place is inside each box, from the nearest face; negative outside."""
    ego_from_box = matrices_from_quaternions(boxes.rotations)
    in_box = np.einsum("mji,msj->msi", ego_from_box, places[None] - boxes.centres_m[:, None])
    depths: FloatArray = (boxes.sizes_m[:, None] / 2 - np.abs(in_box)).min(axis=2)
    return np.nan_to_num(depths, nan=-np.inf)
