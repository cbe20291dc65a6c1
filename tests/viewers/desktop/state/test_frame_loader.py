"""Frames come ready in the background, memory stays bounded, defects are not swallowed."""

from __future__ import annotations

import threading
import time

import pytest

from calibration.errors import BoresightError
from fusion.scene.dataset import Dataset
from viewers.desktop.launch import SceneOpener
from viewers.desktop.state.frame_content import FrameContent, FramePlace
from viewers.desktop.state.frame_loader import FrameLoader, Unavailable


def test_neighbours_are_made_ready_while_one_frame_is_looked_at(planted: Dataset) -> None:
    loader = FrameLoader(SceneOpener(planted).load)
    first, second = (FramePlace(planted.scene_names[0], frame) for frame in (0, 1))
    assert isinstance(loader.wait(first), FrameContent)
    loader.want(first, [second])
    while loader.pending:
        pass
    assert isinstance(loader.want(second), FrameContent)
    loader.close()


def test_memory_is_bounded_and_the_frame_on_the_screen_stays(planted: Dataset) -> None:
    opener = SceneOpener(planted)
    one = opener.load(FramePlace(planted.scene_names[0], 0)).size_bytes
    loader = FrameLoader(opener.load, capacity_bytes=int(2.5 * one))
    places = [FramePlace(planted.scene_names[0], frame) for frame in range(6)]
    loader.wait(places[0])
    loader.want(places[0], places[1:])
    while loader.pending:
        pass
    assert loader.size_bytes <= 2.5 * one
    assert loader.want(places[0]) is not None
    loader.close()


def test_a_frame_that_can_not_be_read_is_said_to_be(planted: Dataset) -> None:
    loader = FrameLoader(SceneOpener(planted).load)
    missing = loader.wait(FramePlace(planted.scene_names[0], 4711))
    assert isinstance(missing, Unavailable)
    assert "20 frames" in missing.reason
    unknown = loader.wait(FramePlace("nowhere", 0))
    assert isinstance(unknown, Unavailable)
    loader.close()


def test_a_defect_in_the_background_comes_to_the_front() -> None:
    def broken(place: FramePlace) -> FrameContent:
        raise ZeroDivisionError

    loader = FrameLoader(broken)
    with pytest.raises(ZeroDivisionError):
        loader.wait(FramePlace("any", 0))
    loader.close()


def test_what_is_wanted_now_comes_before_what_was_wanted_earlier() -> None:
    gate, order = threading.Event(), []

    def slow(place: FramePlace) -> FrameContent:
        order.append(place.frame)
        gate.wait(5)
        raise BoresightError("nothing to show")

    loader = FrameLoader(slow)
    loader.want(FramePlace("s", 0), [FramePlace("s", frame) for frame in (1, 2, 3)])
    while not order:
        pass
    loader.want(FramePlace("s", 9))
    gate.set()
    loader.wait(FramePlace("s", 9))
    assert order == [0, 9]
    loader.close()


def test_neighbours_are_prepared_again_each_time_they_are_asked_for(planted: Dataset) -> None:
    """What is selected may have changed: the pictures drawn ahead would be of another object."""
    prepared: list[int] = []
    loader = FrameLoader(SceneOpener(planted).load)
    loader.on_loaded_ahead(lambda content: prepared.append(content.place.frame))
    first, *others = (FramePlace(planted.scene_names[0], frame) for frame in (0, 1, 2))
    for _ in range(2):
        loader.want(first, others)
        while loader.pending:
            time.sleep(0.001)
    assert prepared == [1, 2, 1, 2]
    loader.close()
