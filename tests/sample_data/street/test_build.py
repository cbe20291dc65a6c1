from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.image_file import read_image
from sample_data.street import StreetOptions, build

Tables = dict[str, list[dict[str, Any]]]
ReadTables = Callable[[Path], Tables]
THIRTEEN = {
    "attribute",
    "calibrated_sensor",
    "category",
    "ego_pose",
    "instance",
    "log",
    "map",
    "sample",
    "sample_annotation",
    "sample_data",
    "scene",
    "sensor",
    "visibility",
}


def digests(root: Path) -> dict[str, str]:
    return {
        str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(root.rglob("*"))
        if file.is_file()
    }


@pytest.mark.needs("open3d")
def test_the_same_seed_gives_the_same_bytes(short_drive: Path, short_options: StreetOptions, tmp_path: Path) -> None:
    build(tmp_path, short_options)
    assert digests(tmp_path) == digests(short_drive)


@pytest.mark.needs("open3d")
def test_another_seed_gives_another_street(short_drive: Path, tmp_path: Path, read_tables: ReadTables) -> None:
    build(tmp_path, StreetOptions(seconds=0.1, cameras=0, beams=4, columns=90, seed=8))
    first, second = (read_tables(root / "v1.0-truth") for root in (short_drive, tmp_path))
    for table in ("scene", "sample", "instance", "sample_annotation"):
        assert {row["token"] for row in first[table]}.isdisjoint(row["token"] for row in second[table])
    parked = [
        {tuple(row["size"]) for row in tables["sample_annotation"] if row["size"][1] > 3} for tables in (first, second)
    ]
    assert parked[0] != parked[1]


@pytest.mark.needs("open3d")
@pytest.mark.parametrize("name", ["truth", "clean", "planted"])
def test_every_table_is_there_and_every_token_leads_somewhere(
    name: str, short_drive: Path, read_tables: ReadTables
) -> None:
    tables = read_tables(short_drive / f"v1.0-{name}")
    assert set(tables) >= THIRTEEN
    known = {table: {row["token"] for row in tables[table]} for table in THIRTEEN}
    for table in THIRTEEN:
        assert len(known[table]) == len(tables[table]), f"{table} repeats a token"
        for row in tables[table]:
            for field, value in row.items():
                target = field.removesuffix("_token")
                if target in THIRTEEN and field.endswith("_token"):
                    assert value in known[target], f"{table}.{field}"
            for field in ("prev", "next"):
                assert row.get(field, "") in {*known[table], ""}, f"{table}.{field}"


@pytest.mark.needs("open3d")
def test_every_named_file_exists_and_has_the_told_shape(short_drive: Path, read_tables: ReadTables) -> None:
    for row in read_tables(short_drive / "v1.0-clean")["sample_data"]:
        path = short_drive / row["filename"]
        if row["fileformat"] == "jpg":
            assert read_image(path).shape == (row["height"], row["width"], 3)
        else:
            columns = row["fileformat"].split(":")[1].split(",")
            points = np.fromfile(path, dtype="<f4").reshape(-1, len(columns))
            assert np.isfinite(points).all()
            offsets_s = points[:, columns.index("time_offset_s")]
            assert offsets_s.max() <= 0
            assert offsets_s.min() > -0.05
            assert set(np.unique(points[:, columns.index("ring")])) <= set(range(8))


@pytest.mark.needs("open3d")
def test_a_camera_is_triggered_when_the_beam_crosses_its_view(short_drive: Path, read_tables: ReadTables) -> None:
    tables = read_tables(short_drive / "v1.0-clean")
    stamps = {(row["sample_token"], row["fileformat"] == "jpg"): row for row in tables["sample_data"]}
    for sample in tables["sample"]:
        sweep, image = stamps[sample["token"], False], stamps[sample["token"], True]
        assert sample["timestamp"] == sweep["timestamp"]
        points = np.fromfile(short_drive / sweep["filename"], dtype="<f4").reshape(-1, 6)
        ahead = np.abs(np.arctan2(points[:, 0], points[:, 1])) < 0.02  # the lidar looks along its y
        seen_us = sweep["timestamp"] + points[ahead, 5].astype(np.float64) * 1e6
        assert np.abs(seen_us - image["timestamp"]).max() < 1000


@pytest.mark.needs("open3d")
def test_extra_images_between_keyframes_go_to_sweeps(tmp_path: Path, read_tables: ReadTables) -> None:
    options = StreetOptions(
        seconds=0.2, cameras=1, camera_rate_hz=20, beams=4, columns=90, image_width=88, image_height=56, supersampling=1
    )
    build(tmp_path, options)
    images = [row for row in read_tables(tmp_path / "v1.0-clean")["sample_data"] if row["fileformat"] == "jpg"]
    assert [(row["is_key_frame"], row["filename"].split("/")[0]) for row in images] == [
        (True, "samples"),
        (False, "sweeps"),
        (True, "samples"),
    ]
    assert np.diff([row["timestamp"] for row in images]).tolist() == [50_000, 50_000]


@pytest.mark.needs("open3d")
def test_a_compensated_sweep_shows_walls_where_they_are(
    short_drive: Path, tmp_path: Path, read_tables: ReadTables
) -> None:
    build(tmp_path, StreetOptions(seconds=0.1, cameras=0, beams=4, columns=180, motion="compensated"))
    assert standing_offset_m(tmp_path, read_tables) < 1e-5
    assert standing_offset_m(short_drive, read_tables) > 0.02


def standing_offset_m(root: Path, read_tables: ReadTables) -> float:
    """How far the box of anything that stands is from where the thing is at the stamp, at most."""
    truth = json.loads((root / "v1.0-truth" / "true_pose.json").read_text(encoding="utf-8"))
    rows = read_tables(root / "v1.0-truth")["sample_annotation"]
    standing = [row for row in rows if not np.any(truth[row["token"]]["velocity"])]
    return max(
        float(np.linalg.norm(np.subtract(row["translation"], truth[row["token"]]["translation"]))) for row in standing
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"profile": "sideways"}, "profile"),
        ({"camera_rate_hz": 15}, "camera_rate_hz"),
        ({"camera_rate_hz": 5}, "camera_rate_hz"),
        ({"cameras": 7}, "cameras"),
        ({"seconds": 0.0}, "one frame"),
    ],
    ids=["profile", "rate does not divide", "slower than keyframes", "too many cameras", "no frame"],
)
def test_options_that_cannot_be_built_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        StreetOptions(**wrong)
