from __future__ import annotations

import json
import tracemalloc

import msgspec
import numpy as np
import pytest

from calibration.errors import FileProblemError
from fusion.formats.openlabel.json_members import (
    MalformedError,
    is_absent,
    matrix,
    members,
    members_of_file,
    text,
    value_of,
)


@pytest.mark.parametrize("written", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_python_writes_and_json_lacks_becomes_null(written: bytes) -> None:
    found = members_of_file(b'{"a": [1, ' + written + b'], "b": "NaN \\" -Infinity"}', "x.json")
    assert value_of(found["a"]) == [1, None]
    assert value_of(found["b"]) == 'NaN " -Infinity'


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert list(members_of_file(b"\xef\xbb\xbf" + b'{"a": 1}', "x.json")) == ["a"]


@pytest.mark.parametrize("data", [b"", b"[1]", b'{"a": ', b'{"a": 1} x', b"\xff\xfe", b'{"a": nan}'])
def test_what_is_no_object_is_refused_with_its_name(data: bytes) -> None:
    with pytest.raises(FileProblemError, match=r"^x\.json: is no JSON object"):
        members_of_file(data, "x.json")


def test_a_matrix_is_one_list_or_rows() -> None:
    for written in ([1, 2, 3, 4, 5, 6], [[1, 2, 3], [4, 5, 6]]):
        raw = msgspec.Raw(json.dumps(written).encode())
        np.testing.assert_array_equal(matrix(raw, ((2, 3),), "m"), [[1, 2, 3], [4, 5, 6]])


def test_text_may_be_a_number_and_nothing_else() -> None:
    assert text(msgspec.Raw(b"12.50")) == "12.50"
    with pytest.raises(MalformedError, match=r"expected text, got \[1\]"):
        text(msgspec.Raw(b"[1]"))


def test_members_nobody_asks_for_are_not_decoded() -> None:
    data = b'{"a": {"vec": [' + b"1," * 2_000_000 + b'1]}, "b": null}'
    tracemalloc.start()
    found = members(members_of_file(data, "x.json")["a"])
    assert not is_absent(found["vec"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000
