"""Where OpenLABEL files lie: one file, a folder of them, or a folder of such folders."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".json"
# An OpenLABEL file is one object whose first member that matters is this one.
MARK = re.compile(rb'"openlabel"\s*:\s*\{')
HEAD_BYTES = 4096


@dataclass(frozen=True)
class LabelFile:
    """One file. root: what paths are relative to; folder: the file's folder below it, "" or ending in a slash."""

    root: Path
    folder: str
    name: str

    @property
    def path(self) -> str:
        """The file, relative to the root."""
        return self.folder + self.name

    @property
    def stem(self) -> str:
        """Its name without the suffix."""
        return self.name.removesuffix(SUFFIX)


def find_files(root: Path) -> tuple[LabelFile, ...]:
    """The OpenLABEL files of a root: itself, or those in the folder, or else in its folders if each of them has one.

    The last is how OSDaR23 comes: a folder a sequence, its labels beside its sensors. Folders of other things beside
    a folder of labels make it somebody else's data set; the folder of labels itself can be opened then.
    """
    if root.is_file():
        return (LabelFile(root.parent, "", root.name),) if root.suffix == SUFFIX and is_openlabel(root) else ()
    own = _files_in(root, root, "")
    if own:
        return own
    nested: list[LabelFile] = []
    for folder in _folders_in(root):
        files = _files_in(folder, root, f"{folder.name}/")
        if not files:
            return ()
        nested += files
    return tuple(nested)


def is_openlabel(path: Path) -> bool:
    """Whether a file starts like an OpenLABEL file; it need not be a whole one."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return MARK.search(file.read(HEAD_BYTES)) is not None
    except OSError:
        return False  # whoever can read it may recognise it


def scene_names(files: tuple[LabelFile, ...]) -> dict[str, LabelFile]:
    """Each file by its name without suffix, or with its folder where two have the same."""
    stems = [file.stem for file in files]
    return {file.stem if stems.count(file.stem) == 1 else file.folder + file.stem: file for file in files}


def _files_in(folder: Path, root: Path, prefix: str) -> tuple[LabelFile, ...]:
    names = sorted(name for name, is_folder in _entries(folder) if not is_folder and name.endswith(SUFFIX))
    return tuple(LabelFile(root, prefix, name) for name in names if is_openlabel(folder / name))


def _folders_in(root: Path) -> list[Path]:
    return [root / name for name, is_folder in sorted(_entries(root)) if is_folder]


def _entries(folder: Path) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            return [(entry.name, entry.is_dir()) for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []
