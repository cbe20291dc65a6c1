"""Which splits a KITTI object data set has, which frames a split, and which files a frame."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from calibration.errors import FileProblemError
from fusion.formats.kitti.listing import IMAGE_SUFFIXES, Listing, counted, has_suffix, list_folder, named
from fusion.formats.kitti.splits import evidence_of_splits, splits_in
from fusion.formats.kitti.usable_calibration import LIDAR
from fusion.formats.safe_files import list_files
from fusion.scene.problems import Problem, problem_of

LABELS, CALIBRATION = "label_2", "calib"
# The camera whose image the 2D boxes are drawn in.
LABELLED_CAMERA = "image_2"
PROJECTION_OF_CAMERA = {"image_2": "P2", "image_3": "P3", "image_0": "P0", "image_1": "P1"}
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    LIDAR: (".bin",),
    LABELS: (".txt",),
    CALIBRATION: (".txt",),
    **dict.fromkeys(PROJECTION_OF_CAMERA, IMAGE_SUFFIXES),
}


@dataclass(frozen=True, eq=False)
class KittiSplit:
    """One split: `training`, `testing`, or a folder of another name that is laid out like them.

    name: the folder's; root: what paths are relative to; prefix: from there to the split, "training/" or "";
    keys: names of the frames in order; files: folder -> frame -> path, with an entry only for folders that exist;
    problems: what could not be listed or is there twice; remarks: files that belong to no frame, for a person.
    """

    name: str
    root: Path
    prefix: str
    keys: tuple[str, ...]
    files: Mapping[str, Mapping[str, str]]
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def cameras(self) -> tuple[str, ...]:
        """Cameras that have a folder, the labelled one first."""
        return tuple(camera for camera in PROJECTION_OF_CAMERA if camera in self.files)

    def expected_path(self, folder: str, key: str) -> str:
        """Where a frame's file would be."""
        return f"{self.prefix}{folder}/{key}{SUFFIXES[folder][0]}"


def find_splits(root: Path) -> tuple[KittiSplit, ...]:
    """The splits at a root: those in it, the root itself if it is one, or the frame of one label file."""
    if is_label_file(root):
        return (_read_split(root.absolute().parent.parent, "", only=root.stem),)
    if evidence_of_split(root):
        return (_read_split(root, ""),)
    return tuple(_read_split(root, f"{folder}/") for folder in splits_in(root, evidence_of_split))


def is_label_file(path: Path) -> bool:
    """Whether a path is a file in a folder label_2."""
    return path.is_file() and path.absolute().parent.name == LABELS and path.suffix.lower() in SUFFIXES[LABELS]


def evidence_of_root(root: Path) -> str | None:
    """Why a root is such a data set, a split or a label file of one; None if it is not."""
    if is_label_file(root):
        return f"{root.name} lies in {LABELS}/"
    return evidence_of_splits(root, evidence_of_split)


def evidence_of_split(folder: Path) -> str | None:
    """What shows that a folder is a split ("label_2/ holds 3 label files"), None if nothing does."""
    labels, sweeps, calibrations = (_count_of(folder, name) for name in (LABELS, LIDAR, CALIBRATION))
    if labels:
        return f"{LABELS}/ holds {counted(labels, 'label file')}"
    if sweeps and calibrations:
        return f"{LIDAR}/ holds {counted(sweeps, 'sweep')} and {CALIBRATION}/ {counted(calibrations, 'calibration')}"
    return None


def _count_of(split: Path, folder: str) -> int:
    try:
        return sum(has_suffix(name, SUFFIXES[folder]) for name in list_files(split, folder))
    except FileProblemError:
        return 0  # a missing folder is no evidence


def _read_split(root: Path, prefix: str, only: str | None = None) -> KittiSplit:
    problems: list[Problem] = []
    listings: list[Listing] = []
    for folder in SUFFIXES:
        if (root / prefix / folder).is_dir():
            try:
                listings.append(list_folder(root, f"{prefix}{folder}", SUFFIXES[folder]))
            except FileProblemError as error:
                problems.append(problem_of(error))
    keys = _frames_of(listings) if only is None else (only,)
    problems += [double for listing in listings for double in listing.doubles if double.frame in keys]
    return KittiSplit(
        name=Path(os.path.normpath((root / prefix).absolute())).name,
        root=root,
        prefix=prefix,
        keys=keys,
        files={listing.name: {key: listing.paths[key] for key in keys if key in listing.paths} for listing in listings},
        problems=tuple(problems),
        remarks=() if only is not None else tuple(_strangers(listings, frozenset(keys))),
    )


def _frames_of(listings: list[Listing]) -> tuple[str, ...]:
    """Names that are numbers, and other names that occur in two folders."""
    occurrences = Counter(key for listing in listings for key in listing.paths)
    keys = (key for key, count in occurrences.items() if key.isdecimal() or count > 1)
    return tuple(sorted(keys, key=lambda key: (not key.isdecimal(), int(key) if key.isdecimal() else 0, key)))


def _strangers(listings: list[Listing], keys: frozenset[str]) -> Iterator[str]:
    """What is in the folders and not read, for a person."""
    for listing in listings:
        names = listing.others + [PurePosixPath(path).name for key, path in listing.paths.items() if key not in keys]
        if names:
            yield f"{listing.name}/ holds {counted(len(names), 'file')} of no frame, not read: {named(names)}"
