from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from calibration.errors import FileProblemError
from fusion.formats.json_files import in_utf8, read_json, read_model


class Parcel(BaseModel):
    weight_kg: float


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is no parcel/1 document: the file is empty"),
        (b"{", "is no parcel/1 document: no JSON: Expecting property name"),
        (b'{"weight_kg": "\xff"}', "is no parcel/1 document: no UTF-8 text at byte 15"),
        (b"[" * 200_000, "is no parcel/1 document: nested too deeply"),
        (b"[1]", "is no parcel/1 document: Input should be"),
        (b"{}", "is no parcel/1 document: weight_kg: Field required$"),
        (b'{"weight_kg": "heavy"}', "weight_kg: Input should be a valid number.*, got 'heavy'"),
    ],
    ids=["empty", "torn", "no text", "deep", "a list", "missing", "of another kind"],
)
def test_what_is_no_document_is_told_in_one_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "parcel.json").write_bytes(content)
    with pytest.raises(FileProblemError, match=complaint) as caught:
        read_model(tmp_path / "parcel.json", Parcel, "parcel/1")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'parcel.json'}: ")


@pytest.mark.parametrize(
    ("make", "complaint"),
    [(lambda path: None, "no such file"), (Path.mkdir, "expected a file, found a folder")],
    ids=["missing", "a folder"],
)
def test_what_is_no_file_is_told(tmp_path: Path, make: Callable[[Path], Any], complaint: str) -> None:
    make(tmp_path / "parcel.json")
    with pytest.raises(FileProblemError, match=complaint):
        read_json(tmp_path / "parcel.json", "parcel/1")


def test_a_document_comes_back_without_what_is_there_for_readers(tmp_path: Path) -> None:
    (tmp_path / "parcel.json").write_text('{"weight_kg": 2.5, "weight": "2.5 kg"}', encoding="utf-8")
    assert read_model(tmp_path / "parcel.json", Parcel, "parcel/1", without="weight") == Parcel(weight_kg=2.5)


def test_names_in_no_encoding_can_be_stored() -> None:
    assert in_utf8("caf\udcff é") == "caf\\udcff é"
