"""One drive over the crossing: what the sensors recorded, before any of it becomes a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.arrays import ByteImage
from sample_data.street.camera import StreetCamera
from sample_data.street.chance import generator_for
from sample_data.street.ego import Ego, ego_for
from sample_data.street.labels import Frame
from sample_data.street.lidar import SpinningLidar, quiet_seam_rad
from sample_data.street.mesh import FloatArray
from sample_data.street.options import PERIODS_PER_SECOND, StreetOptions
from sample_data.street.raycast import Caster
from sample_data.street.rig import LIDAR_CHANNEL, Mounted, MountedCamera, cameras_for, lidar_mount
from sample_data.street.world import World, build_world

EPOCH_US = 1_715_680_800_000_000
BREAK_US = 20 * PERIODS_PER_SECOND


@dataclass(frozen=True)
class Shot:
    """One recorded file: `street_us` counts from the start of the drive, `frame` is the keyframe it belongs to."""

    channel: str
    street_us: int
    frame: int
    is_key: bool
    filename: str


@dataclass(frozen=True, eq=False)
class Recording:
    """A drive: the world, the car, its sensors, the keyframes and every file written."""

    options: StreetOptions
    scene: int
    world: World
    ego: Ego
    lidar: SpinningLidar
    cameras: tuple[MountedCamera, ...]
    frames: tuple[Frame, ...]
    shots: tuple[Shot, ...]

    @property
    def name(self) -> str:
        return scene_name(self.scene)

    @property
    def start_us(self) -> int:
        """Wall clock time of street time 0."""
        return start_us(self.options, self.scene)

    @property
    def mounts(self) -> tuple[Mounted, ...]:
        return (self.lidar.mount, *self.cameras)


def scene_name(scene: int) -> str:
    return f"crossing-{scene + 1:04d}"


def start_us(options: StreetOptions, scene: int) -> int:
    return EPOCH_US + scene * (round(options.seconds * PERIODS_PER_SECOND) + BREAK_US)


def record(out: Path, options: StreetOptions, scene: int) -> Recording:
    """Drive once, writing point files and images below `out`."""
    world = build_world(options, scene)
    caster = Caster(world)
    ego = ego_for(options.profile, options.seconds)
    seam_rad = quiet_seam_rad(world.actors, ego, options.seconds, options.max_range_m)
    lidar = SpinningLidar(lidar_mount(), options, ego, seam_rad)
    mounted = tuple(cameras_for(options))
    cameras = [StreetCamera(camera, ego, options.supersampling) for camera in mounted]
    frames: list[Frame] = []
    shots: list[Shot] = []
    for index in range(options.frames):
        end_us = options.spin_us + index * options.sweep_period_us
        sweep = lidar.sweep(caster, end_us, generator_for(options.seed, scene, "sweep", index))
        shots.append(_shot(options, scene, LIDAR_CHANNEL, end_us, index, True, "pcd.bin"))
        _write_points(out / shots[-1].filename, sweep.columns())
        shown, whole = np.zeros((2, len(world.actors)), dtype=np.int64)
        for camera in cameras:
            for number, middle_us in enumerate(
                _exposures(options, lidar, camera, end_us, last=index == options.frames - 1)
            ):
                channel = camera.mounted.channel
                photograph = camera.photograph(
                    caster, middle_us, generator_for(options.seed, scene, channel, middle_us)
                )
                shots.append(_shot(options, scene, channel, middle_us, index, number == 0, "jpg"))
                _write_jpeg(out / shots[-1].filename, photograph.pixels, options.jpeg_quality)
                if number == 0:
                    shown, whole = shown + photograph.shown, whole + photograph.whole
        place, points = _in_street(ego, lidar, end_us, sweep.points)
        frames.append(Frame(index, sweep, points, place, shown, whole))
    return Recording(options, scene, world, ego, lidar, mounted, tuple(frames), tuple(shots))


def _exposures(
    options: StreetOptions, lidar: SpinningLidar, camera: StreetCamera, end_us: int, last: bool
) -> Sequence[int]:
    """When a camera takes its keyframe (the beam crosses its view) and the pictures up to the next keyframe."""
    key_us = end_us + round(lidar.before_end_s(camera.mounted.yaw_rad) * PERIODS_PER_SECOND)
    step_us = PERIODS_PER_SECOND // options.camera_rate_hz
    extra = 1 if last else options.camera_rate_hz // options.sweep_rate_hz
    return [key_us + number * step_us for number in range(extra)]


def _shot(
    options: StreetOptions, scene: int, channel: str, street_us: int, frame: int, is_key: bool, suffix: str
) -> Shot:
    folder = "samples" if is_key else "sweeps"
    stamp = start_us(options, scene) + street_us
    return Shot(
        channel, street_us, frame, is_key, f"{folder}/{channel}/{scene_name(scene)}__{channel}__{stamp}.{suffix}"
    )


def _in_street(ego: Ego, lidar: SpinningLidar, end_us: int, points: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """The lidar's place at the stamp, and its points drawn from there: the cloud as a labeller sees it."""
    rotations, places = ego.poses([end_us * 1e-6])
    in_ego = points.astype(np.float64) @ lidar.mount.rotation.T + lidar.mount.translation
    return rotations[0] @ lidar.mount.translation + places[0], in_ego @ rotations[0].T + places[0]


def _write_points(path: Path, columns: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(columns.astype("<f4").tobytes())


def _write_jpeg(path: Path, pixels: ByteImage, quality: int) -> None:
    import open3d

    path.parent.mkdir(parents=True, exist_ok=True)
    if not open3d.io.write_image(str(path), open3d.geometry.Image(np.ascontiguousarray(pixels)), quality=quality):
        raise OSError(f"{path}: the image can't be written")
