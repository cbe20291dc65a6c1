"""Python and the packages Boresight stands on: there, importable, and new enough."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, metadata, version

from viewers.doctor.name_clashes import DISTRIBUTION
from viewers.doctor.records import Examined, Health
from viewers.doctor.requirements import RUNNING_PYTHON, Requirement

# Modules whose name is not that of their distribution.
MODULES = {"opencv-python": "cv2", "tomli-w": "tomli_w"}
# OpenCV comes in four distributions and open3d is for the viewer alone: both have an examination of their own.
EXAMINED_ELSEWHERE = ("open3d", "opencv-python")


def examine_packages() -> list[Examined]:
    """Python, Boresight, and each of its dependencies."""
    try:
        about = metadata(DISTRIBUTION)
    except PackageNotFoundError:
        unknown = "not installed, so nothing says which packages it needs"
        return [Examined("python", Health.OK, RUNNING_PYTHON), Examined(DISTRIBUTION, Health.LIMITED, unknown)]
    needed = [Requirement.parse(line) for line in about.get_all("Requires-Dist") or ()]
    return [
        examine_python(Requirement("python", about["Requires-Python"] or "")),
        Examined(DISTRIBUTION, Health.OK, about["Version"]),
        *(examine(one) for one in needed if one.applies() and one.name not in EXAMINED_ELSEWHERE),
    ]


def examine_python(needed: Requirement) -> Examined:
    """The Python that runs this."""
    fault = needed.fault_of(RUNNING_PYTHON)
    return Examined("python", Health.BROKEN if fault else Health.OK, RUNNING_PYTHON, fault)


def examine(needed: Requirement) -> Examined:
    """One package: installed, admitted, importable."""
    install = f'pip install "{needed.name}{needed.bounds}"'
    try:
        found = version(needed.name)
    except PackageNotFoundError:
        return Examined(needed.name, Health.BROKEN, "not installed", install)
    problem = import_problem(MODULES.get(needed.name, needed.name)) or needed.fault_of(found)
    if problem:
        return Examined(needed.name, Health.BROKEN, f"{found}, {problem}", install)
    return Examined(needed.name, Health.OK, found)


def import_problem(module: str) -> str:
    """Why a module can't be imported, "" where it can."""
    try:
        import_module(module)
    except Exception as error:  # noqa: BLE001  (a broken package may raise anything, and that is the answer)
        return f"can't be imported: {error}"
    return ""
