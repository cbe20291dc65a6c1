"""Poses and transforms in each of the spellings that files use."""

from __future__ import annotations

import msgspec
import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import FloatArray
from calibration.errors import BoresightError
from calibration.transform import RigidTransform
from fusion.formats.openlabel.json_members import MalformedError, Members, is_absent, matrix, members, numbers, text

# As the standard has it: first about z, then about the turned y, then about the turned x.
EULER_SEQUENCE = "ZYX"
KNOWN = frozenset({"matrix4x4", "quaternion", "euler_angles", "sequence", "translation"})


def transform_of(target: str, source: str, raw: msgspec.Raw | None) -> RigidTransform:
    """`target_from_source` of one transform record.

    OpenLABEL says                                    we say
    matrix4x4: 16 numbers, row by row                 the nearest rotation, the distance kept as residual
    quaternion: x, y, z, w                            w, x, y, z
    euler_angles about z, y, x, each turned           rotation matrix
      by those before it, unless `sequence` differs

    Raises:
        MalformedError: none of these, or no rotation.
    """
    record = members(raw)
    try:
        return _transform(target, source, record)
    except BoresightError as error:
        raise MalformedError(str(error)) from error


def bare_matrix(target: str, source: str, raw: msgspec.Raw | None) -> RigidTransform:
    """`target_from_source` of 16 numbers, as the forerunners of OpenLABEL 1.0 wrote it.

    Raises:
        MalformedError: not 16 numbers, or no rotation.
    """
    return transform_of(target, source, msgspec.Raw(b'{"matrix4x4": ' + bytes(raw or b"null") + b"}"))


def _transform(target: str, source: str, record: Members) -> RigidTransform:
    if not is_absent(record.get("matrix4x4")):
        rows = matrix(record["matrix4x4"], ((4, 4),), "matrix4x4")
        with np.errstate(all="ignore"):
            determinant = float(np.linalg.det(rows[:3, :3]))
        if not determinant > 0:
            raise MalformedError(f"matrix4x4 is no rotation: its determinant is {determinant:.3g}, expected 1")
        return RigidTransform.from_matrix(target, source, rows, max_residual=np.inf)
    if is_absent(record.get("quaternion")) and is_absent(record.get("euler_angles")):
        raise MalformedError("expected matrix4x4, or translation with quaternion or euler_angles, got neither")
    translation = numbers(record.get("translation"), (3,), "translation")
    if not is_absent(record.get("quaternion")):
        x, y, z, w = numbers(record["quaternion"], (4,), "quaternion")
        return RigidTransform.from_quaternion(target, source, [w, x, y, z], translation)
    return RigidTransform.from_rotation(target, source, _euler(record), translation)


def _euler(record: Members) -> FloatArray:
    angles_rad = numbers(record["euler_angles"], (3,), "euler_angles")
    sequence = (text(record.get("sequence")) or EULER_SEQUENCE).upper()
    try:
        return Rotation.from_euler(sequence, angles_rad).as_matrix()
    except ValueError as error:
        raise MalformedError(f"sequence must name three axes, like {EULER_SEQUENCE}, got '{sequence}'") from error
