from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fusion.checks.box.floating_box import floating_box
from fusion.checks.catalogue import CATALOGUE, find_check
from fusion.checks.prior_limits import PriorLimits
from fusion.checks.settings import Settings
from fusion.checks.severity import Severity
from fusion.checks.specified import SpecifiedLimits
from fusion.errors import SettingsError, UnknownCheckError


def codes(settings: Settings) -> list[str]:
    return [check.code for check in settings.active_checks]


def test_by_default_every_check_runs_in_code_order_that_needs_no_file_of_the_users() -> None:
    own = [check.code for check in CATALOGUE if not issubclass(check.limits_type, (SpecifiedLimits, PriorLimits))]
    assert codes(Settings()) == own


@pytest.mark.parametrize("word", ["BOX304", "floating-box", "box304", " Floating-Box "])
def test_a_check_is_found_by_code_or_name(word: str) -> None:
    assert find_check(word) is floating_box


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        pytest.param("BOX3O1", "did you mean BOX3", id="a letter for a digit"),
        pytest.param("floting-box", "did you mean floating-box", id="a name misspelled"),
        pytest.param("???", "`boresight explain` lists them", id="nothing like it"),
    ],
)
def test_an_unknown_check_is_told_what_is_like_it(word: str, hint: str) -> None:
    with pytest.raises(UnknownCheckError, match=hint):
        find_check(word)


def test_a_file_selects_ignores_and_overrides(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        """
        select = ["BOX", "unknown-class"]
        ignore = ["BOX302"]
        base_rate = 0.05
        [checks.floating-box]
        severity = "error"
        max_gap_m = 0.4
        """
    )
    settings = Settings.from_toml(path)
    assert "BOX304" in codes(settings)
    assert "ONT601" in codes(settings)
    assert "BOX302" not in codes(settings)
    assert not [code for code in codes(settings) if code.startswith("DAT")]
    assert settings.limits_of(floating_box).max_gap_m == 0.4  # type: ignore[attr-defined]
    assert settings.limits_of(floating_box).min_ground_points == 12  # type: ignore[attr-defined]
    assert settings.severity_of(floating_box) is Severity.ERROR
    assert settings.severity_of(find_check("BOX301")) is None


def test_a_check_may_be_overridden_by_code_too() -> None:
    settings = Settings.of({"checks": {"BOX304": {"max_gap_m": 1.5}}})
    assert settings.limits_of(floating_box).max_gap_m == 1.5  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param({"sellect": []}, "unknown key 'sellect'; did you mean 'select'", id="a key misspelled"),
        pytest.param({"xyz": 1}, "known keys: select, ignore", id="a key like no other"),
        pytest.param({"base_rate": 2}, "base_rate: .* got 2", id="a value out of range"),
        pytest.param({"tiers": ["points", "dreams"]}, "tiers.1: .* got 'dreams'", id="a tier"),
        pytest.param({"select": ["BOX999"]}, "no check 'BOX999'", id="a check to select"),
        pytest.param({"ignore": ["nonsense-box"]}, "no check 'nonsense-box'", id="a check to ignore"),
        pytest.param({"checks": {"nonsense": {}}}, r"\[checks.nonsense\]: no check 'nonsense'", id="a section"),
        pytest.param(
            {"checks": {"BOX304": {"max_gap": 1}}},
            r"\[checks.BOX304\] unknown key 'max_gap'; did you mean 'max_gap_m'",
            id="a limit misspelled",
        ),
        pytest.param(
            {"checks": {"BOX304": {"max_gap_m": -1}}},
            r"\[checks.BOX304\] max_gap_m: .* got -1",
            id="a limit out of range",
        ),
        pytest.param(
            {"checks": {"BOX304": {"severity": "fatal"}}},
            "expected error, warning or info, got 'fatal'",
            id="a severity",
        ),
        pytest.param(
            {"checks": {"BOX304": {"severity": ["error"]}}}, "got \\['error'\\]", id="a severity of another type"
        ),
        pytest.param({"checks": {"BOX304": 3}}, "checks.BOX304: .* got 3", id="a section that is none"),
        pytest.param(
            {"checks": {"BOX304": {"max_gap_m": 1}, "floating-box": {"max_gap_m": 2}}},
            "BOX304 and floating-box are the same check",
            id="one check twice",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(content: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"^mine\.toml: .*{message}"):
        Settings.of(content, "mine.toml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"select = [", "not a readable TOML file", id="no TOML"),
        pytest.param(b"\xff", "not a readable TOML file", id="no UTF-8"),
        pytest.param(None, "no such settings file", id="no file"),
    ],
)
def test_a_file_that_is_no_settings_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "settings.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=message) as caught:
        Settings.from_toml(path)
    assert str(caught.value).startswith(str(path))


def test_a_selection_from_the_command_line_wins_over_the_file() -> None:
    settings = Settings.of({"select": ["DAT"], "ignore": ["DAT001"]})
    assert codes(settings.with_selection(select=["DAT", "BOX304"], ignore=["DAT002"])) == [
        code for code in codes(Settings.of({"select": ["DAT", "BOX304"]})) if code not in ("DAT001", "DAT002")
    ]
    assert codes(settings.with_selection()) == codes(settings)
    with pytest.raises(SettingsError, match="--select/--ignore: no check 'BOX999'"):
        settings.with_selection(select=["BOX999"])


def test_a_selection_keeps_limits_and_severities() -> None:
    settings = Settings.of({"checks": {"BOX304": {"severity": "info", "max_gap_m": 0.7}}}).with_selection(["BOX"])
    assert settings.limits_of(floating_box).max_gap_m == 0.7  # type: ignore[attr-defined]
    assert settings.severity_of(floating_box) is Severity.INFO


def test_tiers_leave_out_what_would_read_too_much() -> None:
    settings = Settings.of({"tiers": ["labels"]})
    assert {check.tier for check in settings.active_checks} == {"labels"}


def test_settings_survive_the_run_file() -> None:
    settings = Settings.of({"select": ["BOX"], "checks": {"BOX304": {"max_gap_m": 0.7}}})
    assert Settings.of(settings.model_dump(mode="json")) == settings


def test_a_check_that_does_not_exist_is_refused_in_code_too() -> None:
    with pytest.raises(SettingsError, match="settings: no check 'BOX999'"):
        Settings(select=("BOX999",))


def test_checks_against_a_file_of_the_users_run_where_it_is_given_or_when_they_are_named() -> None:
    rules = {"schema": "boresight.specification/1", "classes": {"car": {}}}
    assert "ONT607" not in codes(Settings.of({"select": ["ONT"]}))
    assert "ONT607" in codes(Settings.of({"specification": rules}))
    assert codes(Settings.of({"select": ["ONT607", "size-against-priors"]})) == ["BOX318", "ONT607"]
