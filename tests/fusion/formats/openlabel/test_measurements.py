from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.image_file import write_image
from fusion.scene.problems import ProblemKind

Tiny = Callable[[str], Any]

PCD = b"""VERSION 0.7
FIELDS x y z intensity
SIZE 4 4 4 4
TYPE F F F F
COUNT 1 1 1 1
WIDTH 2
HEIGHT 1
POINTS 2
DATA binary
"""


@pytest.fixture
def with_files(tiny: Tiny, tmp_path: Path) -> Any:
    for folder in ("front", "lidar"):
        (tmp_path / folder).mkdir()
    write_image(tmp_path / "front/012.png", np.full((80, 100, 3), 7, dtype=np.uint8))
    points = np.asarray([[10, 0, -1, 5], [1, 2, 3, 4]], dtype=np.float32)
    (tmp_path / "lidar/012.pcd").write_bytes(PCD + points.tobytes())
    return tiny("quaternions")


def test_files_beside_the_labels_are_measurements(with_files: Any) -> None:
    scene = with_files.read()
    assert {name: stream.paths for name, stream in scene.streams.items()} == {
        "lidar": ("lidar/012.pcd",),
        "front": ("front/012.png",),
    }
    assert scene.frame_table.measurements["front"].tolist() == [0, -1]
    assert scene.streams["front"].timestamps_ns.tolist() == [1_631_441_453_300_465_560]
    assert scene.streams["lidar"].timestamps_ns.tolist() == [1_631_441_453_299_504_000]
    assert scene.frames[0].cameras["front"].pixels().shape == (80, 100, 3)
    assert "uris that start with '/' are taken to be relative to the label file's folder" in scene.assumptions
    assert scene.frame_table.reference_lidar == "lidar"


def test_points_stand_where_the_box_is(with_files: Any) -> None:
    frame = with_files.read().frames[0]
    np.testing.assert_allclose(frame.points_in_ego, [[11, 0, 1], [2, 2, 5]])
    assert frame.point_counts.tolist() == [1]


@pytest.mark.parametrize(
    "uri",
    ["../../etc/passwd", "/../secret.png", "C:\\pictures\\1.png", "file:///etc/passwd", "https://example.org/1.png"],
)
def test_names_that_lead_elsewhere_are_never_opened(uri: str, with_files: Any) -> None:
    with_files.body["frames"]["12"]["frame_properties"]["streams"]["front"]["uri"] = uri
    scene = with_files.read()
    assert "front" not in scene.streams
    (problem,) = scene.problems
    assert (problem.kind, problem.frame, problem.sensor) == (ProblemKind.MALFORMED_RECORD, "12", "front")


def test_a_file_missing_among_others_is_a_problem(with_files: Any) -> None:
    with_files.body["frames"]["13"]["frame_properties"]["streams"] = {"front": {"uri": "front/013.png"}}
    scene = with_files.read()
    (problem,) = scene.problems
    assert (problem.kind, problem.path, problem.sensor) == (ProblemKind.MISSING_FILE, "front/013.png", "front")
    assert scene.frame_table.measurements["front"].tolist() == [0, -1]


def test_files_of_unknown_formats_are_counted(with_files: Any, tmp_path: Path) -> None:
    (tmp_path / "lidar/012.laz").write_bytes(b"")
    with_files.body["frames"]["12"]["frame_properties"]["streams"]["lidar"]["uri"] = "lidar/012.laz"
    scene = with_files.read()
    assert "lidar" not in scene.streams
    assert "1 files of lidar in a format we don't know" in scene.assumptions[-1]


def test_a_name_too_long_for_a_file_system_is_no_file(with_files: Any) -> None:
    with_files.body["frames"]["12"]["frame_properties"]["streams"]["front"]["uri"] = "x" * 5000
    assert "front" not in with_files.read().streams
