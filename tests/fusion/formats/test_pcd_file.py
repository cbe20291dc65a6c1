from __future__ import annotations

import numpy as np
import pytest

from calibration.errors import FileProblemError
from fusion.formats.pcd_file import fields_of, read_pcd

HEADER = "FIELDS x id\nSIZE 4 2\nTYPE F I\nCOUNT 1 1\nWIDTH 2\nHEIGHT 1\nPOINTS 2\nDATA binary\n"
ROWS = np.array([(1.5, 7), (-2.5, -8)], dtype=[("x", "<f4"), ("id", "<i2")])


def test_reads_columns_of_mixed_types() -> None:
    points = read_pcd(HEADER.encode() + ROWS.tobytes() + b"trailing bytes", "a.pcd")
    assert points["x"].tolist() == [1.5, -2.5]
    assert points["id"].tolist() == [7, -8]


def test_reads_a_file_without_points() -> None:
    assert len(read_pcd(HEADER.replace("POINTS 2", "POINTS 0").encode(), "a.pcd")) == 0


def test_names_the_coordinate_a_cloud_lacks() -> None:
    with pytest.raises(FileProblemError, match="has no field y, z"):
        fields_of(ROWS, "a.pcd")
    placed = np.zeros(1, dtype=[("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("id", "<i2")])
    assert fields_of(placed, "a.pcd") == ("x", "y", "z", "id")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "no PCD file", id="empty"),
        pytest.param(b"\xff\xd8" * 5000, "no PCD file", id="something else"),
        pytest.param(HEADER.replace("binary", "ascii").encode(), "holds ascii data", id="ascii"),
        pytest.param(HEADER.encode() + ROWS.tobytes()[:-1], "2 points need 12 bytes .*, got 11", id="truncated"),
        pytest.param(HEADER.replace("SIZE 4 2\n", "").encode(), "no SIZE line", id="no sizes"),
        pytest.param(HEADER.replace("SIZE 4 2", "SIZE 4").encode(), "2 FIELDS, 1 SIZE", id="too few sizes"),
        pytest.param(HEADER.replace("SIZE 4 2", "SIZE 4 3").encode(), "TYPE I of SIZE 3", id="odd size"),
        pytest.param(HEADER.replace("TYPE F I", "TYPE F Q").encode(), "TYPE Q", id="odd type"),
        pytest.param(HEADER.replace("x id", "x x").encode(), "repeat", id="a field twice"),
        pytest.param(HEADER.replace("COUNT 1 1", "COUNT 1 0").encode(), "COUNT other than 1", id="empty field"),
        pytest.param(HEADER.replace("POINTS 2", "POINTS -2").encode(), "one whole number, got '-2'", id="negative"),
        pytest.param(HEADER.replace("POINTS 2", "POINTS 99999999999999").encode(), "truncated", id="huge"),
    ],
)
def test_says_what_is_wrong_with_a_header(data: bytes, reason: str) -> None:
    with pytest.raises(FileProblemError, match=reason) as problem:
        read_pcd(data, "radar/a.pcd")
    assert problem.value.path == "radar/a.pcd"
