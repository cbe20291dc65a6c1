"""TIM211 pose-disagrees: a pose recorded with a measurement is not where the trajectory has the vehicle.

What it looks for: the distance between the ego pose a data set stores with a sweep or image and the pose of its own
trajectory at the same time.
Why it matters: one of the two is wrong, and boxes and points land in different places depending on which is used.
Evidence: the distance and turn at the worst measurement of each sensor, when, how many are beyond the limit.
Blind spots: data sets whose trajectory is made of these very poses agree with themselves.
Example: a drive in the tests whose camera has one pose 0.5 m off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray, IntArray
from calibration.trajectory import Trajectory
from calibration.transform import matrices_from_quaternions
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.limits import Limits
from fusion.checks.reason import Reason
from fusion.checks.severity import Severity
from fusion.checks.subject import SensorRows
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream


class PoseDisagreesLimits(Limits):
    max_distance_m: float = Field(
        0.10, gt=0, description="Interpolating 10 Hz poses of a braking car errs by less; labels are this accurate."
    )
    max_turn_deg: float = Field(0.5, gt=0, description="Moves a point at 20 m by more than a careful label's error.")


@dataclass(frozen=True, eq=False)
class _Disagreement:
    """(K,) of the measurements that have a recorded pose and a time within the trajectory."""

    stamps_ns: IntArray
    distances_m: FloatArray
    turns_deg: FloatArray

    @property
    def compared(self) -> int:
        return len(self.stamps_ns)

    def worst(self, values: FloatArray) -> float:
        return float(values.max(initial=0.0))


@scene_check("TIM211", Severity.ERROR, PoseDisagreesLimits)
def pose_disagrees(scene: Scene, limits: PoseDisagreesLimits) -> Assessment:
    """The largest disagreement of each sensor's recorded poses with the trajectory."""
    trajectory = scene.trajectory
    if trajectory is None:
        raise NotMeasurableError("the scene has no trajectory")
    sensors = tuple(name for name, stream in scene.streams.items() if stream.translations_m is not None)
    if not sensors:
        raise NotMeasurableError("no poses are recorded with measurements")
    found = [_disagreement(scene.streams[name], trajectory) for name in sensors]
    distances = np.asarray([one.worst(one.distances_m) for one in found])
    turns = np.asarray([one.worst(one.turns_deg) for one in found])
    beyond = [(one.distances_m > limits.max_distance_m) | (one.turns_deg > limits.max_turn_deg) for one in found]
    when = [int(one.stamps_ns[np.argmax(one.distances_m + one.turns_deg)]) if one.compared else 0 for one in found]
    return Assessment(
        about=SensorRows(scene, sensors),
        not_assessed=Reason("no recorded pose within the trajectory").where([not one.compared for one in found]),
        violated=np.asarray([bool(rows.any()) for rows in beyond]),
        measured=distances,
        limit=limits.max_distance_m,
        unit="m",
        message="recorded poses are up to {measured:.2f} m, {turn_deg:.2f} deg from the trajectory ({off} of {total})",
        evidence={
            "turn_deg": turns,
            "off": np.asarray([int(rows.sum()) for rows in beyond]),
            "total": np.asarray([one.compared for one in found]),
            "worst_at_ns": np.asarray(when, dtype=object),
        },
    )


def _disagreement(stream: Stream[Any], trajectory: Trajectory) -> _Disagreement:
    if stream.translations_m is None or stream.quaternions is None:
        return _Disagreement(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    usable = np.isfinite(stream.translations_m).all(axis=1) & np.isfinite(stream.quaternions).all(axis=1)
    usable &= trajectory.covers(stream.timestamps_ns)
    stamps_ns = stream.timestamps_ns[usable]
    expected = trajectory.at(stamps_ns)
    distances_m = np.linalg.norm(stream.translations_m[usable] - expected.translations_m, axis=1)
    between = np.matmul(expected.rotations.transpose(0, 2, 1), matrices_from_quaternions(stream.quaternions[usable]))
    cosines = np.clip((np.trace(between, axis1=1, axis2=2) - 1) / 2, -1, 1)
    return _Disagreement(stamps_ns, distances_m, np.rad2deg(np.arccos(cosines)))
