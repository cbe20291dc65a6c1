"""A car and a pedestrian in two frames, a lidar that looks to the left, a camera that looks ahead, and findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.cameras.pinhole import Pinhole
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.finding import Finding, LabelReference
from fusion.checks.proposal import Proposal
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder
from viewers.exports.annotated import AnnotatedScene

LENS = Pinhole(640, 480, 400.0, 400.0, 319.5, 239.5)
LOOKING_LEFT = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
LIDAR_PLACE_M = np.array([1.0, 0.5, 1.8])
LOOKING_AHEAD = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])


@pytest.fixture
def scene() -> Scene:
    lidar = Sensor("top", SensorKind.LIDAR, RigidTransform.from_rotation("ego", "top", LOOKING_LEFT, LIDAR_PLACE_M))
    eye = RigidTransform.from_rotation("ego", "front", LOOKING_AHEAD, np.array([0.0, 0.0, 1.5]))
    rig = SensorRig.of(lidar, Sensor("front", SensorKind.CAMERA, eye, camera=LENS))
    builder = SceneBuilder(rig=rig, period_ns=100_000_000)
    for frame in range(2):
        boxes = Boxes3D.upright(
            [[15.0 + frame, 2.0, 0.8], [12.0, -3.0, 0.9]],
            [[4.5, 1.9, 1.6], [0.6, 0.7, 1.8]],
            [0.3, 0.0],
            category=["car", "<b>walker</b>"],
            track=["17", "3"],
            label_ids=[f"car-{frame}", f"walker-{frame}"],
        )
        image = np.zeros((480, 640, 3), np.uint8)
        builder = builder.frame(None, boxes, {"front": image}, world_from_ego=np.eye(4))
    built = builder.build(points={"top": [np.zeros((1, 3), np.float32)] * 2})
    paths = {"top": ("top/a.bin", "top/b.bin"), "front": ("front/0.jpg", "front/1.jpg")}
    streams = {name: replace(stream, paths=paths[name]) for name, stream in built.streams.items()}
    return replace(built, streams=streams)


@pytest.fixture
def finding(scene: Scene) -> Callable[..., Finding]:
    """`finding("car-1", proposal=...)`: of a label by its id."""

    def make(label: str, /, **changes: Any) -> Finding:
        row = [str(one) for one in scene.labels.boxes.label_ids].index(label)
        frame = int(scene.labels.frame_index[row])
        key, track = scene.frame_table.keys[frame], scene.labels.boxes.track[row]
        named = LabelReference(label=label, track=track, scene=scene.name, frame=key, set=scene.labels.name)
        fields: dict[str, Any] = {
            "id": f"id-{label}",
            "code": "TRK501",
            "name": "position-jump",
            "severity": "error",
            "score": 0.9,
            "subject": "box",
            "scene": scene.name,
            "frame": key,
            "frame_index": frame,
            "timestamp_ns": int(scene.labels.boxes.timestamps_ns[row]),
            "sensor": None,
            "label": label,
            "track": track,
            "category": scene.labels.boxes.category[row],
            "message": "is off its path",
            "measured": 1.0,
            "limit": 0.3,
            "unit": "m",
            "evidence": {},
            "evidence_hash": "0",
            "labels": (named,),
        }
        return Finding(**{**fields, **changes})

    return make


@pytest.fixture
def annotated(scene: Scene, finding: Callable[..., Finding]) -> AnnotatedScene:
    """The car of frame 1 should stand 2 m to the left; the walker of frame 0 is odd; the camera is off."""
    moved = Proposal(action="set", target="car-1", values={"centre_m": [16.0, 4.0, 0.8]}, reference="ego")
    return AnnotatedScene.of(
        scene,
        [
            finding("car-1", proposal=moved),
            finding("walker-0", code="BOX304", name="floating-box", severity="warning", message='hangs "high" & dry'),
            finding("car-0", id="symptom", cause="id-car-1"),
            finding(
                "car-0",
                id="rig",
                code="RIG103",
                subject="rig",
                sensor="front",
                label=None,
                labels=(),
                frame=None,
                frame_index=None,
            ),
        ],
    )
