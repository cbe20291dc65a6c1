"""The calibration audits over one scene, for checks: fewer frames than `boresight calib` takes, each audit once.

A delivery has hundreds of scenes, so each is asked a little: six pictures a camera, four frames for lidars against each
other and the ground, six pairs of sweeps for a clock, ten seconds of pictures for another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from calibration.audit.camera_clock import audit_camera_clock
from calibration.audit.result import AuditResult
from calibration.rig import SensorRig
from calibration.sensors import SensorKind
from fusion.errors import NotMeasurableError
from fusion.measure.calibration_evidence import Evidence, collect_turns
from fusion.measure.extrinsic_frames import audit_extrinsic
from fusion.measure.lidar_frames import audit_lidar_clocks
from fusion.measure.mounting_frames import audit_mountings
from fusion.scene.dataset import Dataset
from fusion.scene.measurement_cache import MeasurementCache
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene

CAMERA_FRAMES = 6
MOUNTING_FRAMES = 4
CLOCK_PAIRS = 6
FOLLOWED_IMAGES = 240


@dataclass(eq=False)
class _OneScene:
    """A data set of one scene. Audits forget what they measured, so they get a cache of their own."""

    held: Scene
    format: str
    problems: ProblemLog

    def scene_names(self) -> tuple[str, ...]:
        return (self.held.name,)

    def read_scene(self, name: str) -> Scene:
        return replace(self.held, measurements=MeasurementCache())


def camera_audit(scene: Scene) -> tuple[AuditResult, ...]:
    """Each camera's place and direction against the first lidar, `extrinsic.*`.

    Raises:
        NotMeasurableError: there is no camera, or no lidar in the rig.
    """
    rig, lidar = _first_rig(scene), _first_lidar(scene)
    cameras = tuple(name for name, stream in scene.streams.items() if stream.kind is SensorKind.CAMERA)
    known = tuple(name for name in cameras if name in rig.sensors)
    if not known:
        raise NotMeasurableError("no camera with a place in the rig")
    return scene.measurements.get(
        "camera audit",
        lambda: tuple(audit_extrinsic(_alone(scene), (scene.name,), rig, known, lidar, scene.problems, CAMERA_FRAMES)),
    )


def mounting_audit(scene: Scene) -> tuple[AuditResult, ...]:
    """Each lidar against the first (`extrinsic.*`), the ground and the poses (`mounting.*`).

    Raises:
        NotMeasurableError: there is no lidar in the rig.
    """
    rig = _first_rig(scene)
    _first_lidar(scene)
    return scene.measurements.get(
        "mounting audit",
        lambda: tuple(audit_mountings(_alone(scene), (scene.name,), rig, scene.problems, MOUNTING_FRAMES)),
    )


def lidar_clock_audit(scene: Scene) -> tuple[AuditResult, ...]:
    """Each lidar's clock against the poses, `clock.*`.

    Raises:
        NotMeasurableError: there is no clock, no lidar, or no trajectory.
    """
    lidars = tuple(name for name, stream in scene.streams.items() if stream.kind is SensorKind.LIDAR)
    _require_clock(scene)
    if not lidars:
        raise NotMeasurableError("no lidar sweeps in this scene")
    return scene.measurements.get(
        "lidar clock audit",
        lambda: tuple(audit_lidar_clocks(_alone(scene), (scene.name,), lidars, scene.problems, most_pairs=CLOCK_PAIRS)),
    )


def camera_clock_audit(scene: Scene) -> tuple[AuditResult, ...]:
    """Each camera's clock against the poses, `clock.offset` and `clock.drift`.

    Raises:
        NotMeasurableError: there is no clock, no camera, or no trajectory.
    """
    cameras = tuple(name for name, stream in scene.streams.items() if stream.kind is SensorKind.CAMERA)
    _require_clock(scene)
    if not cameras:
        raise NotMeasurableError("no image in this scene")
    return scene.measurements.get("camera clock audit", lambda: _camera_clocks(scene, cameras))


def _camera_clocks(scene: Scene, cameras: tuple[str, ...]) -> tuple[AuditResult, ...]:
    evidence, results = Evidence(), []
    for name in cameras:
        collect_turns(scene, name, evidence, FOLLOWED_IMAGES)
        camera = evidence.cameras[name]
        results += audit_camera_clock(name, camera.drives, camera.why_no_drive)
    for problem in evidence.problems:
        scene.problems.add_unless_told(problem)
    return tuple(results)


def _alone(scene: Scene) -> Dataset:
    source = _OneScene(scene, scene.dataset_format, scene.problems)
    return Dataset(root=Path(scene.root or "."), source=source, why="a scene on its own")


def _first_rig(scene: Scene) -> SensorRig:
    return scene.rig_at(int(scene.frame_table.timestamps_ns[0]) if len(scene.frame_table) else 0)


def _first_lidar(scene: Scene) -> str:
    rig = _first_rig(scene)
    named = [name for name, stream in scene.streams.items() if stream.kind is SensorKind.LIDAR and name in rig.sensors]
    if not named:
        raise NotMeasurableError("no lidar sweeps with a place in the rig")
    return named[0]


def _require_clock(scene: Scene) -> None:
    if not scene.has_real_times:
        raise NotMeasurableError("frames have no real times")
    if scene.trajectory is None:
        raise NotMeasurableError("the scene has no trajectory")
