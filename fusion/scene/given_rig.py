"""A rig laid over a scene: sensors sit where it says, and stamps are corrected as it says.

Where a sensor of the rig names a clock offset, all stamps of its stream move by it, and poses recorded with those
measurements are dropped where the trajectory can say where the vehicle was at the corrected time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from calibration.arrays import BoolArray, FloatArray
from calibration.clock import UNCORRECTED, ClockOffset
from calibration.image import CameraImage
from calibration.rig import RigHistory, SensorRig
from calibration.sensors import EGO, Sensor
from calibration.sweep import LidarSweep
from calibration.transform import RigidTransform
from fusion.scene.scene import Scene
from fusion.scene.stream import Stream


def with_rig(scene: Scene, rig: SensorRig) -> Scene:
    """The scene as it is with other sensors.

    Points that the files hold in the ego frame move by what the rig says differently of their lidar. A stream that no
    sensor of the rig is named after (the merged sweeps of several lidars) stays as it is, and the scene says so.
    """
    streams: dict[str, Stream[Any]] = {}
    unmoved = []
    for name, stream in scene.streams.items():
        sensor = rig.sensors.get(name)
        if sensor is None:
            streams[name] = stream
            unmoved.append(name)
        else:
            streams[name] = _corrected(scene, stream, sensor)
    told = (f"the rig given has no sensor {', '.join(unmoved)}: measured as the data set has it",) if unmoved else ()
    return replace(
        scene,
        rigs=RigHistory.from_rigs([(0, rig)]),
        streams=streams,
        assumptions=(*scene.assumptions, *told),
        measurements=type(scene.measurements)(),
    )


def _corrected(scene: Scene, stream: Stream[Any], sensor: Sensor) -> Stream[Any]:
    load = _loader(scene, stream.load, sensor)
    if sensor.clock == UNCORRECTED:
        return replace(stream, load=load)
    stamps_ns = sensor.clock.to_reference(stream.timestamps_ns)
    known_better = np.zeros(len(stream), bool) if scene.trajectory is None else scene.trajectory.covers(stamps_ns)
    return replace(
        stream,
        load=load,
        timestamps_ns=stamps_ns,
        translations_m=_dropped(stream.translations_m, known_better),
        quaternions=_dropped(stream.quaternions, known_better),
    )


def _dropped(recorded: FloatArray | None, rows: BoolArray) -> FloatArray | None:
    """Without those rows: NaN counts as no pose."""
    return None if recorded is None else np.where(rows[:, None], np.nan, recorded)


def _loader(scene: Scene, load: Callable[[int], Any], sensor: Sensor) -> Callable[[int], Any]:
    def corrected(index: int) -> Any:
        measurement = load(index)
        if isinstance(measurement, LidarSweep):
            return _retimed_sweep(_placed(measurement, scene.rig_at(measurement.reference_ns), sensor), sensor.clock)
        if isinstance(measurement, CameraImage):
            stamp_ns = int(sensor.clock.to_reference(measurement.timestamp_ns))
            return replace(
                measurement,
                timestamp_ns=stamp_ns,
                readout_ns=measurement.readout_ns if sensor.readout_ns is None else sensor.readout_ns,
                exposure_ns=measurement.exposure_ns if sensor.exposure_ns is None else sensor.exposure_ns,
            )
        return measurement

    return corrected


def _placed(sweep: LidarSweep, rig_in_files: SensorRig, sensor: Sensor) -> LidarSweep:
    """The sweep of a lidar that sits elsewhere."""
    if sweep.frame != EGO:
        return replace(sweep, ego_from_points=sensor.ego_from_sensor)
    in_files = rig_in_files.sensors.get(sensor.name)
    if in_files is None:
        return sweep
    moved = sensor.ego_from_sensor.renamed(source="lidar") @ in_files.ego_from_sensor.renamed(source="lidar").inverse()
    if np.allclose(moved.matrix, np.eye(4), atol=1e-12):
        return sweep
    return replace(sweep, ego_from_points=_within_ego(moved) @ sweep.ego_from_points)


def _within_ego(moved: RigidTransform) -> RigidTransform:
    return RigidTransform(EGO, EGO, moved.rotation, moved.translation)


def _retimed_sweep(sweep: LidarSweep, clock: ClockOffset) -> LidarSweep:
    if clock == UNCORRECTED:
        return sweep
    stamps = ("reference_ns", "start_ns", "end_ns", "compensated_to_ns", "times_ns")
    held = {name: getattr(sweep, name) for name in stamps}
    return replace(sweep, **{name: clock.to_reference(stamp) for name, stamp in held.items() if stamp is not None})
