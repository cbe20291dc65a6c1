"""Mutation testing for labels: plant faults in data that is taken to be right, check it, and see what is found.

Objects of a scene get the same fault side by side, on a small part of the tracks, so that few runs serve many cases;
faults of frames, clocks and mountings get a run each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from fusion.checks.settings import Settings
from fusion.errors import PlantingError
from fusion.planting.catalogue import parse_faults
from fusion.planting.false_alarms import Alarms, alarms_of
from fusion.planting.fault import Fault
from fusion.planting.plant import plant
from fusion.planting.recheck import CleanScene
from fusion.planting.reliability import ScoredFindings
from fusion.planting.selftest_document import SelfTestDocument
from fusion.planting.selftest_summary import summarised
from fusion.planting.verdicts import Verdict, verdicts_on
from fusion.scene.dataset import Dataset

Progress = Callable[[str, int, int], None]

# Beside each other at most this share of a scene's objects, so that no check takes the faults for the usual.
SHARE_OF_OBJECTS = 12
MOST_AT_ONCE = 6
DEFAULT_SEEDS = 3


@dataclass
class SelfTest:
    """What was planted and found so far."""

    verdicts: dict[str, list[tuple[int, Verdict]]] = field(default_factory=dict)
    alarms: dict[str, Alarms] = field(default_factory=dict)
    assessed: dict[str, int] = field(default_factory=dict)
    scored: ScoredFindings = field(default_factory=ScoredFindings)
    labels: int = 0
    frames: int = 0
    root: str = ""

    def add_clean(self, clean: CleanScene) -> None:
        """Count what is said of a scene as it is."""
        for family, alarms in alarms_of(clean.result.findings).items():
            self.alarms.setdefault(family, Alarms()).add(alarms)
        for family, count in clean.assessed_labels().items():
            self.assessed[family] = self.assessed.get(family, 0) + count
        self.labels += clean.result.labels
        self.frames += clean.result.frames
        self.root = self.root or clean.result.root


def self_test(
    dataset: Dataset,
    faults: Sequence[str] = (),
    seeds: int = DEFAULT_SEEDS,
    settings: Settings | None = None,
    scenes: Sequence[str] = (),
    progress: Progress | None = None,
) -> SelfTestDocument:
    """Plant faults in a data set in memory, and measure what a check finds of them.

    Args:
        dataset: taken to be right; what it is accused of counts as false alarm.
        faults: as typed, see `parse_faults`; all if empty.
        seeds: how many times each is planted, on other objects.
        scenes: only these; all if empty.
        progress: told what is done, how many steps are done, and how many there are.

    Raises:
        PlantingError: a fault that doesn't exist, no seed, or a data set without scenes.
    """
    settings = settings or Settings()
    chosen = parse_faults(tuple(faults))
    names = tuple(scenes) or dataset.scene_names
    if seeds < 1 or not names:
        raise PlantingError("a self-test needs a seed and a scene at least")
    started, test = time.monotonic(), SelfTest()
    steps = _Steps(progress, len(names) * (1 + len(chosen) * seeds))
    for name in names:
        clean = CleanScene.of(dataset.scene(name), settings)
        test.add_clean(clean)
        steps.done(f"{name} as it is")
        for fault, seed in _trials(chosen, seeds):
            _try(test, clean, fault, seed)
            steps.done(f"{fault.text}")
    return summarised(test, dataset, chosen, seeds, len(names), time.monotonic() - started, settings)


def _trials(faults: Sequence[Fault], seeds: int) -> Iterator[tuple[Fault, int]]:
    return ((fault, seed) for fault in faults for seed in range(seeds))


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


@dataclass
class _Steps:
    progress: Progress | None
    total: int
    count: int = 0

    def done(self, name: str) -> None:
        self.count += 1
        if self.progress is not None:
            self.progress(name, self.count, self.total)
