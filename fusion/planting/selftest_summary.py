"""From single verdicts to the numbers of a self-test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fusion.checks.settings import FAMILIES, Settings
from fusion.judge.proportion import wilson_interval
from fusion.planting.catalogue import find_kind
from fusion.planting.fault import Fault
from fusion.planting.repairs import Repairs
from fusion.planting.selftest_document import (
    FalseAlarms,
    FaultResult,
    Missed,
    RepairResult,
    SelfTestDocument,
    Share,
    SmallestFound,
)
from fusion.planting.verdicts import Verdict
from fusion.run.document import DatasetSummary, Tool
from fusion.run.run_record import tool_version
from fusion.scene.dataset import Dataset
from fusion.scene.taxonomy import PEOPLE, TWO_WHEELERS, VEHICLES, kind_of_name

if TYPE_CHECKING:
    from fusion.planting.selftest import SelfTest

# Alarms per 1,000 assessed boxes that a family may raise on data that is right. A track or time alarm costs a reviewer
# a whole track; a box alarm is one look.
BUDGETS = {"TRK": 3.0, "TIM": 3.0, "BOX": 10.0, "IMG": 10.0, "ONT": 3.0, "DAT": 1.0, "RIG": 1.0, "MIS": 10.0}
RELIABLE = 0.9
# With fewer cases, nine in ten may be luck.
MIN_CASES = 5
MOST_MISSED = 5


def summarised(
    test: SelfTest,
    dataset: Dataset,
    faults: Sequence[Fault],
    seeds: int,
    scenes: int,
    seconds: float,
    settings: Settings,
) -> SelfTestDocument:
    """The document of a self-test."""
    results = tuple(_result(fault, test.verdicts[fault.text]) for fault in faults if fault.text in test.verdicts)
    return SelfTestDocument(
        tool=Tool(version=tool_version()),
        dataset=DatasetSummary(
            root=test.root or str(dataset.root),
            format=dataset.format,
            scenes=scenes,
            frames=test.frames,
            labels=test.labels,
        ),
        seeds=seeds,
        seconds=round(seconds, 1),
        faults=results,
        not_planted=tuple(fault.text for fault in faults if fault.text not in test.verdicts),
        smallest=_smallest(results),
        false_alarms=tuple(_false_alarms(family, test) for family in FAMILIES if family in test.assessed),
        reliability=test.scored.bins(settings.base_rate),
        repairs=_repairs(test.repairs),
    )


def _repairs(repairs: Repairs) -> RepairResult:
    return RepairResult(
        good=share(repairs.good_proposals, repairs.proposals),
        restored=repairs.restored,
        still_wrong=repairs.still_wrong,
        harmed=repairs.harmed,
        on_clean=repairs.on_clean,
        codes=_counted(repairs.codes),
        harmful_codes=_counted(repairs.harmful_codes),
        wrong_codes=_counted(repairs.wrong_codes),
        clean_codes=_counted(repairs.clean_codes),
    )


def _counted(codes: Counter[str]) -> dict[str, int]:
    return {code: count for code, count in codes.most_common() if count}


def share(hits: int, cases: int) -> Share:
    """A share with its interval."""
    low, high = wilson_interval(hits, cases)
    return Share(
        hits=hits, cases=cases, value=round(hits / cases, 4) if cases else None, low=round(low, 4), high=round(high, 4)
    )


def _result(fault: Fault, tried: Sequence[tuple[int, Verdict]]) -> FaultResult:
    verdicts = [verdict for _, verdict in tried]
    ranks = [verdict.rank for verdict in verdicts if verdict.rank is not None]
    scores = [verdict.score for verdict in verdicts if verdict.score is not None]
    return FaultResult(
        fault=fault.kind.name,
        family=fault.kind.family,
        extent=str(fault.extent),
        magnitude=fault.magnitude,
        unit=fault.kind.unit,
        expected_codes=fault.expected_codes,
        found=share(sum(verdict.found for verdict in verdicts), len(verdicts)),
        named=share(sum(verdict.named for verdict in verdicts), len(verdicts)),
        hinted=share(sum(verdict.hinted for verdict in verdicts), len(verdicts)),
        found_by_kind=_by_kind(verdicts),
        median_rank=float(np.median(ranks)) if ranks else None,
        worst_rank=max(ranks) if ranks else None,
        median_score=round(float(np.median(scores)), 3) if scores else None,
        codes=dict(Counter(code for verdict in verdicts for code in verdict.codes).most_common()),
        missed=tuple(_missed(seed, verdict) for seed, verdict in tried if not verdict.found)[:MOST_MISSED],
    )


def _by_kind(verdicts: Sequence[Verdict]) -> dict[str, Share]:
    """Found, by what kind of object was befallen."""
    found: dict[str, list[bool]] = {}
    for verdict in verdicts:
        if verdict.truth.category:
            found.setdefault(_kind_of(verdict.truth.category), []).append(verdict.found)
    return {kind: share(sum(own), len(own)) for kind, own in sorted(found.items())}


def _kind_of(category: str) -> str:
    kind = kind_of_name(category)
    groups = {"vehicle": VEHICLES, "two-wheeler": TWO_WHEELERS, "person": PEOPLE}
    return next((name for name, kinds in groups.items() if kind in kinds), "other")


def _missed(seed: int, verdict: Verdict) -> Missed:
    truth = verdict.truth
    return Missed(
        scene=truth.scene,
        seed=seed,
        tracks=truth.tracks,
        labels=truth.labels[:MOST_MISSED],
        frames=truth.frames[:MOST_MISSED],
        sensor=truth.sensor,
    )


def _smallest(results: Sequence[FaultResult]) -> tuple[SmallestFound, ...]:
    """The least magnitude from which on all larger ones are found reliably, of faults tried with several."""
    series: dict[tuple[str, str], list[FaultResult]] = {}
    for result in results:
        series.setdefault((result.fault, result.extent), []).append(result)
    smallest = []
    for (fault, extent), own in series.items():
        if len(find_kind(fault).magnitudes) < 2:
            continue
        least = None
        for result in sorted(own, key=_strength, reverse=True):
            if result.found.cases < MIN_CASES or (result.found.value or 0) < RELIABLE:
                break
            least = result.magnitude
        smallest.append(SmallestFound(fault=fault, extent=extent, unit=own[0].unit, magnitude=least))
    return tuple(smallest)


def _strength(result: FaultResult) -> float:
    """How large a fault is: of a factor, how far it is from none."""
    return abs(np.log(result.magnitude)) if result.unit == "times" else result.magnitude


def _false_alarms(family: str, test: SelfTest) -> FalseAlarms:
    # What is judged of files, rigs and clocks concerns all labels there are.
    alarms, assessed = test.alarms.get(family), test.assessed[family] or test.labels
    count = alarms.count if alarms is not None else 0
    low, high = wilson_interval(min(count, assessed), assessed)
    return FalseAlarms(
        family=family,
        alarms=count,
        objects=alarms.objects if alarms is not None else 0,
        assessed=assessed,
        per_thousand=round(1000 * count / assessed, 2) if assessed else None,
        low=round(1000 * low, 2),
        high=round(1000 * high, 2),
        budget=BUDGETS[family],
        codes=dict(alarms.codes.most_common()) if alarms is not None else {},
    )
