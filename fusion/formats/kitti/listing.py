"""A folder with a file a frame: which file is which frame's, which frames have two, and what belongs to none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from fusion.formats.safe_files import list_files
from fusion.scene.problems import Problem, ProblemKind

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
# How many names, or runs of frames, a sentence spells out.
NAMED = 3


@dataclass
class Listing:
    """One folder: the file of each frame by its stem, files whose frame has one already, and files of another kind."""

    name: str
    paths: dict[str, str]
    doubles: list[Problem]
    others: list[str]


def list_folder(root: Path, folder: str, suffixes: Sequence[str]) -> Listing:
    """What is in a folder below the root. Where a frame has several files, the usual spelling is the one that is read.

    Raises:
        FileProblemError: the folder is missing or can't be listed.
    """
    names = list_files(root, folder)
    fitting = [name for name in names if has_suffix(name, suffixes)]
    others = [name for name in names if not has_suffix(name, suffixes)]
    listing = Listing(PurePosixPath(folder).name, {}, [], others)
    for name in sorted(fitting, key=lambda name: _rarity(name, suffixes)):
        key, path = PurePosixPath(name).stem, f"{folder}/{name}"
        taken = listing.paths.setdefault(key, path)
        if taken != path:
            reason = f"not read: '{PurePosixPath(taken).name}' is taken for frame {key}"
            listing.doubles.append(Problem(ProblemKind.UNREADABLE_FILE, path, reason, frame=key))
    return listing


def has_suffix(name: str, suffixes: Sequence[str]) -> bool:
    """Whether a file is of a kind, however its suffix is spelled."""
    return PurePosixPath(name).suffix.lower() in suffixes


def counted(count: int, noun: str) -> str:
    """How many, in words: 1 frame, 2 frames."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def named(names: Sequence[str]) -> str:
    """The first few of several names."""
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")


def runs(numbers: Iterable[int], digits: int) -> str:
    """Frame numbers as the runs they form, the first few of them: "000000 to 000009, 000011"."""
    ascending = sorted(set(numbers))
    cuts = [at for at, (before, after) in enumerate(pairwise(ascending), start=1) if after > before + 1]
    parts = [ascending[start:end] for start, end in zip([0, *cuts], [*cuts, len(ascending)], strict=True)]
    texts = [
        f"{part[0]:0{digits}d}" + (f" to {part[-1]:0{digits}d}" if len(part) > 1 else "") for part in parts if part
    ]
    return named(texts)


def absent_files(
    folder: str, absent: Sequence[int], frame_count: int, digits: int, *, scene: str, sensor: str
) -> Problem:
    """Files that should be in a folder and are not, all in one problem."""
    reason = (
        f"no such file: {len(absent)} of {counted(frame_count, 'frame')} {'has' if len(absent) == 1 else 'have'} none "
        f"({runs(absent, digits)})"
    )
    return Problem(ProblemKind.MISSING_FILE, folder, reason, scene=scene, sensor=sensor, count=len(absent))


def _rarity(name: str, suffixes: Sequence[str]) -> tuple[int, bool, str]:
    suffix = PurePosixPath(name).suffix
    return suffixes.index(suffix.lower()), suffix != suffix.lower(), name
