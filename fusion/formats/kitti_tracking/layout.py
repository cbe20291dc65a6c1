"""Which sequences a KITTI tracking set has, and which files a sequence."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from calibration.errors import FileProblemError
from fusion.formats.kitti.listing import IMAGE_SUFFIXES, counted, list_folder, named
from fusion.formats.kitti.splits import TRAINING, evidence_of_splits, splits_in
from fusion.formats.kitti.usable_calibration import LIDAR
from fusion.formats.kitti_tracking.label_file import MAX_FRAME
from fusion.formats.safe_files import list_files, list_folders
from fusion.scene.problems import Problem, ProblemKind, problem_of

LABELS, CALIBRATION, INERTIAL = "label_02", "calib", "oxts"
# One text a sequence in these folders, and one folder of numbered files a sequence in those.
TEXTS = (LABELS, CALIBRATION, INERTIAL)
# The camera whose image the 2D boxes are drawn in.
LABELLED_CAMERA = "image_02"
PROJECTION_OF_CAMERA = {"image_02": "P2", "image_03": "P3", "image_00": "P0", "image_01": "P1"}
SUFFIXES: Mapping[str, tuple[str, ...]] = {LIDAR: (".bin",), **dict.fromkeys(PROJECTION_OF_CAMERA, IMAGE_SUFFIXES)}


@dataclass(frozen=True, eq=False)
class Split:
    """A folder laid out as `training` is; prefix: from the root of all paths to it, "training/" or ""."""

    root: Path
    prefix: str

    @property
    def folder(self) -> Path:
        """The split itself."""
        return self.root / self.prefix

    @property
    def name(self) -> str:
        """The folder's name, wherever one stands."""
        return Path(os.path.normpath(self.folder.absolute())).name

    @property
    def holds_labels_alone(self) -> bool:
        """Whether somebody delivered labels without the recording they belong to, which is then that of training."""
        return not any((self.folder / name).is_dir() for name in (CALIBRATION, INERTIAL, *SUFFIXES))


@dataclass(frozen=True, eq=False)
class KittiSequence:
    """One sequence.

    name: of the scene; number: as files call it, "0001"; root: what paths are relative to; split: the folder of its
    labels, "training/" or ""; texts: label_02, calib, oxts -> path, where it is there; files: velodyne, image_02 ... ->
    frame number -> path, where there is such a folder; borrowed: what a folder of labels alone has from `training`;
    problems: what could not be listed or is there twice; remarks: files that belong to no frame, for a person.
    """

    name: str
    number: str
    root: Path
    split: str
    texts: Mapping[str, str]
    files: Mapping[str, Mapping[int, str]]
    borrowed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def cameras(self) -> tuple[str, ...]:
        """Cameras that have a folder, the labelled one first."""
        return tuple(camera for camera in PROJECTION_OF_CAMERA if camera in self.files)

    def expected_text(self, folder: str) -> str:
        """Where a text of the sequence would be."""
        return self.texts.get(folder, f"{self.split}{folder}/{self.number}.txt")


def find_sequences(root: Path) -> tuple[KittiSequence, ...]:
    """The sequences at a root: of the splits in it, of the root itself if it is one, or that of one label file."""
    if is_label_file(root):
        return (_read_sequence(_split_at(root.absolute().parent.parent), root.stem, root.stem),)
    if evidence_of_split(root):
        splits = [_split_at(root)]
    else:
        splits = [Split(root, f"{folder}/") for folder in splits_in(root, evidence_of_split)]
    found = [(split, number) for split in splits for number in sequence_numbers(split.folder)]
    uses = Counter(number for _, number in found)
    return tuple(_read_sequence(split, number, _scene_name(split, number, uses[number] > 1)) for split, number in found)


def is_label_file(path: Path) -> bool:
    """Whether a path is a file in a folder label_02."""
    return path.is_file() and path.absolute().parent.name == LABELS and path.suffix == ".txt"


def evidence_of_root(root: Path) -> str | None:
    """Why a root is such a data set, a split or a label file of one; None if it is not."""
    if is_label_file(root):
        return f"{root.name} lies in {LABELS}/"
    return evidence_of_splits(root, evidence_of_split)


def evidence_of_split(folder: Path) -> str | None:
    """What shows that a folder is a split ("label_02/ holds 21 label files"), None if nothing does."""
    labels = _texts(folder, LABELS)
    if labels:
        return f"{LABELS}/ holds {counted(len(labels), 'label file')}"
    calibrated = set(_texts(folder, CALIBRATION))
    for sensor in SUFFIXES:
        recorded = calibrated & set(list_folders(folder / sensor))
        if recorded:
            return f"{sensor}/ and {CALIBRATION}/ hold {counted(len(recorded), 'sequence')}"
    return None


def sequence_numbers(split: Path) -> tuple[str, ...]:
    """Names of the sequences of a split: numbers, and other names that occur in two places."""
    recorded = [name for sensor in SUFFIXES for name in list_folders(split / sensor)]
    occurrences = Counter([*_texts(split, LABELS), *recorded])
    calibrated = set(_texts(split, CALIBRATION))
    return tuple(
        sorted(name for name, count in occurrences.items() if name.isdecimal() or count + (name in calibrated) > 1)
    )


def _scene_name(split: Split, number: str, ambiguous: bool) -> str:
    """The bare number, so that it doesn't matter where one stands; other splits' beside training are told apart."""
    return f"{split.name}-{number}" if ambiguous and split.name != TRAINING else number


def _split_at(folder: Path) -> Split:
    """A split that is opened by itself, or is the folder of a label file.

    If it holds labels alone, and the recording is in `training` beside it, paths begin one folder further up.
    """
    own = Split(Path(os.path.normpath(folder.absolute())), "")
    if own.holds_labels_alone and (own.root.parent / TRAINING).is_dir():
        return Split(own.root.parent, f"{own.root.name}/")
    return own


def _read_sequence(split: Split, number: str, name: str) -> KittiSequence:
    places = {folder: _place(split, folder, f"{number}.txt") for folder in TEXTS}
    places |= {sensor: _place(split, sensor, number) for sensor in SUFFIXES}
    found = {folder: place for folder, place in places.items() if place is not None}
    reading = _Files()
    for sensor in SUFFIXES:
        if sensor in found:
            reading.add(split.root, sensor, found[sensor])
    return KittiSequence(
        name=name,
        number=number,
        root=split.root,
        split=split.prefix,
        texts={folder: place for folder, place in found.items() if folder in TEXTS},
        files=reading.of_sensor,
        borrowed=tuple(folder for folder, place in found.items() if not place.startswith(split.prefix)),
        problems=tuple(reading.problems),
        remarks=tuple(reading.remarks),
    )


def _place(split: Split, folder: str, name: str) -> str | None:
    """Where a file or folder of a sequence is; that of `training` serves a split that holds labels alone."""
    own, lent = f"{split.prefix}{folder}/{name}", f"{TRAINING}/{folder}/{name}"
    if (split.root / own).exists():
        return own
    lends = folder != LABELS and split.prefix != "" and split.holds_labels_alone
    return lent if lends and (split.root / lent).exists() else None


@dataclass
class _Files:
    """The numbered files of a sequence, sensor by sensor."""

    of_sensor: dict[str, dict[int, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, root: Path, sensor: str, folder: str) -> None:
        try:
            listing = list_folder(root, folder, SUFFIXES[sensor])
        except FileProblemError as error:
            self.problems.append(problem_of(error, sensor=sensor))
            return
        self.problems += listing.doubles
        numbered: dict[int, str] = {}
        for key, path in sorted(listing.paths.items()):
            if not key.isdecimal() or int(key) > MAX_FRAME:
                listing.others.append(PurePosixPath(path).name)
            elif (taken := numbered.setdefault(int(key), path)) != path:
                reason = f"not read: '{PurePosixPath(taken).name}' is taken for frame {int(key)}"
                self.problems.append(Problem(ProblemKind.UNREADABLE_FILE, path, reason, sensor=sensor))
        self.of_sensor[sensor] = numbered
        if listing.others:
            strangers = f"{counted(len(listing.others), 'file')} of no frame, not read: {named(listing.others)}"
            self.remarks.append(f"{folder}/ holds {strangers}")


def _texts(split: Path, folder: str) -> list[str]:
    """Stems of the text files in a folder; a missing folder has none."""
    try:
        return [PurePosixPath(name).stem for name in list_files(split, folder) if name.endswith(".txt")]
    except FileProblemError:
        return []
