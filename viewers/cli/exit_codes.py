"""What an error means to the shell; `main` has the table of codes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable

import typer

from calibration.errors import BoresightError
from fusion.errors import (
    AcceptanceError,
    CompareError,
    DatasetError,
    LabelEditError,
    PlantingError,
    ReviewStoreError,
    RunFolderError,
    SettingsError,
    StaleRevisionError,
    UnknownCheckError,
    UnreadableDatasetError,
    UnsafePathError,
)
from viewers.doctor.name_clashes import PACKAGES
from viewers.errors import CommandError, EnvironmentProblemError
from viewers.outputs.lines import printable

INTERRUPTED, INTERNAL, ENVIRONMENT, USAGE, INCOMPLETE, FINDINGS, FINE = 130, 4, 5, 2, 3, 1, 0
STRONGEST_FIRST = (INTERRUPTED, INTERNAL, ENVIRONMENT, USAGE, INCOMPLETE, FINDINGS, FINE)

# The first that fits decides; whatever else is wrong is wrong with the input.
CODES: tuple[tuple[type[BoresightError], int], ...] = (
    (EnvironmentProblemError, ENVIRONMENT),
    (CommandError, USAGE),
    (SettingsError, USAGE),
    (UnknownCheckError, USAGE),
    (LabelEditError, USAGE),
    (PlantingError, USAGE),
    (RunFolderError, USAGE),
    (CompareError, USAGE),
    (AcceptanceError, USAGE),
    (StaleRevisionError, FINDINGS),
    (ReviewStoreError, USAGE),
    (UnsafePathError, INCOMPLETE),
    (UnreadableDatasetError, INCOMPLETE),
    (DatasetError, USAGE),
)

# Typer brings click along, or depends on it, by version; this is its UsageError either way.
ParsingError = typer.BadParameter.__bases__[0]


def strongest(codes: Iterable[int]) -> int:
    """The code that wins where several apply."""
    return min(codes, key=STRONGEST_FIRST.index, default=FINE)


def report(error: BaseException) -> int:
    """Say on stderr what went wrong, and return its code; only a bug shows a traceback."""
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return _say("interrupted", INTERRUPTED)
    if isinstance(error, ParsingError):
        error.show()  # type: ignore[attr-defined]
        return USAGE
    if isinstance(error, BoresightError):
        return _say(str(error), code_of(error))
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] not in PACKAGES:
        return _say(f"{error}; `boresight doctor` says what this installation lacks", ENVIRONMENT)
    traceback.print_exception(type(error), error, error.__traceback__)
    return _say("internal error, this is a bug in Boresight; the lines above say where", INTERNAL)


def code_of(error: BoresightError) -> int:
    """The code of an error of ours."""
    return next((code for kind, code in CODES if isinstance(error, kind)), INCOMPLETE)


def _say(message: str, code: int) -> int:
    print(f"boresight: {printable(message)}", file=sys.stderr)
    return code
