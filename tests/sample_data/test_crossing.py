"""The committed crossing: what its README promises, checked without the code that made it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Tables = dict[str, list[dict[str, Any]]]
CROSSING = Path(__file__).resolve().parents[2] / "sample_data" / "crossing"
SETS = ("truth", "clean", "planted")
LIMIT_MB = 15


def rotation(wxyz: list[float]) -> NDArray[np.float64]:
    """The textbook formula, on purpose not the project's."""
    w, x, y, z = np.asarray(wxyz) / np.linalg.norm(wxyz)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def by_token(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["token"]: row for row in rows}


@pytest.fixture(scope="module")
def tables(read_tables: Callable[[Path], Tables]) -> dict[str, Tables]:
    return {name: read_tables(CROSSING / f"v1.0-{name}") for name in SETS}


@pytest.fixture(scope="module")
def clouds(tables: dict[str, Tables]) -> dict[str, NDArray[np.float64]]:
    """Global points of every sample's sweep, as the labeller saw them."""
    truth = tables["truth"]
    poses, mounts = by_token(truth["ego_pose"]), by_token(truth["calibrated_sensor"])
    points = {}
    for row in truth["sample_data"]:
        if row["fileformat"].startswith("pcd.bin"):
            xyz = np.fromfile(CROSSING / row["filename"], dtype="<f4").reshape(-1, 6)[:, :3].astype(np.float64)
            for place in (mounts[row["calibrated_sensor_token"]], poses[row["ego_pose_token"]]):
                xyz = xyz @ rotation(place["rotation"]).T + place["translation"]
            points[row["sample_token"]] = xyz
    return points


def test_the_crossing_is_small_enough_to_live_in_the_repository() -> None:
    size = sum(file.stat().st_size for file in CROSSING.rglob("*") if file.is_file())
    assert size < LIMIT_MB * 1_000_000


@pytest.mark.parametrize("name", SETS)
def test_every_recorded_point_count_is_exact(
    name: str, tables: dict[str, Tables], clouds: dict[str, NDArray[np.float64]]
) -> None:
    for row in tables[name]["sample_annotation"]:
        inside = (clouds[row["sample_token"]] - row["translation"]) @ rotation(row["rotation"])
        width, length, height = row["size"]
        count = (np.abs(inside) <= np.array([length, width, height]) / 2).all(axis=1).sum()
        assert count == row["num_lidar_pts"], row["token"]


@pytest.mark.parametrize("name", SETS)
def test_tracks_are_linked_in_the_order_of_time(name: str, tables: dict[str, Tables]) -> None:
    own = tables[name]
    rows, stamps = by_token(own["sample_annotation"]), {row["token"]: row["timestamp"] for row in own["sample"]}
    for instance in own["instance"]:
        chain = [rows[instance["first_annotation_token"]]]
        while chain[-1]["next"]:
            chain.append(rows[chain[-1]["next"]])
            assert chain[-1]["prev"] == chain[-2]["token"]
        assert len(chain) == instance["nbr_annotations"]
        assert chain[-1]["token"] == instance["last_annotation_token"]
        assert (np.diff([stamps[row["sample_token"]] for row in chain]) > 0).all()


def test_clean_labels_are_near_the_truth_and_keep_their_size(tables: dict[str, Tables]) -> None:
    truth, clean = (by_token(tables[name]["sample_annotation"]) for name in ("truth", "clean"))
    assert truth.keys() == clean.keys()
    offsets_m = [np.linalg.norm(np.subtract(truth[t]["translation"], clean[t]["translation"])) for t in truth]
    assert 0.02 < np.median(offsets_m) < 0.10
    assert max(offsets_m) < 0.22
    sizes: dict[str, set[tuple[float, ...]]] = {}
    for row in clean.values():
        sizes.setdefault(row["instance_token"], set()).add(tuple(row["size"]))
    assert all(len(seen) == 1 for seen in sizes.values())


def test_planted_differs_from_clean_only_where_it_says(tables: dict[str, Tables]) -> None:
    clean, planted = (by_token(tables[name]["sample_annotation"]) for name in ("clean", "planted"))
    told = {track for fault in tables["planted"]["planted"] for track in fault["tracks"]}
    geometry = ("translation", "size", "rotation")
    for token in clean.keys() | planted.keys():
        before, after = clean.get(token), planted.get(token)
        row = after or before
        assert row is not None
        if before is None or after is None or any(before[field] != after[field] for field in geometry):
            assert row["instance_token"] in told


def test_each_kind_of_fault_is_planted_on_its_own_well_seen_object(tables: dict[str, Tables]) -> None:
    faults: list[dict[str, Any]] = tables["planted"]["planted"]
    codes = [code for fault in faults for code in fault["expected_codes"]]
    assert sorted(codes) == [
        "BOX301", "BOX302", "BOX304", "BOX305", "BOX306", "ONT601", "TRK501", "TRK502", "TRK503", "TRK504",
    ]  # fmt: skip
    tracks = [track for fault in faults for track in fault["tracks"]]
    assert len(tracks) == len(set(tracks))
    samples = {row["token"] for row in tables["planted"]["sample"]}
    assert {token for fault in faults for token in fault["samples"]} <= samples


def test_true_poses_cover_every_true_box_and_agree_within_the_sweep() -> None:
    rows = json.loads((CROSSING / "v1.0-truth" / "sample_annotation.json").read_text(encoding="utf-8"))
    truth = json.loads((CROSSING / "v1.0-truth" / "true_pose.json").read_text(encoding="utf-8"))
    assert truth.keys() == {row["token"] for row in rows}
    gaps_m = [np.linalg.norm(np.subtract(row["translation"], truth[row["token"]]["translation"])) for row in rows]
    assert 0 < max(gaps_m) < 1.0
