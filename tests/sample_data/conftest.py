"""A short drive over the crossing, built once, and a way to read the tables of any drive."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sample_data.street import StreetOptions, build

Tables = dict[str, list[dict[str, Any]]]
SHORT = StreetOptions(seconds=0.3, cameras=1, beams=8, columns=360, image_width=176, image_height=112)


@pytest.fixture(scope="session")
def short_options() -> StreetOptions:
    return SHORT


@pytest.fixture(scope="session")
def short_drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three frames of eight beams and one small camera."""
    pytest.importorskip("open3d", exc_type=ImportError)
    out = tmp_path_factory.mktemp("short")
    build(out, SHORT)
    return out


@pytest.fixture(scope="session")
def read_tables() -> Callable[[Path], Tables]:
    def read(folder: Path) -> Tables:
        return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}

    return read
