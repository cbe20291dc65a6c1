"""Every format that can be read, in one table, and how a path finds its reader."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from calibration.rig import SensorRig
from calibration.rig_file import read_rig_file
from fusion.errors import DatasetError, UnknownFormatError, UnreadableDatasetError
from fusion.formats.argoverse2.reader import Argoverse2Reader
from fusion.formats.kitti.reader import KittiReader
from fusion.formats.kitti_raw.reader import KittiRawReader
from fusion.formats.kitti_tracking.reader import KittiTrackingReader
from fusion.formats.nuscenes.reader import NuScenesReader
from fusion.formats.openlabel.reader import OpenLabelReader
from fusion.formats.unreadable import UnreadableSource
from fusion.scene.dataset import Dataset, SceneSource


class Reader(SceneSource, Protocol):
    """A translator from one format to `Scene`; it need not inherit from this, only look like it.

    format: its name, as `--format` takes it; looks_for: what makes it recognise a root, in a few words.
    """

    looks_for: str

    def __init__(self, root: Path) -> None:
        """Take a root that `recognises` accepted. What is wrong with its files goes to `problems`, nothing raises."""

    @classmethod
    def recognises(cls, root: Path) -> str | None:
        """Why the root is in this format ("v1.0-mini/ holds 13 nuScenes tables"), None if it is not."""


READERS: tuple[type[Reader], ...] = (
    KittiReader,
    KittiTrackingReader,
    KittiRawReader,
    NuScenesReader,
    Argoverse2Reader,
    OpenLabelReader,
)


def open_dataset(
    path: str | Path,
    format: str | None = None,  # noqa: A002  (the name users type)
    labels: str | Path | None = None,
    rig: str | Path | SensorRig | None = None,
    predictions: str | Path | None = None,
    allow_pickle: bool = False,
) -> Dataset:
    """The data set at a path: a root, a split or scene of it, or one label file, whichever its reader accepts.

    Args:
        format: name of a reader; left out, the one that recognises the path.
        labels: labels to judge in place of the data set's own.
        rig: a rig file, or a rig, that replaces the sensors of the data set.
        predictions: model output to hold against the labels.
        allow_pickle: lets readers unpickle what is on their allow list; none of today's formats holds pickles.

    Raises:
        UnknownFormatError: no reader recognises the path, or several do and `format` chooses none.
        DatasetError: there is no such path, or labels or predictions of their own are not supported for the format.
        FileProblemError: the rig file is missing or malformed.
    """
    root = _existing(path)
    reader, why = _reader_for(root, format)
    for given, what in ((labels, "labels"), (predictions, "predictions")):
        if given is not None:
            raise DatasetError(f"separate {what} ('{given}') are not supported yet for {reader.format} data sets")
    sensors = rig if rig is None or isinstance(rig, SensorRig) else read_rig_file(rig)
    return Dataset(root=root, source=reader(root), why=why, rig=sensors)


def open_or_report(
    path: str | Path,
    format: str | None = None,  # noqa: A002  (the name users type)
    labels: str | Path | None = None,
    rig: str | Path | SensorRig | None = None,
    predictions: str | Path | None = None,
    allow_pickle: bool = False,
) -> Dataset:
    """`open_dataset` for a run: a data set that can't be read opens without scenes and with the problem.

    Raises:
        DatasetError: what was typed is wrong, as `open_dataset` says.
    """
    try:
        return open_dataset(path, format, labels, rig, predictions, allow_pickle)
    except UnreadableDatasetError as error:
        root = _existing(path)
        reader, why = _reader_for(root, format)
        return Dataset(root=root, source=UnreadableSource(reader.format, root.name, error), why=why)


def _existing(path: str | Path) -> Path:
    if "://" in str(path):
        raise DatasetError(f"'{path}' is a URL; only paths on this machine are supported yet")
    root = Path(path)
    try:
        found = root.exists()
    except OSError as error:
        raise DatasetError(f"'{path}' can't be opened: {error.strerror or error}") from error
    if not found:
        raise DatasetError(f"there is no file or folder '{path}'")
    return root


def _reader_for(root: Path, format_name: str | None) -> tuple[type[Reader], str]:
    """The reader and the evidence for it."""
    candidates = [reader for reader in READERS if format_name in (None, reader.format)]
    if not candidates:
        known = ", ".join(reader.format for reader in READERS)
        raise UnknownFormatError(f"no format is called '{format_name}'; there are {known}")
    reasons = [(reader, reader.recognises(root)) for reader in candidates]
    fitting = [(reader, why) for reader, why in reasons if why is not None]
    if not fitting:
        looked_for = "; ".join(f"{reader.format}: {reader.looks_for}" for reader in candidates)
        raise UnknownFormatError(f"'{root}' is in no format we read. Looked for {looked_for}")
    if len(fitting) > 1:
        choices = "; ".join(f"{reader.format}: {why}" for reader, why in fitting)
        raise UnknownFormatError(f"'{root}' fits several formats, choose one with format=. {choices}")
    return fitting[0]
