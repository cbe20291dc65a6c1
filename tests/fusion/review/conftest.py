"""Findings made by hand, and a store that is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fusion.checks.finding import BoxPlace, Finding, LabelReference
from fusion.checks.rounding import digest
from fusion.review.store import ReviewStore

MakeFinding = Callable[..., Finding]


@pytest.fixture
def finding() -> MakeFinding:
    """`finding("a1", score=0.9)`: a floating box of scene "day", frame "000001"."""

    def make(name: str, **changed: Any) -> Finding:
        place_m = changed.pop("place_m", None)
        content = {
            "id": digest(name),
            "code": "BOX304",
            "name": "floating-box",
            "severity": "warning",
            "score": 0.5,
            "subject": "box",
            "scene": "day",
            "frame": "000001",
            "timestamp_ns": 1_000,
            "sensor": None,
            "label": name,
            "track": None,
            "category": "car",
            "message": f"{name} floats",
            "measured": 0.5,
            "limit": 0.3,
            "unit": "m",
            "evidence": {},
            "evidence_hash": digest("evidence of", name),
            **changed,
        }
        box = None if place_m is None else BoxPlace(centre_m=place_m, size_m=(4, 2, 1.5), yaw_rad=0)
        label = LabelReference(
            label=content["label"], track=content["track"], scene="day", frame="000001", set="labels", box=box
        )
        return Finding(labels=(label,), **content)

    return make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReviewStore]:
    with ReviewStore.open(tmp_path / "reviews.sqlite", create=True) as opened:
        yield opened
