"""A data set copied folder by folder, its sensor files by link, some of its files replaced."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from fusion.errors import LabelEditError

# Recordings, which nobody edits by hand; a link shares their bytes with the original.
RECORDED = frozenset((".bin", ".pcd", ".png", ".jpg", ".jpeg", ".npy", ".npz", ".laz", ".las", ".mcap", ".bag"))
# Feather files hold sweeps and tables alike; only sweeps are many and large.
LARGE_BYTES = 4 * 1024**2


def copy_tree(base: Path, out: Path, replaced: Mapping[str, bytes], left_out: Collection[str] = ()) -> None:
    """Copy a folder.

    Args:
        replaced: content of files that are not copied, by path below the folder.
        left_out: names right below the folder that are not copied.

    Raises:
        LabelEditError: `out` exists and isn't an empty folder, lies in the original, or can't be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LabelEditError(f"'{out}' exists; a copy needs a folder of its own")
    if out.absolute().is_relative_to(base.absolute()):
        raise LabelEditError(f"'{out}' lies in the data set '{base}' itself; a copy needs a place outside of it")
    try:
        for folder, folders, files in os.walk(base, followlinks=True):
            here = Path(folder).relative_to(base)
            if here == Path():
                folders[:] = [name for name in folders if name not in left_out]
            folders[:] = [name for name in folders if not _leads_back(Path(folder) / name)]
            (out / here).mkdir(parents=True, exist_ok=True)
            for name in files:
                if (here / name).as_posix() not in replaced:
                    _bring(Path(folder) / name, out / here / name)
        for path, content in replaced.items():
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_bytes(content)
    except OSError as error:
        raise LabelEditError(f"can't write the copy '{out}': {error.strerror or error}") from error


def _leads_back(folder: Path) -> bool:
    """A link to one of the folders it lies in."""
    return folder.is_symlink() and folder.absolute().is_relative_to(folder.resolve())


def _bring(source: Path, target: Path) -> None:
    """Link what was recorded, copy the rest; a link that leads nowhere stays one."""
    if not source.exists():
        target.symlink_to(os.readlink(source))  # noqa: PTH115  (as it was written)
        return
    if source.suffix.lower() in RECORDED or source.stat().st_size > LARGE_BYTES:
        try:
            os.link(source.resolve(), target)
            return
        except OSError:
            pass  # another disk, or one that has no links
    shutil.copyfile(source, target)
