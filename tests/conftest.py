"""What every test may ask for: the sample data, the real data beside the repository, parts of the machine, a seed.

A part is something a test needs and not every machine has. `@pytest.mark.needs("open3d")`, or the fixture
`require_part`, skips the test where it is missing and says why. `BORESIGHT_REQUIRE=open3d,gui` turns that skip
into a failure, so that a machine which should have a part can't hide behind it.
"""

from __future__ import annotations

import functools
import importlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from calibration.arrays import FloatArray

# A busy machine is no reason to fail; what CI sets (the same examples every time) stays.
settings.register_profile("boresight", settings.default, deadline=None)
settings.load_profile("boresight")

REPOSITORY = Path(__file__).resolve().parents[1]
REQUIRE = "BORESIGHT_REQUIRE"


@dataclass(frozen=True)
class Part:
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    folder: Path | None = None

    def missing(self) -> str | None:
        """Why the part can't be used here; None where it can."""
        for module in self.modules:
            try:
                importlib.import_module(module)
            except ImportError as problem:
                return str(problem)
        for program in self.programs:
            if shutil.which(program) is None:
                return f"no program {program!r} on the path"
        if self.folder is not None and not self.folder.is_dir():
            return f"no folder {self.folder.name!r} beside the repository"
        return None


PARTS = {
    "open3d": Part(modules=("open3d",)),
    "gui": Part(modules=("open3d",), programs=("Xvfb", "xdotool")),
    "browser": Part(modules=("playwright",), programs=("chromium",)),
    "ray": Part(modules=("ray",)),
    "extras": Part(modules=("foxglove", "laspy", "mcap", "pypcd4", "rerun", "rosbags")),
    "shared_data": Part(folder=REPOSITORY.parent / "shared" / "data"),
}


@functools.cache
def why_missing(name: str) -> str | None:
    if name not in PARTS:
        raise pytest.UsageError(f"no part is called {name!r}; there are {', '.join(PARTS)}")
    reason = PARTS[name].missing()
    return None if reason is None else f"needs {name}: {reason}"


def required_parts() -> set[str]:
    return {name.strip() for name in os.environ.get(REQUIRE, "").split(",")} - {""}


def require(name: str) -> None:
    """Skip the running test where the part is missing; fail it where `BORESIGHT_REQUIRE` names the part."""
    reason = why_missing(name)
    if reason is None:
        return
    if name in required_parts():
        pytest.fail(f"{reason} ({REQUIRE} names it)", pytrace=False)
    pytest.skip(reason)


def pytest_configure() -> None:
    if unknown := required_parts() - PARTS.keys():
        raise pytest.UsageError(f"{REQUIRE} names {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            require(name)


@pytest.fixture(scope="session")
def require_part() -> Callable[[str], None]:
    """`require_part("gui")`: the marker `needs`, for where the part is known only while the test runs."""
    return require


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recordings, kept beside the repository and never in it."""
    require("shared_data")
    return REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def crossing() -> Path:
    """The sample data set. It is part of the project, so its absence is a failure and not a skip."""
    root = REPOSITORY / "sample_data" / "crossing"
    if not root.is_dir():
        pytest.fail("sample_data/crossing is missing from this checkout", pytrace=False)
    return root


@pytest.fixture
def rng() -> np.random.Generator:
    """The same random numbers in every run and every test."""
    return np.random.default_rng(20_260_131)


class WalledStreet:
    """Flat ground at z = 0 and walls standing about on it, seen exactly by any lidar from anywhere."""

    def __init__(self, seed: int, walls: int = 40, reach_m: float = 45.0) -> None:
        random = np.random.default_rng(seed)
        self.middles_m = random.uniform(-reach_m, reach_m, (walls, 2))
        self.middles_m[np.abs(self.middles_m[:, 1]) < 5, 1] += 12  # nothing stands on the road along x
        facing = random.uniform(0, np.pi, walls)
        self.normals = np.stack([np.cos(facing), np.sin(facing)], axis=1)
        self.half_widths_m = random.uniform(1, 5, walls)
        self.heights_m = random.uniform(1, 6, walls)

    def points(
        self, rotation: FloatArray, place_m: FloatArray, seed: int = 0, rings: int = 32, noise_m: float = 0.01
    ) -> FloatArray:
        """(N, 3) in the frame of a lidar at (3,), turned by (3, 3) in the world."""
        up, around = np.radians(np.linspace(-25, 8, rings)), np.radians(np.arange(0, 360, 1.5))
        level = np.stack([np.cos(around), np.sin(around)], axis=1)
        rays = np.concatenate(
            [np.kron(np.cos(up)[:, None], level), np.repeat(np.sin(up), len(around))[:, None]], axis=1
        )
        seen = rays @ rotation.T
        with np.errstate(divide="ignore", invalid="ignore"):
            ranges = np.where(seen[:, 2] < 0, -place_m[2] / seen[:, 2], np.inf)
            for middle, normal, half, height in zip(
                self.middles_m, self.normals, self.half_widths_m, self.heights_m, strict=True
            ):
                reach = ((middle - place_m[:2]) @ normal) / (seen[:, :2] @ normal)
                met = place_m + reach[:, None] * seen
                beside = (met[:, :2] - middle) @ np.array([-normal[1], normal[0]])
                hit = (reach > 0) & (np.abs(beside) < half) & (met[:, 2] > 0) & (met[:, 2] < height)
                ranges = np.where(hit & (reach < ranges), reach, ranges)
        noisy = ranges + np.random.default_rng(seed).normal(0, noise_m, len(ranges))
        met_something = noisy < 60
        points: FloatArray = rays[met_something] * noisy[met_something, None]
        return points


@pytest.fixture(scope="session")
def walled_street() -> Callable[[int], WalledStreet]:
    """`walled_street(seed)`: something for lidars to look at."""
    return WalledStreet
