"""Where results go: standard output, or a file, always UTF-8 and whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def write_result(text: str) -> None:
    """Write to standard output; a reader who has left (`| head`) is no error.

    Raises:
        CommandError: it can't be written, for instance because a disk is full.
    """
    if sys.stdout is None:  # closed by whoever started us
        return
    content = text.encode("utf-8", "backslashreplace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        forget_stdout()
    except OSError as error:
        from viewers.errors import CommandError  # `--help` comes here too, and imports nothing of ours

        forget_stdout()
        raise CommandError(f"can't write to standard output: {error.strerror or error}") from error


def forget_stdout() -> None:
    """Send everything that may still be printed, at the interpreter's exit too, nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def write_file(path: Path, text: str) -> None:
    """Write a text file, UTF-8.

    Raises:
        CommandError: it can't be written.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def append_file(path: Path, text: str) -> None:
    """Write at the end of a text file, UTF-8.

    Raises:
        CommandError: it can't be written.
    """
    from viewers.errors import CommandError

    try:
        with path.open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise CommandError(f"can't write '{path}': {error.strerror or error}") from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; a pipe or device is written as it comes.

    Raises:
        CommandError: it can't be written.
    """
    from viewers.errors import CommandError

    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"can't write '{path}': {error.strerror or error}") from error
