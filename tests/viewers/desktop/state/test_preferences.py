from __future__ import annotations

from pathlib import Path

import pytest

from viewers.desktop.state.preferences import Preferences, preferences_path, read_preferences, write_preferences


def test_what_was_chosen_is_remembered(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "viewer.json"
    assert write_preferences(Preferences(theme="light", sweeps=3), place) is None
    assert read_preferences(place) == Preferences(theme="light", sweeps=3)


@pytest.mark.parametrize("content", ["", "{", '{"sweeps": -1}', "[]"], ids=["empty", "torn", "impossible", "other"])
def test_settings_that_can_not_be_understood_are_the_usual_ones(tmp_path: Path, content: str) -> None:
    place = tmp_path / "viewer.json"
    place.write_text(content)
    assert read_preferences(place) == Preferences()


def test_entries_of_newer_versions_are_no_error(tmp_path: Path) -> None:
    place = tmp_path / "viewer.json"
    place.write_text('{"theme": "light", "hologram": true}')
    assert read_preferences(place).theme == "light"


def test_a_place_that_can_not_be_written_is_told_not_raised(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "were not kept" in (write_preferences(Preferences(), tmp_path / "file" / "viewer.json") or "")


def test_the_place_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BORESIGHT_CONFIG", str(tmp_path / "mine.json"))
    assert preferences_path() == tmp_path / "mine.json"
