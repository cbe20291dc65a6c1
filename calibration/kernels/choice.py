"""Which version of an inner loop runs: chosen once per run, and recorded.

Every kernel is a plain numpy function in `name.py`. A compiled twin, where there is one, is the function of the same
name in `name_compiled.py` beside it, takes the same arguments and returns the same values. Callers ask for a kernel by
name and never know which one they got:

    hits = kernel("project_points")(points, camera_from_points, camera)

Floors above add theirs with `register`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast, get_args, overload

from calibration.arrays import Float32Array
from calibration.errors import BoresightError
from calibration.kernels.project_points import PointHits

Mode = Literal["numpy", "compiled", "auto"]
COMPILER = "numba"

# Kernel name -> module and function of its numpy version.
_homes: dict[str, str] = {
    "project_points": "calibration.kernels.project_points:project_points",
    "deskew_points": "calibration.kernels.deskew:deskew_points",
}


class KernelError(BoresightError):
    """A kernel nobody knows, or a version of it that this installation lacks."""


@dataclass(frozen=True)
class KernelChoice:
    """What was asked for and what runs: kernel names, those that run compiled and those that run as numpy."""

    asked: Mode
    compiled: tuple[str, ...]
    numpy: tuple[str, ...]


def choose(mode: Mode) -> KernelChoice:
    """Choose for this process, once at the start of a run; later calls of `kernel` follow.

    Args:
        mode: "numpy", "compiled", or "auto": compiled wherever there is a compiled twin.

    Raises:
        KernelError: another mode; "compiled", and a kernel has no compiled twin here.
    """
    if mode not in get_args(Mode):
        raise KernelError(f"kernels can be {', '.join(map(repr, get_args(Mode)))}, not {mode!r}")
    compiled = () if mode == "numpy" else tuple(name for name in _homes if _has_compiled(_homes[name]))
    plain = tuple(name for name in _homes if name not in compiled)
    if mode == "compiled" and plain:
        raise KernelError(f"no compiled kernel for {', '.join(plain)} in this installation; choose 'auto' or 'numpy'")
    global _asked  # noqa: PLW0603  # one process, one choice
    _asked = mode
    _load.cache_clear()
    return KernelChoice(asked=mode, compiled=compiled, numpy=plain)


def chosen() -> KernelChoice:
    """The choice in force, for the record of a run; "auto" if nobody chose."""
    return choose(_asked)


def register(name: str, home: str) -> None:
    """Make a kernel of a floor above known.

    Args:
        name: what callers ask for.
        home: "package.module:function" of its numpy version; the twin is looked for in "package.module_compiled".

    Raises:
        KernelError: the name is taken by another kernel.
    """
    if _homes.setdefault(name, home) != home:
        raise KernelError(f"kernel {name!r} is already {_homes[name]}, it can't be {home} as well")


@overload
def kernel(name: Literal["project_points"]) -> Callable[..., PointHits]: ...
@overload
def kernel(name: Literal["deskew_points"]) -> Callable[..., Float32Array]: ...
@overload
def kernel(name: str) -> Callable[..., Any]: ...
def kernel(name: str) -> Callable[..., Any]:
    """The version of a kernel that was chosen.

    Raises:
        KernelError: no kernel of that name; chosen "compiled" and it has no twin.
    """
    if name not in _homes:
        raise KernelError(f"no kernel {name!r}; there are {', '.join(_homes)}")
    return _load(name)


@cache
def _load(name: str) -> Callable[..., Any]:
    module, function = _homes[name].split(":")
    if _asked != "numpy" and _has_compiled(_homes[name]):
        module = _twin(module)
    elif _asked == "compiled":
        raise KernelError(f"no compiled kernel for {name} in this installation; choose 'auto' or 'numpy'")
    return cast("Callable[..., Any]", getattr(importlib.import_module(module), function))


def _has_compiled(home: str) -> bool:
    return (
        importlib.util.find_spec(_twin(home.split(":")[0])) is not None
        and importlib.util.find_spec(COMPILER) is not None
    )


def _twin(module: str) -> str:
    return f"{module}_compiled"


_asked: Mode = "auto"
