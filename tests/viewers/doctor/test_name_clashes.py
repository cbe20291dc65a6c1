from __future__ import annotations

from pathlib import Path

import pytest

from viewers.doctor import name_clashes as module
from viewers.doctor.examination import examine_names
from viewers.doctor.name_clashes import PACKAGES, ROOT, name_clashes
from viewers.doctor.records import Health


def test_nothing_clashes_here() -> None:
    assert name_clashes() == []
    assert examine_names([]).health is Health.OK


def test_our_own_distribution_is_no_clash() -> None:
    assert name_clashes(owners={name: ["boresight"] for name in PACKAGES}) == []


def test_a_distribution_that_installs_elsewhere_and_comes_later_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_installs_into", lambda other, folder: False)
    assert name_clashes(owners={"fusion": ["pyfusion"]}) == []


def test_a_distribution_that_installs_into_our_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_installs_into", lambda other, folder: other == "pyfusion")
    (line,) = name_clashes(owners={"fusion": ["boresight", "pyfusion", "fusion-sdk"]})
    assert line == f"'fusion' in {ROOT / 'fusion'} is also installed by pyfusion"


def test_a_package_that_comes_from_elsewhere_is_named_with_its_owner(tmp_path: Path) -> None:
    lines = name_clashes(root=tmp_path, owners={"calibration": ["uncertainty-calibration"]})
    assert lines[0] == (
        f"'calibration' is imported from {ROOT / 'calibration'} by uncertainty-calibration, "
        f"ours is {tmp_path / 'calibration'}"
    )
    assert len(lines) == len(PACKAGES)


def test_a_package_that_is_not_there_at_all_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert name_clashes(owners={})[0] == f"'calibration' can't be imported from {ROOT / 'calibration'}"


def test_a_clash_breaks_checking() -> None:
    examined = examine_names(["'fusion' is imported from elsewhere"])
    assert examined.health is Health.BROKEN
    assert "environment of its own" in examined.advice
