"""Boxes back into the numbers of cuboids, in whatever coordinate system and about whatever axes these were drawn.

A file's cuboids and the boxes read of them differ by a move T of the coordinate system, one a frame, and a turn A of
the box's own axes, one a file. A is the one of six for which T is the same for all boxes of a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray
from calibration.transform import matrices_from_quaternions
from fusion.formats.openlabel.labels import box_axes
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene

EULER_NUMBERS = 9
# A micrometre, and as little of an angle.
DIGITS = 6
CHOICES = tuple(box_axes(axis, sign) for axis in (2, 1, 0) for sign in (1, -1))


@dataclass(frozen=True, eq=False)
class CuboidAxes:
    """The boxes of a file and their cuboids. axes: (3, 3) A."""

    boxes: Boxes3D
    cuboids: Sequence[list[float]]
    axes: FloatArray
    row: dict[str, int]

    @classmethod
    def of(cls, scene: Scene, cuboids: Sequence[list[float]]) -> CuboidAxes:
        """cuboids: the numbers of each label, in the order of the labels."""
        boxes = scene.labels.boxes
        row = {str(label): index for index, label in enumerate(boxes.label_ids)}
        turned = np.asarray([_rotation_of(cuboid) for cuboid in cuboids]).reshape(-1, 3, 3)
        sizes = np.asarray([cuboid[-3:] for cuboid in cuboids]).reshape(-1, 3)
        ours = matrices_from_quaternions(boxes.rotations)
        spreads = [_spread(turned, sizes, ours, boxes, scene.labels.frame_index, axes) for axes in CHOICES]
        return cls(boxes, cuboids, CHOICES[int(np.argmin(spreads))], row)

    def value(self, label: str, box: Boxes3D) -> list[float]:
        """The numbers of a cuboid for a box of the labels' reference, as those of `label`, which is of its frame."""
        cuboid, known = self.cuboids[self.row[label]], self.boxes.take([self.row[label]])
        known_rotation = matrices_from_quaternions(known.rotations)[0]
        system_from_here = _rotation_of(cuboid) @ self.axes @ known_rotation.T
        rotation = system_from_here @ matrices_from_quaternions(box.rotations)[0] @ self.axes.T
        centre = np.asarray(cuboid[:3]) + system_from_here @ (box.centres_m[0] - known.centres_m[0])
        size = np.abs(self.axes) @ box.sizes_m[0]
        turn = Rotation.from_matrix(rotation)
        angles = turn.as_euler("ZYX")[::-1] if len(cuboid) == EULER_NUMBERS else turn.as_quat()
        return [round(float(number), DIGITS) for number in (*centre, *angles, *size)]


def _rotation_of(cuboid: Sequence[float]) -> FloatArray:
    if len(cuboid) == EULER_NUMBERS:
        turn = Rotation.from_euler("ZYX", cuboid[5:2:-1])
    else:
        turn = Rotation.from_quat(cuboid[3:7])
    rotation: FloatArray = turn.as_matrix()
    return rotation


def _spread(
    turned: FloatArray, sizes: FloatArray, ours: FloatArray, boxes: Boxes3D, frames: np.ndarray, axes: FloatArray
) -> float:
    """How much T differs within frames, and how far sizes are apart, if A were these axes."""
    moves = turned @ axes @ ours.transpose(0, 2, 1)
    _, first, inverse = np.unique(frames, return_index=True, return_inverse=True)
    apart = np.abs(sizes @ np.abs(axes) - boxes.sizes_m).max(axis=1, initial=0)
    return float(np.abs(moves - moves[first][inverse]).max(initial=0) + apart.max(initial=0))
