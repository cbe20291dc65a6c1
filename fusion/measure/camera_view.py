"""One camera's picture of a frame: where points and boxes land in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from calibration.arrays import BoolArray, ByteImage, FloatArray, IntArray
from calibration.cameras.model import CameraModel, Projection
from calibration.clock import SECOND_NS
from calibration.errors import LensError
from calibration.image import CameraImage
from calibration.transform import RigidTransform
from fusion.measure.box_projection import BoxProjection, project_boxes, project_edges
from fusion.measure.track_motion import velocities_in_ego
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.stream import path_of

if TYPE_CHECKING:
    from fusion.measure.frame import SyncedFrame


@dataclass(frozen=True, eq=False)
class CameraView:
    """A camera of a frame.

    name: the sensor; index: its measurement in the camera's stream.
    """

    frame: SyncedFrame
    name: str
    index: int

    @property
    def timestamp_ns(self) -> int:
        """Middle of the exposure."""
        return int(self.frame.scene.streams[self.name].timestamps_ns[self.index])

    @property
    def path(self) -> str:
        """The image file, relative to the data set's root; "" for an image in memory."""
        return path_of(self.frame.scene.streams[self.name], self.index)

    @cached_property
    def image(self) -> CameraImage:
        """The image, not yet decoded."""
        image: CameraImage = self.frame.scene.streams[self.name].load(self.index)
        return image

    def pixels(self) -> ByteImage:
        """(H, W, 3) uint8 BGR, decoded now.

        Raises:
            ImageFileError: the file is missing or no image.
        """
        return self.image.pixels()

    @cached_property
    def camera(self) -> CameraModel:
        """The lens.

        Raises:
            LensError: the rig has no intrinsics for this camera.
        """
        camera = self.frame.scene.rig_at(self.timestamp_ns).sensor(self.name).camera
        if camera is None:
            raise LensError(f"{self.name} has no intrinsics in the rig")
        return camera

    @cached_property
    def camera_from_ego(self) -> RigidTransform:
        """From ego at the frame's time to the camera at its exposure, through the world where poses exist."""
        scene = self.frame.scene
        camera_from_ego = scene.rig_at(self.timestamp_ns).transform(self.name, "ego")
        world_from_ego_at_exposure = self._world_from_ego_at_exposure()
        world_from_ego_at_frame = scene.world_from_ego_at_frame(self.frame.index)
        if world_from_ego_at_exposure is None or world_from_ego_at_frame is None:
            return camera_from_ego
        return camera_from_ego @ world_from_ego_at_exposure.inverse() @ world_from_ego_at_frame

    def _world_from_ego_at_exposure(self) -> RigidTransform | None:
        scene = self.frame.scene
        recorded = scene.streams[self.name].world_from_ego(self.index)
        if recorded is not None or scene.trajectory is None:
            return recorded
        stamp = np.asarray([self.timestamp_ns])
        return scene.trajectory.world_from_ego_at(self.timestamp_ns) if scene.trajectory.covers(stamp)[0] else None

    @property
    def gap_s(self) -> float:
        """Seconds from the frame's time to the exposure; negative if the camera was earlier."""
        return (self.timestamp_ns - self.frame.timestamp_ns) / SECOND_NS

    def project_points(self) -> Projection:
        """The frame's points in this image, row by row; `.pixels`, `.in_view`, `.depth_m`."""
        return self.frame.measured(f"points in {self.name}", self._project_points)

    def _project_points(self) -> Projection:
        with np.errstate(invalid="ignore"):  # infinite rows stay rows without a place
            points_in_camera = self.camera_from_ego.apply(self.frame.points_in_ego)
        return self.camera.project(points_in_camera)

    @property
    def boxes_at_exposure(self) -> Boxes3D:
        """The frame's boxes in ego, moved by their own speed to the time of the exposure."""
        return self.frame.measured(f"boxes at {self.name}", self._boxes_at_exposure)

    def _boxes_at_exposure(self) -> Boxes3D:
        boxes = self.frame.boxes
        velocities = velocities_in_ego(self.frame.scene)[self.frame.label_rows]
        return replace(boxes, centres_m=boxes.centres_m + np.nan_to_num(velocities) * self.gap_s)

    @property
    def speed_known(self) -> BoolArray:
        """(M,) bool: the box could be moved to the exposure time."""
        velocities = velocities_in_ego(self.frame.scene)[self.frame.label_rows]
        return np.asarray(np.isfinite(velocities).all(axis=1))

    def project_boxes(self) -> BoxProjection:
        """The frame's boxes in this image: hulls cut by the near plane, the lens and the image."""
        return self.frame.measured(f"boxes in {self.name}", lambda: project_boxes(self.corners_in_camera, self.camera))

    def project_box_edges(self) -> FloatArray:
        """(12 M, S, 2) pixels along the boxes' edges, twelve a box, NaN where not imaged: what an overlay draws."""
        return project_edges(self.corners_in_camera, self.camera)

    @property
    def corners_in_camera(self) -> FloatArray:
        """(M, 8, 3) corners of the boxes at the exposure, camera frame."""
        corners = self.boxes_at_exposure.corners_m
        return self.camera_from_ego.apply(corners.reshape(-1, 3)).reshape(corners.shape)

    @property
    def boxes_2d(self) -> Boxes2D | None:
        """The 2D boxes drawn in this image, None where the label set has no 2D boxes at all."""
        labels = self.frame.scene.labels
        return None if labels.boxes_2d is None else labels.boxes_2d.take(self.rows_2d)

    @property
    def rows_2d(self) -> IntArray:
        """Rows of this image's 2D boxes in the label set's `boxes_2d`."""
        labels = self.frame.scene.labels
        rows = labels.rows_2d_of_frame(self.frame.index)
        if labels.boxes_2d is None:
            return rows
        return rows[labels.boxes_2d.camera.is_any([self.name])[rows]]
