from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calibration.audit.intrinsics import scaled_lens
from calibration.image_file import image_size
from calibration.rig import SensorRig
from calibration.rig_file import read_rig_file, write_rig_file
from fusion import open_dataset

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_extrinsics(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take seconds a camera, and have tests of their own."""
    monkeypatch.setattr("fusion.run.calibration_audit.audit_extrinsic", lambda *_, **__: [])


def test_the_sample_scene_is_fine(run: Run, crossing: Path) -> None:
    answer = run("calib", crossing / "v1.0-truth")
    assert (answer.code, answer.err) == (0, "")
    assert "0 off" in answer.out.splitlines()[0]
    assert "clock.exposure_gap to LIDAR_TOP" in answer.out


def test_json_is_the_document_and_nothing_else(run: Run, crossing: Path) -> None:
    document = json.loads(run("calib", crossing / "v1.0-truth", "--json").out)
    assert document["schema"] == "boresight.calib/1"
    assert {result["verdict"] for result in document["results"]} == {"good", "cannot tell"}


def test_one_scene_can_be_chosen_and_an_unknown_one_is_code_2(run: Run, crossing: Path) -> None:
    answer = run("calib", crossing / "v1.0-truth", "--scene", "nowhere")
    assert (answer.code, answer.out) == (2, "")


def test_what_is_off_is_code_1_and_the_corrected_rig_makes_it_good(run: Run, crossing: Path, tmp_path: Path) -> None:
    root = crossing / "v1.0-truth"
    scene = open_dataset(root).scene(open_dataset(root).scene_names[0])
    wrong = _with_doubled_lens(scene.rig_at(0), tmp_path / "wrong.json")
    right = tmp_path / "right.json"
    answer = run("calib", root, "--rig", wrong, "--out", right)
    assert answer.code == 1
    assert "intrinsic.fx" in answer.out
    assert "corrected rig written" in answer.err
    lens, given = read_rig_file(right).sensor("CAM_FRONT").camera, scene.rig_at(0).sensor("CAM_FRONT").camera
    assert lens is not None
    assert given is not None
    assert lens.fx == pytest.approx(given.fx)
    assert run("calib", root, "--rig", right).code == 0


def _with_doubled_lens(rig: SensorRig, path: Path) -> Path:
    sensor = rig.sensor("CAM_FRONT")
    assert sensor.camera is not None
    lens = scaled_lens(sensor.camera, (2 * sensor.camera.width, 2 * sensor.camera.height))
    write_rig_file(rig.with_sensor(replace(sensor, camera=lens)), path)
    return path


def test_where_nothing_is_off_no_rig_is_written_and_it_says_so(run: Run, crossing: Path, tmp_path: Path) -> None:
    answer = run("calib", crossing / "v1.0-truth", "--out", tmp_path / "rig.json")
    assert answer.code == 0
    assert "no rig written, nothing is off" in answer.err
    assert not (tmp_path / "rig.json").exists()


def test_a_timeline_is_drawn_for_each_scene(run: Run, crossing: Path, tmp_path: Path) -> None:
    assert run("calib", crossing / "v1.0-truth", "--plot", tmp_path / "plots").code == 0
    (picture,) = (tmp_path / "plots").iterdir()
    assert image_size(picture) == (1568, 360)


def test_an_unreadable_sweep_is_code_3(run: Run, crossing: Path, tmp_path: Path) -> None:
    copy = tmp_path / "crossing"
    shutil.copytree(crossing, copy, ignore=shutil.ignore_patterns("v1.0-planted", "v1.0-clean"))
    sweep = min((copy / "samples" / "LIDAR_TOP").iterdir())
    sweep.write_bytes(b"\x00" * 17)
    answer = run("calib", copy / "v1.0-truth")
    assert answer.code == 3
    assert "Problems while reading (1)" in answer.out


def test_a_place_that_can_not_be_written_is_code_2_before_anything_is_read(
    run: Run, crossing: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    for words in (["--out", tmp_path], ["--out", tmp_path / "no" / "rig.json"], ["--plot", tmp_path / "file" / "x"]):
        answer = run("calib", crossing / "v1.0-truth", *words)
        assert (answer.code, answer.out) == (2, "")


def test_a_data_set_without_clock_poses_or_images_is_told_apart_from_a_good_one(run: Run, good: Path) -> None:
    answer = run("calib", good)
    assert answer.code == 0
    assert "the data set has no clock" in answer.out
    assert "the data set has no poses" in answer.out
