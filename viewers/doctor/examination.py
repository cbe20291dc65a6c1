"""The whole examination of a machine, and what it amounts to."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from viewers.doctor.graphics import examine_graphics
from viewers.doctor.name_clashes import REPAIR, ROOT, name_clashes
from viewers.doctor.opencv import examine_opencv
from viewers.doctor.packages import examine_packages
from viewers.doctor.records import Examined, Health

SCHEMA = "boresight.doctor/1"
SAMPLE = Path("sample_data") / "crossing"


def examine_machine() -> list[Examined]:
    """Everything, what checking needs first."""
    return [
        Examined("platform", Health.OK, platform.platform()),
        *examine_packages(),
        examine_opencv(),
        examine_names(name_clashes()),
        *examine_graphics(),
        examine_sample(ROOT / SAMPLE),
    ]


def examine_names(clashes: list[str]) -> Examined:
    """Whether other distributions install our import names."""
    if clashes:
        return Examined("names", Health.BROKEN, "; ".join(clashes), REPAIR)
    return Examined("names", Health.OK, "nobody else installs ours")


def examine_sample(folder: Path) -> Examined:
    """Whether there is something to try it on."""
    if folder.is_dir():
        return Examined("sample data", Health.OK, str(folder))
    advice = "it comes with the source, not with the package: get a checkout to try things on it"
    return Examined("sample data", Health.LIMITED, "none", advice)


def can_check(examined: list[Examined]) -> bool:
    """Whether `boresight check` will work here."""
    return all(one.health is not Health.BROKEN for one in examined)


def as_dict(examined: list[Examined]) -> dict[str, Any]:
    """JSON-able content."""
    rows = [{"name": e.name, "health": e.health.value, "found": e.found, "advice": e.advice} for e in examined]
    return {"schema": SCHEMA, "can_check": can_check(examined), "examined": rows}
