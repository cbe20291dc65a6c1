from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np
import pytest

from fusion.formats.openlabel.json_members import MalformedError
from fusion.formats.openlabel.transforms import bare_matrix, transform_of

# A quarter turn to the left, then 1 m ahead, 2 m left, 3 m up.
MATRIX = [0, -1, 0, 1, 1, 0, 0, 2, 0, 0, 1, 3, 0, 0, 0, 1]
HALF = float(np.sqrt(0.5))


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"matrix4x4": MATRIX}, id="16 numbers"),
        pytest.param({"matrix4x4": np.reshape(MATRIX, (4, 4)).tolist()}, id="rows"),
        pytest.param({"translation": [1, 2, 3], "quaternion": [0, 0, HALF, HALF]}, id="quaternion, scalar last"),
        pytest.param({"translation": [1, 2, 3], "euler_angles": [np.pi / 2, 0, 0]}, id="angles about z, y, x"),
        pytest.param(
            {"translation": [1, 2, 3], "euler_angles": [0, 0, np.pi / 2], "sequence": "xyz"}, id="another sequence"
        ),
    ],
)
def test_every_spelling_is_the_same_transform(record: dict[str, Any]) -> None:
    np.testing.assert_allclose(transform_of("a", "b", raw(record)).apply([[1, 0, 0]]), [[1, 3, 3]], atol=1e-12)


def test_the_forerunners_matrix_is_read() -> None:
    np.testing.assert_allclose(bare_matrix("a", "b", raw(MATRIX)).translation, [1, 2, 3])


def test_a_sloppy_matrix_keeps_its_distance_as_residual() -> None:
    stretched = [1.1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert transform_of("a", "b", raw({"matrix4x4": stretched})).residual == pytest.approx(0.1)


@pytest.mark.parametrize("sequence", ["ABC", "ZY", "ZZY"])
def test_a_sequence_that_is_none_is_refused(sequence: str) -> None:
    record = {"translation": [0, 0, 0], "euler_angles": [0, 0, 0], "sequence": sequence}
    with pytest.raises(MalformedError, match="sequence must name three axes"):
        transform_of("a", "b", raw(record))
