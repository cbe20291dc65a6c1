"""What the top floor raises; the root of the family is in `calibration/errors.py`.

BoresightError
├── CommandError                  what was typed doesn't fit: exit code 2
├── EnvironmentProblemError       the machine lacks something, or packages clash: exit code 5
└── ViewerError                   what a key asked for can't be done here: the status line says why
"""

from __future__ import annotations

from calibration.errors import BoresightError


class CommandError(BoresightError):
    """What a person typed can't be done: a file that isn't there, a value out of range."""


class EnvironmentProblemError(BoresightError):
    """The machine can't do it: no display, a missing extra, packages that clash."""


class ViewerError(BoresightError):
    """What a person asked of the window can't be done here; it says why and carries on."""
