from __future__ import annotations

from pathlib import Path

import pytest

from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.errors import DatasetError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


class Memory:
    format = "memory"

    def __init__(self, *names: str) -> None:
        self.names = names
        self.problems = ProblemLog()

    def scene_names(self) -> tuple[str, ...]:
        return self.names

    def read_scene(self, name: str) -> Scene:
        return scene_from_arrays(boxes=Boxes3D.empty(), name=name)


def test_scenes_come_in_the_data_sets_order() -> None:
    dataset = Dataset(Path("drive"), Memory("b", "a"), why="it holds drives")
    assert dataset.format == "memory"
    assert [scene.name for scene in dataset.scenes()] == list(dataset.scene_names) == ["b", "a"]
    assert dataset.problems is dataset.source.problems


@pytest.mark.parametrize(
    ("names", "known"),
    [
        pytest.param(("a", "b"), "it has a, b", id="few"),
        pytest.param(tuple("abcdefg"), r"it has a, b, c, d, e, \.\.\.", id="many"),
        pytest.param((), "it has none", id="none"),
    ],
)
def test_a_scene_that_is_not_there_is_named_with_those_that_are(names: tuple[str, ...], known: str) -> None:
    with pytest.raises(DatasetError, match=rf"drive has no scene 'z'; {known}"):
        Dataset(Path("drive"), Memory(*names), why="").scene("z")


def test_a_given_rig_replaces_that_of_the_data_set() -> None:
    lidar = Sensor("roof", SensorKind.LIDAR, RigidTransform.identity("ego", "roof"))
    dataset = Dataset(Path("drive"), Memory("a"), why="", rig=SensorRig({"roof": lidar}))
    scene = dataset.scene("a")
    assert scene.rig_at(0).lidars == scene.rig_at(10**18).lidars == ("roof",)
