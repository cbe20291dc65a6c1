"""A frame that lacks something shows what it has, and says what it lacks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fusion.formats.registry import open_dataset
from fusion.scene.scene import Scene
from viewers.desktop.launch import SceneOpener
from viewers.desktop.panes.camera_pane import camera_pane
from viewers.desktop.panes.object_pane import object_pane
from viewers.desktop.panes.pane import DARK
from viewers.desktop.panes.time_pane import time_pane
from viewers.desktop.state.commands import perform
from viewers.desktop.state.finding_list import FindingList
from viewers.desktop.state.frame_content import FrameContent, FramePlace, content_of
from viewers.desktop.state.frame_loader import FrameLoader
from viewers.desktop.state.scene_picture import lines_shown, own_points, points_shown
from viewers.desktop.state.session import Session
from viewers.desktop.state.shortcuts import SHORTCUTS, Command

SIZE = (500, 400)
Spoil = Callable[[Path], None]


def delete_an_image(root: Path) -> None:
    min((root / "samples" / "CAM_FRONT").iterdir()).unlink()


def truncate_an_image(root: Path) -> None:
    image = min((root / "samples" / "CAM_FRONT").iterdir())
    image.write_bytes(image.read_bytes()[:300])


def truncate_the_sweep(root: Path) -> None:
    sweep = min((root / "samples" / "LIDAR_TOP").iterdir())
    sweep.write_bytes(sweep.read_bytes()[:1001])


def delete_the_sweep(root: Path) -> None:
    min((root / "samples" / "LIDAR_TOP").iterdir()).unlink()


def spoiled(repository: Path, root: Path, *spoils: Spoil) -> FrameContent:
    """The first frame of a copy of the sample to which that was done."""
    sample = repository / "sample_data" / "crossing"
    shutil.copytree(sample / "v1.0-clean", root / "v1.0-clean")
    shutil.copytree(sample / "maps", root / "maps")
    for folder in sorted((sample / "samples").iterdir()):
        (root / "samples" / folder.name).mkdir(parents=True)
        for file in sorted(folder.iterdir())[:3]:
            shutil.copy(file, root / "samples" / folder.name / file.name)
    for spoil in spoils:
        spoil(root)
    dataset = open_dataset(root / "v1.0-clean", format="nuscenes")
    return SceneOpener(dataset).load(FramePlace(dataset.scene_names[0], 0))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(delete_an_image, "CAM_FRONT", id="image gone"),
        pytest.param(truncate_an_image, "CAM_FRONT", id="image cut short"),
        pytest.param(truncate_the_sweep, "LIDAR_TOP", id="sweep cut short"),
        pytest.param(delete_the_sweep, "LIDAR_TOP", id="sweep gone"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_shown(
    repository: Path, tmp_path: Path, spoil: Spoil, told: str
) -> None:
    content = spoiled(repository, tmp_path, spoil)
    assert any(told in line for line in content.missing), content.missing
    session = session_over(content)
    assert told in session.status
    assert len(session.boxes)
    if "CAM" in told:
        assert len(content.cloud)
    else:
        assert all(view.pixels().size for view in content.views.values())
    drawn_without_complaint(session)


def test_a_scene_without_poses_labels_or_cameras_is_shown() -> None:
    points = np.random.default_rng(3).uniform(-20, 20, (500, 3))
    drawn_without_complaint(session_over(content_of(Scene.from_arrays(points=[points, points]).frames[0])))


def test_a_scene_of_nothing_at_all_is_shown() -> None:
    scene = Scene.from_arrays(timestamps_ns=np.array([1, 2]))
    drawn_without_complaint(session_over(content_of(scene.frames[0])))


def session_over(content: FrameContent) -> Session:
    scene = content.frame.scene
    loader = FrameLoader(lambda place: content_of(scene.frames[place.frame]))
    session = Session((scene.name,), loader, FindingList((), lambda finding: None))
    loader.wait(session.place)
    session.frame_ready()
    return session


def drawn_without_complaint(session: Session) -> None:
    """Every pane, with nothing and with the first object selected, in every mode."""
    for command in (Command.DESELECT, Command.NEXT_OBJECT, *(shortcut.command for shortcut in SHORTCUTS)):
        perform(session, command)
        session.loader.wait(session.place)
        session.frame_ready()
    perform(session, Command.FIRST_FRAME)
    for command in (Command.DESELECT, Command.NEXT_OBJECT):
        perform(session, command)
        session.loader.wait(session.place)
        session.frame_ready()
        lines_shown(session)
        own_points(session)
        points_shown(session.shown(), session)
        for pane in (camera_pane, object_pane, time_pane):
            assert pane(session, DARK, SIZE).image.shape == (SIZE[1], SIZE[0], 3)
    session.loader.close()
