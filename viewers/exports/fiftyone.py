"""Samples for FiftyOne: the camera images that findings are about, with their boxes as detections.

    import json, fiftyone as fo
    document = json.load(open("fiftyone.json"))
    dataset = fo.Dataset(document["name"])
    dataset.add_samples([fo.Sample.from_dict(sample) for sample in document["samples"]])

A detection has its outline in the image (left, top, width, height as shares of it) and, as FiftyOne's 3D detections,
location (centre), dimensions and rotation (about x, y, z) in ego; the score is its confidence.

Source: FiftyOne documentation, "Using datasets": Detections, 3D detections; serialized samples with `_cls`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from calibration.errors import BoresightError
from fusion.measure.box_projection import project_boxes
from fusion.measure.camera_view import CameraView
from viewers.exports.angles import euler_xyz_rad
from viewers.exports.annotated import AnnotatedScene
from viewers.outputs.lines import printable

DIGITS = 6
Json = dict[str, Any]


def fiftyone_files(annotated: AnnotatedScene) -> dict[str, bytes]:
    """`fiftyone.json`."""
    samples = []
    for frame in sorted(set(annotated.frames[annotated.annotated].tolist())):
        rows = [int(row) for row in annotated.rows_of_frame(frame) if annotated.annotated[row]]
        for view in annotated.scene.frames[frame].cameras.values():
            detections = _detections(annotated, view, rows)
            if detections and view.path:
                samples.append(_sample(annotated, view, detections))
    document = {"name": f"boresight {printable(annotated.scene.name)}", "media_type": "image", "samples": samples}
    return {"fiftyone.json": json.dumps(document, indent=1).encode("utf-8")}


def _sample(annotated: AnnotatedScene, view: CameraView, detections: list[Json]) -> Json:
    root = annotated.scene.root
    checks = {code for detection in detections for code in detection["checks"].split()}
    return {
        "filepath": str((root or Path()).absolute() / view.path),
        "tags": sorted(checks),
        "scene": printable(annotated.scene.name),
        "frame": printable(view.frame.key),
        "camera": printable(view.name),
        "timestamp_ns": str(view.timestamp_ns),
        "findings": {"_cls": "Detections", "detections": detections},
    }


def _detections(annotated: AnnotatedScene, view: CameraView, rows: list[int]) -> list[Json]:
    boxes = annotated.boxes.take(rows)
    try:
        corners = boxes.corners_m
        placed = view.camera_from_ego.apply(corners.reshape(-1, 3)).reshape(corners.shape)
        outlines = project_boxes(placed, view.camera)
    except BoresightError:
        return []  # a camera without a lens in the rig shows nothing
    angles = euler_xyz_rad(boxes.rotations)
    size = np.array([view.camera.width, view.camera.height] * 2, dtype=np.float64)
    detections = []
    for place, row in enumerate(rows):
        if not outlines.visible[place]:
            continue
        left, top, right, bottom = outlines.bounds_px[place]
        share = (np.array([left + 0.5, top + 0.5, right - left, bottom - top]) / size).clip(0, 1)
        said = annotated.findings[row]
        detections.append(
            {
                "_cls": "Detection",
                "label": annotated.category(row),
                "bounding_box": [round(float(value), DIGITS) for value in share],
                "confidence": said[0].score if said else None,
                "tags": [said[0].severity] if said else [],
                "checks": annotated.codes(row),
                "comment": annotated.comment(row),
                "track": printable(annotated.name(row)),
                "proposed": bool(annotated.proposed[row]),
                "location": [round(float(value), DIGITS) for value in boxes.centres_m[place]],
                "dimensions": [round(float(value), DIGITS) for value in boxes.sizes_m[place]],
                "rotation": [round(float(value), DIGITS) for value in angles[place]],
            }
        )
    return detections
