"""How well a camera's clock is audited: planted delays and drifts found, false alarms, coverage, time.

`python tests/benchmarks/bench_camera_clock.py --seeds 40`: about ten minutes. No image is rendered: a seeded vehicle
winds through a street of walls, ground and moving things, and what a camera of 20 Hz would have followed there is
projected, with noise. `normal` noise is a good image and good poses; `heavy` is two to three times as much.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from calibration.arrays import FloatArray
from calibration.audit.camera_clock import audit_camera_clock
from calibration.audit.image_rotation import CORNER_NOISE_PX, CameraDrive, FollowedCorners
from calibration.audit.result import AuditResult
from calibration.clock import SECOND_NS
from calibration.estimate import Verdict
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_matrices

FIRST_SEED = 8000
DELAYS_MS = (0.0, 10.0, -25.0)
DRIFTS_PPM = (0.0, 100.0)
SHORT_S, LONG_S = 20.0, 60.0

CAMERA_HZ, POSES_HZ = 20.0, 50.0
FOCAL_PX, WIDTH_PX, HEIGHT_PX = 600.0, 800.0, 450.0
EGO_FROM_CAMERA = RigidTransform.from_rotation(
    "ego", "camera", np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]), np.array([1.7, 0.0, 1.5])
)
CORNERS = 150
STEP_S = 0.005
# Steering and speed change this often, and take this long to.
HELD_S, EASED_STEPS = 2.0, 161


@dataclass(frozen=True)
class Noise:
    """corner_px: of a followed corner; yaw_rad, place_m: of a pose; moving: the largest share of moving things."""

    corner_px: float
    yaw_rad: float
    place_m: float
    moving: float


NOISES = {"normal": Noise(0.2, 1e-4, 0.01, 0.15), "heavy": Noise(0.5, 3e-4, 0.02, 0.3)}


@dataclass(frozen=True, eq=False)
class Driving:
    """A vehicle over time, T steps of `STEP_S`: seconds (T,), yaw, pitch and roll (T, 3) radians, place (T, 3) m."""

    seconds: FloatArray
    angles_rad: FloatArray
    place_m: FloatArray

    def poses(self, at_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(N, 3, 3) and (N, 3)."""
        angles, place = (
            np.column_stack([np.interp(at_s, self.seconds, axis) for axis in columns.T])
            for columns in (self.angles_rad, self.place_m)
        )
        return Rotation.from_euler("ZYX", angles).as_matrix(), place


def driving(random: np.random.Generator, seconds: float) -> Driving:
    """Turns of up to half a radian a second, straight on a quarter of the time, 2.5 to 14 m/s, nodding and leaning."""
    at_s = np.arange(-1.5, seconds + 1.5, STEP_S)
    held = ((at_s + 2.0) / HELD_S).astype(int)
    count = held[-1] + 1
    yaw_radps = _eased((random.normal(0, 0.22, count) * (random.random(count) < 0.75))[held])
    speed_mps = _eased(np.clip(random.normal(7.0, 2.5, count), 2.5, 14.0)[held])
    yaw = np.cumsum(yaw_radps) * STEP_S
    pitch = 0.004 * random.uniform(0.3, 1) * np.sin(2 * np.pi * 1.1 * at_s + random.uniform(0, 6))
    roll = -0.02 * yaw_radps * speed_mps / 5
    place = np.column_stack([speed_mps * np.cos(yaw), speed_mps * np.sin(yaw), np.zeros_like(yaw)]).cumsum(axis=0)
    return Driving(at_s, np.column_stack([yaw, pitch, roll]), place * STEP_S)


def _eased(values: FloatArray) -> FloatArray:
    window = np.hanning(EASED_STEPS) + np.hanning(EASED_STEPS) ** 2
    return np.convolve(np.pad(values, EASED_STEPS // 2, mode="edge"), window / window.sum(), mode="valid")


def simulated(seed: int, seconds: float, noise: Noise, delay_ms: float = 0.0, drift_ppm: float = 0.0) -> CameraDrive:
    """What a camera shows whose stamps are late by the delay in the middle of the drive, and drift from there."""
    random = np.random.default_rng(seed)
    drive = driving(random, seconds)
    true_s = np.arange(0, seconds, 1 / CAMERA_HZ)
    before, after, offsets = _followed(random, drive, true_s, noise)
    late_s = 1e-3 * delay_ms + 1e-6 * drift_ppm * (true_s - seconds / 2)
    stamps_ns = np.rint((true_s + late_s) * SECOND_NS).astype(np.int64)
    on_time = np.zeros(len(before), dtype=np.float32)
    corners = FollowedCorners(
        stamps_ns[:-1], stamps_ns[1:], offsets, before, after, on_time, CORNER_NOISE_PX / FOCAL_PX, True, len(true_s)
    )
    pose_s = np.arange(-1.4, seconds + 1.4, 1 / POSES_HZ)
    rotations, places = drive.poses(pose_s)
    wrong = np.column_stack([np.zeros((len(pose_s), 2)), random.normal(0, noise.yaw_rad, len(pose_s))])
    quaternions = quaternions_from_matrices(rotations @ Rotation.from_rotvec(wrong).as_matrix())
    places = places + random.normal(0, noise.place_m, places.shape)
    poses = Trajectory.from_poses(np.rint(pose_s * SECOND_NS).astype(np.int64), places, quaternions)
    return CameraDrive(corners, EGO_FROM_CAMERA, poses)


def _followed(
    random: np.random.Generator, drive: Driving, true_s: FloatArray, noise: Noise
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rays (K, 3) before and after, and the first row of each pair of images."""
    rotations, places = drive.poses(true_s)
    cameras = places + rotations @ EGO_FROM_CAMERA.translation
    rotations = rotations @ EGO_FROM_CAMERA.rotation
    pairs = len(true_s) - 1
    u = random.uniform(-WIDTH_PX / 2, WIDTH_PX / 2, (pairs, CORNERS))
    v = np.clip(random.normal(0, 0.22 * HEIGHT_PX, (pairs, CORNERS)), -HEIGHT_PX / 2, HEIGHT_PX / 2)
    rays = np.stack([u / FOCAL_PX, v / FOCAL_PX, np.ones_like(u)], axis=-1)
    points = rays * _distances_m(random, rays, true_s[:-1])[..., None]
    in_world = np.einsum("nij,nkj->nki", rotations[:-1], points) + cameras[:-1, None]
    moving = random.random((pairs, CORNERS)) < noise.moving * random.random((pairs, 1))
    in_world[..., :2] += moving[..., None] * random.normal(0, 0.3, (pairs, CORNERS, 2))
    seen = np.einsum("nij,nki->nkj", rotations[1:], in_world - cameras[1:, None])
    pixels = FOCAL_PX * seen[..., :2] / np.maximum(seen[..., 2:], 0.5)
    shown = (seen[..., 2] > 0.5) & (np.abs(pixels) < [WIDTH_PX / 2, HEIGHT_PX / 2]).all(axis=-1)
    pixels = pixels + random.normal(0, noise.corner_px, pixels.shape)
    after = np.concatenate([pixels / FOCAL_PX, np.ones_like(u)[..., None]], axis=-1)
    both = [each[shown] / np.linalg.norm(each[shown], axis=1, keepdims=True) for each in (rays, after)]
    offsets = np.concatenate([[0], np.cumsum(shown.sum(axis=1))]).astype(np.int64)
    return both[0].astype(np.float32), both[1].astype(np.float32), offsets


def _distances_m(random: np.random.Generator, rays: FloatArray, at_s: FloatArray) -> FloatArray:
    """(N, K) to walls left and right that come and go, to the ground, and to things before them."""
    phases = random.uniform(0, 6, 4)
    left_m = 9 + 4 * np.sin(0.35 * at_s + phases[0]) + 3 * np.sin(0.9 * at_s + phases[1])
    right_m = 7 + 3 * np.sin(0.4 * at_s + phases[2]) + 2 * np.sin(1.1 * at_s + phases[3])
    aside = np.maximum(np.abs(rays[..., 0]), 1e-3)
    wall_m = np.where(rays[..., 0] < 0, left_m[:, None], right_m[:, None]) / aside
    ground_m = np.where(rays[..., 1] > 1e-3, EGO_FROM_CAMERA.translation[2] / np.maximum(rays[..., 1], 1e-3), np.inf)
    shape = wall_m.shape
    distance_m = np.minimum(np.minimum(wall_m, ground_m), random.uniform(25, 120, shape))
    return distance_m * np.where(random.random(shape) < 0.25, random.uniform(0.3, 1, shape), 1.0)


@dataclass(frozen=True)
class Case:
    """What is planted, and in which quantity it should be found."""

    noise: str
    seconds: float
    delay_ms: float
    drift_ppm: float

    @property
    def quantity(self) -> str:
        """Long drives are there for the drift."""
        return "clock.drift" if self.seconds >= LONG_S else "clock.offset"

    @property
    def correction(self) -> float:
        """What makes the stamps right."""
        return -self.drift_ppm if self.quantity == "clock.drift" else -self.delay_ms


def cases() -> list[Case]:
    """All that is planted."""
    return [
        case
        for noise in NOISES
        for case in [
            *(Case(noise, SHORT_S, delay_ms, 0.0) for delay_ms in DELAYS_MS),
            *(Case(noise, LONG_S, 0.0, drift_ppm) for drift_ppm in DRIFTS_PPM),
        ]
    ]


def audited(case: Case, seed: int) -> tuple[AuditResult, float]:
    """The result that counts, and how many seconds it took."""
    drive = simulated(seed, case.seconds, NOISES[case.noise], case.delay_ms, case.drift_ppm)
    start = time.perf_counter()
    results = audit_camera_clock("camera", [drive])
    return next(one for one in results if one.quantity == case.quantity), time.perf_counter() - start


def row(case: Case, results: Sequence[AuditResult], took_s: float) -> tuple[str, float]:
    """One line of the table, and the mean of what was found."""
    found = np.array([np.nan if one.estimated is None else one.estimated for one in results])
    ends = np.array([one.estimate.interval or (np.nan, np.nan) for one in results])
    known = np.isfinite(found)
    errors = found[known] - case.correction
    covered = (ends[known, 0] <= case.correction) & (case.correction <= ends[known, 1])
    off, unsure = (
        np.mean([one.verdict is verdict for one in results]) for verdict in (Verdict.OFF, Verdict.CANNOT_TELL)
    )
    planted = f"{case.drift_ppm:+.0f} ppm" if case.quantity == "clock.drift" else f"{case.delay_ms:+.0f} ms"
    half = np.median(ends[known, 1] - ends[known, 0]) / 2
    line = (
        f"{case.noise:8}{case.seconds:5.0f}{planted:>10}{100 * off:9.0f}{100 * unsure:9.0f}{errors.mean():9.2f}"
        f"{errors.std(ddof=1):8.2f}{half:8.2f}{100 * covered.mean():9.0f}{took_s / len(results):8.2f}"
    )
    return line, float(found[known].mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40, help="drives of each case")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    options = parser.parse_args(arguments)
    print(
        f"{options.seeds} drives each; off % of the rows at 0 are false alarms; gain: found over planted\n"
        f"{'noise':8}{'s':>5}{'planted':>10}{'off %':>9}{'unsure %':>9}{'bias':>9}{'sd':>8}{'+-':>8}{'covers %':>9}"
        f"{'s each':>8}{'gain':>7}"
    )
    at_zero: dict[tuple[str, str], float] = {}
    for case in cases():
        runs = [audited(case, options.first_seed + number) for number in range(options.seeds)]
        line, mean = row(case, [result for result, _ in runs], sum(took_s for _, took_s in runs))
        level = at_zero.setdefault((case.noise, case.quantity), mean)
        gain = f"{(mean - level) / case.correction:7.3f}" if case.correction else f"{'':7}"
        print(line + gain, flush=True)


if __name__ == "__main__":
    main()
