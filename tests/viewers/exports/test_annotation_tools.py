"""What annotation tools get, read back without our code."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from kognic.openlabel.models import OpenLabelAnnotation

from fusion.formats.registry import open_dataset
from viewers.exports.annotated import AnnotatedScene
from viewers.exports.annotation_tools import TOOLS, _folder_name
from viewers.exports.cvat import cvat_files
from viewers.exports.fiftyone import fiftyone_files
from viewers.exports.openlabel import openlabel_files, uid_of
from viewers.exports.sustechpoints import sustechpoints_files

# By hand: the lidar stands at (1, 0.5, 1.8), its x axis to the left of the vehicle, its y axis to the rear.
CAR_IN_LIDAR = {"x": 1.5, "y": -15.0, "z": -1.0}
CAR_YAW_IN_LIDAR = 0.3 - np.pi / 2


@pytest.mark.parametrize("tool", TOOLS)
def test_the_same_findings_make_the_same_files(annotated: AnnotatedScene, tool: str) -> None:
    assert TOOLS[tool](annotated) == TOOLS[tool](annotated)


def test_sustechpoints_has_every_box_in_the_lidar_with_its_comment(annotated: AnnotatedScene) -> None:
    files = sustechpoints_files(annotated)
    assert len(files) == 2
    car, walker, proposed = json.loads(files[sorted(files)[1]])
    assert car["obj_id"] == "17"
    assert car["obj_type"] == "car"
    assert car["psr"]["position"] == pytest.approx(CAR_IN_LIDAR)
    assert car["psr"]["scale"] == {"x": 4.5, "y": 1.9, "z": 1.6}
    assert car["psr"]["rotation"] == pytest.approx({"x": 0, "y": 0, "z": CAR_YAW_IN_LIDAR}, abs=1e-6)
    assert "position-jump" in car["obj_attr"]
    assert (walker["obj_attr"], proposed["obj_id"]) == ("", "17 proposed")
    assert proposed["psr"]["position"]["x"] == pytest.approx(3.5)


def test_cvat_point_clouds_are_datumaro_cuboids(annotated: AnnotatedScene) -> None:
    archive = zipfile.ZipFile(io.BytesIO(cvat_files(annotated)["point-cloud.zip"]))
    document = json.loads(archive.read("annotations/default.json"))
    names = [label["name"] for label in document["categories"]["label"]["labels"]]
    assert names == ["<b>walker</b>", "car"]
    first, second = document["items"]
    assert [one["attr"]["frame"] for one in (first, second)] == [0, 1]
    car = second["annotations"][0]
    assert (car["type"], names[car["label_id"]]) == ("cuboid_3d", "car")
    assert car["position"] == pytest.approx(list(CAR_IN_LIDAR.values()))
    assert car["rotation"][2] == pytest.approx(CAR_YAW_IN_LIDAR, abs=1e-6)
    assert car["scale"] == [4.5, 1.9, 1.6]
    assert car["attributes"]["checks"] == "TRK501"
    assert [one["attributes"]["proposed"] for one in second["annotations"]] == ["false", "false", "true"]


def test_cvat_images_have_cuboids_where_the_lens_puts_them(annotated: AnnotatedScene) -> None:
    root = ElementTree.fromstring(cvat_files(annotated)["front.xml"])
    assert root.findtext("version") == "1.1"
    assert [name.text for name in root.findall("meta/task/labels/label/name")] == ["<b>walker</b>", "car"]
    walker_image, car_image = root.findall("image")
    assert (walker_image.get("name"), walker_image.get("width")) == ("0.jpg", "640")
    (walker,) = walker_image.findall("cuboid")
    # Near face at x = 11.7, from y = -2.65 to -3.35, from z = 0 to 1.8; the camera 1.5 m up, focal length 400 px.
    expected = {
        "xtl1": 319.5 + 400 * 2.65 / 11.7,
        "xtr1": 319.5 + 400 * 3.35 / 11.7,
        "ytl1": 239.5 + 400 * -0.3 / 11.7,
        "ybr1": 239.5 + 400 * 1.5 / 11.7,
        "xbl2": 319.5 + 400 * 2.65 / 12.3,
    }
    assert {name: float(str(walker.get(name))) for name in expected} == pytest.approx(expected, abs=0.01)
    attributes = {one.get("name"): one.text for one in walker.findall("attribute")}
    assert 'hangs "high" & dry' in str(attributes["comment"])
    assert len(car_image.findall("cuboid")) == 2


def test_cvat_is_told_of_every_attribute_that_is_used(annotated: AnnotatedScene) -> None:
    files = cvat_files(annotated)
    declared = {one["name"] for label in json.loads(files["labels.json"]) for one in label["attributes"]}
    used = {one.get("name") for one in ElementTree.fromstring(files["front.xml"]).iter("attribute")} - {None}
    assert used == declared


def test_openlabel_is_what_another_reader_of_the_standard_takes(annotated: AnnotatedScene) -> None:
    document = json.loads(openlabel_files(annotated)["openlabel.json"])
    content = OpenLabelAnnotation.model_validate(document).openlabel
    assert {one.name: one.type for one in (content.objects or {}).values()} == {
        "17": "car",
        "3": "<b>walker</b>",
        "17 proposed": "car",
    }
    assert "RIG103" in document["openlabel"]["metadata"]["comment"]
    (cuboid,) = document["openlabel"]["frames"]["1"]["objects"]["17"]["object_data"]["cuboid"]
    texts = {one["name"]: one["val"] for one in cuboid["attributes"]["text"]}
    assert (texts["label_id"], texts["checks"], texts["severity"]) == ("car-1", "TRK501", "error")


def test_openlabel_keeps_boxes_and_times_to_the_digit(annotated: AnnotatedScene, tmp_path: Path) -> None:
    (tmp_path / "scene.json").write_bytes(openlabel_files(annotated)["openlabel.json"])
    dataset = open_dataset(tmp_path / "scene.json")
    again = dataset.scene(dataset.scene_names[0])
    stamps = annotated.scene.frame_table.timestamps_ns
    assert (np.diff(again.frame_table.timestamps_ns) == np.diff(stamps)).all()
    order = np.lexsort(annotated.boxes.centres_m.T)
    read = np.lexsort(again.labels.boxes.centres_m.T)
    for column in ("centres_m", "sizes_m", "yaws_rad"):
        assert np.allclose(
            getattr(annotated.boxes, column)[order], getattr(again.labels.boxes, column)[read], atol=1e-6
        )


@pytest.mark.parametrize(
    ("name", "uid"),
    [
        pytest.param("17", "17", id="a number"),
        pytest.param("3f475943bfa56329b7f595118ed00012", "3f475943-bfa5-6329-b7f5-95118ed00012", id="a token"),
        pytest.param("car seven", uid_of("day", "car seven"), id="a name, always the same"),
    ],
)
def test_objects_have_ids_of_the_standard(name: str, uid: str) -> None:
    assert uid_of("day", name) == uid
    assert uid_of("night", "car seven") != uid_of("day", "car seven")


def test_fiftyone_has_an_outline_and_a_place_for_each_finding(annotated: AnnotatedScene) -> None:
    document = json.loads(fiftyone_files(annotated)["fiftyone.json"])
    first, second = document["samples"]
    assert Path(first["filepath"]).is_absolute()
    assert first["filepath"].endswith("front/0.jpg")
    assert (first["tags"], second["tags"]) == (["BOX304"], ["TRK501"])
    (walker,) = first["findings"]["detections"]
    left, top, width, height = walker["bounding_box"]
    assert (left * 640, top * 480) == pytest.approx((320 + 400 * 2.65 / 12.3, 240 - 400 * 0.3 / 11.7), abs=0.6)
    assert ((left + width) * 640, (top + height) * 480) == pytest.approx(
        (320 + 400 * 3.35 / 11.7, 240 + 400 * 1.5 / 11.7), abs=0.6
    )
    assert (walker["location"], walker["dimensions"]) == ([12.0, -3.0, 0.9], [0.6, 0.7, 1.8])
    assert (walker["label"], walker["confidence"], walker["tags"]) == ("<b>walker</b>", 0.9, ["warning"])
    assert [one["proposed"] for one in second["findings"]["detections"]] == [False, True]


@pytest.mark.parametrize("scene", ["..", "a/../../b", "/etc", "a\\b", "."])
def test_no_scene_name_leads_out_of_the_folder(scene: str, tmp_path: Path) -> None:
    assert (tmp_path / _folder_name(scene) / "x").resolve().parent.parent == tmp_path.resolve()
