"""How things move: along a smooth path, at a speed that changes gently; upright, with a yaw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from sample_data.street.mesh import FloatArray

STEP_M = 0.02
EASE_M = 2.0


@dataclass(frozen=True, eq=False)
class Places:
    """Where something is at N times: `x`, `y`, `yaw_rad` and the distance driven `travelled_m`, each (N,)."""

    x: FloatArray
    y: FloatArray
    yaw_rad: FloatArray
    travelled_m: FloatArray


class Motion(Protocol):
    """Anything that can say where it is at (N,) seconds."""

    def at(self, seconds: ArrayLike) -> Places: ...

    @property
    def still(self) -> bool: ...


@dataclass(frozen=True)
class Standing:
    """Something that never moves."""

    x: float
    y: float
    yaw_rad: float = 0.0

    @property
    def still(self) -> bool:
        return True

    def at(self, seconds: ArrayLike) -> Places:
        count = len(np.atleast_1d(np.asarray(seconds)))
        return Places(np.full(count, self.x), np.full(count, self.y), np.full(count, self.yaw_rad), np.zeros(count))


class Path:
    """A line of straights and bends, given as (length_m, curvature_per_m); curvature eases in and out over 4 m."""

    def __init__(self, x: float, y: float, yaw_rad: float, pieces: Sequence[tuple[float, float]]) -> None:
        curvature = np.concatenate([np.full(max(round(length / STEP_M), 1), bend) for length, bend in pieces])
        width = round(EASE_M / STEP_M)
        padded = np.pad(curvature, 2 * width, mode="edge")
        window = np.full(width, 1 / width)
        eased = np.convolve(np.convolve(padded, window, mode="same"), window, mode="same")[2 * width : -2 * width]
        self.distance_m = np.arange(len(eased) + 1) * STEP_M
        self.yaw_rad = yaw_rad + np.concatenate([[0.0], np.cumsum(eased) * STEP_M])
        middle = (self.yaw_rad[1:] + self.yaw_rad[:-1]) / 2
        self.x = x + np.concatenate([[0.0], np.cumsum(np.cos(middle)) * STEP_M])
        self.y = y + np.concatenate([[0.0], np.cumsum(np.sin(middle)) * STEP_M])

    @property
    def length_m(self) -> float:
        return float(self.distance_m[-1])

    def places(self, distance_m: FloatArray) -> Places:
        """Where one is after driving each distance; straight on beyond either end."""
        inside = np.clip(distance_m, 0, self.length_m)
        beyond = distance_m - inside
        yaw = np.interp(inside, self.distance_m, self.yaw_rad)
        return Places(
            np.interp(inside, self.distance_m, self.x) + beyond * np.cos(yaw),
            np.interp(inside, self.distance_m, self.y) + beyond * np.sin(yaw),
            yaw,
            distance_m,
        )


@dataclass(frozen=True, eq=False)
class Driving:
    """Motion along a path; `speeds` are (second, metres per second) corner points of the speed."""

    path: Path
    speeds: Sequence[tuple[float, float]]
    start_m: float = 0.0

    @property
    def still(self) -> bool:
        return False

    def at(self, seconds: ArrayLike) -> Places:
        return self.path.places(self.start_m + self._driven_m(np.atleast_1d(np.asarray(seconds, dtype=np.float64))))

    def _driven_m(self, seconds: FloatArray) -> FloatArray:
        """Distance since t = 0: the exact integral of the piecewise linear speed."""
        times = np.array([-10.0, *(t for t, _ in self.speeds), 1e4])
        speeds = np.array([self.speeds[0][1], *(v for _, v in self.speeds), self.speeds[-1][1]])
        areas = np.concatenate([[0.0], np.cumsum((speeds[1:] + speeds[:-1]) / 2 * np.diff(times))])

        def integral(t: FloatArray) -> FloatArray:
            index = np.clip(np.searchsorted(times, t, side="right") - 1, 0, len(times) - 2)
            since = t - times[index]
            slope = (speeds[index + 1] - speeds[index]) / (times[index + 1] - times[index])
            total: FloatArray = areas[index] + speeds[index] * since + slope * since**2 / 2
            return total

        return integral(seconds) - integral(np.zeros(1))
