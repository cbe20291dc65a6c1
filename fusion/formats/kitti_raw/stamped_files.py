"""What a sensor recorded: its time stamps, and those of its files that are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from calibration.clock import TimestampError, nanoseconds_from_date
from calibration.errors import FileProblemError
from fusion.formats.kitti.listing import absent_files, counted, list_folder, named, runs
from fusion.formats.kitti.usable_calibration import malformed
from fusion.formats.kitti_raw.layout import STAMPS, SUFFIXES, KittiDrive
from fusion.formats.safe_files import read_text_lines
from fusion.scene.problems import Problem, ProblemKind, ProblemLog, problem_of

DIGITS = 10


def key_of(frame: int) -> str:
    """The name of a frame, as its files have it."""
    return f"{frame:0{DIGITS}d}"


@dataclass(frozen=True, eq=False)
class StampedFiles:
    """One sensor of a drive.

    stamps_ns: frame number -> time, in the file's order; names: frame number -> path below root, as it is or would be;
    present: the frames whose file is there.
    """

    sensor: str
    stamps_ns: Mapping[int, int]
    names: Mapping[int, str]
    present: frozenset[int]


def read_stamped_files(drive: KittiDrive, sensor: str, problems: ProblemLog) -> StampedFiles:
    """The stamps of a sensor and its files; listed files that are absent are one problem."""
    stamps_ns = read_stamps(drive, sensor, STAMPS, problems)
    folder, suffix = drive.path(sensor, "data"), SUFFIXES[sensor][0]
    there = _numbered(drive, sensor, folder, problems)
    absent = sorted(set(stamps_ns) - set(there))
    if absent:
        problems.add(absent_files(folder, absent, len(stamps_ns), DIGITS, scene=drive.name, sensor=sensor))
    unstamped = sorted(set(there) - set(stamps_ns))
    if unstamped:
        reason = f"{counted(len(unstamped), 'file')} without a stamp in {STAMPS}, not read: {runs(unstamped, DIGITS)}"
        kind = ProblemKind.BROKEN_REFERENCE
        problems.add(Problem(kind, folder, reason, scene=drive.name, sensor=sensor, count=len(unstamped)))
    return StampedFiles(
        sensor=sensor,
        stamps_ns=stamps_ns,
        names={frame: there.get(frame, f"{folder}/{key_of(frame)}{suffix}") for frame in stamps_ns},
        present=frozenset(there) & frozenset(stamps_ns),
    )


def read_stamps(drive: KittiDrive, sensor: str, name: str, problems: ProblemLog) -> dict[int, int]:
    """Frame number -> nanoseconds, of the lines of a stamp file; a blank line is a frame that was not recorded."""
    path = drive.path(sensor, name)
    try:
        lines = read_text_lines(drive.root, path)
    except FileProblemError as error:
        problems.add(problem_of(error, scene=drive.name, sensor=sensor))
        return {}
    stamps_ns: dict[int, int] = {}
    broken: list[FileProblemError] = []
    for frame, text in enumerate(lines):
        if text.strip():
            try:
                stamps_ns[frame] = nanoseconds_from_date(text)
            except TimestampError as error:
                broken.append(FileProblemError(path, str(error), frame + 1))
    if broken:
        first, more = broken[0], counted(len(broken) - 1, "more line")
        reason = first.reason if len(broken) == 1 else f"{first.reason} (and {more})"
        told = malformed(FileProblemError(path, reason, first.line), scene=drive.name, sensor=sensor, count=len(broken))
        problems.add(told)
    return stamps_ns


def _numbered(drive: KittiDrive, sensor: str, folder: str, problems: ProblemLog) -> dict[int, str]:
    """Frame number -> path of the files in a data folder; one that is missing holds none."""
    if not (drive.root / folder).is_dir():
        return {}
    try:
        listing = list_folder(drive.root, folder, SUFFIXES[sensor])
    except FileProblemError as error:
        problems.add(problem_of(error, scene=drive.name, sensor=sensor))
        return {}
    numbered = {int(key): path for key, path in listing.paths.items() if key.isdecimal()}
    strangers = [PurePosixPath(path).name for key, path in listing.paths.items() if not key.isdecimal()]
    doubles = [PurePosixPath(double.path).name for double in listing.doubles]
    others = sorted([*listing.others, *strangers, *doubles])
    if others:
        reason = f"{counted(len(others), 'file')} of no frame, not read: {named(others)}"
        kind = ProblemKind.UNREADABLE_FILE
        problems.add(Problem(kind, folder, reason, scene=drive.name, sensor=sensor, count=len(others), lost=False))
    return numbered
