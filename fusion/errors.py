"""What Boresight raises about data sets, labels and settings; the root of the family is in `calibration/errors.py`.

BoresightError
├── DatasetError                  the path is no data set we can open, or holds no such scene
│   ├── UnknownFormatError        no reader recognises it, or several do
│   ├── UnreadableDatasetError    its format is plain, but a file that all else needs is missing or broken
│   └── UnsafePathError           a name read from data points out of the data set
├── SettingsError                 a settings file with unknown keys or values out of range
├── UnknownCheckError             no check of that code or name
├── ReviewStoreError              a review store that can't be used, or a review that doesn't fit
│   └── StaleRevisionError        somebody decided in the meantime
├── RunFolderError                a run folder that can't be written, is in use, or is of another run
├── CompareError                  label sets that have nothing in common to compare
├── AcceptanceError               a sampling plan that no sample can meet, or a sample that doesn't fit the delivery
└── NotMeasurableError            a measurement the data can't support; checks turn it into "not assessed"
"""

from __future__ import annotations

from calibration.errors import BoresightError


class DatasetError(BoresightError):
    """The path is no data set that can be opened, or the data set has no such scene."""


class UnknownFormatError(DatasetError):
    """No reader recognises the path, or several do and none was chosen."""


class UnreadableDatasetError(DatasetError):
    """A delivery of a known format that lacks, or holds broken, a file without which nothing of it can be read."""


class UnsafePathError(DatasetError):
    """A file name read from data is absolute or climbs out of the data set with '..'."""


class SettingsError(BoresightError):
    """A settings file has unknown keys, or values out of range."""


class UnknownCheckError(BoresightError):
    """There is no check of that code or name."""


class RunFolderError(BoresightError):
    """A run folder can't be written, is being written by another process, or holds a run of something else."""


class LabelEditError(BoresightError):
    """An edit names a label that isn't there, or something that the format of the labels has no place for."""


class PlantingError(BoresightError):
    """There is no fault of that name, it can't have that magnitude or extent, or the scene offers nothing for it."""


class ReviewStoreError(BoresightError):
    """A review store can't be opened, read or written, or what was handed in has no place in it."""


class StaleRevisionError(ReviewStoreError):
    """Somebody else decided on a subject after the writer looked at it; nothing was stored.

    The message names the other's verdict. `revision` is the one to look at and to decide anew from.
    """

    def __init__(self, message: str, revision: int) -> None:
        self.revision = revision
        super().__init__(message)


class CompareError(BoresightError):
    """Label sets that have no scene, frame or label in common, so that nothing can be compared."""


class AcceptanceError(BoresightError):
    """A sampling plan no sample can meet, or a delivery and a sample that don't belong together."""


class NotMeasurableError(BoresightError):
    """The data can't support a measurement: no lidar, no poses, no tracks.

    The message is the reason a check gives for not assessing, so it reads like one: "no lidar sweep in this frame".
    """
