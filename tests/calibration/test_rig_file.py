from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration import rig_file
from calibration.cameras import camera_from_parameters
from calibration.clock import UNCORRECTED, ClockOffset
from calibration.errors import FileProblemError
from calibration.rig import SensorRig
from calibration.rig_file import read_rig_file, write_rig_file
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform

DOCUMENT: dict[str, Any] = {
    "schema": "boresight.rig/1",
    "sensors": {
        "camera_left": {
            "kind": "camera",
            "ego_from_sensor": {"translation_m": [1.6, 0.4, 1.5], "quaternion_wxyz": [0.5, -0.5, 0.5, -0.5]},
            "camera": {
                "model": "brown-conrady",
                "width": 1600,
                "height": 900,
                "fx": 1266.4,
                "fy": 1266.4,
                "cx": 816.3,
                "cy": 491.5,
                "distortion": [-0.35, 0.19, 0.001, 0.0006, -0.07],
            },
            "exposure_ns": 8000000,
            "readout_ns": 20000000,
            "rows_top_to_bottom": False,
        },
        "lidar_top": {
            "kind": "lidar",
            "ego_from_sensor": {"translation_m": [0.9, 0, 1.8], "rotation": [[0, -1, 0], [1, 0, 0], [0, 0, 1]]},
            "clock": {"offset_ns": -10000000, "drift_ppm": 40.0, "anchor_ns": 7},
        },
    },
}


def written(folder: Path, document: object) -> Path:
    path = folder / "rig.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=2), encoding="utf-8")
    return path


MIRRORED = [[1, 0, 0], [0, 1, 0], [0, 0, -1]]
REMOVED = object()


def changed(field: str, value: object = REMOVED) -> dict[str, Any]:
    """The document with one field, such as "sensors.lidar_top.kind", set or removed."""
    document = copy.deepcopy(DOCUMENT)
    *parents, last = field.split(".")
    record = document
    for name in parents:
        record = record[name]
    if value is REMOVED:
        del record[last]
    else:
        record[last] = value
    return document


def test_reads_every_field(tmp_path: Path) -> None:
    rig = read_rig_file(written(tmp_path, DOCUMENT))
    camera, lidar = rig.sensor("camera_left"), rig.sensor("lidar_top")
    assert (camera.kind, lidar.kind) == (SensorKind.CAMERA, SensorKind.LIDAR)
    np.testing.assert_array_equal(camera.ego_from_sensor.translation, [1.6, 0.4, 1.5])
    np.testing.assert_allclose(camera.ego_from_sensor.rotate([[0, 0, 1]]), [[1, 0, 0]], atol=1e-15)
    np.testing.assert_array_equal(lidar.ego_from_sensor.rotate([[1, 0, 0]]), [[0, 1, 0]])
    assert camera.camera is not None
    assert (camera.camera.kind, camera.camera.width, camera.camera.height) == ("brown-conrady", 1600, 900)
    assert camera.camera.distortion == (-0.35, 0.19, 0.001, 0.0006, -0.07)
    assert (camera.exposure_ns, camera.readout_ns, camera.rows_top_to_bottom) == (8_000_000, 20_000_000, False)
    assert lidar.camera is None
    assert lidar.readout_ns is None
    assert (camera.clock, lidar.clock) == (UNCORRECTED, ClockOffset(-10_000_000, 40.0, 7))


@pytest.mark.parametrize(
    ("model", "distortion"),
    [
        ("pinhole", ()),
        ("brown-conrady", (-0.35, 0.19, 0.001, 0.0006, -0.07)),
        ("rational", (0.1, -0.2, 0.001, 0.0006, -0.07, 0.2, 0.1, 0.02)),
        ("fisheye", (0.01, -0.02, 0.003, -0.0004)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_written_is_read_back(
    model: str, distortion: tuple[float, ...], tmp_path: Path, rng: np.random.Generator
) -> None:
    rotations = Rotation.from_quat(rng.normal(size=(3, 4))).as_matrix()
    places = {
        name: RigidTransform.from_rotation("ego", name, rotation, rng.normal(0, 2, 3))
        for name, rotation in zip(("camera", "lidar", "radar"), rotations, strict=True)
    }
    lens = camera_from_parameters(model, 1920, 1200, 1000.1, 1001.2, 950.3, 610.4, 0.05, distortion)
    rig = SensorRig.of(
        Sensor("camera", SensorKind.CAMERA, places["camera"], lens, readout_ns=3, rows_top_to_bottom=False),
        Sensor("lidar", SensorKind.LIDAR, places["lidar"], clock=ClockOffset(-1, 0.5, 3)),
        Sensor("radar", SensorKind.RADAR, places["radar"]),
    )
    write_rig_file(rig, tmp_path / "rig.json")
    back = read_rig_file(tmp_path / "rig.json")
    assert list(back.sensors) == list(rig.sensors)
    for name, sensor in rig.sensors.items():
        read = back.sensor(name)
        np.testing.assert_array_equal(read.ego_from_sensor.translation, sensor.ego_from_sensor.translation)
        np.testing.assert_allclose(read.ego_from_sensor.rotation, sensor.ego_from_sensor.rotation, atol=1e-15)
        assert (read.kind, read.readout_ns, read.exposure_ns) == (sensor.kind, sensor.readout_ns, sensor.exposure_ns)
        assert (read.rows_top_to_bottom, read.clock) == (sensor.rows_top_to_bottom, sensor.clock)
    assert repr(back.sensor("camera").camera) == repr(lens)


def test_a_matrix_rounded_to_six_decimals_is_taken(tmp_path: Path) -> None:
    rounded = Rotation.from_euler("zyx", [0.3, 0.2, 0.1]).as_matrix().round(6)
    document = changed("sensors.lidar_top.ego_from_sensor.rotation", rounded.tolist())
    assert 0 < read_rig_file(written(tmp_path, document)).sensor("lidar_top").ego_from_sensor.residual < 3e-6


def test_the_example_in_the_manual_is_a_rig(tmp_path: Path) -> None:
    example = (rig_file.__doc__ or "").split("\n\n")[1]
    assert read_rig_file(written(tmp_path, example)).cameras == ("camera_left",)


CAMERA, LIDAR_PLACE = "sensors.camera_left", "sensors.lidar_top.ego_from_sensor"
REFUSED = {
    "misspelt": (changed(f"{CAMERA}.readout", 1), f"{CAMERA}.readout: Extra inputs"),
    "missing": (changed(f"{CAMERA}.kind"), f"{CAMERA}.kind: Field required"),
    "kind": (changed(f"{CAMERA}.kind", "sonar"), f"{CAMERA}.kind: Input should be 'lidar'.*got 'sonar'"),
    "text-for-number": (changed(f"{CAMERA}.camera.fx", "1266"), f"{CAMERA}.camera.fx: .*got '1266'"),
    "focal-length": (changed(f"{CAMERA}.camera.fx", -5.0), f"{CAMERA}.camera: .*-5"),
    "no-pixels": (changed(f"{CAMERA}.camera.width", 0), f"{CAMERA}.camera.width: .*got 0"),
    "one-coefficient": (changed(f"{CAMERA}.camera.distortion", [0.1]), f"{CAMERA}.camera: "),
    "negative-duration": (changed(f"{CAMERA}.readout_ns", -1), f"{CAMERA}.readout_ns: .*got -1"),
    "lidar-with-lens": (changed(f"{CAMERA}.kind", "lidar"), f"{CAMERA}: camera_left is a lidar"),
    "two-rotations": (changed(f"{LIDAR_PLACE}.quaternion_wxyz", [1, 0, 0, 0]), f"{LIDAR_PLACE}: needs either"),
    "no-rotation": (changed(f"{LIDAR_PLACE}.rotation"), f"{LIDAR_PLACE}: needs either"),
    "two-coordinates": (changed(f"{LIDAR_PLACE}.translation_m", [1, 2]), f"{LIDAR_PLACE}.translation_m"),
    "nan": (changed(f"{LIDAR_PLACE}.translation_m", [1, 2, math.nan]), f"{LIDAR_PLACE}.translation_m.2"),
    "reflection": (changed(f"{LIDAR_PLACE}.rotation", MIRRORED), f"{LIDAR_PLACE}: .*reflection"),
    "schema": (changed("schema", "boresight.rig/2"), "schema: Input should be .*, got 'boresight.rig/2'"),
    "no-schema": (changed("schema"), "schema: Field required"),
    "extra": (changed("vehicle", "car"), "vehicle: Extra inputs"),
    "called-ego": (changed("sensors.ego", DOCUMENT["sensors"]["lidar_top"]), "sensors.ego: a sensor can't be called"),
    "list": ([], "expected|object|dictionary"),
    "twice": ('{"schema": "boresight.rig/1", "sensors": {}, "sensors": {}}', "'sensors' is there twice"),
}


@pytest.mark.parametrize(("document", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_is_named_by_file_and_field(document: object, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, document)
    with pytest.raises(FileProblemError, match=message) as refusal:
        read_rig_file(path)
    assert str(refusal.value).startswith(f"{path}: ")


def test_broken_json_names_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, '{\n  "schema": "boresight.rig/1",\n  "sensors": {,}\n}\n')
    with pytest.raises(FileProblemError, match=r"rig.json line 3: no JSON"):
        read_rig_file(path)


def test_a_file_full_of_problems_tells_the_first_five(tmp_path: Path) -> None:
    broken = DOCUMENT | {f"field_{number}": 1 for number in range(8)}
    with pytest.raises(FileProblemError, match=r"field_0.*field_4.*; and 3 more"):
        read_rig_file(written(tmp_path, broken))


def test_a_missing_file_and_one_that_is_no_text_are_file_problems(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match=r"nowhere.json: can't be read"):
        read_rig_file(tmp_path / "nowhere.json")
    (tmp_path / "image.json").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(FileProblemError, match=r"image.json: can't be read"):
        read_rig_file(tmp_path / "image.json")


def test_a_place_that_cannot_be_written_to_is_a_file_problem(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="can't be written"):
        write_rig_file(SensorRig.of(), tmp_path / "no_such_folder" / "rig.json")


def test_a_file_nested_beyond_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rig.json").write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(FileProblemError, match="nested too deeply"):
        read_rig_file(tmp_path / "rig.json")
