"""Other distributions that install our import names: rare, and then nothing works.

Imports nothing of ours, because the clash may be in what it would import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path

DISTRIBUTION = "boresight"
PACKAGES = ("calibration", "fusion", "viewers")
ROOT = Path(__file__).resolve().parents[2]


def name_clashes(root: Path = ROOT, owners: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """One line for each of our packages that is somebody else's, or mixed with theirs; empty where all is well.

    Args:
        root: the folder that holds our packages.
        owners: distributions by import name; those installed here if left out.
    """
    installed = packages_distributions() if owners is None else owners
    return [line for name in PACKAGES if (line := _clash(name, root, installed.get(name, ()))) is not None]


def _clash(name: str, root: Path, owners: Sequence[str]) -> str | None:
    others = sorted({owner for owner in owners if owner.lower() != DISTRIBUTION})
    ours, found = root / name, _folder_of(name)
    if found is None:
        return f"'{name}' can't be imported from {ours}"
    if found != ours:
        return f"'{name}' is imported from {found}{_by(others)}, ours is {ours}"
    mixed = [other for other in others if _installs_into(other, ours)]
    return f"'{name}' in {ours} is also installed{_by(mixed)}" if mixed else None


def _by(distributions: Sequence[str]) -> str:
    return f" by {', '.join(distributions)}" if distributions else ""


def _folder_of(name: str) -> Path | None:
    spec = find_spec(name)
    return None if spec is None or spec.origin is None else Path(spec.origin).resolve().parent


def _installs_into(other: str, folder: Path) -> bool:
    return Path(str(distribution(other).locate_file(folder.name))).resolve() == folder


REPAIR = (
    "install Boresight in an environment of its own: "
    "python -m venv .venv-boresight && .venv-boresight/bin/pip install boresight"
)
