"""Everything Boresight raises on bad input, drawn as a tree.

BoresightError                    one line for a person: expected, got, where, what to do
├── ShapeError                    an array of the wrong shape or type
├── FrameMismatchError            transforms chained whose touching frames differ
├── RotationError                 a matrix or quaternion too far from any rotation
├── PoseError                     no pose at the asked time
│   ├── OutsideTrajectoryError    before the first or after the last pose
│   └── PoseGapError              between poses too far apart to interpolate
├── LensError                     intrinsics that describe no lens
├── UnknownSensorError            a sensor the rig does not have
├── TimestampError                a stamp that is no time (calibration/clock.py)
├── MotionError                   a sweep deskewed twice, or without the times it needs (calibration/sweep.py)
├── FileProblemError              a file that is missing, truncated or malformed (carries path and line)
│   └── ImageFileError            an image that can't be read or decoded
└── (fusion/errors.py adds the errors of data sets and settings)
"""

from __future__ import annotations

from pathlib import Path


class BoresightError(Exception):
    """Root of the family: bad input, never a bug. The command line prints it as one line."""


class ShapeError(BoresightError):
    """An array has another shape or type than the function needs."""


class FrameMismatchError(BoresightError):
    """Two transforms were chained, or points transformed, although the touching frames differ."""


class RotationError(BoresightError):
    """A matrix or quaternion is too far from a rotation to be projected onto one."""


class PoseError(BoresightError):
    """The trajectory has no pose at the asked time."""


class OutsideTrajectoryError(PoseError):
    """The asked time lies before the first or after the last pose."""


class PoseGapError(PoseError):
    """The asked time lies between two poses too far apart to interpolate."""


class LensError(BoresightError):
    """The intrinsics describe no lens: focal length not positive, image without pixels, wrong count."""


class UnknownSensorError(BoresightError):
    """The rig has no sensor of that name."""


class FileProblemError(BoresightError):
    """A file is missing, truncated or malformed.

    `path` is the file, `line` its 1-based line where that makes sense, `reason` what was expected and what came.
    """

    def __init__(self, path: str | Path, reason: str, line: int | None = None) -> None:
        self.path = str(path)
        self.line = line
        self.reason = reason
        place = self.path if line is None else f"{self.path} line {line}"
        super().__init__(f"{place}: {reason}")


class ImageFileError(FileProblemError):
    """An image file is missing or its bytes are no image."""
