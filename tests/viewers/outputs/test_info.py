from __future__ import annotations

import numpy as np
import pytest

from fusion.run.dataset_info import DatasetInfo
from fusion.run.scene_columns import columns_of
from fusion.run.statistics import holdings, scene_info
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import SceneBuilder
from viewers.outputs.info import info_lines
from viewers.outputs.lines import plain


def described(scenes: int = 1, category: str = "car") -> DatasetInfo:
    infos, columns = [], []
    for number in range(scenes):
        builder = SceneBuilder()
        for frame in range(3):
            matrix = np.eye(4)
            matrix[0, 3] = frame
            boxes = Boxes3D.upright([[9, 0, 0]], [[4, 2, 1.5]], [0.0], category=[category], track=["7"])
            builder.frame(np.zeros((5, 3), dtype=np.float32), boxes, world_from_ego=matrix)
        scene = builder.build(name=f"scene-{number}")
        columns.append(columns_of(scene, 40))
        infos.append(scene_info(scene, columns[-1]))
    return DatasetInfo(
        schema_name="boresight.info/1",
        root="day",
        format="kitti-object",
        why="label_2/ is there",
        total=holdings(columns),
        scenes=tuple(infos),
        problems=(),
    )


def test_a_data_set_reads_like_this() -> None:
    assert (
        plain(info_lines(described()))
        == """\
day (kitti-object): 1 scene, 3 frames, 3 boxes, 0.2 s
  label_2/ is there

Sensors
  sensor  kind   count   rate  jitter  drops  doubles  disorder  stamps mean
  lidar   lidar      3  10 Hz    0 ms      0        0         0  unknown

Poses: 3, 0 gaps, 2 m driven

Labels: 3 boxes, 1 track, 3 annotated frames, 0 of them empty, points counted for 3 boxes; medians by class
  class  boxes  tracks  length  width  height  points  empty
  car        3       1     4 m    2 m   1.5 m       0  100 %

Label scope
  labels, in ego: all around (estimated)

Scenes
  scene    frames  duration  boxes  tracks  driven  clock
  scene-0       3     0.2 s      3       1     2 m  utc
"""
    )


def test_many_scenes_are_cut_and_said_to_be() -> None:
    shown = plain(info_lines(described(scenes=23)))
    assert "scene-19 " in shown
    assert "scene-20 " not in shown
    assert "... and 3 more; --json lists all" in shown


@pytest.mark.parametrize("scenes", [0, 1])
def test_hostile_names_and_empty_data_sets_are_printed(scenes: int) -> None:
    shown = plain(info_lines(described(scenes, category="[red]\x1b[2J\n")))
    assert "\x1b" not in shown
    assert ("[red]\\x1b[2J\\n" in shown) == bool(scenes)
