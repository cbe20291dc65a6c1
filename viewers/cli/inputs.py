"""From what was typed to a data set and settings; what doesn't fit is the typist's error, never the data's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calibration.errors import BoresightError
from calibration.rig import SensorRig
from calibration.rig_file import read_rig_file
from fusion.checks.learned_precision import LearnedPrecision
from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset, open_or_report
from fusion.measure.priors import Priors
from fusion.scene.dataset import Dataset
from viewers.errors import CommandError


def opened(
    root: Path,
    format_name: str | None = None,
    labels: Path | None = None,
    rig: SensorRig | None = None,
    predictions: Path | None = None,
    allow_pickle: bool = False,
    scenes: Sequence[str] = (),
    report_unreadable: bool = False,
) -> Dataset:
    """The data set at a root, which has the scenes asked for.

    report_unreadable: one that can't be read opens without scenes, so that a check reports it beside the others.

    Raises:
        DatasetError: there is none, in no known format, or without one of the scenes.
    """
    open_root = open_or_report if report_unreadable else open_dataset
    dataset = open_root(root, format_name, labels, rig, predictions, allow_pickle)
    names = dataset.scene_names or scenes
    unknown = [name for name in scenes if name not in names]
    if unknown:
        known = ", ".join(dataset.scene_names[:5]) + (", ..." if len(dataset.scene_names) > 5 else "")
        raise CommandError(f"{root} has no scene {unknown[0]!r}; it has {known or 'none'}")
    return dataset


def rig_of(path: Path | None) -> SensorRig | None:
    """The rig of a file that was named.

    Raises:
        CommandError: it can't be read.
    """
    try:
        return None if path is None else read_rig_file(path)
    except BoresightError as error:
        raise CommandError(f"--rig: {error}") from error


def settings_of(
    path: Path | None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    tiers: Sequence[str] = (),
    priors: Path | None = None,
    precision: Path | None = None,
) -> Settings:
    """Settings of a file, with what was typed on top.

    Raises:
        SettingsError: no such file, check, limit or tier; CommandError: nothing is left to run.
    """
    settings = Settings() if path is None else Settings.from_toml(path)
    if tiers:
        content = settings.model_dump(exclude_defaults=True, by_alias=True)
        settings = Settings.of({**content, "tiers": tuple(tiers)}, "--tiers")
    if priors is not None:
        settings = settings.model_copy(update={"priors": Priors.from_toml(priors)})
    if precision is not None:
        settings = settings.model_copy(update={"precision": LearnedPrecision.from_toml(precision)})
    chosen = settings.with_selection(select, ignore)
    if not chosen.active_checks:
        raise CommandError("the settings, --select, --ignore and --tiers leave no check to run")
    return chosen
