from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from viewers.cli.version import installed_version


def test_it_is_the_version_that_the_metadata_tells() -> None:
    assert installed_version() == version("boresight")


def test_the_first_release_on_the_path_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("one", "other"):
        (tmp_path / number).mkdir()
    (tmp_path / "one" / "boresight-1.2.0rc1.dist-info").mkdir()
    (tmp_path / "other" / "boresight-9.0.0.dist-info").mkdir()
    folders = [str(tmp_path / name) for name in ("nowhere", "one", "other")]
    monkeypatch.setattr(sys, "path", folders)
    assert installed_version() == "1.2.0rc1"


def test_a_neighbour_with_a_longer_name_is_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "boresight-tools-1.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert installed_version() is None
