"""The lines in which a distribution says what it needs, as far as ours go: a name, a floor, a cap, a marker.

The packaging library knows every form, but is not among what Boresight installs.
Source: Python packaging user guide, "Dependency specifiers".
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

_LINE = re.compile(r"(?P<name>[\w.-]+)\s*(?P<bounds>[^;]*)(?:;(?P<marker>.*))?")
_BOUND = re.compile(r"(?P<operator>>=|<)\s*(?P<release>[\w.]+)")
_OLDER_PYTHON = re.compile(r"python_version\s*<\s*['\"](?P<release>[\d.]+)['\"]")
RUNNING_PYTHON = ".".join(str(part) for part in sys.version_info[:3])


@dataclass(frozen=True)
class Requirement:
    """A distribution, from a release on, up to but without another."""

    name: str
    bounds: str
    marker: str = ""

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """From `open3d<1,>=0.19; extra == "viewer"`."""
        match = _LINE.match(text.strip())
        if match is None:
            raise ValueError(f"no requirement: {text!r}")
        return cls(match["name"], match["bounds"].strip(" ()"), (match["marker"] or "").strip())

    def applies(self, python: str = RUNNING_PYTHON) -> bool:
        """Whether it is needed here: it belongs to no extra, and is meant for this Python."""
        older = _OLDER_PYTHON.search(self.marker)
        return "extra" not in self.marker and (older is None or release(python) < release(older["release"]))

    def fault_of(self, found: str) -> str:
        """What is wrong with a release, "" where it is admitted."""
        for bound in _BOUND.finditer(self.bounds):
            admitted = release(found) >= release(bound["release"])
            if admitted != (bound["operator"] == ">="):
                return f"needs {self.bounds}"
        return ""


def release(text: str) -> tuple[int, ...]:
    """`5.0.0.93` as numbers to compare; what follows them (rc1, .dev0) is left out, and so are zeros at the end."""
    numbers = [int(number) for number in re.match(r"[\d.]*", text)[0].split(".") if number]  # type: ignore[index]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
