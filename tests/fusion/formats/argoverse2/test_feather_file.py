from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather

from calibration.errors import FileProblemError
from fusion.errors import UnsafePathError
from fusion.formats.argoverse2 import feather_file
from fusion.formats.argoverse2.feather_file import FeatherTable, Holds, read_feather, table_of_bytes

NEEDED = {"name": Holds.TEXT, "stamp": Holds.WHOLE_NUMBERS, "x": Holds.NUMBERS}
GOOD = {"name": ["a", "b"], "stamp": [1, 2], "x": [0.5, 1.5]}


def packed(columns: Mapping[str, Any] | pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    feather.write_feather(columns if isinstance(columns, pa.Table) else pa.table(dict(columns)), file, **options)
    return file.getvalue()


def table(columns: Mapping[str, Any] | pa.Table, **options: Any) -> FeatherTable:
    return table_of_bytes(packed(columns, **options), "some.feather", NEEDED, {"count": Holds.WHOLE_NUMBERS})


def test_columns_come_as_arrays() -> None:
    read = table({**GOOD, "count": [7, 8], "colour": ["red", "blue"]})
    assert len(read) == 2
    assert read.texts("name").values.tolist() == ["a", "b"]
    assert read.float64("x", "stamp").tolist() == [[0.5, 1.0], [1.5, 2.0]]
    assert (read.int64("stamp").dtype, read.int64("stamp").tolist()) == (np.int64, [1, 2])
    assert (read.told("stamp").tolist(), read.missing("stamp")) == ([True, True], 0)
    assert read.has("count")
    assert read.unread == ("colour",)


@pytest.mark.parametrize("compression", ["lz4", "zstd", "uncompressed"])
@pytest.mark.parametrize("chunksize", [1, None], ids=["in pieces", "in one"])
def test_packing_and_pieces_make_no_difference(compression: str, chunksize: int | None) -> None:
    read = table(GOOD, compression=compression, chunksize=chunksize)
    assert read.float32("x").tolist() == [[0.5], [1.5]]
    assert read.int32("stamp").tolist() == [1, 2]


def test_a_table_without_rows_has_empty_columns() -> None:
    empty = pa.schema([("name", pa.string()), ("stamp", pa.int64()), ("x", pa.float16())]).empty_table()
    read = table(empty)
    assert read.float32("x", "x").shape == (0, 2)
    assert read.int64("stamp").shape == (0,)
    assert len(read.texts("name")) == 0


def test_halves_are_widened_before_anybody_computes_with_them() -> None:
    read = table({**GOOD, "x": np.array([60000, 60000], np.float16)})
    rows = read.float32("x")
    assert rows.dtype == np.float32
    assert rows.sum() == 120_000  # as halves infinite


def test_what_is_missing_is_told_apart() -> None:
    read = table(
        pa.table({"name": ["a", None, ""], "stamp": [1, None, 3], "x": pa.array([None, 1, 2], pa.float16())}),
    )
    assert read.texts("name").present.tolist() == [True, False, False]
    assert read.int64("stamp").tolist() == [1, 0, 3]
    assert read.int32("stamp", absent=-1).tolist() == [1, -1, 3]
    assert (read.told("stamp").tolist(), read.missing("stamp")) == ([True, False, True], 1)
    for rows in (read.float32("x"), read.float64("x")):
        np.testing.assert_array_equal(rows, [[np.nan], [1], [2]])


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int8(), pa.string())], ids=str)
def test_text_may_be_stored_in_other_ways(kind: pa.DataType) -> None:
    read = table(pa.table({**GOOD, "name": pa.array(["a", "b"]).cast(kind)}))
    assert read.texts("name").values.tolist() == ["a", "b"]


def test_a_missing_column_is_named_with_those_there_are() -> None:
    with pytest.raises(FileProblemError, match=r"some\.feather: has no column 'stamp', 'x'; it has name, y"):
        table({"name": ["a"], "y": [1]})


def test_a_column_that_is_there_twice_is_refused() -> None:
    doubled = pa.table([["a"], [1], [0.5], [0.6]], names=["name", "stamp", "x", "x"])
    with pytest.raises(FileProblemError, match="has column 'x' several times"):
        table(doubled)


@pytest.mark.parametrize(
    ("column", "values", "complaint"),
    [
        ("name", [1, 2], "column 'name' must hold text, is int64"),
        ("stamp", [1.0, 2.0], "column 'stamp' must hold whole numbers, is double"),
        ("stamp", ["1", "2"], "column 'stamp' must hold whole numbers, is string"),
        ("x", ["0.5", "1"], "column 'x' must hold numbers, is string"),
        ("x", [True, False], "column 'x' must hold numbers, is bool"),
        ("x", [[1], [2]], r"column 'x' must hold numbers, is list"),
        ("x", [None, None], "column 'x' must hold numbers, is null"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_column_of_another_type_is_refused(column: str, values: Any, complaint: str) -> None:
    with pytest.raises(FileProblemError, match=complaint):
        table({**GOOD, column: values})


def test_whole_numbers_that_do_not_fit_are_refused() -> None:
    read = table({**GOOD, "stamp": np.array([1, 2**63], np.uint64)})
    with pytest.raises(FileProblemError, match="column 'stamp' does not fit int64"):
        read.int64("stamp")
    with pytest.raises(FileProblemError, match="column 'stamp' does not fit int32"):
        table({**GOOD, "stamp": [1, 2**31]}).int32("stamp")


@pytest.mark.parametrize(
    "data",
    [b"", b"ARROW1", b"not a table at all", packed(GOOD)[:-20], packed(GOOD)[:200], b"\0" * 1000],
    ids=["empty", "magic alone", "text", "end cut off", "beginning alone", "zeros"],
)
def test_bytes_that_are_no_table_are_refused(data: bytes) -> None:
    with pytest.raises(FileProblemError, match=rf"is no Feather table that can be read \({len(data)} bytes\): \w+"):
        table_of_bytes(data, "some.feather", NEEDED, {})


def test_text_that_is_no_text_is_refused() -> None:
    data = packed({**GOOD, "name": ["aaaaaaaa", "b"]}, compression="uncompressed").replace(b"aaaaaaaa", b"aaa\xffaaaa")
    with pytest.raises(FileProblemError, match="is no Feather table that can be read"):
        table_of_bytes(data, "some.feather", NEEDED, {})


def test_a_file_is_read_below_its_root_only(tmp_path: Path) -> None:
    (tmp_path / "some.feather").write_bytes(packed(GOOD))
    assert len(read_feather(tmp_path, "some.feather", NEEDED)) == 2
    with pytest.raises(FileProblemError, match=r"other\.feather: no such file"):
        read_feather(tmp_path, "other.feather", NEEDED)
    with pytest.raises(UnsafePathError):
        read_feather(tmp_path, "../some.feather", NEEDED)


def test_a_file_beyond_all_measure_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feather_file, "MAX_FEATHER_BYTES", 100)
    (tmp_path / "some.feather").write_bytes(packed(GOOD))
    with pytest.raises(FileProblemError, match="above the limit of 100"):
        read_feather(tmp_path, "some.feather", NEEDED)
