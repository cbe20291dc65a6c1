"""The main job of this folder: label sets of the same scenes, from whatever formats, against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from calibration.arrays import IntArray
from calibration.clock import MILLISECOND_NS
from calibration.errors import BoresightError
from fusion.compare.aligned import AlignedScene, align, with_labels
from fusion.compare.alpha import AlphaParts, alpha_parts
from fusion.compare.ambiguity import disputed_classes, disputed_places
from fusion.compare.confidences import confidences_of
from fusion.compare.consensus import Consensus, consensus_of
from fusion.compare.delivery import Delivery, joined
from fusion.compare.differences import differences_of, listed
from fusion.compare.document import Agreement, ComparisonDocument, ConsensusSummary, PairComparison, SetSummary
from fusion.compare.pair import LEAST_SCENES, PairedSets, paired
from fusion.compare.pair_summary import (
    confused_classes,
    existence_rows,
    flipped_share,
    geometry_rows,
    measured,
    track_agreement,
)
from fusion.compare.scorecards import scorecards
from fusion.compare.units import Units, attribute_names, attribute_values, class_codes, units_of
from fusion.errors import CompareError
from fusion.measure.match_rule import MatchRule
from fusion.run.document import Incomplete, Tool
from fusion.run.run import tool_version
from fusion.scene.dataset import Dataset
from fusion.scene.scene import Scene

# Half the period of a sensor that turns ten times a second.
TOLERANCE_NS = 50 * MILLISECOND_NS
# Krippendorff 2004, "Content Analysis", section 11.4.2.
GOOD_ALPHA, TENTATIVE_ALPHA = 0.800, 0.667

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class LabelSource:
    """A label set to compare. labels: which of the data set's own sets, the one on trial if left out."""

    name: str
    dataset: Dataset
    labels: str | None = None


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a comparison found, and the columns behind it."""

    document: ComparisonDocument
    delivery: Delivery
    pairs: tuple[PairedSets, ...]
    units: Units
    consensus: Consensus


def sources_of(datasets: Sequence[Dataset], labels: Sequence[str] = ()) -> list[LabelSource]:
    """One source a data set, or one for each of `labels` of a single data set; names are made to differ.

    Raises:
        CompareError: not at least two label sets.
    """
    if labels and len(datasets) > 1:
        raise CompareError("label sets by name are compared within one data set; give one data set, or no names")
    if labels:
        return _two_at_least([LabelSource(name, datasets[0], name) for name in dict.fromkeys(labels)])
    short = [dataset.root.name or str(dataset.root) for dataset in datasets]
    full = [f"{dataset.root.parent.name}/{name}" for dataset, name in zip(datasets, short, strict=True)]
    names = next((n for n in (short, full) if len(set(n)) == len(n)), [str(dataset.root) for dataset in datasets])
    if len(set(names)) < len(names):
        names = [f"{name} ({number})" for number, name in enumerate(names, 1)]
    return _two_at_least([LabelSource(name, dataset) for name, dataset in zip(names, datasets, strict=True)])


def _two_at_least(sources: list[LabelSource]) -> list[LabelSource]:
    if len(sources) < 2:
        raise CompareError("one label set has nothing to be compared with; name two or more")
    return sources


def compare_label_sets(
    sources: Sequence[LabelSource],
    rule: MatchRule | None = None,
    scenes: Sequence[str] = (),
    tolerance_ns: int = TOLERANCE_NS,
    weights: Sequence[float] | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare label sets of the same scenes.

    Args:
        sources: two or more; the first one's frames and vehicle frame are used for all.
        rule: when two boxes may be the same object; centres, any class, if left out.
        scenes: only these; all that all sets have, if empty.
        tolerance_ns: frames further apart are not the same.
        weights: how much each set's word counts in the consensus; all alike if left out.
        progress: told after each scene: its name, how many are done, how many there are.

    Raises:
        CompareError: fewer than two sets, no scene or frame in common, or no box at all.
    """
    rule = rule or MatchRule()
    sources = _two_at_least(list(sources))
    voices = np.ones(len(sources)) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(voices) != len(sources) or not (np.isfinite(voices) & (voices > 0)).all():
        raise CompareError(f"{len(sources)} label sets need as many weights above 0, got {list(weights or ())}")
    names, notes = _scene_names(sources, scenes)
    aligned, incomplete = _aligned(sources, names, tolerance_ns, progress)
    delivery = joined(aligned, [source.name for source in sources])
    if not any(len(one) for one in delivery.sets):
        raise CompareError(f"none of the sets has a box in the {len(delivery.keys)} frames they have in common")
    notes += [f"'{one.name}' has no box in the common frames" for one in delivery.sets if not len(one)]
    pairs = tuple(paired(delivery, a, b, rule) for a, b in combinations(delivery.sets, 2))
    units = units_of(delivery, rule)
    consensus = consensus_of(delivery, units, voices)
    document = ComparisonDocument(
        tool=Tool(version=tool_version()),
        rule=rule.describe(),
        tolerance_ms=tolerance_ns / MILLISECOND_NS,
        classes="kinds" if delivery.vocabulary == "kinds" else "names",
        sets=tuple(_set_summary(source, delivery, aligned, column) for column, source in enumerate(sources)),
        scenes=delivery.scenes,
        unpaired_scenes=_unpaired(sources, delivery.scenes, scenes),
        frames=len(delivery.keys),
        assumptions=tuple(
            dict.fromkeys([*notes, *_language(delivery), *(n for one in aligned for n in one.assumptions)])
        ),
        pairs=tuple(_pair(delivery, found, rule) for found in pairs),
        agreement=tuple(_agreement(delivery, units)),
        disputed=tuple(disputed_classes(delivery, units)),
        places=tuple(disputed_places(delivery, units)),
        scorecards=tuple(scorecards(delivery, units, voices)),
        consensus=ConsensusSummary(
            boxes=len(consensus.boxes), left_out=consensus.left_out, undecided=consensus.undecided
        ),
        incomplete=tuple(incomplete),
    )
    return Comparison(document, delivery, pairs, units, consensus)


def _scene_names(sources: Sequence[LabelSource], asked: Sequence[str]) -> tuple[list[tuple[str, ...]], list[str]]:
    """For each scene its name in every set."""
    held = [source.dataset.scene_names for source in sources]
    common = [name for name in held[0] if all(name in names for names in held[1:]) and (not asked or name in asked)]
    if common:
        return [(name,) * len(sources) for name in common], []
    if not asked and all(len(names) == 1 for names in held):
        names = tuple(names[0] for names in held)
        return [names], [f"the only scenes were taken to be the same: {', '.join(dict.fromkeys(names))}"]
    shown = "; ".join(f"{source.name}: {_few(names)}" for source, names in zip(sources, held, strict=True))
    raise CompareError(f"the label sets have no scene in common{' of those asked for' if asked else ''} ({shown})")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") if names else "none"


def _aligned(
    sources: Sequence[LabelSource], names: Sequence[tuple[str, ...]], tolerance_ns: int, progress: Progress | None
) -> tuple[list[AlignedScene], list[Incomplete]]:
    """The scenes that can be laid over each other, and why others can't."""
    aligned, incomplete = [], []
    for done, own in enumerate(names, 1):
        try:
            scenes: list[Scene] = [
                with_labels(source.dataset.scene(name), source.labels)
                for source, name in zip(sources, own, strict=True)
            ]
            aligned.append(align(scenes, tolerance_ns))
        except BoresightError as error:
            if len(names) == 1:
                raise
            incomplete.append(Incomplete(path=own[0], reason=str(error)))
        if progress is not None:
            progress(own[0], done, len(names))
    if not aligned:
        raise CompareError(f"no scene could be compared; the first: {incomplete[0].reason}")
    return aligned, incomplete


def _unpaired(sources: Sequence[LabelSource], used: Sequence[str], asked: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Scenes that not every set has, by set."""
    if asked or all(len(source.dataset.scene_names) == 1 for source in sources):
        return {}
    return {source.name: tuple(name for name in source.dataset.scene_names if name not in used) for source in sources}


def _language(delivery: Delivery) -> list[str]:
    if delivery.vocabulary == "names":
        return []
    return ["the sets name their classes differently; classes were compared by what their names stand for"]


def _set_summary(source: LabelSource, delivery: Delivery, aligned: Sequence[AlignedScene], column: int) -> SetSummary:
    one = delivery.sets[column]
    return SetSummary(
        name=source.name,
        root=str(source.dataset.root),
        format=source.dataset.format,
        labels=source.labels or "",
        frames=int(one.annotated.sum()),
        unpaired_frames=sum(scene.unpaired_frames[column] for scene in aligned),
        boxes=len(one),
        tracks=len(np.unique(one.tracks[one.tracks >= 0])),
        predicted=one.predicted,
    )


def _pair(delivery: Delivery, found: PairedSets, rule: MatchRule) -> PairComparison:
    differences = differences_of(found)
    return PairComparison(
        first=found.first.name,
        second=found.second.name,
        frames=int(found.frames.sum()),
        resampled=found.resampled,
        existence=tuple(existence_rows(found)),
        geometry=tuple(geometry_rows(found)),
        flipped=flipped_share(found),
        confused=tuple(confused_classes(found)),
        tracks=track_agreement(delivery, found, rule),
        differences=differences.counts,
        listed=tuple(listed(delivery, found, differences)),
        confidences=confidences_of(found),
    )


def _agreement(delivery: Delivery, units: Units) -> list[Agreement]:
    """Krippendorff's alpha of what all sets say about the units."""
    cluster = _clusters(delivery, units)
    codes, names = class_codes(delivery, units)
    with_absent = np.where(units.drawn, codes, np.where(units.judged, float(len(names)), np.nan))
    rows = [
        _alpha("class", "nominal", alpha_parts(codes, cluster)),
        _alpha("existence and class", "nominal", alpha_parts(with_absent, cluster)),
    ]
    for name in attribute_names(delivery):
        values, numeric = attribute_values(delivery, units, name)
        level = "interval" if numeric else "nominal"
        rows.append(_alpha(name, level, alpha_parts(values, cluster, "interval" if numeric else "nominal")))
    return rows


def _clusters(delivery: Delivery, units: Units) -> IntArray:
    """Scenes, or tracks of the first who drew the unit where there are few scenes."""
    if len(delivery.scenes) >= LEAST_SCENES:
        return np.unique(delivery.scene[units.frames], return_inverse=True)[1].astype(np.int64)
    first = units.drawn.argmax(axis=1)
    track = np.asarray([delivery.sets[s].tracks[units.rows[u, s]] for u, s in enumerate(first)], dtype=np.int64)
    loose = np.where(track >= 0, 0, 1 + units.frames)
    key = np.stack([first, track, loose], axis=1)
    return np.unique(key, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _alpha(about: str, level: str, parts: AlphaParts) -> Agreement:
    alpha = parts.alpha
    return Agreement(
        about=about,
        level=level,
        units=parts.units,
        alpha=measured(alpha, parts.interval() if np.isfinite(alpha) else None),
        reading=_reading(alpha, parts.units),
    )


def _reading(alpha: float, units: int) -> str:
    if not np.isfinite(alpha):
        return "can't tell: everybody says the same" if units else "can't tell: nobody judged the same thing"
    if alpha >= GOOD_ALPHA:
        return "good"
    return "tentative" if alpha >= TENTATIVE_ALPHA else "too low to rely on"
