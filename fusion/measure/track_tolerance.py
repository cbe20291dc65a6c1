"""What may put a box off its path although nobody made a mistake, and the departures that remain beyond it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray
from fusion.measure.track_motion import TrackMotion, track_motion
from fusion.measure.track_path import SHIFT, Doubt, PathDepartures, path_departures
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import PEOPLE, TWO_WHEELERS, Kinds


@dataclass(frozen=True)
class PathTolerance:
    """Limits of TRK501, which says why each number is what it is; the same for all that leave leaps to it."""

    jitter_m: float = 0.10
    jitter_per_range: float = 0.002
    steadiest_m: float = 0.05
    chance: float = 2e-4
    vehicle_acceleration: float = 8.0
    two_wheeler_acceleration: float = 7.0
    person_acceleration: float = 10.0
    ego_acceleration: float = 6.0
    ego_yaw_acceleration: float = 1.0

    def doubt(self, motion: TrackMotion) -> Doubt:
        """By row of the labels."""
        kinds = Kinds(motion.boxes.category)
        acceleration = np.full(len(motion.boxes), self.vehicle_acceleration)
        acceleration[kinds.is_any(TWO_WHEELERS)] = self.two_wheeler_acceleration
        acceleration[kinds.is_any(PEOPLE)] = self.person_acceleration
        if motion.relative:
            acceleration += self.ego_acceleration + self.ego_yaw_acceleration * motion.ranges_m
        jitter_m = self.jitter_m + self.jitter_per_range * motion.ranges_m
        return Doubt(jitter_m, acceleration, self.steadiest_m, self.chance)


USUAL = PathTolerance()


def departures_beyond(scene: Scene, tolerance: PathTolerance = USUAL) -> PathDepartures:
    """Departures of all tracked boxes from their paths, worked out once for each tolerance.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get(
        ("path departures", tolerance), lambda: path_departures(scene, tolerance.doubt(track_motion(scene)))
    )


def without_shifts(departures: PathDepartures, rows: BoolArray) -> PathDepartures:
    """The same, the shifts just before some rows (M,) being another matter than a path's."""
    departed = departures.departed.copy()
    departed[rows, SHIFT] = False
    return replace(departures, departed=departed)
