from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from calibration.errors import BoresightError
from calibration.image import CameraImage
from calibration.image_file import read_image
from calibration.rig import SensorRig
from fusion.checks.finding import Finding
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from viewers.pictures.snapshot import in_driving_order, scene_overview, write_snapshots


def run_of(*findings: Finding) -> Any:
    return SimpleNamespace(leading=list(findings))


class TwoScenes:
    format = "arrays"
    problems = ProblemLog()

    def __init__(self, scenes: dict[str, Scene]) -> None:
        self.scenes = scenes
        self.read: list[str] = []

    def scene_names(self) -> tuple[str, ...]:
        return tuple(self.scenes)

    def read_scene(self, name: str) -> Scene:
        self.read.append(name)
        return self.scenes[name]


def test_files_are_named_by_rank_code_and_id_and_can_be_read(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding], tmp_path: Path
) -> None:
    scene = make_street()
    run = run_of(make_finding(scene, 0), make_finding(scene, 1, id="ff00ff00ff00ff00", code="BOX301", name="odd-size"))
    written = write_snapshots(scene, run, tmp_path / "new" / "folder")
    assert [path.name for path in written] == [
        "001-BOX304-floating-box-0f3a2b1c.png",
        "002-BOX301-odd-size-ff00ff00.png",
    ]
    assert all(read_image(path).shape[1] == 1600 for path in written)


def test_only_the_most_urgent_are_drawn(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding], tmp_path: Path
) -> None:
    scene = make_street()
    run = run_of(*(make_finding(scene, row) for row in (0, 1, 2)))
    assert len(write_snapshots(scene, run, tmp_path, limit=2)) == 2


def test_each_scene_is_read_once_and_the_order_is_that_of_the_run(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding], tmp_path: Path
) -> None:
    scenes = {name: make_street(name=name) for name in ("one", "two")}
    source = TwoScenes(scenes)
    dataset = Dataset(tmp_path, source, why="made here")
    order = ["two", "one", "two", ""]
    run = run_of(*(make_finding(scenes["one"], 0, scene=name, id=f"{n}" * 16) for n, name in enumerate(order)))
    written = write_snapshots(dataset, run, tmp_path)
    assert [path.name[:3] for path in written] == ["001", "002", "003", "004"]
    assert source.read == ["two", "one", "one"]


def test_a_finding_about_a_scene_of_another_data_set_is_refused(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding], tmp_path: Path
) -> None:
    scene = make_street(name="one")
    dataset = Dataset(tmp_path, TwoScenes({"one": scene}), why="made here")
    with pytest.raises(BoresightError, match="has no scene 'elsewhere'"):
        write_snapshots(dataset, run_of(make_finding(scene, 0, scene="elsewhere")), tmp_path)


def test_a_folder_that_can_not_be_made_is_said(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    scene = make_street()
    with pytest.raises(BoresightError, match="can't make the folder"):
        write_snapshots(scene, run_of(make_finding(scene, 0)), tmp_path / "file")


def test_the_overview_shows_every_camera_and_the_view_from_above(
    make_street: Callable[..., Scene], make_rig: Callable[..., SensorRig], pinhole: object, fisheye: object
) -> None:
    cameras = dict.fromkeys(("left", "front", "right", "rear"), pinhole)
    picture = scene_overview(make_street(make_rig(**cameras)).frames[0])
    assert picture.shape[1] == 1920
    assert scene_overview(make_street(make_rig(front=pinhole, wide=fisheye)).frames[0]).shape[1] == 1920


@pytest.mark.parametrize("part", ["points", "cameras", "lens", "image", "pose"])
def test_an_overview_never_fails_for_a_missing_part(
    make_street: Callable[..., Scene],
    make_rig: Callable[..., SensorRig],
    make_lost_image: Callable[[str], CameraImage],
    part: str,
) -> None:
    scenes = {
        "points": lambda: make_street(points=None),
        "cameras": lambda: make_street(images={}),
        "lens": lambda: make_street(make_rig(front=None)),
        "image": lambda: make_street(images={"front": make_lost_image("front")}),
        "pose": lambda: make_street(reference="world", poses=None),
    }
    assert scene_overview(scenes[part]().frames[0]).shape[1] == 1920


def test_cameras_stand_as_one_looks_out_of_the_car() -> None:
    names = ["CAM_BACK", "CAM_FRONT_RIGHT", "CAM_FRONT", "CAM_BACK_LEFT", "CAM_FRONT_LEFT", "CAM_BACK_RIGHT"]
    views: Any = [SimpleNamespace(name=name) for name in names]
    assert [view.name for view in in_driving_order(views)] == [
        "CAM_FRONT_LEFT",
        "CAM_FRONT",
        "CAM_FRONT_RIGHT",
        "CAM_BACK_LEFT",
        "CAM_BACK",
        "CAM_BACK_RIGHT",
    ]
