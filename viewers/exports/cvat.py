"""For CVAT: Datumaro 3D for point cloud tasks, CVAT for images 1.1 for image tasks, comments as attributes in both.

point-cloud.zip   "Datumaro 3D 1.0": every box of every frame in the lidar, cuboid_3d with position, rotation, scale
CAMERA.xml        "CVAT for images 1.1": what findings are about, and proposals, as cuboids drawn in that camera
labels.json       the classes with their attributes, for the raw tab of a task's labels: CVAT drops attributes that a
                  task does not declare

CVAT has no XML for point clouds: its 3D tasks import Datumaro 3D, Supervisely point clouds and KITTI raw, and only the
first of them keeps text.

Source: CVAT documentation, "CVAT for images 1.1", XML annotation format (cuboid: four corners of the near face, xtl1 to
ybr1, and of the far face, xtl2 to ybr2) and "Datumaro 3D"; Datumaro, JSON format (cuboid_3d).
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

import numpy as np

from calibration.arrays import FloatArray
from calibration.errors import BoresightError
from fusion.measure.camera_view import CameraView
from viewers.exports.angles import euler_xyz_rad
from viewers.exports.annotated import AnnotatedScene
from viewers.exports.sustechpoints import file_stem
from viewers.outputs.lines import printable

DIGITS = 6
PIXEL_DIGITS = 2
ATTRIBUTES = ("checks", "comment", "proposed", "track")
# Files in an archive need a day; the same content makes the same archive.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
# Corners of a box, bottom to top on each upright edge: the two of its front, the two of its rear.
FRONT_EDGES, REAR_EDGES = ((0, 4), (3, 7)), ((1, 5), (2, 6))
Json = dict[str, Any]


def cvat_files(annotated: AnnotatedScene) -> dict[str, bytes]:
    """The files named above."""
    classes = sorted({annotated.category(row) for row in range(len(annotated.frames))})
    files = {"labels.json": _encoded([_declared(name) for name in classes])}
    files["point-cloud.zip"] = _archive({"annotations/default.json": _encoded(_datumaro(annotated, classes))})
    for camera, images in _images(annotated).items():
        files[f"{printable(camera)}.xml"] = _images_xml(annotated, images, classes)
    return files


def _attributes(annotated: AnnotatedScene, row: int) -> dict[str, str]:
    return {
        "checks": annotated.codes(row),
        "comment": annotated.comment(row),
        "proposed": "true" if annotated.proposed[row] else "false",
        "track": printable(annotated.name(row)),
    }


def _declared(name: str) -> Json:
    """A class as the raw tab of CVAT wants it."""
    texts = [
        {"name": one, "mutable": True, "input_type": "text", "default_value": "", "values": [""]} for one in ATTRIBUTES
    ]
    return {"name": name, "type": "any", "attributes": texts}


def _datumaro(annotated: AnnotatedScene, classes: list[str]) -> Json:
    labels = [{"name": name, "parent": "", "attributes": list(ATTRIBUTES)} for name in classes]
    return {
        "info": {},
        "categories": {"label": {"labels": labels, "attributes": ["occluded"]}},
        "items": [_item(annotated, frame, classes) for frame in range(len(annotated.scene.frame_table))],
    }


def _item(annotated: AnnotatedScene, frame: int, classes: list[str]) -> Json:
    boxes = annotated.boxes_seen_by(annotated.lidar, frame)
    angles = euler_xyz_rad(boxes.rotations)
    stem = file_stem(annotated, frame)
    return {
        "id": stem,
        "annotations": [
            {
                "id": place,
                "type": "cuboid_3d",
                "attributes": {"occluded": False, **_attributes(annotated, row)},
                "group": 0,
                "label_id": classes.index(annotated.category(row)),
                "position": _rounded(boxes.centres_m[place]),
                "rotation": _rounded(angles[place]),
                "scale": _rounded(boxes.sizes_m[place]),
            }
            for place, row in enumerate(annotated.rows_of_frame(frame).tolist())
        ],
        "attr": {"frame": frame},
        "point_cloud": {"path": f"{stem}.pcd"},
    }


def _images(annotated: AnnotatedScene) -> dict[str, list[tuple[CameraView, list[int]]]]:
    """By camera: its views of frames with something to say, and the rows."""
    images: dict[str, list[tuple[CameraView, list[int]]]] = {}
    for frame in sorted(set(annotated.frames[annotated.annotated].tolist())):
        rows = [int(row) for row in annotated.rows_of_frame(frame) if annotated.annotated[row]]
        for name, view in annotated.scene.frames[frame].cameras.items():
            images.setdefault(name, []).append((view, rows))
    return images


def _images_xml(annotated: AnnotatedScene, images: list[tuple[CameraView, list[int]]], classes: list[str]) -> bytes:
    root = ElementTree.Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    task = ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task")
    ElementTree.SubElement(task, "name").text = printable(annotated.scene.name)
    labels = ElementTree.SubElement(task, "labels")
    for name in classes:
        _declared_xml(labels, name)
    number = 0
    for view, rows in images:
        cuboids = list(_cuboids(annotated, view, rows))
        if cuboids:
            size = {"width": str(view.camera.width), "height": str(view.camera.height)}
            shown = {"id": str(number), "name": printable(PurePosixPath(view.path).name or view.frame.key), **size}
            image = ElementTree.SubElement(root, "image", shown)
            image.extend(cuboids)
            number += 1
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _declared_xml(labels: ElementTree.Element, name: str) -> None:
    label = ElementTree.SubElement(labels, "label")
    ElementTree.SubElement(label, "name").text = name
    attributes = ElementTree.SubElement(label, "attributes")
    for one in ATTRIBUTES:
        attribute = ElementTree.SubElement(attributes, "attribute")
        texts = {"name": one, "mutable": "True", "input_type": "text", "default_value": "", "values": ""}
        for tag, text in texts.items():
            ElementTree.SubElement(attribute, tag).text = text


def _cuboids(annotated: AnnotatedScene, view: CameraView, rows: list[int]) -> Iterator[ElementTree.Element]:
    """Those of the rows that the camera has whole in front of it and at least partly in its image."""
    try:
        corners = view.camera_from_ego.apply(annotated.boxes.corners_m[rows].reshape(-1, 3))
        projected = view.camera.project(corners)
    except BoresightError:
        return  # a camera without a lens in the rig shows nothing
    pixels, in_view = projected.pixels.reshape(-1, 8, 2), projected.in_view.reshape(-1, 8)
    depths_m = projected.depth_m.reshape(-1, 8)
    for place, row in enumerate(rows):
        if np.isfinite(pixels[place]).all() and in_view[place].any():
            fixed = {"label": annotated.category(row), "source": "manual", "occluded": "0", "z_order": "0"}
            cuboid = ElementTree.Element("cuboid", {**fixed, **_faces(pixels[place], depths_m[place])})
            for name, text in _attributes(annotated, row).items():
                ElementTree.SubElement(cuboid, "attribute", name=name).text = text
            yield cuboid


def _faces(pixels: FloatArray, depths_m: FloatArray) -> dict[str, str]:
    """Corners of the near face and the far one: on the left and on the right, at the top and at the bottom."""
    named = {}
    by_depth = sorted((FRONT_EDGES, REAR_EDGES), key=lambda edges: float(depths_m[[*edges[0], *edges[1]]].mean()))
    for face, edges in enumerate(by_depth, start=1):
        left, right = sorted(edges, key=lambda edge: float(pixels[list(edge), 0].mean()))
        for side, (bottom, top) in (("l", left), ("r", right)):
            for level, corner in (("t", top), ("b", bottom)):
                for axis, value in zip("xy", pixels[corner], strict=True):
                    named[f"{axis}{level}{side}{face}"] = f"{float(value):.{PIXEL_DIGITS}f}"
    return named


def _rounded(values: FloatArray) -> list[float]:
    return [round(float(value), DIGITS) for value in values]


def _encoded(content: Any) -> bytes:
    return json.dumps(content, indent=1).encode("utf-8")


def _archive(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), data)
    return content.getvalue()
