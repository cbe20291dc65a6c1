"""A drive past parked and moving objects, known exactly and labelled as careful people do, without any sensor data.

Poses, a rig of pinhole cameras, 3D boxes with lasting and wandering errors, and 2D boxes drawn by hand around what a
picture would show, a little inside the outline of the true box. Enough to measure how well causes are told apart,
hundreds of times over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import ByteImage, FloatArray, IntArray
from calibration.cameras import camera_from_parameters
from calibration.clock import SECOND_NS
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.measure.box_projection import project_boxes
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

START_NS = 1_600_000_000 * SECOND_NS
POSE_STEP_S = 0.01
KINDS = ("car", "pedestrian", "bicycle")
SHARES = (0.6, 0.25, 0.15)
SIZES_M = {"car": (4.4, 1.9, 1.6), "pedestrian": (0.7, 0.7, 1.75), "bicycle": (1.7, 0.6, 1.6)}
CAMERA_PLACE_M = (1.5, 0.0, 1.5)
EGO_FROM_FORWARD_CAMERA = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
WANDER_FRAMES = 8
MIN_SIDE_PX = 12.0


@dataclass(frozen=True)
class DriveOptions:
    """What a drive is like; the defaults are four seconds of a town street at 10 Hz."""

    frames: int = 40
    period_s: float = 0.1
    objects: int = 40
    speed_mps: float = 6.0
    turn_radps: float = 0.25
    moving_share: float = 0.3
    label_sigma_m: float = 0.065
    wander_sigma_m: float = 0.03
    drawn_sigma_px: float = 2.0
    reference: str = "ego"
    camera_yaws_deg: tuple[float, ...] = (0.0,)
    exposure_gap_s: float = 0.02
    focal_px: float = 1000.0
    image_size: tuple[int, int] = (1600, 900)
    max_range_m: float = 60.0
    even: bool = False


@dataclass(frozen=True, eq=False)
class _Street:
    """The objects as they are: (N,) kinds, (N, 3) sizes, (N, 2) places at the start, yaws and speeds along them."""

    kinds: tuple[str, ...]
    sizes_m: FloatArray
    places_m: FloatArray
    yaws_rad: FloatArray
    speeds_mps: FloatArray

    def boxes_at(self, seconds: float) -> Boxes3D:
        """In the world."""
        along = np.stack([np.cos(self.yaws_rad), np.sin(self.yaws_rad)], axis=1)
        places = self.places_m + along * (self.speeds_mps * seconds)[:, None]
        centres = np.column_stack([places, self.sizes_m[:, 2] / 2])
        return Boxes3D.upright(centres, self.sizes_m, self.yaws_rad, category=self.kinds)


def simulated_drive(seed: int, options: DriveOptions | None = None) -> Scene:
    """One drive; the same seed gives the same scene."""
    options = options or DriveOptions()
    chance = np.random.default_rng(seed)
    trajectory = _trajectory(chance, options)
    street, rig = _street(chance, options, trajectory), _rig(options)
    stamps = START_NS + np.round(np.arange(options.frames) * options.period_s * SECOND_NS).astype(np.int64)
    labels, present = _labels(chance, options, street, trajectory, stamps)
    drawn = _drawn(chance, options, street, trajectory, stamps, rig, present)
    gap_ns = round(options.exposure_gap_s * SECOND_NS)
    images = {name: [_black(name, int(stamp) + gap_ns, options) for stamp in stamps] for name in rig.sensors}
    return scene_from_arrays(
        boxes=labels,
        box_frames=np.nonzero(present)[0],
        timestamps_ns=stamps,
        images=images,
        rig=rig,
        poses=trajectory,
        reference=options.reference,
        boxes_2d=drawn,
        name=f"simulated drive {seed}",
    )


def _trajectory(chance: np.random.Generator, options: DriveOptions) -> Trajectory:
    """Swaying and changing speed, unless it is to be even."""
    seconds = np.arange(-1.0, options.frames * options.period_s + 1, POSE_STEP_S)
    sway = np.sin(2 * np.pi * (seconds / chance.uniform(3, 6) + chance.uniform()))
    surge = np.sin(2 * np.pi * (seconds / chance.uniform(4, 8) + chance.uniform()))
    unrest = 0.0 if options.even else 1.0
    yaw = np.cumsum(unrest * options.turn_radps * sway) * POSE_STEP_S
    speed = options.speed_mps * (1 + unrest * 0.3 * surge)
    x, y = (np.cumsum(speed * part) * POSE_STEP_S for part in (np.cos(yaw), np.sin(yaw)))
    nothing = np.zeros_like(yaw)
    quaternions = np.stack([np.cos(yaw / 2), nothing, nothing, np.sin(yaw / 2)], axis=1)
    stamps = START_NS + np.round(seconds * SECOND_NS).astype(np.int64)
    return Trajectory.from_poses(stamps, np.stack([x, y, nothing], axis=1), quaternions)


def _street(chance: np.random.Generator, options: DriveOptions, trajectory: Trajectory) -> _Street:
    """Objects on both sides of the way, some of them moving along it."""
    number = options.objects
    kinds = tuple(str(kind) for kind in chance.choice(KINDS, number, p=SHARES))
    sizes = np.array([SIZES_M[kind] for kind in kinds]) * chance.normal(1, 0.05, (number, 3))
    duration_s = (options.frames - 1) * options.period_s
    reached_s = chance.uniform(-5 / options.speed_mps, duration_s + 45 / options.speed_mps, number)
    times = START_NS + np.round(np.clip(reached_s, 0, duration_s) * SECOND_NS).astype(np.int64)
    poses = trajectory.at(times)
    yaws = np.arctan2(poses.rotations[:, 1, 0], poses.rotations[:, 0, 0])
    ahead = (reached_s - np.clip(reached_s, 0, duration_s)) * options.speed_mps
    aside = chance.choice([-1, 1], number) * chance.uniform(3, 14, number)
    beside = np.stack([ahead, aside, np.zeros(number)], axis=1)
    headings = yaws + chance.choice([0, np.pi, np.pi / 2], number, p=[0.45, 0.45, 0.1]) + chance.normal(0, 0.1, number)
    cars = np.array([kind == "car" for kind in kinds])
    speeds = np.where(cars, chance.uniform(3, 12, number), chance.uniform(1, 3, number))
    moving = chance.random(number) < options.moving_share
    return _Street(kinds, sizes, poses.apply(beside)[:, :2], headings, np.where(moving, speeds, 0.0))


def _rig(options: DriveOptions) -> SensorRig:
    width, height = options.image_size
    lens = camera_from_parameters(
        "pinhole", width, height, options.focal_px, options.focal_px, (width - 1) / 2, (height - 1) / 2, 0.0, ()
    )
    sensors = []
    for number, yaw_deg in enumerate(options.camera_yaws_deg):
        name = f"camera {number}"
        turned = Rotation.from_euler("Z", yaw_deg, degrees=True).as_matrix() @ EGO_FROM_FORWARD_CAMERA
        place = RigidTransform.from_rotation("ego", name, turned, np.array(CAMERA_PLACE_M))
        sensors.append(Sensor(name, SensorKind.CAMERA, place, camera=lens))
    return SensorRig.of(*sensors)


def _labels(
    chance: np.random.Generator, options: DriveOptions, street: _Street, trajectory: Trajectory, stamps: IntArray
) -> tuple[Boxes3D, FloatArray]:
    """Boxes as people draw them, and (F, N) bool which objects have one in which frame."""
    number = len(street.kinds)
    lasting = chance.normal(0, options.label_sigma_m, (number, 3)) * np.array([1.0, 1.0, 0.4])
    knots = chance.normal(0, options.wander_sigma_m, (options.frames // WANDER_FRAMES + 2, number, 3))
    sizes = street.sizes_m * chance.normal(1, 0.015, (number, 3))
    turned = np.radians(chance.normal(0, 1, number))
    parts, present = [], np.zeros((len(stamps), number), dtype=bool)
    names = np.array([f"object {index}" for index in range(number)])
    for frame, stamp in enumerate(stamps):
        before, share = divmod(frame / WANDER_FRAMES, 1)
        wander = (1 - share) * knots[int(before)] + share * knots[int(before) + 1]
        true = street.boxes_at(frame * options.period_s)
        world_from_ego = trajectory.world_from_ego_at(int(stamp))
        in_ego = world_from_ego.inverse().apply(true.centres_m)
        present[frame] = np.hypot(in_ego[:, 0], in_ego[:, 1]) < options.max_range_m
        drawn = Boxes3D.upright(
            true.centres_m + lasting + wander,
            sizes,
            street.yaws_rad + turned,
            category=street.kinds,
            track=names.tolist(),
            timestamps_ns=np.full(number, stamp),
        ).take(present[frame])
        parts.append(drawn if options.reference == "world" else drawn.moved(world_from_ego.inverse()))
    boxes = Boxes3D.concatenate(parts)
    ids = np.array([f"{frame}-{index}" for frame, index in zip(*np.nonzero(present), strict=True)], dtype=object)
    return Boxes3D.from_columns(
        boxes.centres_m,
        boxes.sizes_m,
        boxes.rotations,
        category=boxes.category,
        track=boxes.track,
        label_ids=ids,
        timestamps_ns=boxes.timestamps_ns,
    ), present


def _drawn(
    chance: np.random.Generator,
    options: DriveOptions,
    street: _Street,
    trajectory: Trajectory,
    stamps: IntArray,
    rig: SensorRig,
    present: FloatArray,
) -> Boxes2D:
    """2D boxes around what the pictures show; by class so much less than the outline, at each of its sides."""
    less = {kind: chance.uniform(0.0, 0.045, 4) for kind in KINDS}
    edges, cameras, rows, frames = [], [], [], []
    first = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
    width, height = options.image_size
    for frame in range(len(stamps)):
        seconds = frame * options.period_s + options.exposure_gap_s
        exposed_ns = int(stamps[frame]) + round(options.exposure_gap_s * SECOND_NS)
        ego_from_world = trajectory.world_from_ego_at(exposed_ns).inverse()
        boxes = street.boxes_at(seconds).take(present[frame]).moved(ego_from_world)
        for name, sensor in rig.sensors.items():
            corners = sensor.ego_from_sensor.inverse().apply(boxes.corners_m.reshape(-1, 3)).reshape(-1, 8, 3)
            if sensor.camera is None:
                continue
            bounds = project_boxes(corners, sensor.camera).bounds_px
            extents = np.tile(bounds[:, 2:] - bounds[:, :2], 2)
            with np.errstate(invalid="ignore"):
                seen = np.flatnonzero((extents > MIN_SIDE_PX).all(axis=1))
            share = np.array([less[boxes.category[int(row)]] for row in seen]).reshape(-1, 4)
            # The other side of an object is its mirror image.
            aspect = boxes.yaws_rad[seen] - np.arctan2(boxes.centres_m[seen, 1], boxes.centres_m[seen, 0])
            share = np.where(np.sin(2 * aspect)[:, None] > 0, share, share[:, [2, 1, 0, 3]])
            inside = bounds[seen] + share * extents[seen] * np.array([1, 1, -1, -1])
            hand = inside + chance.normal(0, options.drawn_sigma_px, inside.shape)
            edges.append(np.clip(hand, 0, np.array([width, height, width, height]) - 1.0))
            rows.append(first[frame] + seen)
            cameras += [name] * len(seen)
            frames.append(np.full(len(seen), frame))
    return Boxes2D.from_columns(
        cameras,
        np.concatenate(edges),
        frame_index=np.concatenate(frames).astype(np.int32),
        box3d_rows=np.concatenate(rows).astype(np.int32),
    )


def _black(name: str, timestamp_ns: int, options: DriveOptions) -> CameraImage:
    width, height = options.image_size

    def load() -> ByteImage:
        return np.zeros((height, width, 3), dtype=np.uint8)

    return CameraImage(name, timestamp_ns, path=None, load=load)
