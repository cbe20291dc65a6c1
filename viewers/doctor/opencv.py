"""The four distributions that all install `cv2`: one is right, several overwrite each other."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, requires, version

from viewers.doctor.name_clashes import DISTRIBUTION
from viewers.doctor.packages import import_problem
from viewers.doctor.records import Examined, Health
from viewers.doctor.requirements import Requirement

DISTRIBUTIONS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
WANTED = DISTRIBUTIONS[0]
SYSTEM_LIBRARIES = "apt-get install --no-install-recommends libgl1 libglib2.0-0"


def examine_opencv() -> Examined:
    """Which are installed, and whether `cv2` is usable."""
    return judged(installed_distributions(), import_problem("cv2"), bounds_of(WANTED))


def installed_distributions() -> dict[str, str]:
    """Version by name."""
    found = {}
    for name in DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def bounds_of(name: str) -> str:
    """The releases Boresight admits, "" where it is not installed itself."""
    try:
        lines = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return ""
    return next((one.bounds for one in map(Requirement.parse, lines) if one.name == name), "")


def judged(found: dict[str, str], problem: str, bounds: str) -> Examined:
    """A verdict on what is installed.

    Args:
        found: version by distribution; problem: why `cv2` can't be imported; bounds: releases that are admitted.
    """
    listed = ", ".join(f"{name} {number}" for name, number in found.items()) or "none installed"
    install = f'pip install --force-reinstall --no-deps "{WANTED}{bounds}"'
    if len(found) > 1:
        # Removing one leaves the others without the files they shared, so all go.
        several = Health.BROKEN if problem or len(set(found.values())) > 1 else Health.LIMITED
        advice = f"pip uninstall --yes {' '.join(found)} && {install}"
        return Examined("opencv", several, f"{listed}: they overwrite each other{_because(problem)}", advice)
    if problem and found:
        advice = f"{install}; where a library is missing: {SYSTEM_LIBRARIES}"
        return Examined("opencv", Health.BROKEN, f"{listed}{_because(problem)}", advice)
    if problem:
        return Examined("opencv", Health.BROKEN, f"{listed}{_because(problem)}", install)
    faults = [fault for number in found.values() if (fault := Requirement(WANTED, bounds).fault_of(number))]
    if faults:
        return Examined("opencv", Health.BROKEN, f"{listed}, {faults[0]}", install)
    return Examined("opencv", Health.OK, listed)


def _because(problem: str) -> str:
    return f"; cv2 {problem}" if problem else ""
