"""Where the logs of an Argoverse 2 data set lie, and where the files of a log.

    data set root/                          what people point at
    ├── train/  val/  test/                 splits
    │   └── 7fab2350-7eaf-3b7e-.../         a log, named by its id
    │       ├── annotations.feather         not in the test split
    │       ├── city_SE3_egovehicle.feather
    │       ├── calibration/                egovehicle_SE3_sensor.feather, intrinsics.feather
    │       ├── map/                        not read, but for the city in its file names
    │       └── sensors/
    │           ├── lidar/315966265259836000.feather            named by their stamps in nanoseconds
    │           └── cameras/ring_front_center/315966265249927214.jpg

Source: av2-api, guide/src/datasets/sensor.md.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from calibration.clock import INT64_LIMITS
from calibration.errors import FileProblemError
from fusion.formats.safe_files import list_files, list_folders

SPLITS = ("train", "val", "test")
ANNOTATIONS = "annotations.feather"
POSES = "city_SE3_egovehicle.feather"
EXTRINSICS = "calibration/egovehicle_SE3_sensor.feather"
INTRINSICS = "calibration/intrinsics.feather"
SWEEPS = "sensors/lidar"
CAMERAS = "sensors/cameras"
MAP = "map"
TABLES = (ANNOTATIONS, POSES, EXTRINSICS)
SWEEP_SUFFIXES = (".feather",)
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
STAMP = re.compile(r"[0-9]+")
LOG_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CITY = re.compile(r"____([A-Z]+)_city_")


@dataclass(frozen=True)
class LogFolder:
    """One log. root: what its paths are relative to; prefix: from there to the log, "val/7fab.../" or ""."""

    root: Path
    prefix: str
    log_id: str
    split: str = ""

    def path(self, name: str) -> Path:
        """A file or folder of the log."""
        return self.root / self.prefix / name

    def called(self, name: str) -> str:
        """The same below the root, for people and for reading."""
        return f"{self.prefix}{name}"

    @property
    def city(self) -> str:
        """The city's code, as in PIT, from the names of its map files; "" where they don't tell."""
        try:
            names = list_files(self.root, self.called(MAP))
        except FileProblemError:
            return ""  # a log without a map has everything but this tag
        return next((found[1] for name in names if (found := CITY.search(name))), "")

    def camera_folders(self) -> tuple[str, ...]:
        """Names of the cameras that have a folder."""
        return list_folders(self.path(CAMERAS))


@dataclass(frozen=True)
class StampedFiles:
    """The measurements of one sensor in time order: stamps in nanoseconds, paths below the root.

    others: names of files that are no measurement.
    """

    stamps_ns: tuple[int, ...]
    paths: tuple[str, ...]
    others: tuple[str, ...] = ()

    @classmethod
    def none(cls) -> StampedFiles:
        """No measurements."""
        return cls((), ())


def list_stamped(log: LogFolder, folder: str, suffixes: tuple[str, ...]) -> StampedFiles:
    """The files of a folder that are named by a stamp.

    Raises:
        FileProblemError: the folder is missing or can't be listed.
    """
    names = list_files(log.root, log.called(folder))
    stamped = {name: stamp for name in names if (stamp := _stamp(name, suffixes)) is not None}
    ordered = sorted(stamped, key=lambda name: (stamped[name], name))
    return StampedFiles(
        stamps_ns=tuple(stamped[name] for name in ordered),
        paths=tuple(log.called(f"{folder}/{name}") for name in ordered),
        others=tuple(name for name in names if name not in stamped),
    )


def find_logs(root: Path) -> tuple[LogFolder, ...]:
    """The logs a path means: itself, or those in it and in its splits."""
    here = _as_folder(root)
    if evidence_of_log(here):
        split = here.parent.name if here.parent.name in SPLITS else ""
        return (LogFolder(here, "", here.name, split),)
    split = here.name if here.name in SPLITS else ""
    own = [LogFolder(here, f"{name}/", name, split) for name in _log_names(here)]
    in_splits = (
        LogFolder(here, f"{split}/{name}/", name, split) for split in SPLITS for name in _log_names(here / split)
    )
    return (*own, *in_splits)


def empty_logs(root: Path) -> tuple[str, ...]:
    """Folders named like a log, in a split or a root of splits, in which there is nothing of one."""
    here = _as_folder(root)
    if evidence_of_log(here):
        return ()
    named = [f"{prefix}{name}" for prefix in ("", *(f"{split}/" for split in SPLITS)) for name in _ids(here / prefix)]
    return tuple(name for name in named if not evidence_of_log(here / name))


def scene_names(logs: tuple[LogFolder, ...]) -> tuple[str, ...]:
    """The id of each log, with its split where several splits have the same one."""
    uses = Counter(log.log_id for log in logs)
    return tuple(log.log_id if uses[log.log_id] == 1 else log.prefix.rstrip("/") for log in logs)


def evidence_of_root(root: Path) -> str | None:
    """What shows that a path is an Argoverse 2 data set, a split or a log of it; None if nothing does."""
    here = _as_folder(root)
    own = evidence_of_log(here)
    if own is not None:
        return own
    logs = find_logs(here)
    counts = Counter(PurePosixPath(log.prefix).parent.as_posix() for log in logs)
    found = [_counted(count) if folder == "." else f"{folder}/ {_counted(count)}" for folder, count in counts.items()]
    return "; ".join(found) or None


def evidence_of_log(folder: Path) -> str | None:
    """What shows that a folder is a log ("holds annotations.feather"), None if nothing does."""
    tables = [name for name in TABLES if (folder / name).is_file()]
    if tables:
        return f"holds {' and '.join(tables)}"
    try:
        names = list_files(folder, SWEEPS)
    except FileProblemError:
        return None  # no such folder is no evidence
    return f"{SWEEPS}/ holds sweeps" if any(_stamp(name, SWEEP_SUFFIXES) is not None for name in names) else None


def _as_folder(root: Path) -> Path:
    """The log of an annotation file; links the user placed keep their names and neighbours."""
    here = Path(os.path.abspath(root))  # noqa: PTH100
    return here.parent if here.name == ANNOTATIONS and here.is_file() else here


def _log_names(split: Path) -> Iterator[str]:
    return (name for name in list_folders(split) if evidence_of_log(split / name))


def _ids(folder: Path) -> Iterator[str]:
    return (name for name in list_folders(folder) if LOG_ID.fullmatch(name))


def _stamp(name: str, suffixes: tuple[str, ...]) -> int | None:
    path = PurePosixPath(name)
    if path.suffix.lower() not in suffixes or not STAMP.fullmatch(path.stem):
        return None
    return int(path.stem) if len(path.stem) < 20 and int(path.stem) <= INT64_LIMITS.max else None


def _counted(logs: int) -> str:
    return "holds 1 Argoverse 2 log" if logs == 1 else f"holds {logs} Argoverse 2 logs"
