"""A run folder has one writer at a time.

The lock is the operating system's (flock), which lets go of it when its process ends, however it ends: a lock can't
outlive a killed run. What stands in the file only tells others who holds it.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fusion.errors import RunFolderError

LOCK_FILE = ".lock"
# More than "process 4194304 on <host name>" never stands there.
LONGEST_HOLDER = 300


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder.

    Raises:
        RunFolderError: another process holds it, or its file system knows no locks; OSError: it can't be written.
    """
    opened = _held(folder)
    try:
        os.pwrite(opened, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
        yield
    finally:
        with suppress(OSError):  # a disk that went away, or became read-only, takes the file or keeps it
            (folder / LOCK_FILE).unlink()
        os.close(opened)


def _held(folder: Path) -> int:
    """The lock file, open and ours; who held it before may have removed it between opening and locking."""
    while True:
        opened = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        try:
            _lock(opened, folder)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(opened), (folder / LOCK_FILE).stat()):
                    return opened
        except BaseException:
            os.close(opened)
            raise
        os.close(opened)


def _lock(opened: int, folder: Path) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(opened, LONGEST_HOLDER, 0).decode("utf-8", "replace") or "another process"
        raise RunFolderError(f"{folder} is being written by {holder}; wait for it, or choose another folder") from error
    except OSError as error:
        why = error.strerror or error
        raise RunFolderError(f"{folder}: its file system has no locks ({why}); choose a local folder") from error
