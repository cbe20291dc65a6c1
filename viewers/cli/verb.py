"""From a verb's name to its exit code."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from viewers.doctor.name_clashes import REPAIR, name_clashes

# It tells of clashes itself, among the rest, as long as it can run at all.
WITHOUT_GUARD = ("doctor",)


def run_verb(verb: str, arguments: Sequence[str]) -> int:
    """Parse the arguments of a verb, run it, and return its exit code; nothing is raised."""
    asks_for_help = "--help" in arguments
    if verb not in WITHOUT_GUARD and not asks_for_help and (clashes := name_clashes()):
        return _broken_installation(clashes)
    try:
        from viewers.cli.exit_codes import report
    except ImportError as error:
        return _broken_installation([*name_clashes(), str(error)])
    try:
        return _parsed(verb)(list(arguments), prog_name=f"boresight {verb}", standalone_mode=False) or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (`report` says what it is and names its code)
        return report(error)


def _broken_installation(faults: Sequence[str]) -> int:
    """Say it without anything that may be missing."""
    print(*(f"boresight: {line}" for line in (*faults, REPAIR)), sep="\n", file=sys.stderr)
    return 5


def _parsed(verb: str) -> Callable[..., int]:
    """A command that takes the words after the verb."""
    import typer
    from typer.main import get_command

    module = import_module(f"viewers.cli.{verb}")
    app = typer.Typer(add_completion=False, help=(module.__doc__ or "").partition("\n")[0])
    for word in getattr(module, "SUBVERBS", ()):
        app.command(word)(reporting(getattr(import_module(f"viewers.cli.{verb}_{word}"), word)))
    if not app.registered_commands:
        app.command()(reporting(getattr(module, verb)))
    return get_command(app)


def reporting(function: Callable[..., int]) -> Callable[..., int]:
    """The function with its errors reported here: Typer takes an EOFError of a broken file for an interrupt."""
    from viewers.cli.exit_codes import report

    @functools.wraps(function)
    def run(*arguments: Any, **options: Any) -> int:
        try:
            return function(*arguments, **options)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (as above)
            return report(error)

    return run


def unknown_verb(words: Sequence[str], verbs: Iterable[str]) -> int:
    """Say on stderr which verbs there are."""
    given = words[0] if words else ""
    close = get_close_matches(given, list(verbs), n=1)
    hint = f"did you mean `boresight {close[0]}`?" if close else f"there are {', '.join(verbs)}"
    print(f"boresight: {f'no verb {given!r}' if given else 'which verb?'}; {hint}", file=sys.stderr)
    return 2
