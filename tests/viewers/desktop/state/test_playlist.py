"""A playlist leads from place to place, and a bad one says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calibration.errors import FileProblemError
from viewers.desktop.state.commands import perform
from viewers.desktop.state.playlist import SCHEMA, read_playlist
from viewers.desktop.state.session import Session
from viewers.desktop.state.shortcuts import Command

Press = Callable[..., None]
SCENE = "crossing-0001"


@pytest.fixture
def listed(session: Session, tmp_path: Path) -> Callable[..., Session]:
    """The session with a playlist of these places."""

    def made(*places: dict[str, Any]) -> Session:
        path = tmp_path / "places.json"
        path.write_text(json.dumps({"schema": SCHEMA, "places": places}), encoding="utf-8")
        session.places = read_playlist(path).places
        return session

    return made


def test_its_keys_step_through_frames_by_number_and_by_name(
    session: Session, listed: Callable[..., Session], press: Press
) -> None:
    key = session.shown().frame.scene.frame_table.keys[5]
    listed({"scene": SCENE, "frame": 3, "note": "a van"}, {"scene": SCENE, "frame": key})
    press(Command.NEXT_PLACE)
    assert session.place.frame == 3
    assert session.message == "place 1 of 2: a van"
    press(Command.NEXT_PLACE)
    assert session.place.frame == 5
    press(Command.NEXT_PLACE)
    assert "ends here" in session.message
    press(Command.PREVIOUS_PLACE)
    assert session.place.frame == 3


def test_an_object_is_selected_by_its_track_or_its_label(
    session: Session, listed: Callable[..., Session], press: Press
) -> None:
    content = session.shown()
    label, track = str(content.boxes.label_ids[2]), content.boxes.track[4]
    listed({"scene": SCENE, "frame": 0, "label": label}, {"scene": SCENE, "frame": 0, "track": track})
    press(Command.NEXT_PLACE)
    assert session.selected == 2
    press(Command.NEXT_PLACE)
    assert session.selected == 4


@pytest.mark.parametrize(
    ("place", "told"),
    [
        pytest.param({"frame": 900}, "no frame 900", id="no such frame"),
        pytest.param({"frame": 0, "track": "nobody"}, "no box of 'nobody'", id="no such object"),
        pytest.param({"scene": "elsewhere"}, "no scene 'elsewhere'", id="no such scene"),
    ],
)
def test_a_place_that_is_not_there_is_told(
    listed: Callable[..., Session], press: Press, place: dict[str, Any], told: str
) -> None:
    session = listed({"scene": SCENE, **place})
    press(Command.NEXT_PLACE)
    assert told in session.message


def test_without_a_list_the_keys_say_how_to_have_one(session: Session) -> None:
    perform(session, Command.NEXT_PLACE)
    assert "--playlist" in session.message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param({"places": [{"scene": "a"}]}, "schema", id="no schema"),
        pytest.param({"schema": SCHEMA, "places": []}, "places", id="empty"),
        pytest.param({"schema": SCHEMA, "places": [{"scene": "a", "fram": 1}]}, "places.0.fram", id="misspelt"),
        pytest.param({"schema": SCHEMA, "places": [{"frame": 1}]}, "places.0.scene", id="no scene"),
        pytest.param({"schema": SCHEMA, "places": [{"scene": "a", "frame": True}]}, "places.0.frame", id="no number"),
    ],
)
def test_a_file_that_is_no_playlist_says_where(tmp_path: Path, content: dict[str, Any], told: str) -> None:
    path = tmp_path / "places.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(FileProblemError, match=told):
        read_playlist(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="can't be read"):
        read_playlist(tmp_path / "none.json")
