"""Faults of mountings: a sensor that sits a little elsewhere, or looks a little aside, of what its file says."""

from __future__ import annotations

import numpy as np

from calibration.sensors import EGO, SensorKind
from calibration.transform import RigidTransform
from fusion.planting.fault import Change, Fault, FaultKind, Planter
from fusion.planting.streams import with_sensor_moved
from fusion.scene.scene import Scene

CENTIMETRE_M = 0.01


def _nudge(turns: bool) -> Planter:
    """One camera, or a lidar where there is none, turned about a random axis or shifted in a random direction."""

    def plant(scene: Scene, fault: Fault, rng: np.random.Generator, taken: frozenset[str]) -> Change | None:
        sensors = _placed(scene, SensorKind.CAMERA) or _placed(scene, SensorKind.LIDAR)
        if not sensors:
            return None
        sensor = str(rng.choice(sensors))
        axis = rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        if turns:
            half = np.radians(fault.magnitude) / 2
            turn = np.array([np.cos(half), *(np.sin(half) * axis)])
            move = RigidTransform.from_quaternion(EGO, EGO, turn, np.zeros(3))
        else:
            move = RigidTransform(EGO, EGO, np.eye(3), fault.magnitude * CENTIMETRE_M * axis)
        moved = with_sensor_moved(scene, sensor, move)
        return Change(scene=moved, frames=tuple(range(len(scene.frame_table))), sensor=sensor)

    return plant


def _placed(scene: Scene, kind: SensorKind) -> list[str]:
    """Sensors that are in the rig and have measurements."""
    known = {name for rig in scene.rigs.rigs for name in rig.sensors}
    return [name for name, stream in scene.streams.items() if stream.kind is kind and name in known and len(stream)]


RIG_FAULTS = (
    FaultKind(
        "extrinsic-turn", "a sensor looks aside of what its file says", "rig", "deg", (1.0, 0.5, 0.25, 0.1), ("scene",),
        ("RIG103", "RIG104", "RIG105", "RIG106", "IMG401", "IMG410"), _nudge(turns=True),
    ),
    FaultKind(
        "extrinsic-shift", "a sensor sits elsewhere than its file says", "rig", "cm", (20.0, 10.0, 5.0, 2.0),
        ("scene",),
        ("RIG103", "RIG104", "RIG105", "RIG106", "IMG401", "IMG410"), _nudge(turns=False),
    ),
)  # fmt: skip
"""Rig faults, in the order they are listed."""
