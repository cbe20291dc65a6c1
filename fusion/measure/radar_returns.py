"""Radar detections in boxes: support for objects that stop no laser, such as a black car far away.

Radars measure no height to speak of, so only the footprint counts, and directions to a degree or two, so it is looked
at a little wider than drawn.
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.errors import FileProblemError
from calibration.radar import RadarSweep
from calibration.sensors import SensorKind
from fusion.measure.frame import SyncedFrame
from fusion.measure.points_in_boxes import points_in_boxes
from fusion.scene.problems import problem_of

# A degree and a half at 20 m, or what a car in town goes between the radar's moment and the frame's.
WIDENED_M = 0.5
# As tall as no box is: detections are stored at the height of the radar.
ANY_HEIGHT_M = 100.0


def radar_returns(frame: SyncedFrame) -> IntArray | None:
    """(M,) detections of all radars in the footprint of each box, or what the data set counted where that is more.

    None where nobody has radars: neither the frame nor who made the labels.

    Raises:
        NotMeasurableError: the frame's boxes have no place.
    """
    return frame.measured("radar returns", lambda: _radar_returns(frame))


def _radar_returns(frame: SyncedFrame) -> IntArray | None:
    boxes, recorded = frame.boxes, frame.boxes.recorded_radar_counts
    sweeps = [sweep for sweep in (_places_in_ego(frame, radar) for radar in _radars(frame)) if sweep is not None]
    if not sweeps:
        return recorded if recorded is not None and bool((recorded >= 0).any()) else None
    sizes_m = boxes.sizes_m + np.asarray([2 * WIDENED_M, 2 * WIDENED_M, ANY_HEIGHT_M])
    counts = points_in_boxes(np.concatenate(sweeps), boxes.centres_m, sizes_m, boxes.rotations).counts
    return counts if recorded is None else np.maximum(counts, recorded)


def _radars(frame: SyncedFrame) -> list[str]:
    streams = frame.scene.streams
    names = frame.scene.frame_table.sensors_of(frame.index)
    return [name for name in names if streams[name].kind is SensorKind.RADAR]


def _places_in_ego(frame: SyncedFrame, radar: str) -> FloatArray | None:
    """(N, 3) of what a radar takes for real, in ego at the frame; None where its file can't be read."""
    position = int(frame.scene.frame_table.measurements[radar][frame.index])
    try:
        sweep: RadarSweep = frame.scene.streams[radar].load(position)
    except FileProblemError as error:  # the laser can still tell; who reads the run is told of the file
        problem = problem_of(error, scene=frame.scene.name, frame=frame.key, sensor=radar)
        frame.scene.problems.add_unless_told(problem)
        return None
    places = sweep.points_in_ego[sweep.valid].astype(np.float64)
    moved = frame.ego_at_frame_from(radar)
    return places if moved is None else moved.apply(places)
