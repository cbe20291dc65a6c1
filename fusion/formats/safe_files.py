"""The files of a data set as bytes, text and folder listings; whatever is wrong with one names it.

A name read *from* data may not lead out of the data set: no absolute path, no '..'. A link is another matter: the user
placed it (big data sets are spread over disks that way), so it is followed wherever it leads. Every error calls a file
by its name below the root, which means the same on every machine.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath, PureWindowsPath

from calibration.errors import FileProblemError
from fusion.errors import UnsafePathError

# More than any sweep, image or table of the data sets we read; a runaway file must not fill the memory.
MAX_FILE_BYTES = 4 * 1024**3
MAX_TEXT_BYTES = 64 * 1024**2


def inside_root(root: Path, name: str) -> Path:
    """The path of a file named by data, which need not exist.

    Raises:
        UnsafePathError: the name is empty, absolute (also as Windows writes it), or has '..' in it.
    """
    if not name or "\0" in name:
        raise UnsafePathError(f"{name!r} is no file name")
    if name.startswith(("/", "\\")) or PureWindowsPath(name).drive:
        raise UnsafePathError(f"'{name}' is absolute; names in a data set must be relative to its root")
    if ".." in PurePosixPath(name.replace("\\", "/")).parts:
        raise UnsafePathError(f"'{name}' has '..' in it; names in a data set must not lead out of it")
    return root / name


def read_bytes(root: Path, name: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """All bytes of a file that data named.

    Raises:
        UnsafePathError: see `inside_root`.
        FileProblemError: see `read_file`.
    """
    return read_file(inside_root(root, name), name, max_bytes)


def read_file(path: Path, name: str | None = None, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """All bytes of a file; errors call it `name`, or else by its path.

    Raises:
        FileProblemError: there is no such file (the reason then starts with these words), it is no file, it can't be
            read, or it is larger than `max_bytes`.
    """
    called = name or path
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise FileProblemError(called, f"expected a file, found {_what_it_is(status.st_mode)}")
        if status.st_size > max_bytes:
            raise FileProblemError(called, f"has {status.st_size} bytes, above the limit of {max_bytes}")
        return path.read_bytes()
    except OSError as error:
        raise FileProblemError(called, _why_unreadable(path, error)) from error


def read_text_lines(root: Path, name: str, max_bytes: int = MAX_TEXT_BYTES) -> list[str]:
    r"""The lines of a UTF-8 text, counted as an editor counts them (\n, \r\n or \r), without a byte order mark.

    Raises:
        UnsafePathError: see `inside_root`.
        FileProblemError: as `read_file`, or not UTF-8; then with the line of the first wrong byte.
    """
    data = read_bytes(root, name, max_bytes).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FileProblemError(name, f"is no UTF-8 text (byte {error.object[error.start]:#04x})", line) from error


def list_files(root: Path, folder: str) -> list[str]:
    """Names of the files in a folder, sorted, without hidden ones; links count as files, wherever they lead.

    Raises:
        UnsafePathError: see `inside_root`.
        FileProblemError: the folder is missing or can't be listed.
    """
    path = inside_root(root, folder)
    try:
        with os.scandir(path) as entries:
            return sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and (entry.is_symlink() or not entry.is_dir())
            )
    except FileNotFoundError as error:
        raise FileProblemError(folder, "no such folder") from error
    except OSError as error:
        raise FileProblemError(folder, f"can't be listed: {error.strerror}") from error


def list_folders(path: Path) -> tuple[str, ...]:
    """Names of the folders in a folder, sorted, without hidden ones; links to folders too.

    None where there is no such folder or it can't be listed: this is for looking around before a format is known.
    """
    try:
        with os.scandir(path) as entries:
            return tuple(sorted(one.name for one in entries if not one.name.startswith(".") and _is_folder(one)))
    except OSError:
        return ()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that leads back to itself


def _why_unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return f"no such file: it is a link to '{os.readlink(path)}', which is missing"  # noqa: PTH115  (as written)
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return "no such file"
    return f"can't be read: {error.strerror or error}"


def _what_it_is(mode: int) -> str:
    return "a folder" if stat.S_ISDIR(mode) else "a device or pipe"
