from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fusion.errors import SettingsError
from fusion.measure.priors import ANY_RANGE_M, Priors, learn_priors
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

SCHEMA = 'schema = "boresight.priors/1"\n'
ENTRY = """[[entries]]
category = "car"
feature = "length"
from_m = 0
to_m = 20
count = 60
middle = 1.5
below = 0.1
above = 0.1
"""


def parked(lengths_m: np.ndarray, category: str = "cabin", ranges_m: np.ndarray | None = None) -> Scene:
    """Objects of these lengths, each its own track."""
    count = len(lengths_m)
    places = np.full(count, 15.0) if ranges_m is None else ranges_m
    boxes = Boxes3D.upright(
        np.stack([places, np.zeros(count), np.zeros(count)], axis=1),
        np.stack([lengths_m, np.full(count, 2.0), np.full(count, 1.5)], axis=1),
        np.zeros(count),
        category=[category] * count,
        track=[str(row) for row in range(count)],
    )
    return scene_from_arrays(boxes=boxes)


def entry(priors: Priors, feature: str = "length", range_m: tuple[float, float] = ANY_RANGE_M) -> object:
    (found,) = [one for one in priors.entries if one.feature == feature and (one.from_m, one.to_m) == range_m]
    return found


def lengths(count: int, mean: float = 4.0, spread: float = 0.2, seed: int = 1) -> np.ndarray:
    return mean * np.exp(np.random.default_rng(seed).normal(0, spread, count))


def test_middle_and_spread_are_found_in_logarithms() -> None:
    found = entry(learn_priors([parked(lengths(4000))]))
    assert found.count == 4000
    assert np.exp(found.middle) == pytest.approx(4.0, rel=0.02)
    assert (found.below, found.above) == (pytest.approx(0.2, rel=0.1), pytest.approx(0.2, rel=0.1))


def test_a_few_cars_are_drawn_towards_what_is_published() -> None:
    few = entry(learn_priors([parked(lengths(10, mean=6.0, spread=0.01), "car")]))
    many = entry(learn_priors([parked(lengths(1000, mean=6.0, spread=0.01), "car")]))
    assert 4.4 < np.exp(few.middle) < 5.3
    assert np.exp(many.middle) == pytest.approx(6.0, rel=0.02)


def test_a_track_counts_once() -> None:
    scene = parked(np.array([4.0] * 100 + [8.0] * 8))
    boxes = scene.labels.boxes
    owners = Coded.from_values(["one"] * 100 + [str(row) for row in range(8)])
    fields = {name: getattr(boxes, name) for name in type(boxes).__dataclass_fields__} | {"track": owners}
    one_track = scene_from_arrays(boxes=type(boxes)(**fields))
    found = entry(learn_priors([one_track]))
    assert found.count == 9
    assert np.exp(found.middle) == pytest.approx(8.0, rel=0.01)


def test_ranges_with_enough_have_an_entry_of_their_own() -> None:
    near, far = lengths(60, mean=4.0), lengths(60, mean=5.0, seed=2)
    scene = parked(np.concatenate([near, far]), ranges_m=np.repeat([10.0, 60.0], 60))
    priors = learn_priors([scene])
    assert np.exp(entry(priors, range_m=(0.0, 20.0)).middle) == pytest.approx(4.0, rel=0.1)
    assert np.exp(entry(priors, range_m=(40.0, 80.0)).middle) == pytest.approx(5.0, rel=0.1)


def test_deviations_are_in_standard_deviations_and_nothing_without_a_prior() -> None:
    priors = learn_priors([parked(lengths(4000))])
    off = priors.deviations(
        "length", Coded.from_values(["cabin", "cabin", "tent"]), np.log([4.0, 4.0 * np.exp(0.6), 4.0]), np.full(3, 15.0)
    )
    assert off[0] == pytest.approx(0.0, abs=0.1)
    assert off[1] == pytest.approx(3.0, abs=0.3)
    assert np.isnan(off[2])


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    priors = learn_priors([parked(lengths(100))])
    (tmp_path / "priors.toml").write_text(priors.to_toml(), encoding="utf-8")
    assert Priors.from_toml(tmp_path / "priors.toml") == priors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("schema = ", "not a readable TOML", id="no TOML"),
        pytest.param(f"{SCHEMA}[[entries]]\ncount = 1", r"entries\.0\.category: Field required", id="a field missing"),
        pytest.param(ENTRY, "schema: Field required", id="no schema"),
        pytest.param(SCHEMA + ENTRY.replace("length", "lenght"), "no feature 'lenght'", id="misspelt feature"),
        pytest.param(SCHEMA + ENTRY.replace("from_m = 0", "from_m = 90"), "from_m below to_m", id="range backwards"),
    ],
)
def test_files_that_hold_something_else_are_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "priors.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        Priors.from_toml(tmp_path / "priors.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: no such priors file"):
        Priors.from_toml(tmp_path / "nowhere.toml")


def test_too_few_objects_teach_nothing() -> None:
    with pytest.raises(SettingsError, match="no class has enough objects"):
        learn_priors([parked(lengths(3))])
