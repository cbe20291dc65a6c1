"""Folders of splits, as KITTI's object and tracking sets have them: which of them are splits, and what shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fusion.formats.safe_files import list_folders

# What shows that a folder is a split, None if nothing does.
Evidence = Callable[[Path], str | None]
TRAINING = "training"


def evidence_of_splits(root: Path, evidence_of_split: Evidence) -> str | None:
    """What shows that a root is a split, or else which of its folders are; None if none is."""
    own = evidence_of_split(root)
    if own is not None:
        return own
    found = [f"{folder}/{evidence_of_split(root / folder)}" for folder in splits_in(root, evidence_of_split)]
    return "; ".join(found) or None


def splits_in(root: Path, evidence_of_split: Evidence) -> tuple[str, ...]:
    """Names of the folders in a root that are splits, training first."""
    splits = [folder for folder in list_folders(root) if evidence_of_split(root / folder)]
    return tuple(sorted(splits, key=lambda folder: (folder != TRAINING, folder)))
