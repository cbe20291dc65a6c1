"""Drives for the benchmark of the camera's extrinsic: for other seeds other streets, lidars, lenses and mountings.

A drive has up to twenty pairs of sweep and picture for each of six cameras; they are rendered once and kept on disk,
because a drive takes a minute or two. A planted error only changes what the files say, so one drive serves many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from calibration.audit.extrinsic_outlines import RowMotion
from calibration.audit.lidar_camera import LidarCameraFrame
from calibration.cameras import CameraModel, camera_from_parameters
from calibration.image_file import read_image
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from sample_data.street.camera import StreetCamera
from sample_data.street.chance import generator_for
from sample_data.street.ego import Ego, ego_for
from sample_data.street.lidar import SpinningLidar, quiet_seam_rad
from sample_data.street.mesh import FloatArray
from sample_data.street.options import PERIODS_PER_SECOND, PROFILES, StreetOptions
from sample_data.street.raycast import Caster, Rays
from sample_data.street.rig import CAMERA_FROM_BODY, PLANS, Mounted, MountedCamera, lidar_mount, rotation_from_angles
from sample_data.street.world import build_world

# As long as a scene of nuScenes; `extrinsic_frames` takes as many of it.
SPAN_US = 20_000_000
WIDTH, HEIGHT = 704, 448
# One ray a pixel, and the blur that a lens and the area of a pixel would give: a quarter of the time of four rays.
BLUR_PX = 0.5
JPEG_QUALITY = 85
KINDS = ("pinhole", "brown-conrady", "rational", "fisheye")


class BareCamera(StreetCamera):
    """A camera that doesn't count what would be seen were nothing else in the way: nobody asks here."""

    def _coarse(self, rays: Rays) -> Rays:
        return Rays(rays.seconds[:1], rays.origins[:1], rays.directions[:1, :1])


@dataclass(frozen=True, eq=False)
class CameraDrive:
    """One camera of one drive: where it truly is, and what it and the lidar saw."""

    name: str
    kind: str
    profile: str
    rolling: bool
    camera: Sensor
    folder: Path
    count: int

    def frames(self) -> Iterator[LidarCameraFrame]:
        for number in range(self.count):
            sweep = np.load(self.folder / f"sweep_{number:02d}.npz")
            shot = np.load(self.folder / f"{self.camera.name}_{number:02d}.npz")
            yield LidarCameraFrame(
                points=sweep["points"],
                ray_origin=sweep["ray_origins"],
                camera_from_points=RigidTransform.from_matrix("camera", "lidar", shot["camera_from_points"]),
                image=read_image(self.folder / f"{self.camera.name}_{number:02d}.jpg"),
                ring=sweep["ring"],
                intensity=sweep["intensity"],
                rows=RowMotion(shot["velocity"], shot["turn"], float(shot["readout_s"])) if self.rolling else None,
            )


def drive(cache: Path, seed: int, frames: int) -> list[CameraDrive]:
    """The six cameras of a drive, rendered if the cache doesn't hold them yet."""
    folder = cache / f"drive-{seed}-{frames}-{SPAN_US // PERIODS_PER_SECOND}s"
    options, cameras = _options(seed), _cameras(seed)
    if not (folder / "complete").exists():
        _render(folder, options, cameras, frames)
        (folder / "complete").touch()
    return [
        CameraDrive(
            name=f"{seed} {camera.channel}",
            kind=camera.lens.kind,
            profile=options.profile,
            rolling=camera.readout_ns > 0,
            camera=Sensor(camera.channel, SensorKind.CAMERA, _ego_from(camera), camera=camera.lens),
            folder=folder,
            count=frames,
        )
        for camera in cameras
    ]


def _options(seed: int) -> StreetOptions:
    random = np.random.default_rng([seed, 1])
    spin_hz = int(random.choice([10, 20]))
    return StreetOptions(
        seed=seed,
        seconds=1.0 + SPAN_US / PERIODS_PER_SECOND,
        profile=str(random.choice(PROFILES)),
        beams=int(random.choice([24, 32, 40])),
        columns=int(random.choice([900, 1080, 1500])),
        spin_rate_hz=spin_hz,
        sweep_rate_hz=spin_hz,
        camera_rate_hz=spin_hz,
        cameras=6,
        image_width=WIDTH,
        image_height=HEIGHT,
        supersampling=1,
    )


def _cameras(seed: int) -> list[MountedCamera]:
    """The plan's six, each with a lens, a focal length, a mounting and a shutter by lot."""
    random = np.random.default_rng([seed, 2])
    cameras = []
    for plan in PLANS:
        kind = str(random.choice(KINDS))
        like = next(other for other in PLANS if other.kind == kind)
        focal_px = like.focal_px * random.uniform(0.95, 1.25)
        angles = np.array([plan.roll_deg, plan.pitch_deg, plan.yaw_deg]) + random.normal(0, [0.5, 1.0, 5.0])
        body = rotation_from_angles(*np.deg2rad(angles))
        cameras.append(
            MountedCamera(
                channel=plan.channel,
                rotation=body @ CAMERA_FROM_BODY.T,
                translation=np.array(plan.place_m) + random.normal(0, 0.05, 3),
                lens=_lens(kind, focal_px, like.distortion, random),
                yaw_rad=float(np.deg2rad(angles[2])),
                exposure_ns=int(random.integers(2, 7)) * 1_000_000,
                readout_ns=int(random.choice([0, 0, 12, 18])) * 1_000_000,
            )
        )
    return cameras


def _lens(kind: str, focal_px: float, distortion: tuple[float, ...], random: np.random.Generator) -> CameraModel:
    cx, cy = (WIDTH - 1) / 2 + random.normal(0, 6), (HEIGHT - 1) / 2 + random.normal(0, 6)
    return camera_from_parameters(kind, WIDTH, HEIGHT, focal_px, focal_px * 1.002, cx, cy, 0.0, distortion)


def _ego_from(camera: MountedCamera) -> RigidTransform:
    return RigidTransform.from_rotation("ego", camera.channel, camera.rotation, camera.translation)


def _render(folder: Path, options: StreetOptions, cameras: list[MountedCamera], frames: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    world = build_world(options, 0)
    caster = Caster(world)
    ego = ego_for(options.profile, options.seconds)
    seam_rad = quiet_seam_rad(world.actors, ego, options.seconds, options.max_range_m)
    lidar = SpinningLidar(lidar_mount(), replace_motion(options), ego, seam_rad)
    mount = lidar.mount
    for number in range(frames):
        end_us = options.spin_us + number * SPAN_US // frames
        sweep = lidar.sweep(caster, end_us, generator_for(options.seed, 0, "sweep", number))
        np.savez(
            folder / f"sweep_{number:02d}.npz",
            points=sweep.points,
            ring=sweep.ring.astype(np.int32),
            intensity=sweep.intensity,
            ray_origins=_ray_origins(ego, mount, end_us * 1e-6, sweep.before_end_s),
        )
        street_from_lidar = _street_from_ego(ego, end_us * 1e-6) @ _matrix(mount.rotation, mount.translation)
        for camera in cameras:
            middle_us = end_us + round(lidar.before_end_s(camera.yaw_rad) * PERIODS_PER_SECOND)
            generator = generator_for(options.seed, 0, camera.channel, number)
            pixels = BareCamera(camera, ego, 1).photograph(caster, middle_us, generator).pixels
            _write_jpeg(folder / f"{camera.channel}_{number:02d}.jpg", pixels)
            street_from_camera = _street_from_camera(ego, camera, middle_us * 1e-6)
            velocity, turn = _motion(ego, camera, middle_us * 1e-6)
            np.savez(
                folder / f"{camera.channel}_{number:02d}.npz",
                camera_from_points=np.linalg.inv(street_from_camera) @ street_from_lidar,
                velocity=velocity,
                turn=turn,
                readout_s=camera.readout_ns * 1e-9,
            )


def replace_motion(options: StreetOptions) -> StreetOptions:
    """Points with the car's motion taken out, as `deskew` leaves them."""
    return replace(options, motion="compensated")


def _matrix(rotation: FloatArray, translation: FloatArray) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, translation
    return matrix


def _street_from_ego(ego: Ego, second: float) -> FloatArray:
    rotations, places = ego.poses([second])
    return _matrix(rotations[0], places[0])


def _street_from_camera(ego: Ego, camera: MountedCamera, second: float) -> FloatArray:
    return np.asarray(_street_from_ego(ego, second) @ _matrix(camera.rotation, camera.translation))


def _ray_origins(ego: Ego, mount: Mounted, end_s: float, before_end_s: np.ndarray) -> FloatArray:
    """(N, 3) where the lidar was when it fired, in its frame at the end of the sweep."""
    times, which = np.unique(before_end_s, return_inverse=True)
    rotations, places = ego.poses(end_s + times.astype(np.float64))
    in_street = rotations @ mount.translation + places
    end_rotations, end_places = ego.poses([end_s])
    in_ego = (in_street - end_places[0]) @ end_rotations[0]
    return np.asarray(((in_ego - mount.translation) @ mount.rotation)[which])


def _motion(ego: Ego, camera: MountedCamera, second: float) -> tuple[FloatArray, FloatArray]:
    """Velocity and turn rate of the camera in its own optical frame, by differences."""
    half_s = 0.01
    before, now, after = (_street_from_camera(ego, camera, second + shift) for shift in (-half_s, 0.0, half_s))
    back = now[:3, :3].T
    turned = back @ (after[:3, :3] - before[:3, :3]) / (2 * half_s)
    turn = np.array([turned[2, 1] - turned[1, 2], turned[0, 2] - turned[2, 0], turned[1, 0] - turned[0, 1]]) / 2
    return back @ (after[:3, 3] - before[:3, 3]) / (2 * half_s), turn


def _write_jpeg(path: Path, pixels: np.ndarray) -> None:
    import open3d

    blurred = np.stack([gaussian_filter(pixels[..., channel].astype(np.float32), BLUR_PX) for channel in range(3)], -1)
    image = open3d.geometry.Image(np.ascontiguousarray(np.rint(blurred).astype(np.uint8)))
    if not open3d.io.write_image(str(path), image, quality=JPEG_QUALITY):
        raise OSError(f"{path}: the image can't be written")
