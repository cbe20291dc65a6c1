from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from calibration.errors import FileProblemError
from fusion.formats.nuscenes.record_slices import read_slices


class Place(Struct):
    token: str
    at: tuple[float, float]


def records(count: int) -> list[dict[str, Any]]:
    return [{"token": f"t{number}", "at": [number, 0.5]} for number in range(count)]


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "place.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def tokens_and_rejected(path: Path, slice_bytes: int = 100) -> tuple[list[str], list[tuple[int, str]]]:
    slices = list(read_slices(path, "v1.0/place.json", Place, slice_bytes))
    return [r.token for part in slices for r in part.records], [r for part in slices for r in part.rejected]


@pytest.mark.parametrize("indent", [None, 0, 1], ids=["one line", "a field a line", "indented"])
@pytest.mark.parametrize("slice_bytes", [7, 64, 100, 1_000_000])
def test_a_table_reads_alike_however_it_is_cut(tmp_path: Path, indent: int | None, slice_bytes: int) -> None:
    path = written(tmp_path, json.dumps(records(40), indent=indent))
    assert tokens_and_rejected(path, slice_bytes) == ([f"t{n}" for n in range(40)], [])


def test_never_holds_more_records_than_a_slice_has(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(records(1000)))
    parts = list(read_slices(path, "place.json", Place, slice_bytes=1000))
    assert len(parts) > 30
    assert max(len(part.records) for part in parts) < 60


def test_a_cut_through_nested_records_costs_nothing(tmp_path: Path) -> None:
    rows = [{**row, "parts": [{"a": 1}, {"a": 2}, {"a": 3}], "text": "}, {"} for row in records(30)]
    for slice_bytes in (40, 60, 77, 90, 133):
        path = written(tmp_path, json.dumps(rows))
        assert tokens_and_rejected(path, slice_bytes) == ([f"t{n}" for n in range(30)], [])


def test_one_wrong_record_stays_one_wrong_record_and_keeps_its_number(tmp_path: Path) -> None:
    rows = records(40)
    rows[23]["at"] = [1, "left"]
    del rows[31]["token"]
    found, rejected = tokens_and_rejected(written(tmp_path, json.dumps(rows)))
    assert len(found) == 38
    assert [number for number, _ in rejected] == [23, 31]
    assert "at[1]" in rejected[0][1]
    assert "`token`" in rejected[1][1]


def test_the_nan_that_python_writes_is_read(tmp_path: Path) -> None:
    rows = records(20)
    rows[11]["at"] = [math.nan, math.inf]
    parts = read_slices(written(tmp_path, json.dumps(rows)), "place.json", Place, slice_bytes=100)
    places = [record.at for part in parts for record in part.records]
    assert math.isnan(places[11][0])
    assert len(places) == 20


@pytest.mark.parametrize("text", ["[]", " [ ] \n", "\ufeff[]"], ids=["bare", "spaced", "with a byte order mark"])
def test_an_empty_table_has_no_records(tmp_path: Path, text: str) -> None:
    assert tokens_and_rejected(written(tmp_path, text)) == ([], [])


def test_names_fields_it_does_not_read(tmp_path: Path) -> None:
    rows = [{**row, "colour": "red"} for row in records(30)]
    parts = list(read_slices(written(tmp_path, json.dumps(rows)), "place.json", Place, slice_bytes=200))
    assert parts[0].unread == ("colour",)
    assert parts[1].unread == ()


WHOLE = json.dumps(records(30), indent=1)
LINE_OF_T7 = WHOLE[: WHOLE.index("t7")].count("\n") + 1


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param(WHOLE[: len(WHOLE) // 2], WHOLE[: len(WHOLE) // 2].count("\n") + 1, "ends in the", id="truncated"),
        pytest.param(WHOLE[:-1], WHOLE.count("\n") + 1, "ends in the", id="last bracket missing"),
        pytest.param(WHOLE.replace('"t7",', '"t7" oops'), LINE_OF_T7, "delimiter", id="rubbish in the middle"),
        pytest.param(WHOLE.encode().replace(b"t7", b"t\xff"), LINE_OF_T7, "0xff is no UTF-8", id="not UTF-8"),
        pytest.param("", 1, "ends in the middle", id="empty file"),
        pytest.param('{"token": "t"}', 1, "expected a list of records, found an object", id="an object"),
        pytest.param("[" * 100_000, 1, "nested too deeply", id="nested too deeply"),
    ],
)
@pytest.mark.parametrize("slice_bytes", [100, 1_000_000])
def test_says_where_a_table_stops_being_one(
    tmp_path: Path, text: str | bytes, line: int, reason: str, slice_bytes: int
) -> None:
    with pytest.raises(FileProblemError, match=reason) as problem:
        tokens_and_rejected(written(tmp_path, text), slice_bytes)
    assert problem.value.path == "v1.0/place.json"
    assert problem.value.line == line


def test_the_byte_it_names_is_where_the_text_breaks(tmp_path: Path) -> None:
    text = WHOLE.replace('"t7",', '"t7" oops')
    for slice_bytes in (100, 1_000_000):
        with pytest.raises(FileProblemError, match=rf"\(byte {text.index('oops')}\)"):
            tokens_and_rejected(written(tmp_path, text), slice_bytes)


def test_a_missing_table_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="no such file"):
        tokens_and_rejected(tmp_path / "place.json")
