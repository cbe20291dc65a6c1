"""From label rows to boxes: the arithmetic of the phrase book in `reader.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.arrays import BoolArray, FloatArray, Int32Array, IntArray
from calibration.sensors import EGO
from calibration.transform import RigidTransform, multiply_quaternions, quaternions_from_matrices
from fusion.formats.kitti.label_file import NOT_TOLD, LabelRows
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.boxes3d import Boxes3D, Provenance
from fusion.scene.coded import Coded
from fusion.scene.label_set import LabelSet
from fusion.scene.scope import LabelScope

# KITTI's object frame is x along the length, y down, z to the left; ours x along the length, y left, z up.
OBJECT_FROM_BOX: FloatArray = np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0])


@dataclass(frozen=True, eq=False)
class SceneRows:
    """M label rows of a whole scene, and what each belongs to.

    rows: as read; frame_index: (M,) int32; timestamps_ns: (M,); label_ids: (M,) str; source: the label file of each;
    track: by row, None where the format has no tracks.
    """

    rows: LabelRows
    frame_index: Int32Array
    timestamps_ns: IntArray
    label_ids: NDArray[Any]
    source: Coded
    track: Coded | None = None

    @classmethod
    def of_frames(
        cls, rows: LabelRows, frame_index: Int32Array, keys: Sequence[str], paths: Sequence[str]
    ) -> SceneRows:
        """Rows of a format with a label file a frame and no clock; keys, paths: name and label file of each frame."""
        ids = [f"{keys[frame]}:{line}" for frame, line in zip(frame_index, rows.lines, strict=True)]
        return cls(
            rows=rows,
            frame_index=frame_index,
            timestamps_ns=frame_index.astype(np.int64),
            label_ids=np.asarray(ids, dtype=object),
            source=Coded(frame_index, tuple(paths)),
        )

    def take(self, chosen: BoolArray) -> SceneRows:
        """The rows of a mask."""
        return SceneRows(
            rows=self.rows.take(chosen),
            frame_index=self.frame_index[chosen],
            timestamps_ns=self.timestamps_ns[chosen],
            label_ids=self.label_ids[chosen],
            source=self.source.take(chosen),
            track=None if self.track is None else self.track.take(chosen),
        )

    def shared_columns(self) -> dict[str, Any]:
        """What 3D and 2D boxes of a row have in common."""
        return {
            "category": Coded.from_values(self.rows.types),
            "track": self.track,
            "label_ids": self.label_ids,
            "timestamps_ns": self.timestamps_ns,
            "attributes": _attributes(self.rows),
            "provenance": Provenance(source=self.source, line=self.rows.lines),
        }


def label_set(
    labels: SceneRows,
    placed: BoolArray,
    ego_from_rectified: Mapping[int, RigidTransform],
    camera: str,
    classes: tuple[str, ...],
) -> LabelSet:
    """The labels of a scene: boxes in ego, and those of the labelled camera's image.

    Args:
        placed: (M,) rows whose 3D box is to be read; the frame of each must have its `ego_from_rectified`.
    """
    in_image = labels.rows.has_box_2d
    row_in_3d = np.where(placed, np.cumsum(placed) - 1, -1).astype(np.int32)
    return LabelSet(
        name="labels",
        boxes=boxes_3d(labels.take(placed), ego_from_rectified),
        reference=EGO,
        frame_index=labels.frame_index[placed],
        scope=LabelScope(cameras=(camera,), source="format"),
        boxes_2d=boxes_2d(labels.take(in_image), row_in_3d[in_image], camera) if in_image.any() else None,
        declared_classes=classes,
    )


def boxes_3d(labels: SceneRows, ego_from_rectified: Mapping[int, RigidTransform]) -> Boxes3D:
    """Boxes in ego, a row each; every frame of the rows must have its transform, and every row a 3D box.

    A KITTI box stands upright in the camera, which is tilted against the lidar by about a degree. The whole rotation is
    kept, so a box has that roll and pitch in ego: it is what was labelled, and what projects back exactly.
    """
    heights_m, widths_m, lengths_m = labels.rows.dimensions.T
    bottom_to_centre = np.outer(heights_m / 2, [0.0, -1.0, 0.0])  # y points down
    rectified_from_box = multiply_quaternions(_turns_about_y(labels.rows.rotations_y), OBJECT_FROM_BOX)
    frames, placing = np.unique(labels.frame_index, return_inverse=True)
    transforms = [ego_from_rectified[int(frame)] for frame in frames]
    rotations = np.asarray([transform.rotation for transform in transforms]).reshape(-1, 3, 3)
    origins = np.asarray([transform.translation for transform in transforms]).reshape(-1, 3)
    turned = np.einsum("mij,mj->mi", rotations[placing], labels.rows.locations + bottom_to_centre)
    return Boxes3D.from_columns(
        centres_m=turned + origins[placing],
        sizes_m=np.stack([lengths_m, widths_m, heights_m], axis=1),
        rotations=multiply_quaternions(quaternions_from_matrices(rotations)[placing], rectified_from_box),
        confidences=_scores(labels.rows),
        **labels.shared_columns(),
    )


def boxes_2d(labels: SceneRows, box3d_rows: Int32Array, camera: str) -> Boxes2D:
    """Boxes in the labelled camera's image, a row each; KITTI's pixels are counted as ours are.

    Args:
        box3d_rows: (M,) row of the 3D box of the same label, -1 where it has none.
    """
    return Boxes2D.from_columns(
        camera=[camera] * len(labels.rows),
        edges_px=labels.rows.edges_px,
        frame_index=labels.frame_index,
        box3d_rows=box3d_rows,
        **labels.shared_columns(),
    )


def _turns_about_y(angles_rad: FloatArray) -> FloatArray:
    """(M, 4) quaternions of turns about the camera's y axis."""
    nothing = np.zeros(len(angles_rad))
    return np.stack([np.cos(angles_rad / 2), nothing, np.sin(angles_rad / 2), nothing], axis=1)


def _scores(rows: LabelRows) -> FloatArray | None:
    scores = rows.column("score")
    return None if np.isnan(scores).all() else scores


def _attributes(rows: LabelRows) -> Attributes:
    """What the annotator ticked."""
    return Attributes(
        {name: AttributeColumn(_or_nan(rows.column(name), not_told)) for name, not_told in NOT_TOLD.items()}
    )


def _or_nan(values: FloatArray, not_told: float) -> FloatArray:
    return np.where(values == not_told, np.nan, values)
