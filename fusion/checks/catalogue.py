"""Every check, one line each, in code order."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from fusion.checks.box.floating_box import floating_box
from fusion.checks.check import Check
from fusion.checks.dataset.missing_file import missing_file
from fusion.errors import UnknownCheckError

CATALOGUE: tuple[Check[Any], ...] = (
    missing_file,  # DAT001
    floating_box,  # BOX304
)


def find_check(code_or_name: str) -> Check[Any]:
    """The check of a code ("BOX304") or name ("floating-box").

    Raises:
        UnknownCheckError: there is none; the message names the closest.
    """
    wanted = code_or_name.strip()
    for check in CATALOGUE:
        if wanted.upper() == check.code or wanted.lower() == check.name:
            return check
    known = [word for check in CATALOGUE for word in (check.code, check.name)]
    close = get_close_matches(wanted, known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else "`boresight explain` lists them all"
    raise UnknownCheckError(f"no check {code_or_name!r}; {hint}")
