"""A second label set in a frame: what both have, what only one has, what they have differently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from fusion.formats.registry import open_dataset
from viewers.desktop.launch import SceneOpener
from viewers.desktop.panes.camera_pane import camera_pane
from viewers.desktop.panes.object_pane import object_pane
from viewers.desktop.panes.pane import DARK
from viewers.desktop.state.comparison import compared_with
from viewers.desktop.state.frame_content import FrameContent, FramePlace, content_of
from viewers.desktop.state.session import Session
from viewers.desktop.state.shortcuts import Command

Press = Callable[..., None]
OTHER = "by bob"


@pytest.fixture
def beside(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The session with a second label set: one object elsewhere altogether, one moved."""
    scene = session.shown().frame.scene
    labels = scene.labels
    here = labels.rows_of_frame(0)
    centres = labels.boxes.centres_m.copy()
    centres[here[0], 2] += 40.0
    centres[here[1], 0] += 0.6
    other = replace(labels, boxes=replace(labels.boxes, centres_m=centres))
    monkeypatch.setitem(scene.__dict__, "label_sets", MappingProxyType({**scene.label_sets, OTHER: other}))
    return session


def test_it_names_what_differs_and_steps_to_it(beside: Session, press: Press) -> None:
    press(Command.COMPARE)
    comparison = beside.comparison
    assert comparison is not None
    assert comparison.missed.tolist() == [0]
    assert comparison.apart.tolist() == [1]
    assert len(comparison.only_there) == 1
    assert f"beside {OTHER}: 1 only here, 1 only there, 1 apart" in beside.status
    press(Command.NEXT_DIFFERENCE)
    assert beside.selected == 0
    press(Command.NEXT_DIFFERENCE)
    assert beside.selected == 1
    assert len(comparison.beside(1)) == 1
    assert not len(comparison.beside(0))


def test_images_and_cuts_show_the_second_outlines(beside: Session, press: Press) -> None:
    press(Command.NEXT_OBJECT)
    beside.select(1)
    alone = [pane(beside, DARK, (700, 600)).image for pane in (camera_pane, object_pane)]
    press(Command.COMPARE)
    together = [pane(beside, DARK, (700, 600)).image for pane in (camera_pane, object_pane)]
    for before, after in zip(alone, together, strict=True):
        assert (before != after).any()


def test_a_set_compared_with_itself_differs_nowhere(planted_content: FrameContent) -> None:
    scene = planted_content.frame.scene
    comparison = compared_with(planted_content, scene.labels_on_trial)
    assert comparison is not None
    assert comparison.differing == ()
    assert "no difference" in comparison.in_words()


@pytest.fixture
def planted_content(repository: Path) -> FrameContent:
    dataset = open_dataset(repository / "sample_data" / "crossing" / "v1.0-planted", format="nuscenes")
    place = FramePlace(dataset.scene_names[0], 4)
    return content_of(SceneOpener(dataset).load(place).frame, images=False)
