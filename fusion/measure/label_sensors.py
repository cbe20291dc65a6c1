"""Which lidar a box was drawn in, where labels say so.

Lidars that turn apart see a moving object at different moments, so some data sets box it once in each: PandaSet's
`cuboids.sensor_id` is 0 or 1 for such a box, and -1 for one that holds for both. Readers keep it as an attribute.
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import BoolArray, IntArray
from fusion.scene.boxes3d import Boxes3D

# As attributes are called, without what stands before the last dot.
SENSOR_ATTRIBUTES = frozenset({"sensor", "sensor_id", "sensor_name", "lidar", "lidar_id", "stream"})
# Values that name no single sensor.
ANY_SENSOR = frozenset({"", "-1", "all", "any", "both", "fused", "none"})


def of_other_sensors(boxes: Boxes3D, first: IntArray, second: IntArray) -> BoolArray:
    """(P,) bool: of pairs of rows, those whose boxes say that they were drawn in the clouds of different sensors."""
    other = np.zeros(len(first), dtype=bool)
    for name, column in boxes.attributes.items():
        if name.rsplit(".", 1)[-1].lower() not in SENSOR_ATTRIBUTES:
            continue
        values = column.as_text
        single = values.present & ~values.is_any([one for one in values.names if one.lower() in ANY_SENSOR])
        other |= single[first] & single[second] & (values.codes[first] != values.codes[second])
    return other
