"""Objects that move as objects do, labelled as people label them, with faults planted one to a track."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.signal import lfilter

from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

START_NS = 1_600_000_000_000_000_000
FINE_S = 0.01
SIZES_M = {"car": (4.5, 1.9, 1.6), "truck": (9.0, 2.6, 3.3), "pedestrian": (0.8, 0.7, 1.75), "cyclist": (1.8, 0.7, 1.7)}


@dataclass(frozen=True)
class Track:
    """One object: frames (n,), xy_m (n, 2), yaws_rad (n,), sizes_m (n, 3)."""

    category: str
    frames: np.ndarray
    xy_m: np.ndarray
    yaws_rad: np.ndarray
    sizes_m: np.ndarray
    manner: str = ""

    def __len__(self) -> int:
        return len(self.frames)

    def moved(self, rows: object, x_m: float, y_m: float = 0.0) -> Track:
        """The same with some boxes elsewhere."""
        xy_m = self.xy_m.copy()
        xy_m[rows] += [x_m, y_m]
        return replace(self, xy_m=xy_m)

    def turned(self, rows: object, degrees: float = 180.0) -> Track:
        yaws_rad = self.yaws_rad.copy()
        yaws_rad[rows] += np.radians(degrees)
        return replace(self, yaws_rad=yaws_rad)

    def resized(self, rows: object, factors: object) -> Track:
        sizes_m = self.sizes_m.copy()
        sizes_m[rows] *= factors
        return replace(self, sizes_m=sizes_m)

    def without(self, rows: Sequence[int]) -> Track:
        kept = np.setdiff1d(np.arange(len(self)), rows)
        columns = {name: getattr(self, name)[kept] for name in ("frames", "xy_m", "yaws_rad", "sizes_m")}
        return replace(self, **columns)


def straight(
    count: int = 20,
    speed_mps: float = 10.0,
    rate_hz: float = 10.0,
    category: str = "car",
    at_m: tuple[float, float] = (10.0, 5.0),
    heading_deg: float = 0.0,
) -> Track:
    """Exact labels of an object that goes straight on."""
    heading = np.radians(heading_deg)
    along_m = speed_mps / rate_hz * np.arange(count)
    xy_m = np.asarray(at_m) + along_m[:, None] * [np.cos(heading), np.sin(heading)]
    return Track(
        category,
        np.arange(count),
        xy_m,
        np.full(count, heading),
        np.tile(SIZES_M.get(category, SIZES_M["car"]), (count, 1)),
    )


def label_scene(tracks: Sequence[Track], rate_hz: float = 10.0, frames: int | None = None, **parts: object) -> Scene:
    """A scene of these tracks, named t0, t1 ..., seen from a standing car; in the world unless told otherwise."""
    count = frames or 1 + max((int(track.frames.max()) for track in tracks if len(track)), default=0)
    stamps_ns = START_NS + np.round(np.arange(count) * 1e9 / rate_hz).astype(np.int64)
    frame = np.concatenate([track.frames for track in tracks])
    heights_m = np.concatenate([track.sizes_m[:, 2] for track in tracks])
    names = np.repeat([f"t{number}" for number in range(len(tracks))], [len(track) for track in tracks])
    boxes = Boxes3D.upright(
        np.column_stack([np.concatenate([track.xy_m for track in tracks]), heights_m / 2]),
        np.concatenate([track.sizes_m for track in tracks]),
        np.concatenate([track.yaws_rad for track in tracks]),
        category=[track.category for track in tracks for _ in range(len(track))],
        track=list(names),
        timestamps_ns=stamps_ns[frame],
    )
    usual = {"poses": [np.eye(4)] * count, "reference": "world"}
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps_ns, box_frames=frame, **{**usual, **parts})


# Manner of motion -> class, and speed and yaw rate over time, given a moment at which something may happen.
def _constant(speed_mps: float, yaw_rate: float = 0.0) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    return lambda t, t0: (speed_mps + 0 * t, yaw_rate + 0 * t)


def _ramp(before_mps: float, acceleration: float, after_mps: float) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    low, high = sorted((before_mps, after_mps))
    return lambda t, t0: (np.clip(before_mps + acceleration * np.maximum(t - t0, 0), low, high), 0 * t)


MANNERS = {
    "goes straight": ("car", _constant(12.0)),
    "turns": ("car", _constant(10.0, 0.5)),
    "turns in": ("car", lambda t, t0: (9.0 + 0 * t, 0.5 * ((t > t0) & (t < t0 + 2)))),
    "brakes hard": ("car", _ramp(15.0, -8.0, 0.0)),
    "starts": ("truck", _ramp(0.0, 3.5, 15.0)),
    "parks": ("car", _constant(0.0)),
    "parks far away": ("car", _constant(0.0)),
    "walks": ("pedestrian", lambda t, t0: (1.4 + 0 * t, 0.5 * np.sin(t))),
    "turns round": ("pedestrian", lambda t, t0: (1.4 + 0 * t, 2 * np.pi * (np.abs(t - t0) < 0.25))),
    "stops walking": ("pedestrian", lambda t, t0: (np.where(t < t0, 1.4, 0.0), 0 * t)),
    "stops running": ("pedestrian", _ramp(3.5, -10.0, 0.0)),
    "cycles": ("cyclist", _constant(6.0)),
    "swerves": ("cyclist", lambda t, t0: (5.0 + 0 * t, 0.6 * np.cos(2.1 * t + t0))),
}


def population(count: int, rate_hz: float, seed: int) -> list[Track]:
    """Tracks of all manners, with the noise of careful people: 5 to 10 cm and 1 to 2 degrees, partly lasting."""
    rng = np.random.default_rng(seed)
    longest = 80 if rate_hz > 5 else 40
    return [
        _labelled(manner, rate_hz, longest, rng) for manner, _ in zip(list(MANNERS) * count, range(count), strict=False)
    ]


def _labelled(manner: str, rate_hz: float, longest: int, rng: np.random.Generator) -> Track:
    category, drive = MANNERS[manner]
    count = int(rng.integers(longest // 5, longest))
    t = np.arange(0, count / rate_hz + 2 * FINE_S, FINE_S)
    speeds_mps, yaw_rates = drive(t, rng.uniform(0.2, 0.8) * count / rate_hz)
    yaws_rad = rng.uniform(-np.pi, np.pi) + np.cumsum(yaw_rates) * FINE_S
    path_m = np.cumsum(speeds_mps[:, None] * np.column_stack([np.cos(yaws_rad), np.sin(yaws_rad)]), axis=0) * FINE_S
    seen_s = np.arange(count) / rate_hz
    xy_m = np.column_stack([np.interp(seen_s, t, column) for column in path_m.T])
    far = manner == "parks far away"
    range_m, bearing = rng.uniform(30, 80) if far else rng.uniform(4, 60), rng.uniform(-np.pi, np.pi)
    xy_m += range_m * np.array([np.cos(bearing), np.sin(bearing)]) - xy_m[count // 2]
    lasting_s = rng.choice([0.0, 0.3, 1.0])
    sigma_m = rng.uniform(0.05, 0.10)
    xy_m += np.column_stack([_noise(count, sigma_m, lasting_s * rate_hz, rng) for _ in range(2)])
    if far:
        ranges_m = np.linalg.norm(xy_m, axis=1, keepdims=True)
        xy_m += xy_m / ranges_m * (0.02 + 0.003 * ranges_m) * rng.normal(size=(count, 1))
    yaws_rad = np.interp(seen_s, t, yaws_rad) + _noise(count, np.radians(rng.uniform(1, 2)), lasting_s * rate_hz, rng)
    sizes_m = SIZES_M[category] * (1 + rng.choice([0.0, 0.03]) * rng.normal(size=(count, 3)))
    if category == "pedestrian":
        sizes_m[:, 0] *= 1 + 0.2 * np.sin(2 * np.pi * seen_s)
    return Track(category, np.arange(count), xy_m, yaws_rad, sizes_m, manner)


def _noise(count: int, sigma: float, lasting: float, rng: np.random.Generator) -> np.ndarray:
    """Normal noise that forgets itself after so many frames."""
    memory = np.exp(-1 / lasting) if lasting > 0 else 0.0
    fresh = rng.normal(0, sigma, count)
    fresh[1:] *= np.sqrt(1 - memory**2)
    return lfilter([1.0], [1.0, -memory], fresh)


@pytest.fixture(scope="session")
def go() -> Callable[..., Track]:
    """`go(count=20, speed_mps=10)`: exact labels of an object that goes straight on."""
    return straight


@pytest.fixture(scope="session")
def label() -> Callable[..., Scene]:
    """`label([track, ...], rate_hz=10)`: the scene."""
    return label_scene


def ticked(scene: Scene, **values: str | Sequence[str]) -> Scene:
    """The scene with an attribute: by track one value for all of its boxes, or one each."""
    tracks, boxes = scene.labels.tracks, scene.labels.boxes
    column = np.full(len(boxes), "", dtype=object)
    for name, value in values.items():
        column[tracks.rows(tracks.names.index(name))] = value
    attributes = Attributes({"attribute": AttributeColumn(Coded.from_values(column.tolist()))})
    scene.label_sets = {"labels": replace(scene.labels, boxes=replace(boxes, attributes=attributes))}
    return scene


@pytest.fixture(scope="session")
def tick() -> Callable[..., Scene]:
    """`tick(scene, t0="vehicle.parked")`: the scene with what annotators ticked."""
    return ticked


@pytest.fixture(scope="session")
def people_label() -> Callable[..., list[Track]]:
    """`people_label(count, rate_hz, seed)`: tracks of all manners of motion as careful people label them."""
    return population
