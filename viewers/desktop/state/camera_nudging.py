"""A camera moved by hand, in place or in time: overlays follow, a score says whether it helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from calibration.arrays import FloatArray
from calibration.audit.extrinsic_fit import agreement
from calibration.audit.extrinsic_outlines import (
    FrameEdges,
    Outlines,
    camera_from_camera_in_file,
    gather_outlines,
)
from calibration.audit.lidar_camera import frame_edges
from calibration.cameras.model import CameraModel, Projection
from calibration.clock import SECOND_NS
from calibration.rig import SensorRig
from calibration.sensors import Sensor
from calibration.transform import RigidTransform
from fusion.measure.box_projection import BoxProjection, project_boxes
from fusion.measure.camera_view import CameraView
from fusion.measure.extrinsic_frames import seen_together
from fusion.measure.frame import SyncedFrame
from fusion.measure.track_motion import velocities_in_ego
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.state.frame_content import DecodedView
from viewers.desktop.state.shortcuts import Command
from viewers.errors import ViewerError

STEP_M = 0.01
STEP_RAD = float(np.radians(0.05))
STEP_NS = 1_000_000
X, Y, Z, ROLL, PITCH, YAW = range(6)

# Which of the six numbers a key moves, and which way: as seen from the camera, forward, left and up.
PLACE_MOVES: dict[Command, tuple[int, float]] = {
    Command.FORWARD: (X, STEP_M),
    Command.BACKWARD: (X, -STEP_M),
    Command.LEFT: (Y, STEP_M),
    Command.RIGHT: (Y, -STEP_M),
    Command.UP: (Z, STEP_M),
    Command.DOWN: (Z, -STEP_M),
    Command.TURN_LEFT: (YAW, STEP_RAD),
    Command.TURN_RIGHT: (YAW, -STEP_RAD),
    Command.HIGHER: (PITCH, STEP_RAD),
    Command.LOWER: (PITCH, -STEP_RAD),
    Command.WIDER: (ROLL, STEP_RAD),
    Command.NARROWER: (ROLL, -STEP_RAD),
}
CLOCK_MOVES: dict[Command, int] = {
    Command.FORWARD: STEP_NS,
    Command.BACKWARD: -STEP_NS,
    Command.TURN_LEFT: 10 * STEP_NS,
    Command.TURN_RIGHT: -10 * STEP_NS,
}


@dataclass(frozen=True, eq=False)
class CameraDraft:
    """One camera as a person would have it.

    correction: (6,) x, y, z in metres, roll, pitch, yaw in radians, of the camera in its own forward-left-up axes;
    clock_ns: to be added to its stamps.
    """

    camera: str
    correction: FloatArray
    clock_ns: int = 0

    @classmethod
    def none(cls, camera: str) -> CameraDraft:
        """As the files have it."""
        return cls(camera, np.zeros(6))

    @property
    def changed(self) -> bool:
        """Whether anything was moved."""
        return bool(self.clock_ns) or bool(np.any(self.correction))

    def in_words(self) -> str:
        """For the status line."""
        move, turn = self.correction[:3], np.degrees(self.correction[3:])
        told = [f"x {move[0]:+.2f} y {move[1]:+.2f} z {move[2]:+.2f} m"]
        told.append(f"roll {turn[0]:+.2f} pitch {turn[1]:+.2f} yaw {turn[2]:+.2f} deg")
        return ", ".join([*told, f"clock {self.clock_ns / 1e6:+.0f} ms"])


def place_nudged(draft: CameraDraft, command: Command, times: float = 1.0) -> CameraDraft:
    """The draft with its camera moved or turned a step.

    Raises:
        ViewerError: the key moves no camera.
    """
    if command not in PLACE_MOVES:
        raise ViewerError(f"'{command.value}' moves boxes, not cameras")
    row, step = PLACE_MOVES[command]
    correction = draft.correction.copy()
    correction[row] += step * times
    return replace(draft, correction=correction)


def clock_nudged(draft: CameraDraft, command: Command, times: float = 1.0) -> CameraDraft:
    """The draft with its clock set forward or back a step.

    Raises:
        ViewerError: the key moves no clock.
    """
    if command not in CLOCK_MOVES:
        raise ViewerError(f"'{command.value}' moves boxes, not clocks; forward and backward do, 1 ms a step")
    return replace(draft, clock_ns=draft.clock_ns + round(CLOCK_MOVES[command] * times))


@dataclass(frozen=True, eq=False)
class NudgedView(DecodedView):
    """A camera's view as a draft has it. Nothing of it is kept among the frame's measurements, which are of the files.

    Everything that depends on where the camera was is measured anew.
    """

    draft: CameraDraft = CameraDraft.none("")  # noqa: RUF009  (frozen)

    @property
    def timestamp_ns(self) -> int:
        """Middle of the exposure, as the draft's clock has it."""
        return super().timestamp_ns + self.draft.clock_ns

    @cached_property
    def camera_from_ego(self) -> RigidTransform:
        """From ego at the frame's time to the camera where and when the draft has it."""
        in_file = CameraView(self.frame, self.name, self.index)
        camera_from_ego = in_file.camera_from_ego
        if self.draft.clock_ns:
            camera_from_ego = self._at_other_time(in_file)
        return _corrected_from_file(self.draft) @ camera_from_ego

    def _at_other_time(self, in_file: CameraView) -> RigidTransform:
        """A pose recorded with the image belongs to the stamp in doubt, so the trajectory alone tells."""
        scene = self.frame.scene
        stamp = np.asarray([self.timestamp_ns])
        world_from_ego = self.frame.world_from_ego
        if scene.trajectory is None or world_from_ego is None or not scene.trajectory.covers(stamp)[0]:
            return in_file.camera_from_ego
        camera_from_ego = scene.rig_at(in_file.timestamp_ns).transform(self.name, "ego")
        return camera_from_ego @ scene.trajectory.world_from_ego_at(self.timestamp_ns).inverse() @ world_from_ego

    def project_points(self) -> Projection:
        """The frame's points in this image."""
        with np.errstate(invalid="ignore"):
            return self.camera.project(self.camera_from_ego.apply(self.frame.points_in_ego))

    @property
    def boxes_at_exposure(self) -> Boxes3D:
        """The frame's boxes, moved by their own speed to the exposure."""
        boxes = self.frame.boxes
        velocities = velocities_in_ego(self.frame.scene)[self.frame.label_rows]
        gap_s = (self.timestamp_ns - self.frame.timestamp_ns) / SECOND_NS
        return replace(boxes, centres_m=boxes.centres_m + np.nan_to_num(velocities) * gap_s)

    def project_boxes(self) -> BoxProjection:
        """The frame's boxes in this image."""
        return project_boxes(self.corners_in_camera, self.camera)


def as_drafted(view: DecodedView, draft: CameraDraft | None) -> DecodedView:
    """The view as the draft has it; the image decoded already goes along."""
    if draft is None or not draft.changed:
        return view
    nudged = NudgedView(view.frame, view.name, view.index, draft)
    nudged.__dict__.update({key: value for key, value in view.__dict__.items() if key in ("image", "_decoded")})
    return nudged


@dataclass(frozen=True, eq=False)
class AlignmentEvidence:
    """One frame's outlines and image edges, gathered once, scored as often as the camera moves."""

    frames: tuple[FrameEdges, ...]
    outlines: Outlines
    camera: CameraModel

    @classmethod
    def of(cls, frame: SyncedFrame, view: CameraView, lidar: str) -> AlignmentEvidence:
        """Raises: BoresightError if the lidar's sweep or the image can't be read, or there is no lens."""
        camera: Sensor = frame.scene.rig_at(view.timestamp_ns).sensor(view.name)
        edges = (frame_edges(seen_together(frame, view, lidar), camera),)
        return cls(edges, gather_outlines(edges, view.camera), view.camera)

    def score(self, draft: CameraDraft) -> float:
        """How well the lidar's outlines fall on edges of the image; larger is better, random poses are near 0."""
        return agreement(self.frames, self.outlines, self.camera, draft.correction)


def rig_as_drafted(rig: SensorRig, drafts: Mapping[str, CameraDraft]) -> SensorRig:
    """The rig with its cameras where and when the drafts have them: what is written as a corrected rig file."""
    for name, draft in drafts.items():
        if draft.changed and name in rig.sensors:
            sensor = rig.sensor(name)
            moved = sensor.ego_from_sensor @ _corrected_from_file(draft).inverse()
            clock = replace(sensor.clock, offset_ns=sensor.clock.offset_ns + draft.clock_ns)
            rig = rig.with_sensor(replace(sensor, ego_from_sensor=moved, clock=clock))
    return rig


def _corrected_from_file(draft: CameraDraft) -> RigidTransform:
    """From the camera frame of the files to that of the draft."""
    rotation, translation = camera_from_camera_in_file(draft.correction)
    return RigidTransform.from_rotation(draft.camera, draft.camera, rotation, translation)
