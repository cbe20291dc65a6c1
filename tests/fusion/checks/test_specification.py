from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fusion.checks import specification
from fusion.checks.settings import Settings
from fusion.checks.specification import LabelSpecification
from fusion.errors import SettingsError

SCHEMA = 'schema = "boresight.specification/1"\n'
CAR = "[classes.car]\n"


def read(folder: Path, text: str) -> LabelSpecification:
    path = folder / "labels.toml"
    path.write_text(text, encoding="utf-8")
    return LabelSpecification.from_toml(path)


def example() -> str:
    return "\n".join(line[4:] for line in (specification.__doc__ or "").splitlines() if line.startswith("    "))


def test_the_example_in_the_manual_is_a_specification(tmp_path: Path) -> None:
    rules = read(tmp_path, example())
    assert rules.scope.max_range_m == 80
    assert rules.classes["vehicle.car"].length_m == (3.0, 6.5)
    assert rules.attributes["activity"].allows("parked")
    assert rules.attributes["door"].required_if is not None
    assert rules.attributes["door"].required_if.values == ("parked",)
    assert rules.overlaps[0].max_share == 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(CAR, "schema: Field required", id="no schema"),
        pytest.param(SCHEMA, "classes: Field required", id="no classes"),
        pytest.param(SCHEMA + CAR + "lenght_m = [1, 2]", "classes.car.lenght_m: Extra inputs", id="misspelt"),
        pytest.param(SCHEMA + CAR + "length_m = [4, 2]", "length_m: expected \\[smallest, largest\\]", id="bounds"),
        pytest.param(
            SCHEMA + CAR + '[attributes.door]\nclasses = ["cars"]',
            "'cars' is not defined; did you mean 'car'",
            id="class that is not there",
        ),
        pytest.param(
            SCHEMA + CAR + '[attributes.door]\nrequired_if = { attribute = "state", is = ["parked"] }',
            "'state' is not defined; there are door",
            id="attribute that is not there",
        ),
        pytest.param(
            SCHEMA
            + CAR
            + '[attributes.state]\nvalues = ["moving"]\n'
            + '[attributes.door]\nrequired_if = { attribute = "state", is = ["parked"] }',
            "state is never 'parked'",
            id="condition no value meets",
        ),
        pytest.param(
            SCHEMA + CAR + '[attributes.door]\nrequired_if = { attribute = "door", is = ["open"] }',
            "can't require itself",
            id="requires itself",
        ),
        pytest.param(
            SCHEMA + CAR + '[attributes.door]\nvalues = ["open"]\nnumbers = [0, 1]', "either 'values'", id="two kinds"
        ),
        pytest.param(
            SCHEMA + CAR + "points_by_range = [{to_m = 30, at_least = 5}, {from_m = 20, to_m = 40, at_least = 2}]",
            "the ranges overlap",
            id="ranges overlap",
        ),
        pytest.param(
            SCHEMA + "[scope]\nmin_range_m = 90\nmax_range_m = 10\n" + CAR, "leaves nothing up to", id="empty scope"
        ),
        pytest.param(SCHEMA + CAR + "[attributes.door]\nvalues = []", "values: expected at least one", id="no value"),
        pytest.param("schema = ", "not a readable TOML file", id="no TOML"),
    ],
)
def test_what_contradicts_itself_is_told(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=message):
        read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: no such label specification"):
        LabelSpecification.from_toml(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("rule", "value", "allowed"),
    [
        ({"values": ["a", "b"]}, "a", True),
        ({"values": ["a", "b"]}, "a;b", False),
        ({"values": ["a", "b"], "several": True}, "a; b", True),
        ({"values": ["a", "b"], "several": True}, "a;c", False),
        ({"numbers": [0, 1]}, "0.5", True),
        ({"numbers": [0, 1]}, "1.5", False),
        ({"numbers": [0, 1]}, "much", False),
        ({}, "anything", True),
    ],
)
def test_an_attribute_allows_its_values(rule: dict[str, Any], value: str, allowed: bool) -> None:
    assert specification.AttributeRule.model_validate(rule).allows(value) is allowed


def test_settings_name_it_relative_to_themselves_and_keep_its_content(tmp_path: Path) -> None:
    (tmp_path / "labels.toml").write_text(example(), encoding="utf-8")
    (tmp_path / "settings.toml").write_text('specification = "labels.toml"', encoding="utf-8")
    settings = Settings.from_toml(tmp_path / "settings.toml")
    assert settings.specification == read(tmp_path, example())
    assert settings.model_dump(mode="json", by_alias=True)["specification"]["classes"]["vehicle.car"]
    (check,) = [one for one in settings.active_checks if one.code == "ONT607"]
    assert getattr(settings.limits_of(check), "specification", None) == settings.specification


def test_settings_with_a_broken_specification_are_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('specification = "labels.toml"', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"labels\.toml: no such label specification"):
        Settings.from_toml(tmp_path / "settings.toml")


@pytest.mark.parametrize("value", ["5", "''", "['labels.toml']", "true"])
def test_settings_name_a_file(value: str, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(f"specification = {value}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="specification: expected the path of a file"):
        Settings.from_toml(tmp_path / "settings.toml")
