"""What scenes show of their calibration and clocks, as columns small enough to keep of every scene."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.audit.camera_clock import why_not_measurable
from calibration.audit.image_rotation import CameraDrive, follow_images
from calibration.audit.straight_lines import Bows, bows_of
from calibration.audit.sync_report import ExposureGaps, Speeds
from calibration.cameras import CameraModel
from calibration.clock import SECOND_NS
from calibration.errors import BoresightError, FileProblemError
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import SensorKind
from calibration.trajectory import Trajectory
from fusion.measure.extrinsic_frames import spread_rows
from fusion.measure.firing_time import firing_times
from fusion.measure.frame import SyncedFrame
from fusion.measure.track_motion import velocities_in_ego
from fusion.scene.problems import ProblemLog, problem_of
from fusion.scene.scene import Scene

# Slower objects are parked, and their boxes only jitter.
MOVING_MPS = 0.5
FAST_PERCENTILE = 95.0


@dataclass
class Budget:
    """How much is read at most, of all scenes together.

    lines: images of each camera whose straight edges are looked at;
    frames: whose sweeps are read, for the exposure; images: of each camera, followed one after the other: a minute at
    20 Hz; headers: of each camera, for the image size.
    """

    frames: int = 40
    images: int = 1200
    headers: int = 40
    lines: int = 24

    def share(self, scenes_left: int) -> Budget:
        """For the next of so many scenes; images are followed in one piece, as long as they last."""
        frames, headers, lines = (max(1, left // scenes_left) for left in (self.frames, self.headers, self.lines))
        part = Budget(frames, self.images, headers, lines)
        self.frames, self.headers = max(0, self.frames - part.frames), max(0, self.headers - part.headers)
        self.lines = max(0, self.lines - part.lines)
        return part


@dataclass(eq=False)
class CameraEvidence:
    """One camera: its lenses with the sizes of their images, its gaps to the lidar, the drives that could be followed.

    why_no_drive: what to say where there is none, from the first scene.
    """

    lenses: dict[object, tuple[CameraModel | None, list[tuple[int, int]]]] = field(default_factory=dict)
    gaps_ns: list[float] = field(default_factory=list)
    exact: bool = True
    drives: list[CameraDrive] = field(default_factory=list)
    bows: dict[object, tuple[CameraModel, Bows, int]] = field(default_factory=dict)
    images_followed: int = 0
    why_no_drive: str = ""

    def gaps(self, lidar_period_ns: float | None) -> ExposureGaps:
        """The gaps as the audit takes them."""
        known = [lens.fx for lens, _ in self.lenses.values() if lens is not None]
        focal_px = float(np.median(known)) if known else None
        return ExposureGaps(np.array(self.gaps_ns), self.exact, lidar_period_ns, focal_px)


@dataclass(eq=False)
class Evidence:
    """Everything that was collected, of all scenes so far."""

    stamps: dict[str, list[IntArray]] = field(default_factory=dict)
    cameras: dict[str, CameraEvidence] = field(default_factory=dict)
    trajectories: list[Trajectory] = field(default_factory=list)
    lidar_periods_ns: list[float] = field(default_factory=list)
    ego_speeds_mps: list[FloatArray] = field(default_factory=list)
    ego_yaw_rates_radps: list[FloatArray] = field(default_factory=list)
    object_speeds_mps: list[FloatArray] = field(default_factory=list)
    problems: ProblemLog = field(default_factory=ProblemLog)
    has_clock: bool = True
    rig: SensorRig | None = None
    rigs_seen: set[object] = field(default_factory=set)
    lidars: dict[str, None] = field(default_factory=dict)

    @property
    def lidar_period_ns(self) -> float | None:
        """From one sweep to the next, None unknown."""
        return float(np.median(self.lidar_periods_ns)) if self.lidar_periods_ns else None

    @property
    def speeds(self) -> Speeds:
        """What moves, and how fast."""
        return Speeds(
            _fast(self.ego_speeds_mps), _fast(self.ego_yaw_rates_radps), _fast(self.object_speeds_mps, MOVING_MPS)
        )


def collect(scene: Scene, evidence: Evidence, budget: Budget) -> None:
    """Add what a scene shows; its measurements are forgotten again."""
    evidence.has_clock &= scene.has_real_times
    for name, stream in scene.streams.items():
        evidence.stamps.setdefault(name, []).append(stream.timestamps_ns)
    _collect_rig(scene, evidence)
    if scene.trajectory is not None:
        evidence.trajectories.append(scene.trajectory)
        _collect_speeds(scene.trajectory, evidence)
    _collect_object_speeds(scene, evidence)
    for name in _cameras(scene):
        _collect_lenses(scene, name, evidence, budget.headers)
        _collect_bows(scene, name, evidence, budget.lines)
    if scene.has_real_times:
        _collect_gaps(scene, evidence, budget.frames)
        for name in _cameras(scene):
            collect_turns(scene, name, evidence, budget.images)
    scene.measurements.clear()


def _cameras(scene: Scene) -> list[str]:
    """Cameras with images, and those of the rig that have none."""
    with_images = [name for name, stream in scene.streams.items() if stream.kind is SensorKind.CAMERA]
    start_ns = int(scene.frame_table.timestamps_ns[0]) if len(scene.frame_table) else 0
    return list(dict.fromkeys([*with_images, *scene.rig_at(start_ns).cameras]))


def _collect_rig(scene: Scene, evidence: Evidence) -> None:
    evidence.rigs_seen.update(_rig_key(rig) for rig in scene.rigs.rigs)
    evidence.lidars.update(dict.fromkeys(n for n, stream in scene.streams.items() if stream.kind is SensorKind.LIDAR))
    if evidence.rig is None:
        evidence.rig = scene.rig_at(int(scene.frame_table.timestamps_ns[0]) if len(scene.frame_table) else 0)


def _collect_speeds(trajectory: Trajectory, evidence: Evidence) -> None:
    stamps = trajectory.timestamps_ns
    if len(stamps) > 1:
        evidence.ego_speeds_mps.append(np.linalg.norm(trajectory.velocities_mps(stamps), axis=1))
        evidence.ego_yaw_rates_radps.append(np.abs(trajectory.yaw_rates_radps(stamps)))


def _collect_object_speeds(scene: Scene, evidence: Evidence) -> None:
    try:
        velocities_mps = velocities_in_ego(scene)
    except BoresightError:  # labels that can't be placed have no speed; the checks of labels say so
        return
    evidence.object_speeds_mps.append(np.linalg.norm(velocities_mps[:, :2], axis=1))


def _collect_lenses(scene: Scene, name: str, evidence: Evidence, headers: int) -> None:
    camera = evidence.cameras.setdefault(name, CameraEvidence())
    stream = scene.streams.get(name)
    if stream is None or not len(stream):
        _lens_entry(scene, name, 0, camera)
        return
    for index in spread_rows(len(stream), headers):
        sizes = _lens_entry(scene, name, int(stream.timestamps_ns[index]), camera)
        try:
            image: CameraImage = stream.load(index)
            sizes.append((image.width, image.height))
        except FileProblemError as error:
            evidence.problems.add(problem_of(error, scene=scene.name, sensor=name))


def _collect_bows(scene: Scene, name: str, evidence: Evidence, lines: int) -> None:
    """Images that are far apart: edges are of other things."""
    stream = scene.streams.get(name)
    for index in spread_rows(0 if stream is None else len(stream), lines):
        if stream is None:
            return
        rig = scene.rig_at(int(stream.timestamps_ns[index]))
        lens = rig.sensors[name].camera if name in rig.sensors else None
        if lens is None:
            continue
        try:
            found = bows_of([stream.load(index).pixels()], lens)
        except FileProblemError as error:
            evidence.problems.add(problem_of(error, scene=scene.name, sensor=name))
            continue
        bows = evidence.cameras.setdefault(name, CameraEvidence()).bows
        _, before, images = bows.get(_lens_key(lens), (lens, None, 0))
        bows[_lens_key(lens)] = (
            lens,
            found.numbered(images) if before is None else before.joined(found.numbered(images)),
            images + 1,
        )


def _lens_entry(scene: Scene, name: str, timestamp_ns: int, camera: CameraEvidence) -> list[tuple[int, int]]:
    """Where the image sizes of the lens that was valid at a time are kept."""
    rig = scene.rig_at(timestamp_ns)
    lens = rig.sensors[name].camera if name in rig.sensors else None
    return camera.lenses.setdefault(_lens_key(lens), (lens, []))[1]


def _lens_key(lens: CameraModel | None) -> object:
    """Equal for equal lenses."""
    return None if lens is None else (lens.kind, lens.width, lens.height, lens.matrix.tobytes(), lens.distortion)


def _rig_key(rig: SensorRig) -> object:
    """Equal for rigs with the same sensors in the same places."""
    return tuple(
        (name, sensor.ego_from_sensor.matrix.tobytes(), _lens_key(sensor.camera))
        for name, sensor in rig.sensors.items()
    )


def _collect_gaps(scene: Scene, evidence: Evidence, frames: int) -> None:
    lidars = [stream for stream in scene.streams.values() if stream.kind is SensorKind.LIDAR]
    for stream in lidars:
        steps_ns = np.diff(np.sort(stream.timestamps_ns))
        if (steps_ns > 0).any():
            evidence.lidar_periods_ns.append(float(np.median(steps_ns[steps_ns > 0])))
    if not lidars:
        return
    for index in spread_rows(len(scene.frames), frames):
        frame: SyncedFrame = scene.frames[index]
        try:
            times = firing_times(frame)
        except FileProblemError as error:
            evidence.problems.add(problem_of(error, scene=scene.name, frame=frame.key))
            continue
        for row, name in enumerate(frame.cameras):
            if np.isfinite(times.gap_s[row]):
                camera = evidence.cameras.setdefault(name, CameraEvidence())
                camera.gaps_ns.append(float(times.gap_s[row]) * SECOND_NS)
                camera.exact &= bool(times.told_by_points[row])
        scene.measurements.clear()


def collect_turns(scene: Scene, name: str, evidence: Evidence, images: int) -> None:
    """Add what so many images of a camera turn, one after the other, where the drive can tell something by it."""
    camera = evidence.cameras.setdefault(name, CameraEvidence())
    stream = scene.streams.get(name)
    rig = scene.rig_at(int(stream.timestamps_ns[0]) if stream is not None and len(stream) else 0)
    lens = rig.sensors[name].camera if name in rig.sensors else None
    why_not = "the rig has no intrinsics for this camera" if lens is None else ""
    stamps = np.empty(0, dtype=np.int64) if stream is None else stream.timestamps_ns
    why_not = why_not or why_not_measurable(stamps, scene.trajectory)
    left = images - camera.images_followed
    if lens is None or stream is None or why_not or left < 2:
        camera.why_no_drive = camera.why_no_drive or why_not
        return
    order = np.argsort(stamps, kind="stable")[:left]

    def loaded() -> Iterator[CameraImage]:
        for index in order:
            try:
                yield stream.load(int(index))
            except FileProblemError as error:
                evidence.problems.add(problem_of(error, scene=scene.name, sensor=name))

    corners = follow_images(loaded(), lens)
    for problem in corners.unreadable:
        evidence.problems.add(problem_of(problem, scene=scene.name, sensor=name))
    camera.images_followed += len(order)
    camera.drives.append(CameraDrive(corners, rig.sensor(name).ego_from_sensor, scene.trajectory))


def _fast(columns: list[FloatArray], above: float = -1.0) -> float | None:
    """A speed that few exceed; None where nothing is known."""
    speeds = np.concatenate([np.empty(0), *columns])
    speeds = speeds[np.isfinite(speeds) & (speeds > above)]
    return float(np.percentile(speeds, FAST_PERCENTILE)) if len(speeds) else None
