"""Where tracked objects point against where they go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import BoolArray, FloatArray
from calibration.clock import SECOND_NS
from calibration.transform import wrap_angle_rad
from fusion.errors import NotMeasurableError
from fusion.measure.track_fit import fitted_motion
from fusion.measure.track_motion import track_motion
from fusion.scene.scene import Scene


@dataclass(frozen=True, eq=False)
class Courses:
    """By row of the labels (M,), NaN where nothing tells.

    off_rad: from the heading to the course, signed; doubt_rad: standard deviation that jitter makes of it;
    speeds_mps, speed_doubt_mps: fitted over about a second, and the standard deviation; step_m: way since the box
    before in the track, 0 where there is none.
    """

    off_rad: FloatArray
    doubt_rad: FloatArray
    speeds_mps: FloatArray
    speed_doubt_mps: FloatArray
    step_m: FloatArray


def courses(scene: Scene) -> Courses:
    """Courses of all tracked boxes over ground.

    Raises:
        NotMeasurableError: labels without track ids, times that no clock made, or no ego poses, so that the course is
            that of the ego vehicle too.
    """
    return scene.measurements.get("courses", lambda: _courses(scene))


def _courses(scene: Scene) -> Courses:
    motion, fit = track_motion(scene), fitted_motion(scene)
    if motion.relative:
        raise NotMeasurableError("no ego poses, so that the course is that of the ego vehicle too")
    velocities_mps, speeds_mps = fit.velocities_mps, fit.speeds_mps
    course_rad = np.arctan2(velocities_mps[:, 1], velocities_mps[:, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        doubt_rad = fit.velocity_doubt_mps / speeds_mps
    order, (first, second) = scene.labels.tracks.order, scene.labels.tracks.steps
    step_s = np.zeros(len(speeds_mps))
    stamps_ns = motion.boxes.timestamps_ns
    step_s[order[second]] = (stamps_ns[order[second]] - stamps_ns[order[first]]) / SECOND_NS
    return Courses(
        off_rad=wrap_angle_rad(course_rad - motion.boxes.yaws_rad),
        doubt_rad=doubt_rad,
        speeds_mps=speeds_mps,
        speed_doubt_mps=fit.velocity_doubt_mps,
        step_m=np.nan_to_num(speeds_mps) * step_s,
    )


def turned_with_course(scene: Scene, max_off_rad: float, min_step_m: float) -> BoolArray:
    """(M,) bool: up to the box before, the object went where that points, and from here on where this one points.

    Raises:
        NotMeasurableError: as for `courses`.
    """
    motion = track_motion(scene)
    if motion.relative:
        raise NotMeasurableError("no ego poses, so that the course is that of the ego vehicle too")
    first, second = motion.first_rows, motion.second_rows
    moved_m = (motion.boxes.centres_m[second] - motion.boxes.centres_m[first])[:, :2]
    course_rad, far = np.arctan2(moved_m[:, 1], moved_m[:, 0]), np.hypot(moved_m[:, 0], moved_m[:, 1]) >= min_step_m
    rows = len(motion.boxes)
    arrives, leaves, before = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool), np.full(rows, -1)
    yaws_rad = motion.boxes.yaws_rad
    arrives[second] = far & (np.abs(wrap_angle_rad(course_rad - yaws_rad[second])) < max_off_rad)
    leaves[first] = far & (np.abs(wrap_angle_rad(course_rad - yaws_rad[first])) < max_off_rad)
    before[second] = first
    turned: BoolArray = leaves & (before >= 0) & arrives[before]
    return turned
