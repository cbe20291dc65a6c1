"""Label files of SUSTechPOINTS: one a frame beside its point cloud, comments in `obj_attr`.

we say                       SUSTechPOINTS says
centre, in the lidar         psr.position
length, width, height        psr.scale x, y, z
roll, pitch, yaw             psr.rotation x, y, z
track, or the label's id     obj_id
class                        obj_type
what findings say            obj_attr

Source: SUSTechPOINTS, README and the labels of its example scene (data/example/label). A scene is a folder with
`lidar/NAME.pcd` and `label/NAME.json`; NAME is that of the file the labels were drawn in.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from viewers.exports.angles import euler_xyz_rad
from viewers.exports.annotated import AnnotatedScene
from viewers.outputs.lines import printable

DIGITS = 6


def sustechpoints_files(annotated: AnnotatedScene) -> dict[str, bytes]:
    """`label/NAME.json` of every frame that has boxes."""
    files = {}
    for frame in sorted(set(annotated.frames.tolist())):
        boxes = annotated.boxes_seen_by(annotated.lidar, frame)
        angles = euler_xyz_rad(boxes.rotations)
        records = [
            {
                "obj_id": printable(annotated.name(int(row))),
                "obj_type": annotated.category(int(row)),
                "obj_attr": annotated.comment(int(row)),
                "psr": {
                    "position": _xyz(boxes.centres_m[place]),
                    "scale": _xyz(boxes.sizes_m[place]),
                    "rotation": _xyz(angles[place]),
                },
            }
            for place, row in enumerate(annotated.rows_of_frame(frame))
        ]
        files[f"label/{file_stem(annotated, frame)}.json"] = json.dumps(records, indent=1).encode("utf-8")
    return files


def file_stem(annotated: AnnotatedScene, frame: int) -> str:
    """The name of the frame's point cloud without what says its format, else the frame's key."""
    name = PurePosixPath(annotated.file_of(annotated.lidar, frame)).name
    for suffix in (".bin", ".pcd", ".feather", ".npy", ".npz", ".ply", ".las", ".laz"):
        name = name.removesuffix(suffix)
    return printable(name or annotated.scene.frame_table.keys[frame]).replace("/", "_").replace("\\", "_")


def _xyz(values: Any) -> dict[str, float]:
    return {axis: round(float(value), DIGITS) for axis, value in zip("xyz", values, strict=True)}
