"""Boxes as a labeller draws them: exact ones on the sweep as it was seen, and ones with a human hand's noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sample_data.street.actors import Actor
from sample_data.street.chance import generator_for
from sample_data.street.ego import Ego
from sample_data.street.lidar import SpinningLidar, Sweep
from sample_data.street.mesh import FloatArray, rotation_about_z
from sample_data.street.options import StreetOptions
from sample_data.street.raycast import Int

CENTIMETRE = 0.01
KNOT_S = 0.8
VISIBILITY_EDGES = (0.4, 0.6, 0.8)
CERTAIN_RAYS = 60
SHORTEST_TRACK = 3


@dataclass(frozen=True)
class Label:
    """One box: street frame, `size_m` length width height, `visibility` the nuScenes token 1 to 4."""

    track: str
    frame: int
    centre_m: tuple[float, float, float]
    yaw_rad: float
    size_m: tuple[float, float, float]
    category: str
    attribute: str | None
    visibility: str

    def moved(self, offset_m: Sequence[float]) -> Label:
        x, y, z = np.add(self.centre_m, offset_m)
        return replace(self, centre_m=(float(x), float(y), float(z)))

    def resized(self, factors: Sequence[float]) -> Label:
        """Stretched about the middle of its bottom face."""
        length, width, height = np.multiply(self.size_m, factors)
        grown = replace(self, size_m=(float(length), float(width), float(height)))
        return grown.moved((0, 0, (height - self.size_m[2]) / 2))


@dataclass(frozen=True)
class TrueState:
    """Where an object really was at the stamp, and when the sweep saw it; metres, radians, m/s, microseconds."""

    centre_m: tuple[float, float, float]
    yaw_rad: float
    velocity_mps: tuple[float, float, float]
    seen_us: int


@dataclass(frozen=True, eq=False)
class Frame:
    """One keyframe.

    `points_in_street` (N, 3) are the sweep's points as the labeller saw them, `lidar_in_street` (3,) is the lidar's
    place at the stamp; `image_shown` and `image_whole` (A,) count the camera rays that met each actor, and those that
    would have met it alone.
    """

    index: int
    sweep: Sweep
    points_in_street: FloatArray
    lidar_in_street: FloatArray
    image_shown: Int
    image_whole: Int


def as_seen(
    actor: Actor, lidar: SpinningLidar, ego: Ego, end_us: int, compensated: bool
) -> tuple[FloatArray, float, TrueState]:
    """Centre and yaw of an actor as a sweep shows it, and its true state at the sweep's stamp.

    The beam crosses the actor at some moment of the rotation. A raw sweep shows it where it was then, seen from the
    car as it stood then, but drawn from the car as it stands at the stamp:
    street_from_ego(stamp) @ ego_from_street(moment) @ street_from_actor(moment).
    """
    stamp_s = end_us * 1e-6
    moment_s = stamp_s
    for _ in range(4):
        rotations, places = ego.poses([moment_s])
        centre, _ = actor.centres([moment_s])
        in_ego = rotations[0].T @ (centre[0] - places[0]) - lidar.mount.translation
        moment_s = stamp_s + lidar.before_end_s(float(np.arctan2(in_ego[1], in_ego[0])))
    rotations, places = ego.poses([moment_s, stamp_s])
    centres, yaws = actor.centres([moment_s, stamp_s, stamp_s - 1e-3, stamp_s + 1e-3])
    velocity = (centres[3] - centres[2]) / 2e-3
    truth = TrueState(_triple(centres[1]), float(yaws[1]), _triple(velocity), round(moment_s * 1e6))
    if compensated:
        return centres[0], float(yaws[0]), truth
    drift = rotations[1] @ rotations[0].T
    seen = drift @ (centres[0] - places[0]) + places[1]
    heading = (drift @ rotation_about_z(float(yaws[0])))[:, 0]
    return seen, float(np.arctan2(heading[1], heading[0])), truth


def _triple(values: FloatArray) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def points_inside(
    points: FloatArray, centre_m: ArrayLike, rotation: FloatArray, size_m: ArrayLike
) -> NDArray[np.bool_]:
    """(N,) which points lie in a box, faces included; float64 throughout."""
    offset = (points - np.asarray(centre_m)) @ rotation
    inside: NDArray[np.bool_] = (np.abs(offset) <= np.asarray(size_m) / 2).all(axis=1)
    return inside


def true_labels(
    options: StreetOptions, actors: Sequence[Actor], lidar: SpinningLidar, ego: Ego, frames: Sequence[Frame]
) -> tuple[list[Label], dict[tuple[str, int], TrueState]]:
    """Exact boxes of everything in scope, from the first to the last frame that shows enough of it.

    What shows enough in one or two frames only is left out, as labellers do.
    """
    lasting = min(SHORTEST_TRACK, len(frames))
    labels: list[Label] = []
    states: dict[tuple[str, int], TrueState] = {}
    for number, actor in enumerate(actors):
        seen = [as_seen(actor, lidar, ego, frame.sweep.end_us, options.motion == "compensated") for frame in frames]
        enough = [
            frame.index
            for frame, (centre, yaw, _) in zip(frames, seen, strict=True)
            if _in_range(ego, frame, centre, options.max_range_m)
            and points_inside(frame.points_in_street, centre, rotation_about_z(yaw), actor.size_m).sum()
            >= options.min_points
        ]
        for frame, (centre, yaw, state) in zip(frames, seen, strict=True):
            if len(enough) >= lasting and enough[0] <= frame.index <= enough[-1]:
                visible = _visibility(frame, number)
                box = Label(
                    actor.name,
                    frame.index,
                    _triple(centre),
                    yaw,
                    _triple(actor.size_m),
                    actor.category,
                    actor.attribute,
                    visible,
                )
                labels.append(box)
                states[actor.name, frame.index] = state
    return labels, states


def _in_range(ego: Ego, frame: Frame, centre: FloatArray, max_range_m: float) -> bool:
    _, places = ego.poses([frame.sweep.end_us * 1e-6])
    return bool(np.hypot(*(centre - places[0])[:2]) <= max_range_m)


def _visibility(frame: Frame, actor: int) -> str:
    """Visibility as nuScenes grades it, from all images together; from the sweep where no image shows the place."""
    shown, whole = frame.image_shown[actor], frame.image_whole[actor]
    if whole < CERTAIN_RAYS:
        shown, whole = frame.sweep.shown[actor], frame.sweep.whole[actor]
    share = min(1.0, float(shown) / max(float(whole), 1.0))
    return str(1 + int(np.searchsorted(VISIBILITY_EDGES, share, side="right")))


def with_human_noise(options: StreetOptions, scene: int, labels: Sequence[Label], frame_s: float) -> list[Label]:
    """The same boxes drawn by hand: one size per track, an offset that stays and one that wanders slowly."""
    noisy: list[Label] = []
    for track, own in tracks_of(labels).items():
        noisy += _drawn_by_hand(generator_for(options.seed, scene, "hand", track), own, frame_s)
    return noisy


def tracks_of(labels: Sequence[Label]) -> dict[str, list[Label]]:
    """The boxes of each track in the order of frames, tracks in the order they first come."""
    tracks: dict[str, list[Label]] = {}
    for label in labels:
        tracks.setdefault(label.track, []).append(label)
    return {track: sorted(own, key=lambda label: label.frame) for track, own in tracks.items()}


def _drawn_by_hand(generator: np.random.Generator, own: Sequence[Label], frame_s: float) -> list[Label]:
    length, width, _ = own[0].size_m
    steadiness = float(np.clip(min(length, width) / 1.5, 0.45, 1.0))
    frames = np.array([label.frame for label in own])
    lasting = _clipped(generator, 3) * np.array([6.5, 6.5, 2.5]) * CENTIMETRE * steadiness
    wandering = _slow(generator, frames * frame_s, 3) * np.array([3.0, 3.0, 1.0]) * CENTIMETRE * steadiness
    turn_deg = 3.0 if max(length, width) < 1.2 else 1.0 if length < 6 else 0.5
    yaw = np.deg2rad(_clipped(generator, 1)[0] * turn_deg + _slow(generator, frames * frame_s, 1)[:, 0] * turn_deg / 2)
    spread = np.minimum(0.02, 0.06 / np.array(own[0].size_m))
    factors = np.exp(_clipped(generator, 3) * spread)
    return [
        replace(
            label.resized(factors.tolist()).moved((lasting + wander).tolist()), yaw_rad=label.yaw_rad + float(angle)
        )
        for label, wander, angle in zip(own, wandering, yaw, strict=True)
    ]


def _clipped(generator: np.random.Generator, count: int) -> FloatArray:
    """Normal draws, none beyond 1.8 sigma: a careful labeller's."""
    return np.clip(generator.normal(size=count), -1.8, 1.8)


def _slow(generator: np.random.Generator, seconds: FloatArray, count: int) -> FloatArray:
    """(N, count) noise of unit size that changes smoothly from knot to knot, as interpolated key boxes do."""
    knots = _clipped(generator, count * (int(seconds.max() / KNOT_S) + 2)).reshape(-1, count)
    place = seconds / KNOT_S
    before = np.floor(place).astype(int)
    share = (1 - np.cos(np.pi * (place - before))) / 2
    noise: FloatArray = knots[before] * (1 - share)[:, None] + knots[before + 1] * share[:, None]
    return noise
