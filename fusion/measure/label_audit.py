"""What labels say of the cameras they are drawn in: place, direction and clock, over all scenes of a delivery.

The regression is the one of `camera_fit`; what each scene says is added up, as the errors of its tracks are its own.
Labels may be what is off, so nothing but them is told by these numbers: `relative_to` is "labels".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from calibration.audit.lidar_camera import extrinsic_in_file
from calibration.audit.result import AuditResult
from calibration.clock import MILLISECOND_NS, SECOND_NS
from calibration.errors import FileProblemError, LensError, UnknownSensorError
from calibration.estimate import Estimate
from calibration.rig import SensorRig
from calibration.sensors import Sensor
from fusion.errors import NotMeasurableError
from fusion.measure.camera_fit import PRIOR, QUANTITIES, CameraFit, camera_fit
from fusion.measure.camera_verdict import FAMILY_OF, HARMLESS, camera_verdict
from fusion.scene.dataset import Dataset
from fusion.scene.scene import Scene

LABELS = "labels"
ORDER = ("x", "y", "z", "roll", "pitch", "yaw", "time")
MS_PER_S = SECOND_NS / MILLISECOND_NS
NO_CLOCK = "from labels: the data set has no clock, its reader made the times up"


def audit_labels(dataset: Dataset, scenes: Sequence[str], rig: SensorRig, cameras: Sequence[str]) -> list[AuditResult]:
    """Six numbers of each camera's place and the offset of its clock, as labels in its pictures ask for.

    Empty where nothing is labelled. Scenes in which a camera is mounted otherwise than in `rig` are left out for it.

    Args:
        rig: the files' numbers that are questioned.
    """
    fits: dict[str, list[CameraFit]] = {camera: [] for camera in cameras}
    why_not: dict[str, str] = {}
    labelled = timeless = False
    for name in scenes:
        try:
            scene = dataset.scene(name)
        except FileProblemError:  # told by the audit of the sensors, which reads it first
            continue
        if not len(scene.labels.boxes):
            continue
        labelled, timeless = True, timeless or not scene.has_real_times
        for camera in cameras:
            try:
                if _as_mounted(scene, rig.sensor(camera)):
                    fits[camera].append(camera_fit(scene, camera))
            except (NotMeasurableError, LensError, UnknownSensorError) as error:
                why_not.setdefault(camera, str(error))
        scene.measurements.clear()
    if not labelled:
        return []
    found = [_results(rig.sensor(camera), fits[camera], why_not.get(camera, "")) for camera in cameras]
    return [_timeless(result) if timeless else result for results in found for result in results]


def pooled(fits: Sequence[CameraFit]) -> CameraFit:
    """One fit from those of several scenes: what each says of the camera adds up, what was assumed counts once."""
    first = fits[0]
    if len(fits) == 1:
        return first
    joints = [fit.joint for fit in fits]
    assumed = np.diag(PRIOR**-2.0)
    information = sum((joint.information - assumed for joint in joints), assumed)
    said = sum((joint.information @ joint.effects for joint in joints), np.zeros(len(QUANTITIES)))
    clusters = [joint.clusters for joint in joints]
    joint = replace(
        first.joint,
        effects=np.asarray(np.linalg.solve(information, said), dtype=np.float64),
        information=information,
        clusters=sum(clusters),
        cluster_effects=np.concatenate([joint.cluster_effects for joint in joints]),
        cluster_sigma=np.concatenate([joint.cluster_sigma for joint in joints]),
        spread=float(np.average([joint.spread for joint in joints], weights=clusters)),
        scale=float(np.average([joint.scale for joint in joints], weights=clusters)),
    )
    frames = np.cumsum([0, *(int(fit.shifts.frames.max(initial=-1)) + 1 for fit in fits)])
    later = [replace(fit.shifts, frames=fit.shifts.frames + start) for fit, start in zip(fits, frames, strict=False)]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(shifts, name) for shifts in later])
        for name in first.shifts.__dataclass_fields__
        if name != "camera"
    }
    return CameraFit(
        camera=first.camera,
        joint=joint,
        timed=all(fit.timed for fit in fits),
        time_doubt_s=max(fit.time_doubt_s for fit in fits),
        shifts=replace(first.shifts, **columns),
        track_codes=np.concatenate([fit.track_codes for fit in fits]),
    )


def without_repeated(results: Iterable[AuditResult], told: Iterable[AuditResult]) -> list[AuditResult]:
    """Those of the labels' results on whose camera's place or clock the sensors themselves are silent."""
    decided = {_subject(one) for one in told if one.estimated is not None}
    return [one for one in results if _subject(one) not in decided]


def _subject(result: AuditResult) -> tuple[str, str]:
    """A place is one thing, its six numbers hang together."""
    place = result.quantity.startswith("extrinsic.")
    return result.sensor, "extrinsic" if place else result.quantity


def _as_mounted(scene: Scene, camera: Sensor) -> bool:
    times = scene.frame_table.timestamps_ns
    there = scene.rig_at(int(times[0]) if len(times) else 0).sensor(camera.name)
    return np.array_equal(there.ego_from_sensor.matrix, camera.ego_from_sensor.matrix) and there.camera == camera.camera


def _results(camera: Sensor, fits: Sequence[CameraFit], why_not: str) -> list[AuditResult]:
    in_file = dict(zip(ORDER, [*extrinsic_in_file(camera), 0.0], strict=True))
    if fits:
        corrections = dict(camera_verdict(pooled(fits), HARMLESS).estimates)
    else:
        reason = f"from labels: {why_not or 'the camera is mounted otherwise in every scene'}"
        corrections = {name: Estimate.cannot_tell(_unit(name), reason) for name in ORDER}
    return [_result(camera.name, name, in_file[name], corrections[name]) for name in ORDER]


def _result(camera: str, name: str, in_file: float, correction: Estimate) -> AuditResult:
    if name != "time":
        return AuditResult.of_correction(camera, LABELS, f"extrinsic.{name}", in_file, correction)
    interval = correction.interval
    in_ms = replace(
        correction,
        value=correction.value * MS_PER_S,
        interval=None if interval is None else (interval[0] * MS_PER_S, interval[1] * MS_PER_S),
        unit="ms",
    )
    return AuditResult.of_correction(camera, LABELS, "clock.offset", in_file, in_ms)


def _unit(name: str) -> str:
    return {"rotation": "deg", "translation": "m", "time": "ms"}[FAMILY_OF[name]]


def _timeless(result: AuditResult) -> AuditResult:
    """Without a clock nothing is said of one."""
    if not result.quantity.startswith("clock."):
        return result
    return replace(result, estimate=Estimate.cannot_tell(result.unit, NO_CLOCK, result.estimate.frames))
