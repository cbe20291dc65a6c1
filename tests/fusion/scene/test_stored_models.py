from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, Field, ValidationError

from fusion.errors import SettingsError
from fusion.scene.stored_models import first_complaint, read_toml


class Thing(BaseModel):
    sizes: list[int] = Field(min_length=1)


def test_the_content_of_a_file_is_read(tmp_path: Path) -> None:
    place = tmp_path / "a.toml"
    place.write_text('name = "crossing"\n', encoding="utf-8")
    assert read_toml(place, "settings file") == {"name": "crossing"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(None, "no such settings file", id="missing"),
        pytest.param(b"name = ", "not a readable TOML file", id="torn"),
        pytest.param(b"\xff\xfe", "not a readable TOML file", id="no UTF-8"),
    ],
)
def test_what_is_no_toml_is_told_with_its_name(tmp_path: Path, content: bytes | None, told: str) -> None:
    place = tmp_path / "a.toml"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(SettingsError, match=told) as raised:
        read_toml(place, "settings file")
    assert str(place) in str(raised.value)


def test_the_first_thing_that_does_not_fit_is_named_with_its_place() -> None:
    with pytest.raises(ValidationError) as raised:
        Thing.model_validate({"sizes": [1, "two"]})
    assert first_complaint(raised.value).startswith("sizes.1: Input should be a valid integer")
    with pytest.raises(ValidationError) as raised:
        Thing.model_validate([])
    assert first_complaint(raised.value).startswith("Input should be a valid dictionary")
