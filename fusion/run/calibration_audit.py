"""Audit of a data set's calibration and clocks: what each scene shows is collected, then judged for all together.

Nothing is kept of a scene but stamps, poses and columns of numbers: sweeps are read for a sample of frames, images one
pair at a time and only where the drive can tell something. Labels are used for the speeds of objects, and for results
of their own that are held against nothing but them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from calibration.audit.camera_clock import audit_camera_clock
from calibration.audit.intrinsics import audit_intrinsics
from calibration.audit.lidar_camera import corrected_extrinsic
from calibration.audit.placement import corrected_place
from calibration.audit.pose_quality import audit_poses
from calibration.audit.result import AuditResult
from calibration.audit.straight_lines import audit_straight_lines, with_first_coefficient
from calibration.audit.sync_report import audit_exposure, audit_stream
from calibration.cameras import camera_from_parameters
from calibration.clock import MILLISECOND_NS
from calibration.errors import FileProblemError
from calibration.estimate import Estimate, Verdict
from calibration.rig import SensorRig
from calibration.sensors import SensorKind
from fusion.checks.rounding import rounded
from fusion.measure.calibration_evidence import Budget, CameraEvidence, Evidence, collect
from fusion.measure.extrinsic_frames import audit_extrinsic
from fusion.measure.label_audit import LABELS, audit_labels, without_repeated
from fusion.measure.lidar_frames import audit_lidar_clocks
from fusion.measure.mounting_frames import audit_mountings
from fusion.run.dataset_info import ProblemInfo
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog, problem_of

SCHEMA = "boresight.calib/1"
WORST_FIRST = (Verdict.OFF, Verdict.CANNOT_TELL, Verdict.GOOD)
NO_CLOCK = "the data set has no clock: its reader made the times up"
# Straight edges say which way a lens is off; how far, only to a half, so no rig is corrected by it.
ONLY_A_DIRECTION = frozenset({"k1"})
NO_CAMERA = "the data set has no camera"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class CalibrationAudit:
    """What was found: one result for each quantity of each sensor.

    results: in the order of the sensors; problems: what could not be read; rig: as the first scene has it, None
    without a scene; rigs: how many different ones there are.
    """

    root: str
    format: str
    scenes: tuple[str, ...]
    results: tuple[AuditResult, ...]
    problems: tuple[ProblemInfo, ...]
    rig: SensorRig | None
    rigs: int

    @property
    def off(self) -> tuple[AuditResult, ...]:
        """What the data contradict."""
        return tuple(result for result in self.results if result.verdict is Verdict.OFF)

    def to_json(self) -> str:
        """The document `boresight.calib/1`."""
        document = {"schema": SCHEMA, "results": [_rounded(result) for result in self.results]}
        return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)

    def corrected_rig(self) -> SensorRig | None:
        """The rig with every usable correction of lenses, mountings and clocks; None where there is none."""
        rig = self.rig
        if rig is None:
            return None
        lenses: dict[str, dict[str, float]] = {}
        for result in self.off:
            family, _, name = result.quantity.partition(".")
            if family != "intrinsic" or name in ONLY_A_DIRECTION:
                continue
            if result.estimated is not None and result.in_file is not None:
                lenses.setdefault(result.sensor, {})[name] = result.estimated
        for sensor, numbers in lenses.items():
            rig = _with_lens(rig, sensor, numbers)
        usable = self._off_and_usable()
        moved = {result.sensor for result in usable if result.quantity.startswith("extrinsic.")}
        for sensor in moved:
            placed = rig.sensor(sensor)
            results = [result for result in usable if result.sensor == sensor]
            corrected = corrected_place if placed.kind is SensorKind.LIDAR else corrected_extrinsic
            rig = rig.with_sensor(replace(placed, ego_from_sensor=corrected(placed, results)))
        late = [result for result in usable if result.quantity == "clock.offset" and result.sensor in rig.sensors]
        for result in late:
            rig = _with_clock(rig, result)
        return rig if lenses or moved or late else None

    def _off_and_usable(self) -> list[AuditResult]:
        """What is off, labels asked last: only where sensors say nothing of their own place or clock."""
        by_sensors = [result for result in self.results if result.relative_to != LABELS]
        by_labels = [result for result in self.off if result.relative_to == LABELS]
        off = [result for result in by_sensors if result.verdict is Verdict.OFF]
        return [*off, *without_repeated(by_labels, by_sensors)]


def audit_calibration(
    dataset: Dataset, scenes: Sequence[str] = (), progress: Progress | None = None, budget: Budget | None = None
) -> CalibrationAudit:
    """Audit clocks, lenses, mountings and poses of a data set.

    Args:
        scenes: only these; all if empty.
        progress: told after each scene: its name, how many are done, how many there are.
        budget: how much is read at most.

    Raises:
        DatasetError: there is no such scene.
    """
    names = tuple(scenes) or dataset.scene_names
    evidence, problems = Evidence(), ProblemLog(dataset.problems)
    left = Budget() if budget is None else budget
    for done, name in enumerate(names, start=1):
        try:
            scene = dataset.scene(name)
        except FileProblemError as error:
            problems.add(problem_of(error, scene=name))
            continue
        collect(scene, evidence, left.share(len(names) - done + 1))
        problems.extend(scene.problems)
        if progress is not None:
            progress(name, done, len(names))
    results = [*results_of(evidence), *_extrinsics(dataset, names, evidence)]
    timeless = "" if evidence.has_clock else NO_CLOCK
    results += audit_lidar_clocks(dataset, names, tuple(evidence.lidars), evidence.problems, timeless, scans=True)
    if evidence.rig is not None:
        results += audit_mountings(dataset, names, evidence.rig, evidence.problems)
        cameras = [camera for camera in evidence.cameras if camera in evidence.rig.sensors]
        results += audit_labels(dataset, names, evidence.rig, cameras)
    for problem in evidence.problems:  # several audits read the same files
        problems.add_unless_told(problem)
    return CalibrationAudit(
        root=str(dataset.root),
        format=dataset.format,
        scenes=names,
        results=tuple(results),
        problems=tuple(
            ProblemInfo(kind=one.kind.value, place=one.place, reason=one.reason, lost=one.lost) for one in problems
        ),
        rig=evidence.rig,
        rigs=len(evidence.rigs_seen),
    )


def results_of(evidence: Evidence) -> list[AuditResult]:
    """Judge what was collected."""
    timeless = "" if evidence.has_clock else NO_CLOCK
    results = []
    for name, stamps in evidence.stamps.items():
        results += audit_stream(name, stamps, timeless)
    lidar = next(iter(evidence.lidars)) if len(evidence.lidars) == 1 else "lidars"
    for name, camera in evidence.cameras.items():
        results += _intrinsics(name, camera)
        results.append(_straight_lines(name, camera))
        results.append(audit_exposure(name, lidar, camera.gaps(evidence.lidar_period_ns), evidence.speeds, timeless))
        results += audit_camera_clock(name, camera.drives, timeless or camera.why_no_drive)
    if not evidence.cameras:
        results.append(AuditResult("cameras", "", "intrinsic", "", None, Estimate.cannot_tell("", NO_CAMERA)))
    return [*results, *audit_poses(evidence.trajectories)]


def _extrinsics(dataset: Dataset, scenes: Sequence[str], evidence: Evidence) -> list[AuditResult]:
    """Each camera of the first rig against its first lidar."""
    rig, lidar = evidence.rig, next(iter(evidence.lidars), "")
    if rig is None or lidar not in rig.sensors:
        return []
    cameras = [name for name in evidence.cameras if name in rig.sensors]
    return audit_extrinsic(dataset, scenes, rig, cameras, lidar, evidence.problems, scans=True)


def _rounded(result: AuditResult) -> dict[str, Any]:
    """One entry of the document, its numbers as fine as their unit deserves."""
    numbers = ("in_file", "estimated", "correction", "interval")
    return {name: rounded(value, result.unit) if name in numbers else value for name, value in result.as_dict().items()}


def _intrinsics(name: str, camera: CameraEvidence) -> list[AuditResult]:
    """Each quantity as the worst of the camera's lenses has it: vehicles and days differ."""
    audits = [audit_intrinsics(name, lens, sizes) for lens, sizes in camera.lenses.values()]
    if not audits:
        audits = [audit_intrinsics(name, None, [])]
    worst = [min(same, key=lambda one: WORST_FIRST.index(one.verdict)) for same in zip(*audits, strict=True)]
    if len(audits) == 1:
        return worst
    told = f" (the worst of {len(audits)} calibrations)"
    return [replace(one, estimate=replace(one.estimate, reason=one.estimate.reason + told)) for one in worst]


def _with_clock(rig: SensorRig, result: AuditResult) -> SensorRig:
    """The rig with one sensor's stamps corrected by what the audit found on top of what the rig says already."""
    sensor = rig.sensor(result.sensor)
    if result.correction is None:
        return rig
    offset_ns = sensor.clock.offset_ns + round(result.correction * MILLISECOND_NS)
    return rig.with_sensor(replace(sensor, clock=replace(sensor.clock, offset_ns=offset_ns)))


def _straight_lines(name: str, camera: CameraEvidence) -> AuditResult:
    """The worst of the camera's lenses."""
    audits = [audit_straight_lines(name, lens, bows, images) for lens, bows, images in camera.bows.values()]
    if not audits:
        lens = next((lens for lens, _ in camera.lenses.values()), None)
        missing = "no image could be read" if lens is not None else "the rig has no intrinsics for this camera"
        return audit_straight_lines(name, lens, None, 0, missing)
    return min(audits, key=lambda one: WORST_FIRST.index(one.verdict))


def _with_lens(rig: SensorRig, name: str, numbers: dict[str, float]) -> SensorRig:
    """The rig with some numbers of one lens replaced."""
    sensor = rig.sensor(name)
    lens = sensor.camera
    if lens is None:
        return rig
    held = {key: float(getattr(lens, key)) for key in ("width", "height", "fx", "fy", "cx", "cy")} | numbers
    fitted = camera_from_parameters(
        lens.kind,
        int(held["width"]),
        int(held["height"]),
        held["fx"],
        held["fy"],
        held["cx"],
        held["cy"],
        lens.skew * held["fx"] / lens.fx,
        lens.distortion,
    )
    if "k1" in numbers:
        fitted = with_first_coefficient(fitted, numbers["k1"])
    return rig.with_sensor(replace(sensor, camera=fitted))
