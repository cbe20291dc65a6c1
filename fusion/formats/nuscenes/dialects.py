"""What data sets in these tables mean by the same fields, where their documentation differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from calibration.sensors import SensorKind
from calibration.sweep import Motion
from fusion.formats.nuscenes.records import SceneRecord
from fusion.formats.nuscenes.sensor_files import STANDARD_COLUMNS

LYFT_TOKEN_DIGITS = 64


@dataclass(frozen=True)
class Dialect:
    """Conventions of one data set.

    stamp_means: by kind of sensor; sweep_motion: whether the vehicle's motion was taken out of sweeps;
    lidar_columns: of a file whose table entry names none; labels_need_points: objects no sensor saw get no box.
    """

    name: str
    sweep_motion: Motion
    lidar_columns: tuple[str, ...]
    labels_need_points: bool
    stamp_means: Mapping[SensorKind, str] = field(default_factory=dict)


# nuscenes-devkit, docs/schema_nuscenes.md and the paper (arXiv 1903.11027, section 2): a lidar stamp is when the full
# rotation is achieved, a camera's the trigger of its exposure; boxes hold at least one lidar or radar point.
NUSCENES = Dialect(
    name="nuscenes",
    sweep_motion=Motion.RAW,
    lidar_columns=STANDARD_COLUMNS,
    labels_need_points=True,
    stamp_means={SensorKind.LIDAR: "end of the sweep", SensorKind.CAMERA: "trigger of the exposure"},
)
# Undocumented there; the fifth column is 1 in every row of the files we have, so it is no laser number.
LYFT = Dialect(
    name="lyft",
    sweep_motion=Motion.UNKNOWN,
    lidar_columns=("x", "y", "z", "intensity", "constant"),
    labels_need_points=False,
)


def dialect_of(scenes: list[SceneRecord]) -> Dialect:
    """Lyft's scenes have tokens of 64 digits, everybody else's are read as nuScenes."""
    return LYFT if scenes and all(len(scene.token) == LYFT_TOKEN_DIGITS for scene in scenes) else NUSCENES
