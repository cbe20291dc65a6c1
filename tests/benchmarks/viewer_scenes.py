"""A scene of full size for the benchmark of the viewer: made up from a seed, nothing is read from a disk."""

from __future__ import annotations

import numpy as np

from calibration.arrays import ByteImage, Float32Array, FloatArray
from calibration.cameras import camera_from_parameters
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.finding import Finding
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

POINTS, CAMERAS, BOXES = 120_000, 6, 100
PERIOD_NS = 100_000_000
WIDTH, HEIGHT = 1600, 900
CAMERA_FROM_BODY = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])


def full_size_scene(frames: int = 30, seed: int = 5) -> Scene:
    """A straight drive among cars that keep their lanes, all of them labelled."""
    chance = np.random.default_rng(seed)
    places = np.stack([chance.uniform(-70, 70, BOXES), chance.uniform(-30, 30, BOXES), np.full(BOXES, 0.9)], axis=1)
    speeds = chance.uniform(-8, 8, BOXES)
    names = [f"car {number}" for number in range(BOXES)]
    centres = [places + np.outer(speeds * frame * 0.1, [1, 0, 0]) for frame in range(frames)]
    pictures = [image(chance) for _ in range(CAMERAS)]
    stamps = np.arange(frames, dtype=np.int64) * PERIOD_NS + PERIOD_NS
    boxes = Boxes3D.upright(
        np.concatenate(centres),
        np.tile([4.4, 1.9, 1.6], (frames * BOXES, 1)),
        np.zeros(frames * BOXES),
        category=["car"] * (frames * BOXES),
        track=names * frames,
        label_ids=[f"{frame}-{number}" for frame in range(frames) for number in range(BOXES)],
        timestamps_ns=np.repeat(stamps, BOXES),
    )
    return Scene.from_arrays(
        boxes=boxes,
        timestamps_ns=stamps,
        box_frames=np.repeat(np.arange(frames), BOXES),
        points={"lidar": [cloud(chance, each) for each in centres]},
        images={f"camera {number}": [picture] * frames for number, picture in enumerate(pictures)},
        rig=rig(),
        poses=[pose(float(frame)) for frame in range(frames)],
        name="full size",
    )


def pose(ahead_m: float) -> FloatArray:
    """(4, 4) world_from_ego."""
    placed = np.eye(4)
    placed[0, 3] = ahead_m
    return placed


def cloud(chance: np.random.Generator, centres_m: FloatArray) -> Float32Array:
    """(POINTS, 4): a ground, and a tenth of the returns on the boxes."""
    away = np.exp(chance.uniform(np.log(3), np.log(80), POINTS))
    turn = chance.uniform(0, 2 * np.pi, POINTS)
    points = np.stack([away * np.cos(turn), away * np.sin(turn), chance.normal(0, 0.03, POINTS)], axis=1)
    on_boxes = POINTS // 10
    points[:on_boxes] = centres_m[chance.integers(0, BOXES, on_boxes)] + chance.uniform(-0.8, 0.8, (on_boxes, 3))
    rows: Float32Array = np.column_stack([points, chance.uniform(0, 1, POINTS)]).astype(np.float32)
    return rows


def image(chance: np.random.Generator) -> ByteImage:
    """(H, W, 3) coarse noise: as hard to draw on as a photograph."""
    coarse = chance.integers(0, 255, (HEIGHT // 20, WIDTH // 20, 3), dtype=np.uint8)
    return np.ascontiguousarray(coarse.repeat(20, axis=0).repeat(20, axis=1))


def rig() -> SensorRig:
    """Six cameras all round, each with a bent lens, on the roof."""
    sensors = {}
    for number in range(CAMERAS):
        turn = 2 * np.pi * number / CAMERAS
        body = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
        camera = camera_from_parameters(
            "brown-conrady", WIDTH, HEIGHT, 1200.0, 1200.0, 799.5, 449.5, distortion=(-0.2, 0.05, 0.0, 0.0, 0.0)
        )
        name = f"camera {number}"
        placed = RigidTransform.from_rotation("ego", name, body @ CAMERA_FROM_BODY.T, np.array([0, 0, 1.8]))
        sensors[name] = Sensor(name, SensorKind.CAMERA, placed, camera=camera)
    return SensorRig(sensors)


def findings_in(scene: Scene, count: int) -> list[Finding]:
    """Made-up findings about the scene's labels, spread over its frames."""
    boxes, frames = scene.labels.boxes, scene.labels.frame_index
    rows = np.linspace(0, len(boxes) - 1, count).astype(int)
    return [
        Finding(
            id=f"finding {number}",
            code="BOX304",
            name="floating-box",
            severity=("error", "warning", "info")[number % 3],
            score=0.9,
            subject="box",
            scene=scene.name,
            frame=scene.frame_table.keys[frames[row]],
            frame_index=int(frames[row]),
            timestamp_ns=int(boxes.timestamps_ns[row]),
            sensor=None,
            label=str(boxes.label_ids[row]),
            track=boxes.track[row],
            category="car",
            message="bottom face is +0.42 m from the ground",
            measured=0.42,
            limit=0.3,
            unit="m",
            evidence={},
            evidence_hash="",
        )
        for number, row in enumerate(rows)
    ]
