"""Mutation testing for labels: plant faults in data that is taken to be right, check it, and see what is found.

Objects of a scene get the same fault side by side, on a small part of the tracks, so that few runs serve many cases;
faults of frames, clocks and mountings get a run each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calibration.rig import SensorRig
from fusion.checks.settings import Settings
from fusion.errors import PlantingError
from fusion.formats.registry import open_dataset
from fusion.planting.catalogue import parse_fault, parse_faults
from fusion.planting.false_alarms import Alarms, alarms_of
from fusion.planting.fault import Fault
from fusion.planting.plant import plant
from fusion.planting.recheck import CleanScene
from fusion.planting.reliability import ScoredFindings
from fusion.planting.repairs import Repairs
from fusion.planting.selftest_document import SelfTestDocument
from fusion.planting.selftest_summary import summarised
from fusion.planting.verdicts import Verdict, verdicts_on
from fusion.run.engine_local import run_map
from fusion.scene.dataset import Dataset

Progress = Callable[[str, int, int], None]

# Beside each other on at most one object in so many of a scene, so that no check takes the faults for the usual.
SHARE_OF_OBJECTS = 8
MOST_AT_ONCE = 6
DEFAULT_SEEDS = 1


@dataclass
class SelfTest:
    """What was planted and found so far."""

    verdicts: dict[str, list[tuple[int, Verdict]]] = field(default_factory=dict)
    alarms: dict[str, Alarms] = field(default_factory=dict)
    assessed: dict[str, int] = field(default_factory=dict)
    scored: ScoredFindings = field(default_factory=ScoredFindings)
    repairs: Repairs = field(default_factory=Repairs)
    labels: int = 0
    frames: int = 0
    root: str = ""

    def add(self, other: SelfTest) -> None:
        """Add other trials."""
        for text, verdicts in other.verdicts.items():
            self.verdicts.setdefault(text, []).extend(verdicts)
        for family, alarms in other.alarms.items():
            self.alarms.setdefault(family, Alarms()).add(alarms)
        for family, count in other.assessed.items():
            self.assessed[family] = self.assessed.get(family, 0) + count
        self.scored.extend(other.scored)
        self.repairs.add(other.repairs)
        self.labels += other.labels
        self.frames += other.frames
        self.root = self.root or other.root

    def add_clean(self, clean: CleanScene) -> None:
        """Count what is said of a scene as it is."""
        for family, alarms in alarms_of(clean.result.findings).items():
            self.alarms.setdefault(family, Alarms()).add(alarms)
        for family, count in clean.assessed_labels().items():
            self.assessed[family] = self.assessed.get(family, 0) + count
        self.repairs.add_clean(clean.scene, clean.result.findings)
        self.labels += clean.result.labels
        self.frames += clean.result.frames
        self.root = self.root or clean.result.root


def self_test(
    dataset: Dataset,
    faults: Sequence[str] = (),
    seeds: int = DEFAULT_SEEDS,
    settings: Settings | None = None,
    scenes: Sequence[str] = (),
    workers: int = 1,
    progress: Progress | None = None,
) -> SelfTestDocument:
    """Plant faults in a data set in memory, and measure what a check finds of them.

    Args:
        dataset: taken to be right; what it is accused of counts as false alarm.
        faults: as typed, see `parse_faults`; all if empty.
        seeds: how many times each is planted, on other objects.
        scenes: only these; all if empty.
        workers: processes; the result is the same for any number.
        progress: told what is done, how many steps are done, and how many there are.

    Raises:
        PlantingError: a fault that doesn't exist, no seed, or a data set without scenes.
    """
    settings = settings or Settings()
    chosen = parse_faults(tuple(faults))
    names = tuple(scenes) or dataset.scene_names
    if seeds < 1 or not names:
        raise PlantingError("a self-test needs a seed and a scene at least")
    _CLEAN.clear()
    started, test = time.monotonic(), SelfTest()
    place = (dataset.root, dataset.format, dataset.rig, settings)
    trials = [Trials(*place, name, "", 0) for name in names]
    trials += [Trials(*place, name, fault.text, seeds) for name in names for fault in chosen]
    tried = run_map(try_all, trials, workers=workers) if workers > 1 else map(_trying(dataset), trials)
    for done, part in enumerate(tried, start=1):
        test.add(part)
        if progress is not None:
            progress(trials[done - 1].fault or f"{trials[done - 1].scene} as it is", done, len(trials))
    _CLEAN.clear()
    return summarised(test, dataset, chosen, seeds, len(names), time.monotonic() - started, settings)


@dataclass(frozen=True)
class Trials:
    """One fault in one scene with all seeds, as it travels to a worker; without a fault, the scene as it is."""

    root: Path
    format: str
    rig: SensorRig | None
    settings: Settings
    scene: str
    fault: str
    seeds: int


# The clean scene that a process works on; the trials of a scene follow each other.
_CLEAN: dict[str, CleanScene] = {}


def try_all(trials: Trials) -> SelfTest:
    """Some trials in a process of their own."""
    return _tried(trials, lambda: open_dataset(trials.root, format=trials.format, rig=trials.rig))


def _trying(dataset: Dataset) -> Callable[[Trials], SelfTest]:
    return lambda trials: _tried(trials, lambda: dataset)


def _tried(trials: Trials, opened: Callable[[], Dataset]) -> SelfTest:
    if trials.scene not in _CLEAN:
        _CLEAN.clear()
        _CLEAN[trials.scene] = CleanScene.of(opened().scene(trials.scene), trials.settings)
    clean, test = _CLEAN[trials.scene], SelfTest()
    if not trials.fault:
        test.add_clean(clean)
    for seed in range(trials.seeds):
        _try(test, clean, parse_fault(trials.fault), seed)
    return test


def _try(test: SelfTest, clean: CleanScene, fault: Fault, seed: int) -> None:
    objects = len(clean.scene.labels.tracks) or len(clean.scene.labels)
    planted = plant(clean.scene, [fault], seed, most=max(1, min(MOST_AT_ONCE, objects // SHARE_OF_OBJECTS)))
    if not planted.truths:
        return
    result = clean.recheck(planted)
    verdicts = verdicts_on(planted.truths, clean.result.findings, result.findings)
    test.verdicts.setdefault(fault.text, []).extend((seed, verdict) for verdict in verdicts)
    if fault.kind.on_objects:
        test.scored.add(planted.truths, result.findings, clean.result.findings, len(clean.scene.labels))
        test.repairs.add_trial(clean.scene, planted.scene, result.findings, clean.result.findings)
