"""What objects are like, in numbers that can be compared: size, motion, how many returns, how long they are tracked.

Sizes, speeds and counts go over decades, so their logarithm is kept; motion is fitted over about a second
(`track_fit`), so that a single stray box leaves no mark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import FloatArray
from calibration.clock import SECOND_NS
from calibration.errors import BoresightError
from fusion.errors import NotMeasurableError
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.track_course import courses
from fusion.measure.track_fit import fitted_motion
from fusion.scene.scene import Scene

# Slower objects have no course: their boxes only jitter.
MIN_COURSE_SPEED_MPS = 2.0
# Keeps standing objects on a logarithmic axis, at about the speed that jitter feigns.
STILL_MPS = 0.1


@dataclass(frozen=True)
class Feature:
    """One number of an object. logarithmic: what is kept is the logarithm of `unit`; of_track: one value a track."""

    name: str
    unit: str
    logarithmic: bool
    of_track: bool = False


FEATURES = (
    Feature("length", "m", logarithmic=True, of_track=True),
    Feature("width", "m", logarithmic=True, of_track=True),
    Feature("height", "m", logarithmic=True, of_track=True),
    Feature("speed", "m/s", logarithmic=True),
    Feature("acceleration", "m/s2", logarithmic=False),
    Feature("yaw_rate", "rad/s", logarithmic=False),
    Feature("heading_off_course", "deg", logarithmic=False),
    Feature("returns", "points", logarithmic=True),
    Feature("track_seconds", "s", logarithmic=True, of_track=True),
)
SIZES = ("length", "width", "height")


@dataclass(frozen=True, eq=False)
class ObjectFeatures:
    """By row of the labels on trial: columns (M,) by name, NaN where nothing tells; ranges_m (M,) from ego.

    returns: per solid angle, ln((1 + points) range^2 / facing area), so that distance and size are taken out.
    """

    columns: dict[str, FloatArray]
    ranges_m: FloatArray


def object_features(scene: Scene, with_points: bool = True) -> ObjectFeatures:
    """Features of all labels of a scene.

    Args:
        with_points: count returns too, which reads every sweep.
    """
    boxes = scene.labels.boxes
    nothing = np.full(len(boxes), np.nan)
    ranges_m = _ranges(scene)
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = np.log(np.where(boxes.sizes_m > 0, boxes.sizes_m, np.nan))
    columns = dict(zip(SIZES, sizes.T.copy(), strict=True))
    columns |= _motion(scene, nothing)
    columns["returns"] = _returns(scene, ranges_m) if with_points else nothing
    columns["track_seconds"] = _seconds(scene)
    return ObjectFeatures(columns, ranges_m)


def _ranges(scene: Scene) -> FloatArray:
    try:
        centres_m = boxes_in_ego(scene).centres_m
    except BoresightError:
        return np.full(len(scene.labels), np.nan)
    return np.hypot(centres_m[:, 0], centres_m[:, 1])


def _motion(scene: Scene, nothing: FloatArray) -> dict[str, FloatArray]:
    """Speed, acceleration, yaw rate and heading against course; nothing where there are no tracks, times or poses."""
    try:
        fit, course = fitted_motion(scene), courses(scene)
    except NotMeasurableError:
        return dict.fromkeys(("speed", "acceleration", "yaw_rate", "heading_off_course"), nothing)
    acceleration = np.hypot(fit.accelerations[:, 0], fit.accelerations[:, 1])
    off_deg = np.rad2deg(np.abs(course.off_rad))
    return {
        "speed": np.log(STILL_MPS + fit.speeds_mps),
        "acceleration": np.where(fit.whole, acceleration, np.nan),
        "yaw_rate": np.where(fit.whole, np.abs(fit.yaw_rates), np.nan),
        "heading_off_course": np.where(fit.speeds_mps > MIN_COURSE_SPEED_MPS, off_deg, np.nan),
    }


def _returns(scene: Scene, ranges_m: FloatArray) -> FloatArray:
    counts = np.full(len(scene.labels), np.nan)
    for frame in scene.frames:
        if not len(frame.label_rows):
            continue
        try:
            counts[frame.label_rows] = frame.point_counts
        except BoresightError:  # no sweep, no pose, or a file that checks report as what it is
            continue
    sizes_m = scene.labels.boxes.sizes_m
    facing_m2 = np.maximum(sizes_m[:, :2].mean(axis=1) * sizes_m[:, 2], 0.01)
    density: FloatArray = np.log((1 + counts) * ranges_m**2 / facing_m2)
    return density


def _seconds(scene: Scene) -> FloatArray:
    tracks, stamps_ns = scene.labels.tracks, scene.labels.boxes.timestamps_ns
    seconds = np.full(len(scene.labels), np.nan)
    if not scene.has_real_times:
        return seconds
    for track in range(len(tracks)):
        rows = tracks.rows(track)
        seconds[rows] = np.log(0.1 + (stamps_ns[rows[-1]] - stamps_ns[rows[0]]) / SECOND_NS)
    return seconds
